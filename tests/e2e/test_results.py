"""The results of a run in a real browser: from what one should know to the rows, and on to a
colleague."""

import pytest
from playwright.sync_api import expect

from engine.runs.registry import Registry
from engine.runs.run import State
from tests.recipes import complete_recipe
from tests.rows import label_rows, said
from tests.shaped import HOSTILE

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def run(app):
    """Thirty test rows, ten of them wrong, two known from training."""
    registry = Registry(app.workspace)
    run = registry.submit(complete_recipe("d-1"), "calm-otter")
    registry.settle(run, State.FINISHED, None)
    texts = [f"{HOSTILE} text {number}" for number in range(30)]
    label_rows(
        app.workspace, said("abc" * 10, "abb" * 10), texts=texts, trained=texts[:2], name=run.id,
        channel=["web", "mail", HOSTILE] * 10,
    )  # fmt: skip
    return run.id


def test_an_alert_leads_to_its_rows_and_their_address_to_the_same_view(visitor, run):
    page = visitor.page
    visitor.open(f"/en/?tab=results&run={run}")
    alerts, head = page.locator("#alerts"), page.locator("#filters")
    expect(head).to_contain_text("All 30 rows")
    expect(alerts).to_contain_text("2 of the 30 test texts stand in the training data too.")
    alerts.get_by_role("button", name="Show these 2 rows").first.click()
    expect(head).to_contain_text("2 of 30 rows")
    expect(head).to_contain_text("Also in the training rows")
    assert "alert=leaked" in page.url

    another = page.context.new_page()
    another.goto(page.url)
    expect(another.locator("#filters")).to_contain_text("2 of 30 rows")
    expect(another.locator("#filters")).to_contain_text("Also in the training rows")
    another.close()


def test_fields_set_filters_and_chips_drop_them(visitor, run):
    page = visitor.page
    visitor.open(f"/en/?tab=results&run={run}&outcome=wrong&column=channel&value=nowhere&least=x")
    head = page.locator("#filters")
    expect(head).to_contain_text("0 of 30 rows")
    page.get_by_role("button", name="Stop filtering by: channel: nowhere").click()
    expect(head).to_contain_text("10 of 30 rows")
    page.locator("#filter-fields button").first.click()
    page.get_by_label("The text contains").fill("TEXT 2")
    page.get_by_label("The text contains").press("Enter")
    expect(head).to_contain_text("5 of 30 rows")  # 2, 20, 23, 26 and 29
    page.get_by_label("Confidence from (%)").fill("95")
    page.get_by_label("Confidence from (%)").press("Tab")
    expect(head).to_contain_text("0 of 30 rows")
    expect(head).to_contain_text("Confidence from 95 %")
    page.get_by_role("button", name="Clear all").click()
    expect(head).to_contain_text("All 30 rows")
    expect(page.get_by_label("The text contains")).to_have_value("")
    assert page.evaluate("window.__xss") is None
