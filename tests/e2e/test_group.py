"""Several values in the form: one click starts a group, which is shown together as it trains."""

import pytest
from playwright.sync_api import expect

from tests.e2e.test_journey import UPLOAD, write_tickets

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_two_values_make_two_runs_shown_as_a_group(visitor, tmp_path):
    page = visitor.page
    visitor.open()
    page.set_input_files(UPLOAD, write_tickets(tmp_path / "t.csv"))
    page.click("#save-dataset", timeout=20_000)
    page.get_by_role("button", name="Train on this data set").click(timeout=20_000)
    choose_two_values(page)
    visitor.reload()  # nothing of this is lost
    expect(page.locator("#start-training")).to_have_text("Start 2 runs", timeout=20_000)
    page.dblclick("#start-training")
    group = page.locator(".ts-run-group")
    expect(group.locator(".ts-run")).to_have_count(2, timeout=20_000)
    expect(group.locator(".ts-run-settings").nth(1)).to_have_text("seed 1")
    group.locator("summary").click()
    expect(group.locator(".ts-run").first).to_be_hidden()
    expect(group).to_contain_text("2 of 2 done", timeout=150_000)
    expect(group.locator(".ts-run").first).to_be_hidden()
    group.locator("summary").click()
    expect(group.locator(".ts-state-finished")).to_have_count(2)
    expect(group.locator(".ts-best")).to_have_count(1)
    expect(page.locator(".ts-run-group")).to_have_count(1)


def choose_two_values(page):
    """An ambiguous number is asked about; what was meant makes two runs."""
    expect(page.locator(".ts-facts-list")).to_contain_text("MiniLM", timeout=20_000)
    page.get_by_label("Only the last layer").first.check()
    page.get_by_role("button", name="Advanced settings").click()
    page.fill("#set-epochs textarea, #set-epochs input", "1,5")
    problem = page.locator("#set-epochs .ts-fault")
    expect(problem).to_contain_text("may be one number or several", timeout=10_000)
    page.fill("#set-epochs textarea, #set-epochs input", "1")
    page.fill("#set-max_length textarea, #set-max_length input", "16")
    page.fill("#set-seed textarea, #set-seed input", "0, 1")
    expect(page.locator("#group-line")).to_contain_text("2 runs: seed 2", timeout=10_000)
    page.get_by_role("button", name="Compare several values").click()
    page.locator("#set-several_preset").get_by_label("Quick").check()
    page.locator("#set-several_preset").get_by_label("Best").check()
    expect(page.locator("#start-training")).to_have_text("Start 4 runs", timeout=10_000)
    page.locator("#set-several_preset").get_by_label("Best").uncheck()
    expect(page.locator("#start-training")).to_have_text("Start 2 runs", timeout=10_000)
