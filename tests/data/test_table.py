"""The rows of a version as columns, held against what plain Python finds."""

import random

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from engine.data import chosen
from engine.data.dataset import EXTRA
from engine.data.seeking import Sought
from engine.data.table import NO_LABEL, Table, open_table
from engine.errors import WorkspaceError
from tests.shaped import write_dataset

LABELS = ("b", "Ä", "a")


def rows_of(count=60):
    """Row ids have gaps, as after rows were taken out."""
    chance = random.Random(3)
    return [
        {
            "row_id": 3 * i + 1,
            "split": chance.choice(("train", "validation", "test")),
            "text": chance.choice(("Zug", "ärger", "ÄRGER", "apfel", "火车"))
            + "!" * chance.randrange(5),
            "labels": chance.sample(LABELS, chance.randrange(3)),
            EXTRA + "age": chance.choice(("9", "10", "-1.5", "")),
            EXTRA + "who": chance.choice(("Bo", "anna", "")),
        }
        for i in range(count)
    ]


ROWS = rows_of()
TABLE = Table(LABELS, pa.Table.from_pylist(ROWS))


def expected(keep=lambda row: True, key=None):
    found = [place for place, row in enumerate(ROWS) if keep(row)]
    return found if key is None else sorted(found, key=lambda place: key(ROWS[place]))


def found(**sought):
    return TABLE.find(Sought(**sought)).tolist()


@pytest.mark.parametrize("words", ["ärger", "ÄRGER!", "火", "ANNA", "1.5", "nowhere"])
def test_words_are_found_in_texts_and_extra_columns_in_either_case(words):
    def holds(row):
        cells = (row["text"], row[EXTRA + "age"], row[EXTRA + "who"])
        return any(words.lower() in cell.lower() for cell in cells)

    assert found(find=words) == expected(holds)


def test_labels_and_splits_are_filtered_together():
    assert found(having="Ä", among="test") == expected(
        lambda row: "Ä" in row["labels"] and row["split"] == "test"
    )
    assert found(having=NO_LABEL) == expected(lambda row: not row["labels"])
    assert found(having="there is none of it") == []


def first_label(row):
    ranks = [("a", "b", "Ä").index(name) for name in row["labels"]]
    return min(ranks, default=9)


@pytest.mark.parametrize(
    ("order", "key"),
    [
        ("", lambda row: row["row_id"]),
        ("text", lambda row: row["text"].lower()),
        ("length", lambda row: len(row["text"])),
        ("split", lambda row: ("train", "validation", "test").index(row["split"])),
        ("label", first_label),
        ("extra.age", lambda row: float(row[EXTRA + "age"] or "inf")),
        ("extra.who", lambda row: row[EXTRA + "who"].lower() or "~"),
        ("nonsense", lambda row: row["row_id"]),
    ],
)
def test_rows_are_sorted_and_turned_round(order, key):
    assert found(order=order) == expected(key=key)
    assert found(order=f"-{order}") == expected(key=key)[::-1]


def test_the_most_doubtful_come_first():
    ordered = TABLE.find(Sought(order="doubt"), doubted=[7, 1, 999])
    assert ordered.tolist() == [2, 0, 1, *range(3, 60)]


def test_sets_of_rows_are_met_with_what_else_is_sought():
    places = TABLE.places_of([1, 4, 10, 11])
    assert places.tolist() == [0, 1, 3]
    within = TABLE.find(Sought(order="-row"), [places, np.array([1, 3, 5])])
    assert within.tolist() == [3, 1]


def test_an_empty_table_has_no_places():
    empty = Table((), pa.Table.from_pylist(ROWS[:1]).slice(0, 0))
    assert empty.find(Sought(find="x", order="text")).tolist() == []
    assert empty.places_of([1]).tolist() == []


def test_rows_that_are_gone_are_told_of(workspace):
    dataset = write_dataset(workspace, "multiclass", ("a", "b"), [{"split": "train", "text": "x"}])
    assert len(open_table(workspace, dataset)) == 1
    gone = write_dataset(workspace, "multiclass", ("a",), [{"split": "test", "text": "y"}], "d-2")
    workspace.dataset("d-2", 1).rows.unlink()
    with pytest.raises(WorkspaceError, match=r"d-2.*Import the file again"):
        open_table(workspace, gone)


class TestChosen:
    @pytest.fixture
    def dataset(self, workspace):
        return write_dataset(workspace, "multiclass", ("a",), [{"split": "train", "text": "x"}])

    def test_the_same_rows_have_the_same_id(self, workspace, dataset):
        key = chosen.keep(workspace, dataset, [5, 2, 5])
        assert chosen.keep(workspace, dataset, (2, 5)) == key
        assert chosen.rows_of(workspace, dataset, key).tolist() == [2, 5]
        assert chosen.rows_of(workspace, dataset, chosen.keep(workspace, dataset, [])).size == 0

    @pytest.mark.parametrize("key", ["", "0123456789abcdef", "../../x", "a" * 200, "A\0"])
    def test_an_id_that_names_nothing_is_none(self, workspace, dataset, key):
        assert chosen.rows_of(workspace, dataset, key) is None

    def test_only_the_newest_are_kept(self, workspace, dataset):
        keys = [chosen.keep(workspace, dataset, [i]) for i in range(chosen.MOST + 3)]
        left = [key for key in keys if chosen.rows_of(workspace, dataset, key) is not None]
        assert left == keys[3:]


def test_what_is_stored_is_read_once(workspace, monkeypatch):
    dataset = write_dataset(workspace, "multiclass", ("a",), [{"split": "train", "text": "x"}])
    first = open_table(workspace, dataset)
    monkeypatch.setattr(parquet, "read_table", None)
    assert open_table(workspace, dataset) is first
