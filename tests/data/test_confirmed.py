"""What was said of doubtful rows is kept, and the last word counts."""

import pytest

from engine.data import changes
from engine.data.confirmed import (
    KEPT,
    SKIPPED,
    TAKEN_BACK,
    Word,
    confirmed,
    say,
    still_doubted,
    words,
)
from engine.data.versions import apply_draft, restore
from tests.shaped import write_dataset
from tests.versions import many


@pytest.fixture
def dataset(workspace):
    rows = [{"split": "train", "text": "hello", "labels": ["calm"]}] * 3
    return write_dataset(workspace, "multiclass", ("calm", "loud"), rows)


def test_nothing_was_said_at_first(workspace, dataset):
    assert words(workspace, dataset.id) == {}
    assert confirmed(workspace, dataset.id) == {}


def test_the_last_word_on_a_row_counts(workspace, dataset):
    say(workspace, dataset.id, Word(1, SKIPPED, ("calm",)))
    say(workspace, dataset.id, Word(1, KEPT, ("calm",)))
    say(workspace, dataset.id, Word(2, KEPT, ("loud", "“…”\n\u2028")))
    say(workspace, dataset.id, Word(0, SKIPPED, ()))
    assert confirmed(workspace, dataset.id) == {1: ("calm",), 2: ("loud", "“…”\n\u2028")}
    assert words(workspace, dataset.id)[0].said == SKIPPED
    say(workspace, dataset.id, Word(2, TAKEN_BACK, ()))
    assert confirmed(workspace, dataset.id) == {1: ("calm",)}


def test_half_a_line_of_a_killed_app_loses_no_other(workspace, dataset):
    say(workspace, dataset.id, Word(1, KEPT, ("calm",)))
    with workspace.confirmed(dataset.id).open("a") as file:
        file.write('{"row_id": 2, "sa')
    say(workspace, dataset.id, Word(0, KEPT, ("loud",)))
    assert confirmed(workspace, dataset.id) == {1: ("calm",), 0: ("loud",)}


def test_a_row_with_other_labels_by_now_may_be_doubted_again(workspace, dataset):
    for row, labels in enumerate([("calm",), ("a", "b"), ()]):
        say(workspace, dataset.id, Word(row, KEPT, labels))
    doubted = still_doubted(workspace, dataset.id, [0, 1, 2, 3], [["loud"], ["b", "a"], [], []])
    assert doubted == [True, False, False, True]


def test_a_kept_label_stays_kept_under_its_new_name(workspace):
    rows = write_dataset(workspace, "multiclass", ("a", "b", "c"), many("abc", 30))
    say(workspace, rows.id, Word(0, KEPT, ("a",)))
    say(workspace, rows.id, Word(1, KEPT, ("b",)))
    rename = changes.make("rename", {"labels": ["a", "c"], "to": "d"})
    changes.put(workspace, rows.id, rename)
    apply_draft(workspace, rows.id)
    assert confirmed(workspace, rows.id) == {0: ("d",), 1: ("b",)}


def test_what_was_kept_stays_kept_when_an_older_version_is_put_back(workspace):
    rows = write_dataset(workspace, "multiclass", ("a", "b", "c"), many("abc", 30))
    say(workspace, rows.id, Word(0, KEPT, ("a",)))
    say(workspace, rows.id, Word(2, KEPT, ("c",)))
    for labels, to in ((["a", "c"], "d"), (["d"], "e")):
        changes.put(workspace, rows.id, changes.make("rename", {"labels": labels, "to": to}))
        apply_draft(workspace, rows.id)
    say(workspace, rows.id, Word(1, KEPT, ("b",)))
    assert confirmed(workspace, rows.id) == {0: ("e",), 2: ("e",), 1: ("b",)}
    restore(workspace, rows.id, 1)
    assert confirmed(workspace, rows.id) == {0: ("a",), 2: ("c",), 1: ("b",)}
