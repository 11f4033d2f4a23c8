"""A file of a few rows is predicted in a real browser, and comes back."""

import csv
import time

import pytest
from playwright.sync_api import expect

from engine.runs.registry import Registry
from engine.runs.run import State
from tests.tiny import recipe, tiny_dataset, tiny_model

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROWS = [("1", "my parcel is late"), ("=2+2", "money back please"), ("3", "")]


@pytest.fixture
def run(app, tmp_path):
    """A finished run of a model of two layers."""
    dataset = tiny_dataset(app.workspace, tmp_path / "source")
    registry = Registry(app.workspace)
    run = registry.submit(recipe(dataset, tiny_model(tmp_path / "model")), "tiny-wren")
    end = time.monotonic() + 120
    while registry.get(run.id).state is not State.FINISHED:
        assert time.monotonic() < end, registry.get(run.id)
        time.sleep(0.2)
    return run.id


def test_a_file_goes_in_and_comes_back_with_answers(visitor, run, tmp_path):
    given = tmp_path / "letters.csv"
    with given.open("w", newline="") as file:
        csv.writer(file).writerows([("nr", "text"), *ROWS])
    page = visitor.page
    visitor.open(f"/en/?tab=playground&run={run}&trying=batch")
    with page.expect_file_chooser() as chooser:
        page.click("#batch-upload")
    chooser.value.set_files(given)
    expect(page.locator("#batch-start")).to_have_text("Predict 3 rows")
    page.dblclick("#batch-start")
    errand = page.locator(".ts-errand")
    expect(errand).to_contain_text("letters.csv")
    visitor.reload()  # the work goes on
    expect(errand).to_have_count(1)
    expect(errand).to_contain_text("2 with an answer · 1 without any text", timeout=60_000)
    with page.expect_download() as download:
        errand.get_by_role("button", name="Save the file").click()
    assert download.value.suggested_filename == "letters-predicted.csv"
    download.value.save_as(tmp_path / "back.csv")
    with (tmp_path / "back.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["nr"] for row in rows] == ["1", "'=2+2", "3"]
    assert [row["text"] for row in rows] == [text for _, text in ROWS]
    assert {row["prediction"] for row in rows[:2]} <= {"account", "delivery", "refund"}
    assert (rows[2]["prediction"], rows[2]["empty"]) == ("", "text")
    errand.get_by_role("button", name="Remove").click()
    expect(errand).to_have_count(0)
