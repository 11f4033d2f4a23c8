"""What was taken for what: against scikit-learn, on cases counted by hand, and against the filter
that is to show exactly the rows of a cell."""

import time

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, multilabel_confusion_matrix

from engine.evaluation.confusions import (
    crossed,
    names,
    one_against_rest,
    similar_order,
    together,
    worst,
)
from engine.evaluation.filters import NO_LABEL, OTHER, Filter
from engine.tasks.token_labels import Span, SpanPredictions
from tests.hand_made import every, one_label, split_rows
from tests.said import said

LABELS = ("a", "b", "c", "d")


@pytest.fixture
def draw():
    return np.random.default_rng(7)


class TestOneLabel:
    def test_counts_are_those_of_scikit_learn(self, draw):
        truth, decided = draw.integers(0, 4, (2, 500))
        rows, mask = one_label(LABELS, truth, decided), draw.random(500) < 0.3
        for some in (every(mask), mask):
            right = confusion_matrix(truth[some], decided[some], labels=range(4))
            assert (crossed(rows, some) == right).all()

    def test_a_cell_has_the_rows_of_its_filter(self, draw):
        rows = one_label(LABELS, *draw.integers(0, 4, (2, 200)))
        counts = crossed(rows, every(rows))
        for was, truth in enumerate(LABELS):
            for taken, decided in enumerate(LABELS):
                shown = rows.mask(Filter(truth=truth, decided=decided))
                assert shown.sum() == counts[was, taken]

    def test_the_worst_are_named_with_their_share(self):
        rows = one_label(LABELS, [0, 0, 0, 0, 1, 1, 2], [0, 1, 1, 1, 1, 0, 3])
        first, *others = worst(rows, every(rows))
        assert first == ("a", "b", 3, 4)
        assert [each[:2] for each in others] == [("b", "a"), ("c", "d")]

    def test_without_an_error_there_is_none(self):
        rows = one_label(LABELS, [0, 1], [0, 1])
        assert worst(rows, every(rows)) == []
        assert crossed(rows, np.zeros(2, dtype=bool)).sum() == 0


class TestSeveral:
    @pytest.fixture
    def rows(self, draw):
        truth, decided = draw.random((2, 300, 4)) < 0.3
        return split_rows("multilabel", LABELS, said(truth, decided))

    def test_each_against_the_rest_is_that_of_scikit_learn(self, rows):
        facts = rows.facts
        right = multilabel_confusion_matrix(facts.truth, facts.decided)
        neither, added, missed, hits = right.reshape(-1, 4).T
        assert ([hits, missed, added, neither] == one_against_rest(rows, every(rows)).T).all()

    def test_every_count_has_the_rows_of_its_filter(self, rows):
        for label, sides in zip(LABELS, one_against_rest(rows, every(rows)), strict=True):
            pairs = ((label, label), (label, OTHER), (OTHER, label))
            shown = [rows.mask(Filter(truth=a, decided=b)).sum() for a, b in pairs]
            assert shown == sides[:3].tolist()

    def test_labels_that_are_true_together(self):
        truth = np.array([[1, 1, 0, 0], [1, 1, 1, 0], [0, 0, 1, 0], [0, 0, 0, 0]], dtype=bool)
        rows = split_rows("multilabel", LABELS, said(truth, truth))
        right = [[2, 2, 1, 0], [2, 2, 1, 0], [1, 1, 2, 0], [0, 0, 0, 0]]
        assert together(rows, every(rows)).tolist() == right

    def test_a_label_that_was_missed_is_told_unless_a_pair_tells_the_same(self):
        truth = np.array([[1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]], dtype=bool)
        decided = np.array([[0, 1, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]], dtype=bool)
        rows = split_rows("multilabel", ("a", "b", "c"), said(truth, decided))
        assert worst(rows, every(rows)) == [("c", OTHER, 3, 3), ("a", "b", 2, 2)]


class TestMentions:
    """Anna found, Berg found too long, Rome taken for a person, Oslo missed, and a spurious one."""

    @pytest.fixture
    def rows(self):
        truth = [
            [Span(0, 4, "person"), Span(10, 14, "person")],
            [Span(0, 4, "place"), Span(9, 13, "place")],
            [],
        ]
        decided = [
            [Span(0, 4, "person"), Span(10, 20, "person")],
            [Span(0, 4, "person")],
            [Span(3, 6, "place")],
        ]
        return split_rows("tokens", ("person", "place"), SpanPredictions(truth, decided))

    def test_types_are_crossed_with_nothing_as_one_more(self, rows):
        assert names(rows) == ("person", "place", NO_LABEL)
        assert crossed(rows, every(rows)).tolist() == [[2, 0, 0], [1, 0, 1], [0, 1, 0]]
        first = np.array([True, False, False])
        assert crossed(rows, first).tolist() == [[2, 0, 0], [0, 0, 0], [0, 0, 0]]

    @pytest.mark.parametrize(
        ("truth", "decided", "shown"),
        [
            ("person", "person", [0]),
            ("place", "person", [1]),
            ("place", NO_LABEL, [1]),
            (NO_LABEL, "place", [2]),
            (NO_LABEL, "person", []),
            ("place", OTHER, [1]),
            (NO_LABEL, NO_LABEL, []),
            (NO_LABEL, "", [2]),
        ],
    )
    def test_a_cell_has_the_rows_of_its_filter(self, rows, truth, decided, shown):
        mask = rows.mask(Filter(truth=truth, decided=decided))
        assert np.flatnonzero(mask).tolist() == shown

    def test_what_is_missed_or_spurious_is_a_confusion_with_nothing(self, rows):
        assert worst(rows, every(rows)) == [
            ("place", "person", 1, 2),
            ("place", NO_LABEL, 1, 2),
            (NO_LABEL, "place", 1, 1),
        ]


class TestOrder:
    def test_labels_that_are_confused_stand_side_by_side(self):
        counts = np.diag([50] * 6)
        for one, two in ((0, 4), (1, 5)):
            counts[one, two] = counts[two, one] = 20
        order = similar_order(counts)
        assert sorted(order) == list(range(6))
        for one, two in ((0, 4), (1, 5)):
            assert abs(order.index(one) - order.index(two)) == 1
        assert set(order[4:]) == {2, 3}, "never confused, so last"

    @pytest.mark.parametrize("size", [1, 2, 3, 100])
    def test_any_number_of_labels_has_an_order(self, draw, size):
        start = time.perf_counter()
        assert sorted(similar_order(draw.integers(0, 30, (size, size)))) == list(range(size))
        assert time.perf_counter() - start < 3
