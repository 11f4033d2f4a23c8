"""Versions side by side, and as files that are read as the same rows again."""

import csv
import json
from dataclasses import replace

import pytest

from engine.data.changes import make
from engine.data.corrections import Correction
from engine.data.dataset import Roles, load_rows
from engine.data.differences import compare, lines
from engine.data.exporting import export
from engine.data.importing import import_dataset
from engine.data.plan import Plan, Sources, SplitPlan
from engine.data.versions import next_version, restore
from engine.errors import DataError, WorkspaceError
from tests.shaped import ANSWER_ROWS, CONTEXT, HOSTILE, asked, tagged, write_dataset
from tests.versions import SPLITS, many, with_extra

ODD = ['=1+1, "q"', "'=a", "two\nlines", "  spaces", "很好", "-5", HOSTILE, "NULL", "007", "[x]"]


def again(workspace, dataset, path):
    """What comes of exporting and importing."""
    export(workspace, dataset, path)
    plan = Plan(task=dataset.task, split=SplitPlan("column"))
    return import_dataset(workspace, Sources(path), plan)


def cells(workspace, dataset):
    rows = load_rows(workspace, dataset).drop(columns="row_id")
    return json.loads(rows.to_json(orient="records", force_ascii=False))


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
class TestTheSameRowsAgain:
    def test_one_label_a_row_with_extra_columns(self, workspace, tmp_path, ending):
        rows = many(("good", "=bad", "it's, so"), 30)
        rows = [row | {"text": f"{ODD[i % 10].strip()} no. {i}"} for i, row in enumerate(rows)]
        dataset = write_dataset(workspace, "multiclass", ("good", "=bad", "it's, so"), rows)
        shops = [f"+{i}" if i % 3 else "" for i in range(30)]
        dataset = with_extra(workspace, dataset, "split_", shops)
        made = again(workspace, dataset, tmp_path / f"rows{ending}")
        assert cells(workspace, made) == cells(workspace, dataset)
        assert set(made.labels) == set(dataset.labels)
        assert made.fingerprint

    def test_any_number_of_labels(self, workspace, tmp_path, ending):
        sets = (["x"], [], ["x", "a|b"], ["a|b", "c, d"])
        rows = [row | {"labels": sets[i % 4]} for i, row in enumerate(many("x", 40))]
        dataset = write_dataset(workspace, "multilabel", ("a|b", "c, d", "x"), rows)
        made = again(workspace, dataset, tmp_path / f"rows{ending}")
        assert cells(workspace, made) == cells(workspace, dataset)

    def test_marks_in_texts(self, workspace, tmp_path, ending):
        rows = [
            tagged(f"Ann met Bob in {i} Rome", ("Ann", "person"), ("Rome", "city"), split=split)
            | {"labels": ["city", "person"]}
            for i in range(4)
            for split in SPLITS
        ]
        dataset = write_dataset(workspace, "tokens", ("city", "person"), rows)
        made = again(workspace, dataset, tmp_path / f"rows{ending}")
        assert cells(workspace, made) == cells(workspace, dataset)

    def test_words_with_tags(self, workspace, tmp_path, ending):
        rows = [
            {
                "split": split,
                "text": f"don't go to Aix-{i}",
                "starts": [0, 6, 9, 12],
                "ends": [5, 8, 11, 17],
                "tags": ["O", "O", "O", "B-city"],
                "labels": ["city"],
            }
            for i in range(4)
            for split in SPLITS
        ]
        dataset = write_dataset(workspace, "tokens", ("city",), rows)
        made = again(workspace, dataset, tmp_path / f"rows{ending}")
        assert cells(workspace, made) == cells(workspace, dataset)

    def test_answers(self, workspace, tmp_path, ending):
        rows = [dict(row) | {"split": split} for row in ANSWER_ROWS for split in SPLITS]
        rows.append(asked(f"a b a. {CONTEXT}", "Which?", "a", "zebra", split="train"))
        rows[-1] = rows[-1] | {"answer_starts": [4, -1]}
        dataset = write_dataset(workspace, "qa", (), rows)
        roles = Roles(("context",), ("answers",), None, "question")
        record = workspace.dataset(dataset.id, 1).record
        dataset = replace(dataset, roles=roles)
        record.write_text(dataset.to_json(), "utf-8")
        made = again(workspace, dataset, tmp_path / f"rows{ending}")
        assert cells(workspace, made) == cells(workspace, dataset)


class TestFile:
    @pytest.fixture
    def dataset(self, workspace):
        return write_dataset(workspace, "multiclass", ("a", "=b"), many(("a", "=b"), 20))

    def test_what_a_spreadsheet_would_run_is_made_harmless(self, workspace, dataset, tmp_path):
        export(workspace, dataset, tmp_path / "x.csv")
        with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
            head, *rows = csv.reader(file)
        assert head == ["text", "label", "split"]
        assert {row[1] for row in rows} == {"a", "'=b"}

    def test_only_forms_that_can_be_read_again(self, workspace, dataset, tmp_path):
        with pytest.raises(DataError, match=r"must end in one of \.csv, \.jsonl, \.parquet"):
            export(workspace, dataset, tmp_path / "x.xlsx")
        assert list(tmp_path.glob("*.xlsx*")) == []

    def test_an_old_version_is_written_as_it_was(self, workspace, dataset, tmp_path):
        next_version(workspace, dataset.id, (), changed=[make("drop", {"rows": [0]})])
        export(workspace, dataset, tmp_path / "x.jsonl")
        first = json.loads((tmp_path / "x.jsonl").read_text("utf-8").splitlines()[0])
        assert first == {"text": "row 0", "label": "a", "split": "train"}


class TestDifferences:
    @pytest.fixture
    def dataset(self, workspace):
        return write_dataset(workspace, "multiclass", ("a", "b"), many("ab", 30))

    def test_each_row_is_told_by_what_became_of_it(self, workspace, dataset):
        dataset = with_extra(workspace, dataset, "day", [str(2000 + i) for i in range(29, -1, -1)])
        changed = [
            make("relabel", {"rows": {0: ["b"], 5: ["a"]}}),
            make("drop", {"rows": [7, 29]}),
            make("cut_words", {"words": ["row 3"]}),
            make("cut_words", {"words": ["row 28"]}),
        ]
        next_version(workspace, "d-1", [Correction("row 28 bis", ("a",))], changed=changed)
        found = compare(workspace, "d-1", 1, 2)
        assert found.rows == {
            "added": (30,),
            "gone": (3, 7, 28, 29),
            "relabelled": (0, 5),
            "reworded": (),
            "moved": (),
        }
        (line,) = lines(workspace, found, [5])
        assert (line.before["labels"], line.after["labels"]) == (["b"], ["a"])
        gone, added = lines(workspace, found, [7, 30])
        assert (gone.after, added.before) == (None, None)
        back = compare(workspace, "d-1", 2, 1)
        assert (back.rows["added"], back.rows["gone"]) == ((3, 7, 28, 29), (30,))

    def test_texts_and_splits(self, workspace, dataset):
        dataset = with_extra(workspace, dataset, "day", [str(2000 + i) for i in range(29, -1, -1)])
        cut = make("cut_words", {"words": ["row"]})
        divide = make("divide", {"by": "time", "column": "day"})
        next_version(workspace, "d-1", (), changed=[cut, divide])
        found = compare(workspace, "d-1", 1, 2)
        assert len(found.rows["reworded"]) == 30
        assert set(range(12)) <= set(found.rows["moved"])
        assert not compare(workspace, "d-1", 1, 1).rows["moved"]
        assert compare(workspace, "d-1", 1, 1).same

    @pytest.mark.parametrize(
        ("task", "rows"),
        [
            ("multiclass", many("ab", 30)),
            ("multilabel", many(["a", "b"], 30)),
            (
                "tokens",
                [
                    tagged(row["text"], ("row", row["labels"][0]), split=row["split"])
                    | {"labels": row["labels"]}
                    for row in many("ab", 30)
                ],
            ),
        ],
    )
    def test_a_new_name_alone_is_no_other_label(self, workspace, task, rows):
        write_dataset(workspace, task, ("a", "b"), rows)
        for old, new in (("b", "c"), ("a", "b"), ("c", "a")):
            rename = make("rename", {"labels": [old], "to": new})
            next_version(workspace, "d-1", (), changed=[rename])
        found = compare(workspace, "d-1", 1, 4)
        assert (found.rows["relabelled"], found.renamed) == ((), {"a": "b", "b": "a"})
        assert not found.same
        back = compare(workspace, "d-1", 4, 2)
        assert (back.rows["relabelled"], back.renamed) == ((), {"b": "a", "a": "c"})
        (line,) = lines(workspace, back, [0])
        assert line.before == line.after
        restore(workspace, "d-1", 1)
        assert compare(workspace, "d-1", 1, 5).same
        assert len(compare(workspace, "d-1", 4, 5).rows["relabelled"]) == 30, "not made of it"

    def test_a_merged_label_is_another(self, workspace, dataset):
        write_dataset(workspace, "multiclass", "abc", many("abc", 30), "d-2")
        merge = make("rename", {"labels": ["a", "b"], "to": "b"})
        next_version(workspace, "d-2", (), changed=[merge])
        found = compare(workspace, "d-2", 1, 2)
        assert (len(found.rows["relabelled"]), found.renamed) == (10, {})

    def test_only_versions_that_exist(self, workspace, dataset):
        with pytest.raises(WorkspaceError):
            compare(workspace, "d-1", 1, 9)
