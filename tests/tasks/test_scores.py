"""Every score agrees with scikit-learn, weighted or not."""

import numpy as np
import pytest
from sklearn import metrics

from engine.tasks import make_task
from engine.tasks.scores import per_label
from tests.said import said

AVERAGES = ("macro", "micro", "weighted")


def one_hot(classes: np.ndarray, labels: int) -> np.ndarray:
    return np.arange(labels) == classes[:, None]


def single(rng: np.random.Generator, rows: int, labels: int, right: float):
    truth = rng.choice(labels, size=rows, p=rng.dirichlet(np.ones(labels)))
    decided = np.where(rng.random(rows) < right, truth, rng.integers(0, labels, rows))
    return truth, decided


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("labels", [2, 3, 12])
def test_multiclass_scores_are_those_of_scikit_learn(seed: int, labels: int) -> None:
    truth, decided = single(np.random.default_rng(seed), 200, labels, 0.6)
    scores = make_task("multiclass", tuple(map(str, range(labels)))).scores(
        said(one_hot(truth, labels), one_hot(decided, labels))
    )
    every = {"labels": range(labels), "zero_division": 0}
    assert scores["accuracy"] == pytest.approx(metrics.accuracy_score(truth, decided))
    present = metrics.recall_score(truth, decided, labels=np.unique(truth), average="macro")
    assert scores["balanced_accuracy"] == pytest.approx(present)
    for average in AVERAGES:
        expected = metrics.f1_score(truth, decided, average=average, **every)
        assert scores[f"{average}_f1"] == pytest.approx(expected)
    for name, function in (
        ("precision", metrics.precision_score),
        ("recall", metrics.recall_score),
    ):
        expected = function(truth, decided, average="macro", **every)
        assert scores[f"macro_{name}"] == pytest.approx(expected)


@pytest.mark.parametrize("positive", ["ok", "defect"])
def test_binary_f1_is_that_of_the_chosen_class(positive: str) -> None:
    labels = ("defect", "ok")
    truth, decided = single(np.random.default_rng(3), 80, 2, 0.7)
    scores = make_task("binary", labels, positive).scores(
        said(one_hot(truth, 2), one_hot(decided, 2))
    )
    names = np.array(labels)
    for name, function in (
        ("f1", metrics.f1_score),
        ("precision", metrics.precision_score),
        ("recall", metrics.recall_score),
    ):
        assert scores[name] == pytest.approx(
            function(names[truth], names[decided], pos_label=positive)
        )


def random_sets(seed: int, rows: int, labels: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    truth = rng.random((rows, labels)) < rng.random(labels) * 0.4
    decided = np.where(rng.random((rows, labels)) < 0.85, truth, ~truth)
    return truth, decided


@pytest.mark.parametrize("seed", range(5))
def test_multilabel_scores_are_those_of_scikit_learn(seed: int) -> None:
    truth, decided = random_sets(seed, 150, 6)
    scores = make_task("multilabel", tuple("abcdef")).scores(said(truth, decided))
    assert scores["accuracy"] == pytest.approx(metrics.accuracy_score(truth, decided))
    for average in AVERAGES:
        expected = metrics.f1_score(truth, decided, average=average, zero_division=0)
        assert scores[f"{average}_f1"] == pytest.approx(expected)
    balanced = [
        metrics.balanced_accuracy_score(truth[:, label], decided[:, label])
        for label in range(6)
        if truth[:, label].any()
    ]
    assert scores["balanced_accuracy"] == pytest.approx(np.mean(balanced))
    with_none = [np.column_stack([x, ~x.any(axis=1)]) for x in (truth, decided)]
    for average in ("macro", "micro"):
        expected = metrics.f1_score(*with_none, average=average, zero_division=0)
        assert scores[f"{average}_f1_with_none"] == pytest.approx(expected)


def test_one_label_in_every_row_does_not_change_what_multilabel_balanced_accuracy_means() -> None:
    truth = np.array([[1, 0], [0, 1], [1, 0], [1, 0]], dtype=bool)
    decided = np.array([[1, 0], [1, 0], [1, 0], [0, 1]], dtype=bool)
    scores = make_task("multilabel", ("a", "b")).scores(said(truth, decided))
    expected = [metrics.balanced_accuracy_score(truth[:, i], decided[:, i]) for i in (0, 1)]
    assert scores["balanced_accuracy"] == pytest.approx(np.mean(expected))


def test_a_label_true_in_every_row_has_its_recall_as_balanced_accuracy() -> None:
    truth = np.array([[1, 0], [1, 1], [1, 0], [1, 1]], dtype=bool)
    decided = np.array([[1, 0], [0, 1], [1, 0], [1, 1]], dtype=bool)
    scores = make_task("multilabel", ("a", "b")).scores(said(truth, decided))
    assert scores["balanced_accuracy"] == pytest.approx((0.75 + 1) / 2)


def test_per_label_numbers_are_those_of_scikit_learn() -> None:
    truth, decided = random_sets(7, 90, 5)
    task = make_task("multilabel", tuple("abcde"))
    numbers = per_label(task.tally(said(truth, decided)).counts().first(5))
    expected = metrics.precision_recall_fscore_support(truth, decided, zero_division=0)
    for name, values in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        assert [label[name] for label in numbers] == pytest.approx(list(values))
    assert [label["predicted"] for label in numbers] == list(decided.sum(axis=0))


def test_labels_nobody_has_or_finds_score_zero() -> None:
    truth = decided = one_hot(np.zeros(4, dtype=int), 3)
    scores = make_task("multiclass", ("a", "b", "c")).scores(said(truth, decided))
    assert scores["macro_f1"] == pytest.approx(1 / 3)
    assert scores["balanced_accuracy"] == 1


@pytest.mark.parametrize("kind", ["binary", "multiclass", "multilabel"])
def test_no_rows_score_zero_everywhere(kind: str) -> None:
    nothing = np.zeros((0, 2), dtype=bool)
    scores = make_task(kind, ("a", "b"), "b").scores(said(nothing, nothing))
    assert set(scores.values()) == {0.0}


def test_counts_under_weights_are_the_counts_of_the_repeated_rows() -> None:
    truth, decided = random_sets(1, 40, 3)
    task = make_task("multilabel", ("a", "b", "c"))
    tally = task.tally(said(truth, decided))
    weights = np.random.default_rng(0).integers(0, 4, size=len(tally.repeats))
    rows = [
        row
        for pattern, times in enumerate(weights)
        for row in [int(np.flatnonzero(tally.pattern == pattern)[0])] * times
    ]
    weighted = task.score_counts(tally.counts(weights[None]))
    repeated = task.scores(said(truth[rows], decided[rows]))
    assert {k: float(v[0]) for k, v in weighted.items()} == pytest.approx(repeated)


def test_confusion_matrices_are_those_of_scikit_learn() -> None:
    classes, found = single(np.random.default_rng(2), 60, 4, 0.5)
    matrix = make_task("multiclass", tuple("abcd")).confusion(
        one_hot(classes, 4), one_hot(found, 4)
    )
    assert (matrix == metrics.confusion_matrix(classes, found, labels=range(4))).all()
    truth, decided = random_sets(4, 60, 3)
    matrices = make_task("multilabel", tuple("abc")).confusion(truth, decided)
    assert (matrices == metrics.multilabel_confusion_matrix(truth, decided)).all()


def test_extreme_logits_give_probabilities_without_a_warning() -> None:
    logits = np.array([[-1000.0, 1000.0], [0.0, 0.0]], dtype=np.float32)
    with np.errstate(all="raise", under="ignore"):
        sigmoid = make_task("multilabel", ("a", "b")).probabilities(logits)
        softmax = make_task("multiclass", ("a", "b")).probabilities(logits)
    assert sigmoid.tolist() == [[0, 1], [0.5, 0.5]]
    assert softmax.tolist() == [[0, 1], [0.5, 0.5]]


def test_a_threshold_moves_the_decision_of_a_single_label_task() -> None:
    probabilities = np.array([[0.7, 0.3], [0.95, 0.05]])
    task = make_task("binary", ("ham", "spam"), "spam")
    assert task.decide(probabilities).tolist() == [[True, False], [True, False]]
    moved = task.decide(probabilities, np.array([0.8, 0.2]))
    assert moved.tolist() == [[False, True], [True, False]]
    assert task.decide(probabilities, np.array([1.0, 0.0])).tolist() == [[False, True]] * 2
