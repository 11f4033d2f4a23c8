"""Changes of many rows: what the draft keeps and refuses, and what becomes of the rows."""

import json

import numpy as np
import pytest

from engine.data import changes, corrections
from engine.data.changes import Change, make
from engine.data.corrections import Correction
from engine.data.dataset import delete_dataset, first_texts, load_dataset, load_rows
from engine.data.dividing import divide, group_codes, times
from engine.data.exporting import columns_of
from engine.data.table import open_table
from engine.data.versions import apply_draft, next_version, restore
from engine.errors import DataError, WorkspaceError
from tests.shaped import ANSWER_ROWS, tagged, write_dataset
from tests.versions import SPLITS, labels_of, made_of, many, rows_of, with_extra


@pytest.fixture
def dataset(workspace):
    """Rows 0 to 29 with labels a, b and c in turn: 18 train, then 6 validate, then 6 test."""
    return write_dataset(workspace, "multiclass", ("a", "b", "c"), many("abc", 30))


def test_rows_get_labels_also_new_ones(workspace, dataset):
    made = made_of(
        workspace, dataset, make("relabel", {"rows": {0: ["b"], 1: ["new"], 4: ["new"]}})
    )
    labels = labels_of(rows_of(workspace, made))
    assert (labels[0], labels[1], labels[4], labels[7]) == (["b"], ["new"], ["new"], ["b"])
    assert made.labels == ("a", "b", "c", "new")
    assert made.counts["train"] == {"a": 5, "b": 5, "c": 6, "new": 2}
    assert [reason.text() for reason in made.reasons] == ["gave 3 rows other labels"]


def test_rows_are_taken_out_and_their_numbers_never_come_back(workspace, dataset):
    made = made_of(workspace, dataset, make("drop", {"rows": [0, 29]}))
    assert made.rows == {"train": 17, "validation": 6, "test": 5}
    assert [reason.text() for reason in made.reasons] == ["took out 2 rows"]
    assert "1 row has come to the test rows or left them" in made.notes[0].text()
    assert not {0, 29} & set(rows_of(workspace, made).index)
    later = next_version(workspace, dataset.id, [Correction("new text", ("a",))])
    assert rows_of(workspace, later)["text"].loc[30] == "new text"


def test_a_renamed_label_keeps_its_place_and_merged_ones_become_one(workspace, dataset):
    renamed = made_of(workspace, dataset, make("rename", {"labels": ["b"], "to": " bee "}))
    assert renamed.labels == ("a", "bee", "c")
    assert renamed.reasons[0].text() == "made “b” into “bee”"
    merged = made_of(workspace, dataset, make("rename", {"labels": ["bee", "c"], "to": "c"}))
    assert merged.labels == ("a", "c")
    assert merged.counts["test"] == {"a": 2, "c": 4}
    assert merged.reasons[0].text() == "merged “bee” into “c”"
    assert merged.task == "multiclass"


def test_what_is_said_of_a_label_by_its_old_name_counts_for_the_new_one(workspace, dataset):
    merge = make("rename", {"labels": ["b", "c"], "to": "bc"})
    late = make("relabel", {"rows": {0: ["c"]}})
    made = made_of(workspace, dataset, merge, late, fixes=[Correction("row 3", ("b",), row_id=3)])
    labels = labels_of(rows_of(workspace, made))
    assert (labels[0], labels[3]) == (["bc"], ["bc"])
    assert made.labels == ("a", "bc")
    told = [reason.text() for reason in made.reasons]
    assert told == [
        "merged “b”, “c” into “bc”",
        "gave 1 row another label",
        "1 training row corrected",
    ]


def test_names_can_be_swapped(workspace, dataset):
    names = [("a", "x"), ("b", "a"), ("x", "b")]
    made = made_of(
        workspace, dataset, *(make("rename", {"labels": [old], "to": new}) for old, new in names)
    )
    assert made.labels == ("b", "a", "c")
    assert labels_of(rows_of(workspace, made))[0] == ["b"]


def test_a_dropped_label_takes_its_rows_along(workspace, dataset):
    made = made_of(workspace, dataset, make("drop_label", {"label": "c"}))
    assert made.labels == ("a", "b")
    assert made.rows == {"train": 12, "validation": 4, "test": 4}


def test_of_rows_with_other_labels_only_the_dropped_one_goes(workspace):
    rows = [
        row | {"labels": ["a", "b"] if i % 2 else ["b"]} for i, row in enumerate(many("ab", 20))
    ]
    dataset = write_dataset(workspace, "multilabel", ("a", "b"), rows)
    made = made_of(workspace, dataset, make("drop_label", {"label": "b"}))
    assert made.labels == ("a",)
    assert set(map(tuple, rows_of(workspace, made)["labels"])) == {("a",)}
    assert sum(made.rows.values()) == 10


def test_marks_of_entities_are_renamed_and_dropped_and_their_texts_stay(workspace):
    texts = [
        tagged("Ann met Bob in Rome", ("Ann", "person"), ("Rome", "city"), split=s) for s in SPLITS
    ]
    rows = [row | {"labels": ["city", "person"]} for row in texts]
    dataset = write_dataset(workspace, "tokens", ("city", "person"), rows)
    rename = make("rename", {"labels": ["city"], "to": "place"})
    made = made_of(workspace, dataset, rename, make("drop_label", {"label": "person"}))
    assert made.labels == ("place",)
    assert made.counts["test"] == {"place": 1}
    assert set(map(tuple, rows_of(workspace, made)["tags"])) == {("O", "O", "O", "O", "B-place")}


def test_words_are_cut_out_whole_in_any_case(workspace):
    rows = many("ab", 20)
    texts = ["SKU-1 good sku-1, skunk", "the Sku-1", "SKU-1", "很好退款了"]
    rows = [row | {"text": texts[i] if i < 4 else row["text"]} for i, row in enumerate(rows)]
    dataset = write_dataset(workspace, "multiclass", ("a", "b"), rows)
    made = made_of(workspace, dataset, make("cut_words", {"words": ["sku-1", "退款"]}))
    found = rows_of(workspace, made)["text"]
    assert (found.loc[0], found.loc[1], found.loc[3]) == ("good, skunk", "the", "很好了")
    assert 2 not in found.index
    assert made.reasons[0].text() == "cut “sku-1”, “退款” out of the texts"


def test_answers_are_given_anew_and_are_no_labels(workspace):
    rows = [dict(row) | {"split": split} for row in ANSWER_ROWS for split in SPLITS]
    dataset = write_dataset(workspace, "qa", (), rows)
    made = made_of(workspace, dataset, make("relabel", {"rows": {0: ["in 1872"]}}))
    assert made.labels == ()
    assert list(rows_of(workspace, made)["answers"].loc[0]) == ["in 1872"]
    for kind, asks in (("rename", {"labels": ["x"], "to": "y"}), ("drop_label", {"label": "x"})):
        with pytest.raises(DataError, match="answers instead of labels"):
            changes.put(workspace, dataset.id, make(kind, asks))
    with pytest.raises(DataError, match="Words can only be cut"):
        changes.put(workspace, dataset.id, make("cut_words", {"words": ["x"]}))


class TestTwoLabels:
    @pytest.fixture
    def dataset(self, workspace):
        return write_dataset(
            workspace, "binary", ("no", "yes"), many(("no", "yes"), 30), positive="yes"
        )

    def test_the_positive_one_is_followed(self, workspace, dataset):
        made = made_of(workspace, dataset, make("rename", {"labels": ["yes"], "to": "y"}))
        assert (made.task, made.labels, made.positive) == ("binary", ("no", "y"), "y")
        rows = load_rows(workspace, made)
        told = {
            i: ["Y"] for i, n in zip(rows["row_id"], rows["labels"], strict=True) if n[0] == "y"
        }
        made = made_of(workspace, dataset, make("relabel", {"rows": told}))
        assert (made.labels, made.positive) == (("no", "Y"), "Y")

    def test_a_third_makes_it_a_task_of_several(self, workspace, dataset):
        made = made_of(
            workspace, dataset, make("relabel", {"rows": {0: ["perhaps"], 1: ["perhaps"]}})
        )
        assert (made.task, made.positive) == ("multiclass", None)
        made.make_task()

    @pytest.mark.parametrize(
        "change",
        [
            make("drop_label", {"label": "yes"}),
            make("rename", {"labels": ["yes", "no"], "to": "no"}),
        ],
    )
    def test_one_alone_is_no_task(self, workspace, dataset, change):
        with pytest.raises(DataError, match=r"Only 1 label would be left \(no\)"):
            made_of(workspace, dataset, change)
        assert load_dataset(workspace, dataset.id).version == 1


class TestDraft:
    def test_a_change_put_twice_is_one_and_can_be_undone(self, workspace, dataset):
        for _ in range(2):
            kept = changes.put(workspace, dataset.id, make("drop", {"rows": [np.int64(3), 3]}))
        other = changes.put(
            workspace, dataset.id, make("drop", {"rows": [4]}, key="../../copies\0")
        )
        assert changes.drafted(workspace, dataset.id) == [kept, other]
        assert other.created >= kept.created > 0
        changes.undo(workspace, dataset.id, kept.key)
        changes.undo(workspace, dataset.id, "was never there")
        assert changes.drafted(workspace, dataset.id) == [other]
        replaced = changes.put(workspace, dataset.id, make("drop", {"rows": [5]}, key=other.key))
        assert changes.drafted(workspace, dataset.id) == [replaced]

    def test_it_is_put_in_in_order_with_the_corrections_after_it(self, workspace, dataset):
        changes.put(workspace, dataset.id, make("relabel", {"rows": {0: ["z"], 3: ["z"]}}))
        changes.put(workspace, dataset.id, make("rename", {"labels": ["z"], "to": "b"}))
        corrections.put(workspace, dataset.id, Correction("row 3", ("c",), row_id=3))
        made = apply_draft(workspace, dataset.id, author="ann")
        labels = labels_of(rows_of(workspace, made))
        assert (labels[0], labels[3], made.labels) == (["b"], ["c"], ("a", "b", "c"))
        assert made.author == "ann"
        assert not changes.drafted(workspace, dataset.id) + corrections.drafted(
            workspace, dataset.id
        )
        with pytest.raises(DataError, match="Nothing would be different"):
            apply_draft(workspace, dataset.id)

    def test_what_takes_the_place_of_a_change_meanwhile_stays(self, workspace, dataset):
        changes.put(workspace, dataset.id, make("drop", {"rows": [3]}, key="x"))
        done = changes.drafted(workspace, dataset.id)
        changes.put(workspace, dataset.id, make("drop", {"rows": [4]}, key="x"))
        changes.settle(workspace, dataset.id, done)
        assert [each.asks["rows"] for each in changes.drafted(workspace, dataset.id)] == [[4]]

    def test_damage_and_deletion(self, workspace, dataset):
        changes.put(workspace, dataset.id, make("drop", {"rows": [3]}))
        for name, text in (("a", "{"), ("b", "{}"), ("c", '{"kind": "no", "asks": {}}')):
            (workspace.changes(dataset.id) / f"{name}.json").write_text(text, "utf-8")
        assert len(changes.drafted(workspace, dataset.id)) == 1
        delete_dataset(workspace, dataset.id)
        assert changes.drafted(workspace, dataset.id) == []
        with pytest.raises(WorkspaceError):
            changes.put(workspace, dataset.id, make("drop", {"rows": [3]}))

    def test_the_same_labels_wait_for_one_name(self, workspace, dataset):
        for labels, to in ((["a"], "b"), (["a", "b"], "b"), (["a", "b"], "a"), (["c"], "d")):
            changes.put(workspace, dataset.id, make("rename", {"labels": labels, "to": to}))
        waiting = [change.asks["to"] for change in changes.drafted(workspace, dataset.id)]
        assert waiting == ["a", "d"]

    def test_a_merge_into_a_label_that_is_renamed_is_one_into_its_new_name(
        self, workspace, dataset
    ):
        for labels, to in ((["a"], "d"), (["b", "a"], "a")):
            changes.put(workspace, dataset.id, make("rename", {"labels": labels, "to": to}))
        made = apply_draft(workspace, dataset.id)
        assert made.labels == ("d", "c")
        assert [reason.text() for reason in made.reasons] == [
            "made “a” into “d”",
            "merged “b”, “a” into “d”",
        ]
        assert made.renamed == {"a": "d", "b": "d"}

    def test_a_merge_that_is_asked_for_again_does_not_undo_a_rename(self, workspace, dataset):
        for labels, to in ((["a", "b"], "b"), (["b"], "d"), (["a"], "b")):
            changes.put(workspace, dataset.id, make("rename", {"labels": labels, "to": to}))
        made = apply_draft(workspace, dataset.id)
        assert (made.labels, made.renamed) == (("d", "c"), {"a": "d", "b": "d"})

    def test_a_label_can_have_its_name_back(self, workspace, dataset):
        for labels, to in ((["a"], "d"), (["d"], "a"), (["b"], "e")):
            changes.put(workspace, dataset.id, make("rename", {"labels": labels, "to": to}))
        assert apply_draft(workspace, dataset.id).labels == ("a", "e", "c")

    @pytest.mark.parametrize(
        "record",
        [
            {"asks": {"rows": [float("inf")]}},
            {"kind": "tag", "asks": {"places": [[1, 2, float("inf"), None]]}},
            {"reason": {"key": "no.such", "params": {}}},
            {"reason": {"key": "versions.drop", "params": {}}},
            {"reason": {"key": "versions.drop", "params": {"rows": {"a": 1}}}},
            {"reason": {"key": "versions.drop", "params": [1]}},
            {"asks": {"rows": [1]}, "key": "another name than that of its file"},
        ],
    )
    def test_a_file_that_holds_no_change_is_passed_over(self, workspace, dataset, record):
        kept = changes.put(workspace, dataset.id, make("drop", {"rows": [3]}))
        path = next(workspace.changes(dataset.id).glob("*.json"))
        hostile = json.loads(path.read_text("utf-8")) | record
        (path.parent / "z.json").write_text(json.dumps(hostile), "utf-8")
        (path.parent / "y.json").write_text("[" * 100_000, "utf-8")
        assert changes.drafted(workspace, dataset.id) == [kept]
        if "key" not in record:
            path.write_text(json.dumps(hostile), "utf-8")
            assert changes.drafted(workspace, dataset.id) == []

    @pytest.mark.parametrize(
        ("kind", "asks", "told"),
        [
            ("drop", {"rows": [3, 99]}, "1 of the chosen rows is not in version 1"),
            ("drop", {"rows": []}, "No rows are chosen"),
            ("relabel", {"rows": {99: ["a"]}}, "for instance number 99"),
            ("relabel", {"rows": {1: []}}, "exactly one label"),
            ("relabel", {"rows": {1: [" "]}}, "1 to 200 characters"),
            ("rename", {"labels": ["a"], "to": "a"}, "called “a” already"),
            ("rename", {"labels": ["a"], "to": " "}, "1 to 200 characters"),
            ("rename", {"labels": ["x"], "to": "y"}, "“x” is not a label"),
            ("rename", {"labels": [], "to": "y"}, "is not a label"),
            ("drop_label", {"label": "x"}, "Its labels are a, b, c"),
            ("cut_words", {"words": [" "]}, "No words"),
            ("divide", {"by": "group", "column": "author"}, "not an extra column"),
        ],
    )
    def test_what_cannot_be_is_refused(self, workspace, dataset, kind, asks, told):
        with pytest.raises(DataError, match=told):
            changes.put(workspace, dataset.id, make(kind, asks))
        assert changes.drafted(workspace, dataset.id) == []

    def test_what_makes_no_sense_is_refused(self, workspace, dataset):
        for kind, asks in (("drop", {}), ("divide", {"by": "x", "column": "y"}), ("?", {})):
            with pytest.raises(DataError, match="cannot be read"):
                changes.put(
                    workspace, dataset.id, Change(kind, asks, make("drop", {"rows": [1]}).reason)
                )

    def test_a_label_that_was_imported_stays_usable_however_long(self, workspace):
        long = "x" * 400
        dataset = write_dataset(workspace, "multiclass", (long, "b", "c"), many([long, "b"], 30))
        changes.put(workspace, dataset.id, make("relabel", {"rows": {1: [long]}}))
        changes.put(workspace, dataset.id, make("rename", {"labels": ["c", long], "to": long}))
        with pytest.raises(DataError, match="1 to 200 characters"):
            changes.put(workspace, dataset.id, make("relabel", {"rows": {1: [long + "y"]}}))
        made = apply_draft(workspace, dataset.id)
        assert made.labels == (long, "b")
        assert labels_of(rows_of(workspace, made))[1] == [long]

    def test_a_label_that_waits_can_be_renamed(self, workspace, dataset):
        changes.put(workspace, dataset.id, make("relabel", {"rows": {0: ["z"], 3: ["z"]}}))
        changes.put(workspace, dataset.id, make("rename", {"labels": ["z"], "to": "zed"}))
        assert apply_draft(workspace, dataset.id).labels == ("a", "b", "c", "zed")

    def test_everything_cannot_go(self, workspace, dataset):
        with pytest.raises(DataError, match="Not one row"):
            made_of(workspace, dataset, make("drop", {"rows": range(30)}))


class TestDividing:
    def test_groups_stay_whole_with_even_shares_of_each_label(self):
        rng = np.random.default_rng(0)
        authors = np.repeat(np.arange(300), rng.integers(1, 9, 300))
        names = [("a",) if rng.random() < 0.3 else ("b",) for _ in authors]
        sizes = {"train": 800, "validation": 100, "test": 100}
        splits = divide(
            "group",
            "author",
            list(map(str, authors)),
            [str(i) for i in range(len(authors))],
            names,
            sizes,
        )
        found = {}
        for author, split in zip(authors.tolist(), splits, strict=True):
            found.setdefault(author, set()).add(split)
        assert {len(each) for each in found.values()} == {1}
        wanted = {split: rows / 1000 for split, rows in sizes.items()}
        for label in ("a", "b"):
            of_label = [
                split for split, name in zip(splits, names, strict=True) if name == (label,)
            ]
            for split, share in wanted.items():
                assert of_label.count(split) / len(of_label) == pytest.approx(share, abs=0.02)

    def test_an_empty_cell_is_no_group_but_equal_texts_are(self):
        codes = group_codes(["x", "", "x", " ", ""], ["1", "2", "3", "4", "2"])
        assert codes.tolist() == [0, 1, 0, 2, 1]

    def test_no_label_is_left_untrained_and_its_group_comes_along(self):
        cells = [str(i // 5) for i in range(100)]
        names = [("rare",) if i in (0, 1, 2) else ("a",) for i in range(100)]
        splits = divide(
            "group", "g", cells, cells, names, {"train": 10, "validation": 10, "test": 80}
        )
        assert splits[:5] == ["train"] * 5
        assert set(splits) == set(SPLITS)

    def test_the_oldest_train_and_the_newest_test(self):
        days = [f"{1 + i % 28:02d}/{1 + i // 28:02d}/2024" for i in range(280)]
        splits = divide(
            "time", "day", days, days, [("a",)] * 280, {"train": 8, "validation": 1, "test": 1}
        )
        assert splits == ["train"] * 224 + ["validation"] * 28 + ["test"] * 28

    def test_rows_of_one_time_stay_together(self):
        years = ["2020"] * 78 + ["2021"] * 7 + ["2022"] * 5 + ["2023"] * 10
        splits = divide(
            "time", "year", years, years, [()] * 100, {"train": 8, "validation": 1, "test": 1}
        )
        assert splits == ["train"] * 78 + ["validation"] * 12 + ["test"] * 10

    @pytest.mark.parametrize(
        "cells",
        [
            ["2024年3月5日", "2024年3月6日", "2024年12月1日"],
            ["2024-03-05T10:00:00Z", "2024-03-05T11:00:00+00:00", "2024-03-06T01:00:00Z"],
            ["5.3.2024", "13.3.2024", "1.12.2024"],
            ["Mar 5, 2024", "Mar 6, 2024", "Dec 1, 2024"],
            ["1709600000", "1709600001", "1.8e9"],
        ],
    )
    def test_times_of_many_forms(self, cells):
        assert np.all(np.diff(times(cells, "c")) > 0)
        assert times([*cells, ""], "c")[-1] == -np.inf

    def test_columns_that_cannot_divide(self):
        sizes = {"train": 8, "validation": 1, "test": 1}
        for by, cells, told in (
            ("group", ["x", "y"] * 5, "only 2 different values"),
            ("time", ["2020", "2021"] * 5, "only 2 different times"),
            ("time", ["soon", "late"] * 5, "“soon”"),
            ("time", [""] * 10, "does not read like times"),
        ):
            with pytest.raises(DataError, match=told):
                divide(by, "c", cells, list("abcdefghij"), [("a",)] * 10, sizes)

    def test_a_version_is_divided_by_a_column_of_its_file(self, workspace, dataset):
        dataset = with_extra(workspace, dataset, "author", [f"p{i % 10}" for i in range(30)])
        changes.put(workspace, dataset.id, make("divide", {"by": "group", "column": "author"}))
        made = apply_draft(workspace, dataset.id)
        rows = rows_of(workspace, made)
        assert rows.groupby("extra.author")["split"].nunique().max() == 1
        assert made.rows == {"train": 18, "validation": 6, "test": 6}
        assert made.reasons[0].text().endswith("all rows of one “author” in the same part")


class TestRestoring:
    def test_an_old_version_is_the_newest_again_as_one_of_its_own(self, workspace, dataset):
        made_of(workspace, dataset, make("drop", {"rows": [0]}))
        back = restore(workspace, dataset.id, 1, "a mistake", "ann")
        assert (back.version, back.parent, back.note, back.author) == (3, 1, "a mistake", "ann")
        assert back.reasons[0].text() == "put version 1 back"
        assert rows_of(workspace, back).equals(rows_of(workspace, dataset))
        assert load_dataset(workspace, dataset.id) == back

    def test_a_double_click_puts_it_back_once(self, workspace, dataset):
        made_of(workspace, dataset, make("drop", {"rows": [0]}))
        restore(workspace, dataset.id, 1)
        with pytest.raises(DataError, match="is the newest already"):
            restore(workspace, dataset.id, 1)
        assert restore(workspace, dataset.id, 2).version == 4

    def test_rows_that_cannot_be_read_are_said_to_be_gone(self, workspace, dataset):
        made_of(workspace, dataset, make("drop", {"rows": [0]}))
        workspace.dataset(dataset.id, 1).rows.write_bytes(b"no rows")
        old = load_dataset(workspace, dataset.id, 1)
        for look in (load_rows, open_table, columns_of, lambda *on: first_texts(*on, 3)):
            with pytest.raises(WorkspaceError, match="not where they were saved"):
                look(workspace, old)
        with pytest.raises(WorkspaceError, match="not where they were saved"):
            restore(workspace, dataset.id, 1)

    def test_only_an_older_one_that_exists(self, workspace, dataset):
        with pytest.raises(DataError, match="is the newest already"):
            restore(workspace, dataset.id, 1)
        with pytest.raises(WorkspaceError):
            restore(workspace, dataset.id, 7)


def test_records_without_an_author_still_open(dataset):
    record = json.loads(dataset.to_json())
    del record["author"]
    assert type(dataset).from_json(json.dumps(record)).author == ""


def test_names_are_not_taken_away_until_nothing_is_left_to_tell_apart(workspace, dataset):
    put = lambda kind, asks: changes.put(workspace, dataset.id, make(kind, asks))  # noqa: E731
    merge = put("rename", {"labels": ["a", "b"], "to": "b"})
    for kind, asks in (
        ("rename", {"labels": ["b", "c"], "to": "b"}),
        ("drop_label", {"label": "c"}),
    ):
        with pytest.raises(DataError, match="Only 1 label would be left"):
            put(kind, asks)
    assert changes.drafted(workspace, dataset.id) == [merge]
    changes.undo(workspace, dataset.id, merge.key)
    put("drop_label", {"label": "c"})
    assert apply_draft(workspace, dataset.id).labels == ("a", "b")
