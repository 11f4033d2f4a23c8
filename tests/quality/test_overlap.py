"""Labels that cannot be told apart may be one; labels that are hard to learn are not."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from engine.quality.finders import overlap
from tests.quality.made import material


def probabilities(given, labels, sharp, twins=(), seed=0):
    """What a model says of each row: its own label by so much, or either of the twins."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(len(given), labels))
    logits[np.arange(len(given)), given] += sharp
    for one, other in twins:
        rows = np.isin(given, (one, other))
        logits[rows, one] = sharp + rng.normal(size=rows.sum())
        logits[rows, other] = sharp + rng.normal(size=rows.sum())
    exponents = np.exp(logits)
    return exponents / exponents.sum(axis=1, keepdims=True)


GIVEN = np.random.default_rng(1).choice(5, size=800, p=(0.4, 0.3, 0.1, 0.15, 0.05))


def test_two_labels_that_are_one_are_found_whatever_their_sizes():
    for twins in ((0, 1), (0, 2), (3, 4)):
        pairs = overlap.overlapping(probabilities(GIVEN, 5, 4, [twins]), GIVEN)
        assert [(pair.first, pair.second) for pair in pairs] == [twins]
        assert pairs[0].area == pytest.approx(0.5, abs=0.12)


def test_the_area_is_that_of_the_roc_curve():
    said = probabilities(GIVEN, 5, 4, [(0, 1)])
    (pair,) = overlap.overlapping(said, GIVEN)
    rows = np.isin(GIVEN, (0, 1))
    more = np.log(said[rows, 0]) - np.log(said[rows, 1])
    assert pair.area == pytest.approx(roc_auc_score(GIVEN[rows] == 0, more), abs=1e-6)


@pytest.mark.parametrize("sharp", [0.0, 1.0, 3.0])
def test_labels_that_are_hard_or_easy_to_learn_do_not_overlap(sharp):
    assert overlap.overlapping(probabilities(GIVEN, 5, sharp), GIVEN) == []


def made(labels, outside, **more):
    found = material([f"text {i}" for i in range(len(labels))], labels, **more)
    found.__dict__["outside"] = outside
    return found


def test_the_card_merges_the_smaller_label_into_the_greater():
    names = ["abcde"[label] for label in GIVEN]
    said = probabilities(GIVEN, 5, 4, [(0, 2)])
    (finding,) = overlap.find(made(names, said))
    (fix,) = finding.fixes
    assert (fix.kind, fix.asks) == ("rename", {"labels": ["c"], "to": "a"})
    assert finding.what.text().startswith("“a” and “c” overlap so much that they may be one label")
    swapped = [
        i
        for i, (name, row) in enumerate(zip(names, said, strict=True))
        if (name == "a" and row[0] < row[2]) or (name == "c" and row[0] >= row[2])
    ]
    assert finding.rows == tuple(100 + i for i in swapped)


def test_of_two_labels_none_can_be_merged():
    names = ["ab"[label % 2] for label in GIVEN]
    assert overlap.find(made(names, np.full((len(names), 2), 0.5), task="binary")) == []
