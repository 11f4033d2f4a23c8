"""Two runs side by side in the browser: which rows changed, and the same view by its address."""

import pytest
from playwright.sync_api import expect

from tests.pairs import run_with_wrong, two_labels

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def workspace(workspace):
    """Before the app opens: it would train what it finds in the queue."""
    dataset = two_labels(workspace)
    run_with_wrong(workspace, dataset, "middle-fox", 0, 1)
    run_with_wrong(workspace, dataset, "old-otter", 0, 1, 2, 3, 4, 5, 6, 7)
    run_with_wrong(workspace, dataset, "new-lynx", 17)
    return workspace


def test_rows_whose_answer_flipped_are_seen_in_their_text(visitor):
    page = visitor.page
    visitor.open("/en/?tab=results")
    page.locator("#results-view").get_by_text("Compare runs").click()
    expect(page.get_by_text("gains 35.")).to_be_visible()
    flips = page.locator("#flips article")
    expect(flips).to_have_count(9)
    expect(flips.first).to_contain_text("test text 0: late")
    page.get_by_role("button", name="right → wrong (1)").click()
    expect(flips).to_have_count(1)
    expect(flips).to_contain_text("test text 17: late")
    visitor.reload()
    expect(flips).to_have_count(1)
    page.locator("#compare-with input").click()
    page.get_by_role("option", name="middle-fox").click()
    expect(flips).to_have_count(3)
    assert "other=middle-fox" in page.url
