"""Intervals surround the estimate, are the same for the same seed, and cost little."""

import time

import numpy as np
import pytest

from engine.evaluation.intervals import bootstrap
from engine.tasks import make_task
from tests.said import said


def agreeing(seed: int, rows: int, labels: int, right: float) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.random((rows, labels)) < 0.2
    return truth, np.where(rng.random((rows, labels)) < right, truth, ~truth)


def one_hot(classes: np.ndarray, labels: int) -> np.ndarray:
    return np.arange(labels) == classes[:, None]


@pytest.mark.parametrize("rows", [60, 2000])
def test_every_score_of_the_task_lies_in_its_interval(rows: int) -> None:
    task = make_task("multilabel", tuple("abcd"))
    truth, decided = agreeing(0, rows, 4, 0.9)
    intervals, of_labels = bootstrap(task, task.tally(said(truth, decided)))
    scores = task.scores(said(truth, decided))
    assert intervals.keys() == scores.keys()
    assert len(of_labels) == 4
    for name, (low, high) in intervals.items():
        assert low <= scores[name] <= high, name


def test_accuracy_interval_is_as_wide_as_theory_says() -> None:
    task = make_task("binary", ("a", "b"), "b")
    rng = np.random.default_rng(1)
    classes = rng.integers(0, 2, 1000)
    decided = np.where(rng.random(1000) < 0.9, classes, 1 - classes)
    truth, found = one_hot(classes, 2), one_hot(decided, 2)
    low, high = bootstrap(task, task.tally(said(truth, found)))[0]["accuracy"]
    accuracy = (classes == decided).mean()
    assert high - low == pytest.approx(
        2 * 1.96 * np.sqrt(accuracy * (1 - accuracy) / 1000), rel=0.1
    )


def test_both_ways_of_drawing_give_the_same_intervals() -> None:
    task = make_task("multilabel", tuple("abcdefgh"))
    truth, decided = agreeing(2, 400, 8, 0.7)
    tally = task.tally(said(truth, decided))
    assert len(tally.repeats) * 8 > 400, "few equal rows: drawn row by row"
    wide = task.tally(said(np.tile(truth, (8, 1)), np.tile(decided, (8, 1))))
    narrow, broad = bootstrap(task, wide)[0], bootstrap(task, tally)[0]
    for name in narrow:
        ratio = (broad[name][1] - broad[name][0]) / (narrow[name][1] - narrow[name][0])
        assert ratio == pytest.approx(np.sqrt(8), rel=0.2), name


def test_many_rare_classes_do_not_push_the_macro_scores_out_of_their_intervals() -> None:
    task = make_task("multiclass", tuple(f"c{i}" for i in range(30)))
    classes = np.repeat(np.arange(30), 2)
    decided = classes.copy()
    decided[::7] = 0
    truth, found = one_hot(classes, 30), one_hot(decided, 30)
    intervals, of_labels = bootstrap(task, task.tally(said(truth, found)))
    scores = task.scores(said(truth, found))
    for name, (low, high) in intervals.items():
        assert low <= scores[name] <= high, name
    assert of_labels[1]["f1"] == (0, 1), "two rows say next to nothing of a class"


def test_precision_and_recall_of_a_label_have_intervals_of_their_own() -> None:
    task = make_task("binary", ("a", "b"), "b")
    truth = np.repeat([1, 0], [100, 900])
    found = np.repeat([1, 0, 1, 0], [80, 20, 0, 900])
    of_labels = bootstrap(task, task.tally(said(one_hot(truth, 2), one_hot(found, 2))))[1]
    assert of_labels[1]["precision"] == (1, 1), "none was found wrongly"
    low, high = of_labels[1]["recall"]
    assert high - low == pytest.approx(2 * 1.96 * np.sqrt(0.8 * 0.2 / 100), rel=0.15)


def test_the_same_seed_gives_the_same_interval_and_another_one_hardly_differs() -> None:
    task = make_task("multilabel", tuple("abc"))
    tally = task.tally(said(*agreeing(3, 500, 3, 0.9)))
    first, again, other = (bootstrap(task, tally, seed)[0]["macro_f1"] for seed in (0, 0, 1))
    assert first == again != other
    assert other == pytest.approx(first, abs=0.02)


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
@pytest.mark.parametrize("rows", [0, 1])
def test_no_row_and_one_row_have_intervals_too(kind: str, rows: int) -> None:
    task = make_task(kind, ("a", "b"), "b")
    truth = one_hot(np.ones(rows, dtype=int), 2)
    intervals, of_labels = bootstrap(task, task.tally(said(truth, truth)))
    assert intervals["accuracy"] == (rows, rows)
    assert of_labels[1] == dict.fromkeys(("precision", "recall", "f1"), (rows, rows))


@pytest.mark.parametrize("right", [0.97, 0.5])
def test_a_hundred_thousand_rows_take_two_seconds_at_most(right: float) -> None:
    task = make_task("multilabel", tuple("abcdefgh"))
    truth, decided = agreeing(4, 100_000, 8, right)
    started = time.process_time()
    bootstrap(task, task.tally(said(truth, decided)))
    assert time.process_time() - started < 4, "two seconds, doubled for a busy machine"
