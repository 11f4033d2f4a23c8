"""What was taken for what, on cases that can be counted by hand."""

import numpy as np
import pytest
from sklearn.metrics import confusion_matrix, multilabel_confusion_matrix

from engine.evaluation import report as reports
from engine.evaluation.confusions import (
    crossed,
    names,
    one_against_rest,
    similar_order,
    together,
    worst,
)
from engine.evaluation.filters import NO_LABEL, OTHER, Filter
from engine.evaluation.rows import read_rows
from engine.tasks import make_task
from engine.tasks.token_labels import Span, SpanPredictions
from tests.hand_made import one_label, split_rows
from tests.rows import LABELS, label_rows, said
from tests.said import drawn
from tests.said import said as labelled
from tests.shaped import entity_run

PLACES = ("a", "b", "c", "d")


def every(rows):
    return rows.mask(Filter())


def test_one_label_a_row_is_scikit_learns_confusion_matrix(workspace):
    test = drawn(make_task("multiclass", LABELS, None))
    rows = label_rows(workspace, test)
    truth, decided = (labels.argmax(axis=1) for labels in (test.truth, test.decided))
    assert crossed(rows, every(rows)).tolist() == confusion_matrix(truth, decided).tolist()
    mask = rows.mask(Filter(outcome="wrong"))
    expected = confusion_matrix(truth[mask], decided[mask], labels=[0, 1, 2])
    assert crossed(rows, mask).tolist() == expected.tolist()


def test_each_cell_counts_the_rows_its_filter_shows(workspace):
    rows = label_rows(workspace, drawn(make_task("multiclass", LABELS, None)))
    counts = crossed(rows, every(rows))
    shown = [
        [int(rows.mask(Filter(truth=true, decided=said_)).sum()) for said_ in LABELS]
        for true in LABELS
    ]
    assert counts.tolist() == shown


def test_several_labels_a_row_cross_what_was_missed_with_what_was_said_instead(workspace):
    rows = label_rows(workspace, said(("ab", "a", "c", ""), ("ac", "b", "c", "a")), "multilabel")
    assert crossed(rows, every(rows)).tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 1]]


def test_one_label_against_the_rest_is_scikit_learns(workspace):
    test = drawn(make_task("multilabel", LABELS, None))
    rows = label_rows(workspace, test, "multilabel")
    expected = multilabel_confusion_matrix(test.truth, test.decided)  # [[TN, FP], [FN, TP]]
    found = one_against_rest(rows, every(rows))
    for (hits, missed, added, neither), four in zip(found.tolist(), expected.tolist(), strict=True):
        assert [[neither, added], [missed, hits]] == four


def test_labels_that_stand_together(workspace):
    rows = label_rows(workspace, said(("ab", "a", "abc", ""), ("", "", "", "")), "multilabel")
    assert together(rows, every(rows)).tolist() == [[3, 2, 1], [2, 2, 1], [1, 1, 1]]
    mask = np.array([True, False, False, True])
    assert together(rows, mask).tolist() == [[1, 1, 0], [1, 1, 0], [0, 0, 0]]


def test_mentions_have_nothing_as_one_more_label(workspace):
    run = entity_run(workspace)  # labels: company, person, place
    rows = read_rows(workspace, reports.load(workspace.run(run.id)), "test")
    assert crossed(rows, every(rows)).tolist() == [
        [1, 0, 0, 1],
        [0, 1, 1, 0],
        [0, 0, 1, 0],
        [0, 1, 0, 0],
    ]


def test_labels_that_are_confused_stand_side_by_side():
    counts = np.diag([50] * 6)
    for was, taken in ((0, 3), (3, 0), (3, 5), (1, 4)):
        counts[was, taken] = 20
    order = similar_order(counts)
    assert sorted(order) == list(range(6))
    places = {label: place for place, label in enumerate(order)}
    assert all(abs(places[a] - places[b]) == 1 for a, b in ((0, 3), (3, 5), (1, 4)))
    assert order[-1] == 2, "never confused"


def test_a_perfect_matrix_keeps_its_order():
    assert similar_order(np.diag([3, 4, 5])) == [0, 1, 2]
    assert similar_order(np.zeros((3, 3), dtype=int)) == [0, 1, 2]


class TestWorst:
    def test_the_worst_are_named_with_their_share(self):
        rows = one_label(PLACES, [0, 0, 0, 0, 1, 1, 2], [0, 1, 1, 1, 1, 0, 3])
        first, *others = worst(rows, every(rows))
        assert first == ("a", "b", 3, 4)
        assert [each[:2] for each in others] == [("b", "a"), ("c", "d")]

    def test_without_an_error_there_is_none(self):
        rows = one_label(PLACES, [0, 1], [0, 1])
        assert worst(rows, every(rows)) == []
        assert crossed(rows, np.zeros(2, dtype=bool)).sum() == 0

    def test_of_several_every_count_has_the_rows_of_its_filter(self):
        draw = np.random.default_rng(7)
        truth, decided = draw.random((2, 300, 4)) < 0.3
        rows = split_rows("multilabel", PLACES, labelled(truth, decided))
        for label, sides in zip(PLACES, one_against_rest(rows, every(rows)), strict=True):
            pairs = ((label, label), (label, OTHER), (OTHER, label))
            shown = [rows.mask(Filter(truth=a, decided=b)).sum() for a, b in pairs]
            assert shown == sides[:3].tolist()

    def test_a_label_that_was_missed_is_told_unless_a_pair_tells_the_same(self):
        truth = np.array([[1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, 1], [0, 0, 1]], dtype=bool)
        decided = np.array([[0, 1, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0], [0, 0, 0]], dtype=bool)
        rows = split_rows("multilabel", ("a", "b", "c"), labelled(truth, decided))
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
