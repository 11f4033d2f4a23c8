"""What was taken for what, on cases that can be counted by hand."""

import numpy as np
from sklearn.metrics import confusion_matrix, multilabel_confusion_matrix

from engine.evaluation import report as reports
from engine.evaluation.confusions import crossed, one_against_rest, similar_order, together
from engine.evaluation.filters import Filter
from engine.evaluation.rows import read_rows
from engine.tasks import make_task
from tests.rows import LABELS, label_rows, said
from tests.said import drawn
from tests.shaped import entity_run


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
