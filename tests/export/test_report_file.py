"""The report as one file: whole, true, safe to open anywhere."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest

from engine.data import pins
from engine.data.corrections import Correction
from engine.data.dataset import delete_dataset
from engine.data.pins import Pin
from engine.data.versions import next_version
from engine.errors import WorkspaceError
from engine.evaluation import report as reports
from engine.evaluation.pins import score_pins
from engine.evaluation.predictions import write_predictions
from engine.export.report_file import build_document, write_document
from engine.models.thresholds import write_point
from engine.runs.registry import Registry
from engine.tasks.operating_point import OperatingPoint
from engine.training.events import EventLog
from tests.evaluation.test_pins import Reader
from tests.pairs import ROWS, run_with_wrong, two_labels
from tests.recipes import complete_recipe
from tests.said import said
from tests.shaped import HOSTILE, answer_run, entity_run, finish_run, write_dataset

LABELS = ("complaint", "praise", HOSTILE)
EMPTY = {"meta", "br", "img", "hr", "input", "link"}


class Document(HTMLParser):
    """Tags and texts of a file; every tag must be closed where it should be."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.texts, self.attributes = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.texts.append(text)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture
def run(workspace):
    """60 rows of which every sixth is wrong; the untrained model always complains."""
    rng = np.random.default_rng(0)
    places = np.arange(60) % 3
    splits = ("test", "train", "validation")
    rows = [
        {"split": split, "text": f"{split} {i} {HOSTILE}", "labels": [LABELS[place]]}
        for split in splits
        for i, place in enumerate(places)
    ]
    dataset = write_dataset(workspace, "multiclass", LABELS, rows)
    truth = np.arange(3) == places[:, None]
    shifted = np.where(np.arange(60) % 6 == 0, (places + 1) % 3, places)
    decided = np.arange(3) == shifted[:, None]
    sure = np.where(decided, 0.8, 0.1) + rng.normal(0, 0.01, (60, 3))
    probabilities = (sure / sure.sum(axis=1, keepdims=True)).astype(np.float32)
    run = finish_run(workspace, dataset, said(truth, decided, probabilities))
    folder = workspace.run(run.id)
    kept = said(truth, decided, probabilities)
    write_predictions(folder.predictions("validation", "best"), range(120, 180), kept)
    before = np.zeros_like(truth)
    before[:, 0] = True
    write_predictions(folder.predictions("test", "before"), range(60), said(truth, before))
    reports.save(folder, reports.build_report(folder, dataset))
    return Registry(workspace).get(run.id)


def document(workspace, run, language="en"):
    return Document(build_document(workspace, run, language))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("make", [None, entity_run, answer_run], ids=["labels", "tags", "answers"])
def test_it_is_whole_in_itself_and_runs_nothing(workspace, run, tmp_path, make, language):
    if make is not None:
        delete_dataset(workspace, run.dataset)
        run = make(workspace)
    file = write_document(workspace, run, language, tmp_path / "report.html")
    text = file.read_text("utf-8")
    found = Document(text)
    assert text.startswith("<!doctype html>")
    assert not {"script", "link", "iframe", "img", "object", "form"} & set(found.tags)
    assert not {"src", "href", "onerror", "onload", "action"} & {
        name for name, _ in found.attributes
    }
    assert "url(" not in text
    assert "@import" not in text
    assert HOSTILE not in text
    assert ("lang", {"en": "en", "zh": "zh-CN"}[language]) in found.attributes
    assert any(value and "default-src 'none'" in value for _, value in found.attributes)


def test_its_figures_are_those_of_the_report(workspace, run):
    report = reports.load(workspace.run(run.id))
    text = document(workspace, run).text
    best = report.best
    for name, (low, high) in best["intervals"].items():
        assert f"{best[name]:.3f} ({low:.3f}–{high:.3f})" in text
    for of in best["per_class"].values():
        low, high = of["intervals"]["f1"]
        assert f"{of['f1']:.3f} ({low:.3f}–{high:.3f})" in text
    low, high = best["intervals"]["macro_f1"]
    headline = f"Macro-F1 {best['macro_f1']:.3f} ({low:.3f}–{high:.3f} with 95 % confidence)"
    assert f"{headline} on 60 test rows" in text
    assert "the untrained model" in text


def test_a_matrix_and_the_confusions_say_the_same(workspace, run):
    report = reports.load(workspace.run(run.id))
    html = build_document(workspace, run, "en")
    matrix = re.search(r'<table class="matrix">.*?</table>', html, re.DOTALL)[0]
    rows = re.findall(r"<tr>(.*?)</tr>", matrix)[1:]
    counts = [[int(n or 0) for n in re.findall(r"<td[^>]*>(\d*)</td>", row)] for row in rows]
    assert counts == report.best["confusion"]
    assert "“complaint” was taken for “praise” in 10 of its 20 rows" in Document(html).text


def test_alerts_are_told_with_their_reason(workspace, run):
    from engine.evaluation.alerts import alerts
    from engine.evaluation.rows import read_rows

    report = reports.load(workspace.run(run.id))
    found = alerts(read_rows(workspace, report, "test"))
    assert found
    text = document(workspace, run).text
    for alert in found:
        assert " ".join(alert.what.text().split()) in text
        assert " ".join(alert.why.text().split()) in text


def test_how_sure_it_is_stands_beside_how_right(workspace, run):
    from engine.evaluation.curves import reliability
    from engine.evaluation.predictions import read_predictions
    from engine.tasks import make_task

    task = make_task("multiclass", LABELS)
    _, seen = read_predictions(workspace.run(run.id).predictions("test", "best"), task)
    text = document(workspace, run).text
    assert f"as it is (ECE {reliability(task, seen).error:.3f})" in text
    assert "after temperature scaling" in text


def test_where_it_decides_is_told_as_it_is_saved(workspace, run):
    assert "follows the default rule" in document(workspace, run).text
    write_point(workspace.run(run.id).model, OperatingPoint(thresholds=(0.25, 0.5, 0.625)))
    text = document(workspace, run).text
    assert "follows the default rule" not in text
    assert "0.625" in text
    assert "Expected cost" not in text, "nobody named prices"


def test_pins_hold_or_are_broken(workspace, run):
    pins.add(workspace, run.dataset, Pin("a complaint", ("complaint",)))
    pins.add(workspace, run.dataset, Pin(f"praise {HOSTILE}", ("complaint",)))
    score_pins(workspace, workspace.run(run.id), run.dataset, Reader())
    pins.add(workspace, run.dataset, Pin("Anna left", other="Ahmed left"))
    text = document(workspace, run).text
    assert "1 of 2 pins hold" in text
    assert "must get the same answer as: Ahmed left" in text
    assert text.index("holds") < text.index("broken") < text.index("not checked")


def test_recipe_and_versions_are_told_and_only_what_mattered(workspace, run):
    text = document(workspace, run).text
    assert "MiniLM-L6 (bundled)" in text
    assert "Longest answer" not in text, "labels are not written"
    assert "were not noted" in text
    events = EventLog(workspace.run(run.id).events)
    plan = {"steps": 12, "rows": 60, "precision": "fp32", "device_name": "a CPU"}
    events.write("plan", **plan, versions={"python": "3.11.9", "torch": "2.9.1"})
    events.write("step", step=1, loss=1.25)
    events.write("step", step=2, loss=0.5)
    text = document(workspace, run).text
    assert "12 steps on 60 training rows, in fp32. Device: a CPU." in text
    assert "torch 2.9.1" in text
    assert "were not noted" not in text


def test_without_its_data_set_the_scores_stay(workspace, run):
    delete_dataset(workspace, run.dataset)
    text = document(workspace, run).text
    assert "has been deleted" in text
    assert "Macro-F1" in text


def test_a_run_without_results_has_no_report(workspace, run):
    queued = Registry(workspace).submit(complete_recipe(run.dataset), "brave-lynx")
    with pytest.raises(WorkspaceError, match="report"):
        build_document(workspace, queued, "en")


def test_what_the_fixes_of_the_data_brought_stands_in_it(workspace):
    old = run_with_wrong(workspace, two_labels(workspace), "old", 0, 1, 2)
    made = next_version(workspace, "d-1", [Correction(ROWS[0]["text"], ("rude",), row_id=0)])
    new = run_with_wrong(workspace, made, "new", 3)
    both = [build_document(workspace, Registry(workspace).get(run), "en") for run in (old, new)]
    told = "Version 2 (1 test row corrected) held against version 1"
    assert [told in text for text in both] == [False, True]
