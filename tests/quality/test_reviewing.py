"""What was decided of doubtful rows waits or is remembered, and can be taken back."""

from dataclasses import replace

import pytest

from engine.data.confirmed import KEPT, SKIPPED, Word, confirmed, say
from engine.data.corrections import Correction, drafted, put
from engine.data.table import open_table
from engine.errors import DataError
from engine.quality import reviewing
from engine.quality.findings import Finding
from engine.quality.reviewing import ACCEPTED, OTHER
from engine.text import Message
from tests.shaped import write_dataset

LABELS = ("calm", "loud", "odd")


@pytest.fixture
def dataset(workspace):
    rows = [{"split": "train", "text": f"text {i}", "labels": ["calm"]} for i in range(6)]
    return write_dataset(workspace, "multiclass", LABELS, rows)


def finding(suggested, **more):
    return Finding("labels", Message("x"), Message("y"), suggested=suggested, **more)


def decide(workspace, dataset, row, *right):
    cells = open_table(workspace, dataset).by_id([row])[row]
    reviewing.decide(workspace, dataset, cells, right)


def test_each_row_is_doubted_once_in_the_order_of_the_findings():
    first = finding({4: ("loud",), 2: ("odd",)}, rows=(2, 4), facts={"sure": {"4": 0.7}})
    second = finding({4: ("odd",), 1: ("loud",)}, rows=(4, 1, 0), groups=((1, 5, 3),))
    found = reviewing.doubts([first, second])
    assert [(doubt.row_id, doubt.suggested) for doubt in found] == [
        (2, ("odd",)),
        (4, ("loud",)),
        (1, ("loud",)),
    ]
    assert [doubt.sure for doubt in found] == [None, 0.7, None]
    assert found[2].near == (5, 3), "rows of the same group are near"


def test_rows_near_by_are_those_the_finder_names():
    near = finding({1: ("loud",)}, groups=((1, 5),), facts={"near": {1: [3, 2]}})
    assert reviewing.doubts([near])[0].near == (3, 2)


def test_every_kind_of_decision_counts_and_the_last_is_known(workspace, dataset):
    doubts = reviewing.doubts([finding(dict.fromkeys(range(6), ("loud",)))])
    decide(workspace, dataset, 0, "loud")
    decide(workspace, dataset, 1, "odd")
    decide(workspace, dataset, 2, "calm")
    reviewing.skip(workspace, dataset, 3)
    queue = reviewing.load(workspace, dataset, doubts)
    assert queue.decided == {0: ACCEPTED, 1: OTHER, 2: KEPT, 3: SKIPPED}
    assert [doubt.row_id for doubt in queue.open] == [4, 5]
    assert queue.last == 3
    assert [each.right for each in drafted(workspace, dataset.id)] == [("loud",), ("odd",)]
    assert confirmed(workspace, dataset.id) == {2: ("calm",)}


def test_the_last_decision_can_be_taken_back_until_none_is_left(workspace, dataset):
    doubts = reviewing.doubts([finding(dict.fromkeys(range(3), ("loud",)))])
    for row, right in enumerate(("loud", "calm", "odd")):
        decide(workspace, dataset, row, right)
    for expected in (2, 1, 0):
        queue = reviewing.load(workspace, dataset, doubts)
        assert queue.last == expected
        reviewing.take_back(workspace, dataset, [expected])
    queue = reviewing.load(workspace, dataset, doubts)
    assert (queue.last, queue.decided) == (None, {})
    assert drafted(workspace, dataset.id) == []
    assert confirmed(workspace, dataset.id) == {}


def test_corrections_made_elsewhere_count_and_other_rows_do_not(workspace, dataset):
    doubts = reviewing.doubts([finding({1: ("loud",)})])
    put(workspace, dataset.id, Correction("text 1", ("loud",), ("calm",), row_id=1))
    put(workspace, dataset.id, Correction("text 2", ("odd",), ("calm",), row_id=2))
    put(workspace, dataset.id, Correction("typed", ("odd",)))
    queue = reviewing.load(workspace, dataset, doubts)
    assert (queue.decided, queue.last) == ({1: ACCEPTED}, 1)


def test_rows_that_a_waiting_change_settles_are_not_asked(workspace, dataset):
    doubts = reviewing.doubts([finding({1: ("loud",), 2: ("loud",)})])
    queue = reviewing.load(workspace, dataset, doubts, left_out=[2])
    assert [doubt.row_id for doubt in queue.doubts] == [1]


def test_a_later_version_asks_again_only_where_labels_changed_or_rows_were_skipped(
    workspace, dataset
):
    for row, said, labels in ((0, KEPT, "calm"), (1, KEPT, "loud"), (2, SKIPPED, "calm")):
        say(workspace, dataset.id, Word(row, said, (labels,), created=5.0))
    doubts = reviewing.doubts([finding(dict.fromkeys(range(3), ("odd",)))])
    later = replace(dataset, created=9.0)
    assert reviewing.load(workspace, later, doubts).decided == {0: KEPT}


def test_what_is_no_label_is_refused(workspace, dataset):
    with pytest.raises(DataError):
        decide(workspace, dataset, 0, "new one")
    with pytest.raises(DataError):
        decide(workspace, dataset, 0)
    assert drafted(workspace, dataset.id) == []


def test_several_labels_keep_the_order_of_the_data_set(workspace):
    rows = [{"split": "train", "text": "a", "labels": ["odd"]}]
    dataset = write_dataset(workspace, "multilabel", LABELS, rows)
    decide(workspace, dataset, 0, "odd", "calm")
    assert drafted(workspace, dataset.id)[0].right == ("calm", "odd")
    decide(workspace, dataset, 0)
    assert drafted(workspace, dataset.id)[0].right == ()
