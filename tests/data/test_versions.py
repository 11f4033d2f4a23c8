"""Corrections become a new version of a data set: what moves, what stays, what is refused."""

import json

import pytest

from engine.data import corrections
from engine.data.corrections import Correction, drafted, put, undo
from engine.data.dataset import Dataset, delete_dataset, list_datasets, load_dataset, load_rows
from engine.data.versions import apply_draft, next_version, restore, versions
from engine.errors import DataError, WorkspaceError
from tests.shaped import ANSWER_ROWS, CONTEXT, ENTITY_ROWS, HOSTILE, write_dataset
from tests.versions import many

LABELS = ("a", "b")


def labelled(text, label, split="train"):
    return {"split": split, "text": text, "labels": [label] if isinstance(label, str) else label}


ROWS = (
    labelled("one", "a"),
    labelled("two", "b"),
    labelled("two more", "b"),
    labelled("three", "a", "validation"),
    labelled("four", "a", "test"),
    labelled("five", "b", "test"),
)


@pytest.fixture
def dataset(workspace) -> Dataset:
    return write_dataset(workspace, "multiclass", LABELS, ROWS)


def rows_of(workspace, dataset):
    return load_rows(workspace, dataset).set_index("row_id")


def test_a_corrected_row_keeps_its_number_and_its_split(workspace, dataset):
    made = next_version(workspace, dataset.id, [Correction("four", ("b",), row_id=4)])
    rows = rows_of(workspace, made)
    assert (made.version, made.parent) == (2, 1)
    assert list(rows["labels"].loc[4]) == ["b"]
    assert rows["split"].loc[4] == "test"
    assert dict(made.rows) == dict(dataset.rows)
    assert made.counts["test"] == {"a": 0, "b": 2}
    assert [reason.text() for reason in made.reasons] == ["1 test row corrected"]
    assert "not strictly comparable" in made.notes[0].text()


def test_a_typed_text_goes_to_training(workspace, dataset):
    made = next_version(workspace, dataset.id, [Correction(" six ", ("a",))], note=" by\nAnn ")
    rows = rows_of(workspace, made)
    assert rows["text"].loc[6] == "six"
    assert rows["split"].loc[6] == "train"
    assert made.rows == {"train": 4, "validation": 1, "test": 2}
    assert [reason.text() for reason in made.reasons] == ["1 text added to training"]
    assert made.note == "by Ann"


def test_a_typed_text_that_is_a_test_row_is_corrected_there_and_not_learnt(workspace, dataset):
    made = next_version(workspace, dataset.id, [Correction("  FOUR ", ("b",))])
    rows = rows_of(workspace, made)
    assert made.rows == dataset.rows
    assert (rows["split"].loc[4], list(rows["labels"].loc[4])) == ("test", ["b"])


def test_two_forms_of_a_typed_text_become_one_row_and_the_last_word_counts(workspace, dataset):
    both = [Correction("six", ("a",)), Correction("Six ", ("b",))]
    made = next_version(workspace, dataset.id, both)
    assert made.rows["train"] == 4
    assert list(rows_of(workspace, made)["labels"].loc[6]) == ["b"]


def test_a_version_never_changes(workspace, dataset):
    before = workspace.dataset(dataset.id, 1)
    bytes_before = before.rows.read_bytes(), before.record.read_bytes()
    first = next_version(workspace, dataset.id, [Correction("four", ("b",), row_id=4)])
    second = next_version(workspace, dataset.id, [Correction("six", ("a",))])
    assert (before.rows.read_bytes(), before.record.read_bytes()) == bytes_before
    assert [made.version for made in versions(workspace, dataset.id)] == [3, 2, 1]
    assert load_dataset(workspace, dataset.id) == second
    assert load_dataset(workspace, dataset.id, 2) == first
    assert list(rows_of(workspace, second)["labels"].loc[4]) == ["b"]
    assert len({made.fingerprint for made in versions(workspace, dataset.id)}) == 3
    assert [found.version for found in list_datasets(workspace)] == [3]


def test_other_columns_of_the_rows_come_along(workspace, dataset):
    import pyarrow as pa
    from pyarrow import parquet

    path = workspace.dataset(dataset.id, 1).rows
    table = parquet.read_table(path)
    table = table.append_column("shop", pa.array(["x", "y", None, "x", "y", "x"]))
    parquet.write_table(table, path)
    made = next_version(workspace, dataset.id, [Correction("six", ("a",))])
    shops = parquet.read_table(workspace.dataset(made.id, 2).rows)["shop"].to_pylist()
    assert shops == ["x", "y", None, "x", "y", "x", ""]


def test_nothing_new_makes_no_version(workspace, dataset):
    for draft in ([], [Correction("four", ("a",), row_id=4)], [Correction("x", ("a",), row_id=99)]):
        with pytest.raises(DataError, match="Nothing would be different"):
            next_version(workspace, dataset.id, draft)
    assert load_dataset(workspace, dataset.id).version == 1


def test_a_label_must_keep_a_training_row(workspace):
    dataset = write_dataset(workspace, "multiclass", LABELS, [*ROWS[:2], *ROWS[3:]])
    with pytest.raises(DataError, match="b"):
        next_version(workspace, dataset.id, [Correction("two", ("a",), row_id=1)])
    assert list(workspace.cache.glob("version-*")) == []


@pytest.mark.parametrize(
    ("right", "told"),
    [(("c",), "not a label"), ((), "exactly one label"), (("a", "b"), "exactly one label")],
)
def test_a_label_the_data_set_cannot_have_is_refused(workspace, dataset, right, told):
    with pytest.raises(DataError, match=told):
        put(workspace, dataset.id, Correction("four", right, row_id=4))
    assert drafted(workspace, dataset.id) == []


def test_any_number_of_labels_where_a_row_may_carry_several(workspace):
    rows = [labelled("x", ["a"]), labelled("y", ["b"]), labelled("v", [], "validation")]
    dataset = write_dataset(workspace, "multilabel", LABELS, [*rows, labelled("z", [], "test")])
    fixes = [Correction("z", ("a", "b"), row_id=3), Correction("new", ())]
    made = next_version(workspace, dataset.id, fixes)
    labels = rows_of(workspace, made)["labels"]
    assert (list(labels.loc[3]), list(labels.loc[4])) == (["a", "b"], [])


def test_an_answer_is_found_in_its_text(workspace):
    rows = [dict(row) | {"split": split} for row in ANSWER_ROWS for split in ("train", "test")]
    rows.append(dict(ANSWER_ROWS[0]) | {"split": "validation"})
    dataset = write_dataset(workspace, "qa", (), rows)
    fix = Correction(CONTEXT, ("in 1872",), question="When was Fresno founded?", row_id=1)
    new = Correction(CONTEXT, ("Fresno",), question="Which city?")
    made = next_version(workspace, dataset.id, [fix, new])
    found = rows_of(workspace, made)
    assert list(found["answer_starts"].loc[1]) == [CONTEXT.index("in 1872")]
    assert found["question"].loc[7] == "Which city?"
    assert made.rows["train"] == 4
    with pytest.raises(DataError, match="is empty"):
        put(workspace, dataset.id, Correction(CONTEXT, (" ",), row_id=1))


def test_marks_in_a_text_are_refused_in_plain_words(workspace):
    dataset = write_dataset(workspace, "tokens", ("company", "person", "place"), ENTITY_ROWS)
    with pytest.raises(DataError, match="Only labels and answers"):
        put(workspace, dataset.id, Correction("Anna", ("person",)))


def test_the_draft_keeps_one_correction_a_row_and_survives(workspace, dataset):
    put(workspace, dataset.id, Correction("four", ("b",), row_id=4, created=1.0))
    put(workspace, dataset.id, Correction(HOSTILE, ("b",), created=2.0))
    put(workspace, dataset.id, Correction("four", ("a",), row_id=4, created=3.0))
    draft = drafted(workspace, dataset.id)
    assert [(each.text, each.right) for each in draft] == [(HOSTILE, ("b",)), ("four", ("a",))]
    undo(workspace, dataset.id, draft[0].key)
    undo(workspace, dataset.id, "../../pins/x")
    assert [each.key for each in drafted(workspace, dataset.id)] == ["row-4"]


def test_a_draft_becomes_a_version_once(workspace, dataset):
    put(workspace, dataset.id, Correction("four", ("b",), row_id=4))
    made = apply_draft(workspace, dataset.id, "checked by hand")
    assert made.version == 2
    assert drafted(workspace, dataset.id) == []
    with pytest.raises(DataError, match="Nothing would be different"):
        apply_draft(workspace, dataset.id)


def test_what_is_corrected_while_a_version_is_made_stays(workspace, dataset):
    put(workspace, dataset.id, Correction("four", ("b",), row_id=4))
    done = drafted(workspace, dataset.id)
    put(workspace, dataset.id, Correction("four", ("a",), row_id=4))
    corrections.settle(workspace, dataset.id, done)
    assert [each.right for each in drafted(workspace, dataset.id)] == [("a",)]


def test_of_two_at_once_only_one_makes_the_version(workspace, dataset, monkeypatch):
    fix = [Correction("four", ("b",), row_id=4)]
    next_version(workspace, dataset.id, fix)
    monkeypatch.setattr("engine.data.versions.load_dataset", lambda *_: dataset)
    with pytest.raises(DataError, match="by somebody else just now"):
        next_version(workspace, dataset.id, fix)
    assert list(workspace.cache.glob("version-*")) == []


def test_a_damaged_correction_is_passed_over(workspace, dataset):
    put(workspace, dataset.id, Correction("four", ("b",), row_id=4))
    (workspace.corrections(dataset.id) / "row-5.json").write_text("{", "utf-8")
    assert len(drafted(workspace, dataset.id)) == 1


def test_a_deleted_data_set_takes_no_corrections(workspace, dataset):
    delete_dataset(workspace, dataset.id)
    with pytest.raises(WorkspaceError):
        put(workspace, dataset.id, Correction("four", ("b",), row_id=4))
    assert drafted(workspace, dataset.id) == []


def test_records_from_before_versions_still_open(dataset):
    record = json.loads(dataset.to_json())
    for name in ("parent", "reasons", "note"):
        del record[name]
    assert Dataset.from_json(json.dumps(record)) == dataset


def test_a_row_of_any_length_is_corrected_but_not_any_text_is_typed(workspace):
    long = "word " * 30_000
    rows = (*ROWS, labelled(long, "a"))
    dataset = write_dataset(workspace, "multiclass", LABELS, rows)
    put(workspace, dataset.id, Correction(long, ("b",), row_id=6))
    with pytest.raises(DataError, match="at most 100,000 characters"):
        put(workspace, dataset.id, Correction(long, ("b",)))
    made = apply_draft(workspace, dataset.id)
    assert list(rows_of(workspace, made)["labels"].loc[6]) == ["b"]


@pytest.mark.parametrize("number", [0, -1])
def test_only_a_version_that_there_is_can_be_put_back(workspace, number):
    dataset = write_dataset(workspace, "multiclass", ("a", "b"), many("ab", 20))
    with pytest.raises(WorkspaceError, match=f"no version {number}"):
        restore(workspace, dataset.id, number)
    with pytest.raises(WorkspaceError):
        load_dataset(workspace, dataset.id, number)
