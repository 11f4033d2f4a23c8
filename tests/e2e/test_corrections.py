"""Wrong labels put right in a real browser, and the report fetched. No model is needed."""

from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from engine.data.corrections import drafted
from engine.data.dataset import load_dataset, load_rows
from engine.evaluation import report as reports
from engine.evaluation.predictions import write_predictions
from engine.runs.registry import Registry
from engine.runs.run import State
from tests.recipes import complete_recipe
from tests.said import said
from tests.shaped import HOSTILE, write_dataset

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LABELS = ("bill", "late", HOSTILE)


@pytest.fixture(scope="module")
def run(app):
    """12 test rows, of which the model gets rows 0, 4 and 8 wrong."""
    truth = np.arange(12) % 3
    rows = [
        {"split": split, "text": f"{split} {i} {HOSTILE}", "labels": [LABELS[place]]}
        for split in ("test", "train", "validation")
        for i, place in enumerate(truth)
    ]
    dataset = write_dataset(app.workspace, "multiclass", LABELS, rows)
    registry = Registry(app.workspace)
    found = registry.submit(complete_recipe(dataset.id), "calm-otter")
    registry.settle(found, State.FINISHED, None)  # before the app takes it
    folder = app.workspace.run(found.id)
    decided = np.where(np.arange(12) % 4 == 0, (truth + 1) % 3, truth)
    predictions = said(*(np.arange(3) == of[:, None] for of in (truth, decided)))
    write_predictions(folder.predictions("test", "best"), range(12), predictions)
    reports.save(folder, reports.build_report(folder, dataset))
    return found


def test_two_rows_corrected_become_a_version_to_train_on(app, visitor, run):
    page = visitor.page
    visitor.open(f"/en/?tab=results&view=correct&run={run.id}")
    rows = page.locator("#wrong-rows [data-keys]")
    expect(rows).to_have_count(3)
    rows.nth(0).focus()
    page.keyboard.press("2")
    waiting = page.locator(".ts-draft:visible li")
    expect(waiting).to_have_count(1)
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("3")
    expect(waiting).to_have_count(2)
    visitor.reload()
    expect(page.locator(".ts-draft:visible li")).to_have_count(2)
    page.get_by_label("Note for the new version").fill("checked by Ann")
    page.get_by_role("button", name="Make version 2 with 2 changes").click()
    expect(
        page.get_by_role("button", name="Retrain on version 2 with the same recipe")
    ).to_be_visible()
    expect(page.locator("#wrong-rows")).to_contain_text("in version 2: late")
    assert drafted(app.workspace, run.dataset) == []
    made = load_dataset(app.workspace, run.dataset)
    assert (made.version, made.parent, made.note) == (2, 1, "checked by Ann")
    first = load_rows(app.workspace, load_dataset(app.workspace, run.dataset, 1))
    assert [labels[0] for labels in first["labels"][:5]] == [LABELS[i] for i in (0, 1, 2, 0, 1)]


def test_the_report_is_one_file_that_opens_alone(app, visitor, run, tmp_path):
    page = visitor.page
    visitor.open(f"/zh/?tab=results&run={run.id}")
    with page.expect_download() as fetched:
        page.get_by_role("button", name="下载报告").first.click()
    file = tmp_path / fetched.value.suggested_filename
    fetched.value.save_as(file)
    alone = page.context.new_page()
    asked, complaints = [], []
    alone.on("request", lambda request: asked.append(request.url))
    alone.on("console", lambda line: complaints.append(line.text))
    alone.goto(Path(file).as_uri())
    expect(alone.locator("h1")).to_have_text("calm-otter")
    expect(alone.locator("svg").first).to_be_visible()
    assert alone.evaluate("window.__xss") is None
    assert complaints == []
    assert len(asked) == 1
    assert alone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    alone.close()
