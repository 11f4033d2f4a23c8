"""Likely wrong labels: against confident learning written out row by row, and a planted case."""

import numpy as np
import pytest

from engine.evaluation.mislabelled import doubtful


def by_the_book(given, probabilities):
    """Northcutt et al. 2021, section 3.1, row by row: the label of the confident joint that a row
    falls under is another one than its own, of which the model is less sure than on average."""
    labels = range(probabilities.shape[1])
    sure = [
        np.mean([p[k] for p, y in zip(probabilities, given, strict=True) if y == k]) for k in labels
    ]
    found = []
    for p, y in zip(probabilities, given, strict=True):
        reached = [k for k in labels if p[k] >= sure[k]]
        likely = max(reached, key=lambda k: p[k], default=y)
        found.append(likely != y and p[y] < sure[y] and p[likely] > p[y])
    return found


@pytest.mark.parametrize("seed", range(5))
def test_one_label_a_row_is_confident_learning(seed):
    rng = np.random.default_rng(seed)
    given = np.concatenate([np.arange(4), rng.integers(0, 4, 200)])
    logits = rng.normal(size=(204, 4)) + 2 * np.eye(4)[given] * (rng.random(204) < 0.8)[:, None]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    truth = np.eye(4, dtype=bool)[given]
    assert doubtful(truth, probabilities, several=False).tolist() == by_the_book(
        given, probabilities
    )


def test_swapped_labels_are_found_and_nothing_else():
    truth = np.eye(2, dtype=bool)[[0] * 20 + [1] * 20]
    probabilities = np.where(truth, 0.95, 0.05)
    probabilities[[3, 30]] = probabilities[[3, 30]][:, ::-1]
    assert np.flatnonzero(doubtful(truth, probabilities, several=False)).tolist() == [3, 30]


def test_several_labels_are_judged_each_by_itself():
    truth = np.zeros((40, 2), dtype=bool)
    truth[:20, 0] = truth[10:30, 1] = True
    probabilities = np.where(truth, 0.9, 0.1)
    probabilities[5, 0] = 0.02  # given and not believed
    probabilities[35, 1] = 0.97  # missing although believed
    assert np.flatnonzero(doubtful(truth, probabilities, several=True)).tolist() == [5, 35]


def test_a_label_of_one_kind_has_nothing_to_compare():
    truth = np.ones((10, 1), dtype=bool)
    probabilities = np.linspace(0.1, 0.9, 10)[:, None]
    assert not doubtful(truth, probabilities, several=True).any()
    assert not doubtful(np.zeros((0, 3), dtype=bool), np.zeros((0, 3)), several=False).any()
