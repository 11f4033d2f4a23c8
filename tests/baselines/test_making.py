"""Alternatives are computed once for a data set, stand beside runs, and never cost a run."""

from types import SimpleNamespace

import numpy as np
import pytest

from engine.baselines import BASELINES, tfidf
from engine.baselines.making import make, put_beside
from engine.evaluation import report as reports
from engine.evaluation.alternatives import alternatives, lacking, with_alternatives
from engine.evaluation.predictions import read_facts, read_predictions
from engine.tasks import make_task
from tests.said import said
from tests.shaped import answer_run, entity_run, finish_run, write_dataset

TASK = make_task("multiclass", ("late", "rude"))
ROWS = [
    {"split": split, "text": text, "labels": [label]}
    for split in ("train", "test")
    for text, label in [("so late", "late"), ("too late", "late"), ("how rude", "rude")] * 4
]
"""Test rows have the numbers 12 to 23."""


@pytest.fixture
def simple(monkeypatch):
    """The alternatives without the one that loads a model."""
    for name in TASK.baselines:
        if name == "embeddings":
            monkeypatch.setitem(BASELINES, name, tfidf)


@pytest.fixture
def dataset(workspace):
    return write_dataset(workspace, "multiclass", TASK.labels, ROWS)


def run_of(workspace, dataset, name="calm-otter"):
    """A run that is right in 9 of 12 test rows."""
    truth = np.array([[True, False], [True, False], [False, True]] * 4)
    decided = truth.copy()
    decided[:3] = ~decided[:3]
    run = finish_run(workspace, dataset, said(truth, decided), name)
    folder = workspace.run(run.id)
    path = folder.predictions("test", "best")
    from engine.evaluation.predictions import write_predictions

    write_predictions(path, range(12, 24), said(truth, decided))
    reports.save(folder, reports.build_report(folder, dataset))
    return run, folder


def test_it_is_computed_once_for_a_version_of_a_data_set(workspace, dataset, monkeypatch):
    first = make(workspace, dataset, "tfidf")
    monkeypatch.setitem(BASELINES, "tfidf", SimpleNamespace(MADE=tfidf.MADE))
    assert make(workspace, dataset, "tfidf") == first
    monkeypatch.setitem(BASELINES, "tfidf", SimpleNamespace(MADE="otherwise"))
    with pytest.raises(AttributeError):
        make(workspace, dataset, "tfidf")


def test_the_file_says_what_it_was_learned_from(workspace, dataset):
    path = make(workspace, dataset, "majority")
    row_ids, predictions = read_predictions(path, TASK)
    assert row_ids.tolist() == list(range(12, 24))
    assert predictions.decided[:, 0].all()
    assert read_facts(path) == {"trained_on": 12, "training_rows": 12}


def test_a_run_is_held_against_all_of_them(workspace, dataset, simple):
    _, folder = run_of(workspace, dataset)
    assert lacking(reports.load(folder)) == ("tfidf", "embeddings", "majority")
    told = []
    assert put_beside(workspace, folder, dataset, lambda *done: told.append(done)) == ()
    assert told == [(0, 3), (1, 3), (2, 3), (3, 3)]
    reports.save(folder, with_alternatives(folder, reports.load(folder)))
    report = reports.load(folder)
    assert lacking(report) == ()
    assert report == reports.build_report(folder, dataset), "a new report tells the same"
    tf_idf, _, most = alternatives(workspace, report)
    assert tf_idf.figures["accuracy"] == 1
    assert tf_idf.figures["trained_on"] == 12
    assert tf_idf.paired.differences["accuracy"][0] == pytest.approx(-0.25)
    assert (tf_idf.paired.only_own, tf_idf.paired.only_other) == (0, 3)
    assert most.called.text() == "the most frequent label"
    assert most.paired.rows == 12


def test_one_that_cannot_be_computed_is_told_and_costs_nothing(
    workspace, dataset, simple, monkeypatch
):
    def fail(problem):
        raise MemoryError

    broken = SimpleNamespace(MADE="x", limits=tfidf.limits, predict=fail)
    monkeypatch.setitem(BASELINES, "tfidf", broken)
    _, folder = run_of(workspace, dataset)
    (failed,) = put_beside(workspace, folder, dataset)
    assert failed.text() == (
        "One comparison is missing: TF-IDF with a linear model could not be computed "
        "(MemoryError). The run itself is whole."
    )
    assert lacking(with_alternatives(folder, reports.load(folder))) == ("tfidf",)


def test_a_stop_leaves_out_what_has_not_begun(workspace, dataset):
    _, folder = run_of(workspace, dataset)
    assert put_beside(workspace, folder, dataset, stopped=lambda: True) == ()
    assert not folder.predictions("test", "tfidf").exists()


def test_a_data_set_without_test_rows_has_none(workspace):
    dataset = write_dataset(workspace, "multiclass", TASK.labels, ROWS[:12])
    assert put_beside(workspace, workspace.run("run-1"), dataset) == ()
    assert not workspace.run("run-1").root.exists()


def test_what_knows_only_some_test_rows_is_compared_on_these(workspace, dataset):
    _, folder = run_of(workspace, dataset)
    from engine.evaluation.predictions import write_predictions

    truth = np.array([[True, False], [True, False]])
    write_predictions(folder.predictions("test", "majority"), [14, 13], said(truth, truth))
    report = with_alternatives(folder, reports.load(folder))
    (most,) = alternatives(workspace, report)
    assert (most.figures["rows"], most.paired.rows) == (2, 2)


def test_the_untrained_model_of_an_old_report_is_compared_when_somebody_looks(workspace, dataset):
    _, folder = run_of(workspace, dataset)
    from engine.evaluation.predictions import write_predictions

    truth = np.array([[True, False], [True, False], [False, True]] * 4)
    write_predictions(folder.predictions("test", "before"), range(12, 24), said(truth, ~truth))
    report = reports.build_report(folder, dataset)
    old = reports.Report.from_json(report.to_json())
    object.__setattr__(old, "paired", {})
    (new,), (seen,) = (alternatives(workspace, each) for each in (report, old))
    assert new == seen
    assert seen.paired.only_own == 9
    folder.predictions("test", "before").unlink()
    assert alternatives(workspace, old)[0].paired is None


def test_mentions_have_theirs_and_answers_to_questions_none(workspace):
    spans = reports.load(workspace.run(entity_run(workspace).id))
    assert lacking(spans) == ("mentions",)


def test_questions_have_no_simple_alternative(workspace):
    assert lacking(reports.load(workspace.run(answer_run(workspace).id))) == ()


@pytest.mark.slow
def test_frozen_embeddings_tell_topics_apart(workspace):
    food = ["bread and cheese", "a bowl of soup", "fresh fruit salad", "roast chicken dinner"]
    cars = ["a fast sports car", "the truck needs oil", "flat tyre on the van", "engine repair"]
    rows = [
        {"split": split, "text": text, "labels": [label]}
        for label, texts in (("food", food), ("cars", cars))
        for text, split in zip(texts, ("train", "train", "train", "test"), strict=True)
    ]
    dataset = write_dataset(workspace, "multiclass", ("food", "cars"), rows)
    _, said = read_predictions(make(workspace, dataset, "embeddings"), dataset.make_task())
    assert (said.decided == said.truth).all()
