"""Planted faults found, fixed by button and by keyboard, and made a version, in a browser."""

import csv
import re
from itertools import product

import pytest
from playwright.sync_api import expect

from engine.data.dataset import load_dataset, load_rows
from engine.data.importing import import_dataset
from engine.data.plan import Sources

pytestmark = [pytest.mark.browser, pytest.mark.slow]

WORDS = {
    "garden": (("rose", "tulip", "hedge", "lawn", "apple tree"), ("water", "plant", "cut")),
    "kitchen": (("soup", "bread", "cake", "pasta", "salad"), ("cook", "bake", "taste")),
}
TIMES = ("on Monday", "in the morning", "after school", "with my aunt")
FLIPPED = (7, 40, 71, 104)


@pytest.fixture(scope="module")
def dataset(workspace, tmp_path_factory):
    """60 rows of each label, four labels flipped, and six texts that stand there twice."""
    workspace.create()
    rows = [
        [f"We {does} the {thing} {when}", label]
        for label, (things, acts) in WORDS.items()
        for thing, does, when in product(things, acts, TIMES)
    ]
    for row in FLIPPED:
        rows[row][1] = next(label for label in WORDS if label != rows[row][1])
    rows += [[f"{text}!", label] for text, label in rows[20:26]]
    file = tmp_path_factory.mktemp("data") / "planted.csv"
    with file.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([("text", "label"), *rows])
    return import_dataset(workspace, Sources(file))


def test_planted_faults_are_found_fixed_and_made_a_version(dataset, app, visitor):
    page = visitor.page
    visitor.open(f"/en/?tab=data&dataset={dataset.id}&bench=problems")
    card = page.locator("[data-problem=copies]")  # the check began by itself
    expect(card).to_be_visible(timeout=60_000)
    card.locator("[data-act=fix]").first.click()
    expect(card).to_contain_text("waits for the next version")
    doubts = page.locator("[data-problem=labels]")
    doubts.get_by_role("button", name="one by one").click()
    row = page.locator("[data-card]:not([hidden])")
    expect(row).to_be_visible()
    first = row.get_attribute("data-card")
    page.keyboard.press("a")
    expect(row).not_to_have_attribute("data-card", first)
    second = row.get_attribute("data-card")
    page.wait_for_timeout(300)  # sooner it is taken for the same press
    page.keyboard.press("a")
    expect(row).not_to_have_attribute("data-card", second)
    expect(page.locator("#review")).to_contain_text("2 accepted")
    visitor.reload()
    expect(page.locator("#review")).to_contain_text("2 accepted")
    page.get_by_role("button", name=re.compile("Make version 2")).click()
    expect(page.locator(".ts-note", has_text="Version 2 of")).to_be_visible()
    made = load_dataset(app.workspace, dataset.id)
    assert (made.version, made.parent) == (2, 1)
    told = " · ".join(reason.text() for reason in made.reasons)
    assert "copies" in told or "Take out" in told
    assert "corrected" in told
    before = load_rows(app.workspace, dataset).set_index("row_id")["labels"]
    after = load_rows(app.workspace, made).set_index("row_id")["labels"]
    assert len(after) < len(before)
    for each in (int(first), int(second)):
        assert list(after[each]) != list(before[each])


def test_a_click_on_what_is_no_longer_chosen_does_nothing(dataset, app, visitor):
    page = visitor.page
    visitor.open(f"/en/?tab=data&dataset={dataset.id}")
    expect(page.locator("[data-sight]")).to_be_visible()
    page.evaluate("document.querySelector('[data-sight]').dataset.sight = 'another/1'")
    page.once("dialog", lambda dialog: dialog.accept())
    page.locator("[data-act=delete]:visible").click()
    expect(page.locator(".toast-body")).to_contain_text("nothing was done")
    assert load_dataset(app.workspace, dataset.id)
