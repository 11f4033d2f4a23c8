"""From files to a saved data set: guesses, problems, warnings, and what lies on disk."""

import json
import os
import subprocess
import sys

import pandas as pd
import pytest

from engine.data import samples, statistics
from engine.data.dataset import (
    Roles,
    delete_dataset,
    list_datasets,
    load_dataset,
    load_rows,
)
from engine.data.importing import Plan, Sources, SplitPlan, import_dataset, inspect, named
from engine.errors import DataError, WorkspaceError
from tests.data.conftest import labelled, table, to_csv


def said(messages):
    return " ".join(message.text() for message in messages)


def file_of(write, rows, name="table.csv", header=("text", "label")):
    return write(to_csv([header, *rows]), name)


def test_a_plain_table_needs_no_decision(write):
    found = inspect(Sources(write(table(100))))
    assert (found.task, found.labels, found.problems) == ("binary", ("delivery", "refund"), ())
    assert found.rows == {"train": 80, "validation": 10, "test": 10}
    assert [(c.name, c.role) for c in found.columns] == [("text", "text"), ("label", "label")]
    assert "2 different values" in found.task_reason.text()
    assert found.table.shape == (50, 2)
    assert found.prepared.columns.tolist() == ["row_id", "split", "text", "labels"]


def test_another_name_changes_nothing_else(write):
    sources = Sources(write(table(100)))
    found = inspect(sources, Plan(name="x" * 100))
    assert [problem.key for problem in found.problems] == ["data.problem_long_name"]
    short = named(found, " Tickets ")
    assert (short.plan.name, short.problems) == ("Tickets", ())
    assert named(short, "").plan.name == "Tickets"
    assert short.prepared is found.prepared


def test_the_rarer_label_is_positive_unless_another_is_chosen(write):
    rows = [(f"clause {i}", "unfair" if i % 8 == 0 else "fair") for i in range(160)]
    path = file_of(write, rows)
    assert inspect(Sources(path)).positive == "unfair"
    assert inspect(Sources(path), Plan(positive="fair")).positive == "fair"
    wrong = inspect(Sources(path), Plan(positive="evil"))
    assert said(wrong.problems) == (
        "“evil” cannot be the positive label; the labels are fair, unfair."
    )


def test_several_text_columns_are_joined_line_by_line(write):
    rows = [(f"Subject {i}", f"Body of it, {i}" if i else "", "ab"[i % 2]) for i in range(40)]
    found = inspect(Sources(file_of(write, rows, header=("subject", "body", "category"))))
    assert found.plan.roles == Roles(("subject", "body"), ("category",))
    assert found.prepared["text"].tolist()[:2] == ["Subject 0", "Subject 1\nBody of it, 1"]


def test_the_user_can_give_columns_other_roles(write):
    rows = [(f"some text {i}", "ab"[i % 2], "xyz"[i % 3]) for i in range(60)]
    path = file_of(write, rows, header=("text", "label", "other"))
    found = inspect(Sources(path), Plan(Roles(("text",), ("other",))))
    assert found.labels == ("x", "y", "z")
    assert [c.reason.text() for c in found.columns if c.name != "text"] == ["chosen by you"] * 2


def test_rows_without_text_or_label_are_left_out_with_their_numbers(write):
    rows = [*labelled(40), ("", "refund"), ("\u200b ", "refund"), ("text", " ")]
    found = inspect(Sources(file_of(write, rows)))
    assert found.rows_dropped == 3
    assert [row.row for row in found.dropped] == [42, 43, 44]
    assert "3 rows were left out; the first: no text in text." in said(found.warnings)
    assert sum(found.rows.values()) == 40


def test_rows_without_a_label_stay_where_the_form_allows_it(write):
    lines = [
        json.dumps({"text": f"clause {i}", "labels": ["a"] if i % 9 == 0 else []})
        for i in range(90)
    ]
    found = inspect(Sources(write("\n".join(lines), "clauses.jsonl")))
    assert (found.task, sum(found.rows.values())) == ("multilabel", 90)
    assert sum(found.counts[split]["a"] for split in found.counts) == 10


def test_twins_are_pointed_out_and_merged_on_request(write):
    names = ["Refund", "refund ", "refund", "account"]
    path = file_of(write, [(f"message {i}", names[i % 4]) for i in range(80)])
    found = inspect(Sources(path))
    assert len(found.twins) == 1
    twins = found.twins[0]
    assert twins.forms == {"Refund": 20, "refund": 20, "refund ": 20}
    merged = inspect(Sources(path), Plan(merges=twins.merges()))
    assert (merged.labels, merged.task) == (("account", "Refund"), "binary")


def test_a_split_column_is_followed_and_completed(write):
    parts = ("train", "train", "train", "test", "?")
    rows = [(f"message {i}", "ab"[i % 2], parts[i % 5]) for i in range(100)]
    path = file_of(write, rows, header=("text", "label", "set"))
    found = inspect(Sources(path), Plan(Roles(("text",), ("label",), "set")))
    assert (found.plan.split.kind, found.rows["test"], found.rows_dropped) == ("column", 20, 20)
    assert found.rows["train"] + found.rows["validation"] == 60
    assert "“set” names no known split" in said(found.warnings)


def test_separate_files_are_kept_exactly_and_in_order(write):
    parts = {
        split: file_of(write, [(f"{split} {i}", "ab"[i % 2]) for i in range(20)], f"{split}.csv")
        for split in ("train", "validation", "test")
    }
    found = inspect(Sources(**parts))
    assert found.rows == {"train": 20, "validation": 20, "test": 20}
    assert found.prepared["text"].tolist()[19:22] == ["train 19", "validation 0", "validation 1"]
    anew = inspect(Sources(**parts), Plan(split=SplitPlan("ratios")))
    assert anew.rows == {"train": 48, "validation": 6, "test": 6}


def test_a_file_that_lacks_a_column_is_named(write):
    train = file_of(write, labelled(30), "a.csv")
    test = file_of(write, [(f"x {i}", "y") for i in range(5)], "b.csv", header=("text", "id"))
    problems = said(inspect(Sources(train, test=test)).problems)
    assert problems.startswith("“b.csv” lacks label.")
    assert "this one has text, id" in problems


def test_a_tested_label_that_is_never_trained_blocks_and_is_named(write):
    train = file_of(write, labelled(40), "a.csv")
    test = file_of(write, [*labelled(10), ("hello", "legal")], "b.csv")
    found = inspect(Sources(train, test=test))
    assert said(found.problems).startswith(
        "1 label of test (1 row) does not occur in training and cannot be learned: legal. Merge it"
    )
    merged = inspect(Sources(train, test=test), Plan(merges={"legal": "refund"}))
    assert merged.problems == ()


def test_rare_labels_are_named_before_training_and_do_not_block(write):
    rows = [*labelled(60), ("only one", "legal"), ("one", "press"), ("two", "press")]
    found = inspect(Sources(file_of(write, rows)))
    assert found.problems == ()
    assert "1 label has a single row, which goes to training and is never tested: legal." in said(
        found.rare
    )
    assert "fewer than 10 rows" in said(found.rare)
    assert "press (2)" in said(found.rare)
    assert (
        set(found.rare) <= set(found.warnings)
        if False
        else said(found.rare) in said(found.warnings)
    )


def test_overlap_is_counted_and_dropped_from_the_earlier_split_only(write):
    train = file_of(write, [*labelled(40), ("Same  TEXT", "refund")], "a.csv")
    validation = file_of(write, [*labelled(60)[40:], ("same text", "refund")], "b.csv")
    test = file_of(write, [*labelled(80)[60:], ("same text ", "refund")], "c.csv")
    sources = Sources(train, validation, test)
    found = inspect(sources)
    assert found.overlap == {"train/test": 1, "train/validation": 1, "validation/test": 1}
    assert "The text of 1 training row also stands in test" in said(found.warnings)
    dropped = inspect(sources, Plan(split=SplitPlan("files", drop_overlap=True)))
    assert dropped.rows == {"train": 40, "validation": 20, "test": 21}
    assert "1 training row was dropped" in said(dropped.warnings)


def test_a_most_number_of_rows_a_label_can_be_set_for_each_split(write):
    plan = Plan(split=SplitPlan(per_label={"train": 20, "validation": 2, "test": 3}))
    found = inspect(Sources(write(table(100))), plan)
    assert found.rows == {"train": 40, "validation": 4, "test": 6}


def test_equal_texts_with_different_labels_are_counted(write):
    found = inspect(
        Sources(file_of(write, [*labelled(40), ("odd", "refund"), ("Odd ", "delivery")]))
    )
    assert "2 rows share their text with another row that is labelled differently" in said(
        found.warnings
    )
    assert found.duplicates == 1


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([(f"text {i}", f"id{i}") for i in range(30)], "a different value in each of the 30 rows"),
        ([(f"text {i}", "a") for i in range(30)], "There is nothing to tell apart"),
        ([(f"text {i}", "") for i in range(30)], "No label column was found"),
        ([("", "ab"[i % 2]) for i in range(30)], "No text column was found"),
        ([("good", "a"), ("bad", "b")], "No rows are left for validation"),
    ],
)
def test_what_cannot_be_learned_is_refused_in_a_sentence(write, workspace, rows, sentence):
    sources = Sources(file_of(write, rows))
    assert sentence in said(inspect(sources).problems)
    with pytest.raises(DataError) as refused:
        import_dataset(workspace, sources)
    assert sentence in str(refused.value)
    assert list_datasets(workspace) == []


@pytest.mark.parametrize(
    ("plan", "sentence"),
    [
        (Plan(Roles((), ("label",))), "No text column was found"),
        (Plan(Roles(("text",), ())), "No label column was found"),
        (Plan(Roles(("text",), ("text",))), "same column cannot be text and label: text"),
        (Plan(Roles(("text",), ("gone",))), "lacks gone"),
        (Plan(split=SplitPlan("column")), "no column has the role “split”"),
        (Plan(split=SplitPlan("files")), "there is only one file"),
        (
            Plan(split=SplitPlan(train=0.9, validation=0.2, test=0.1)),
            "add up to 100 %; found 90 %, 20 %",
        ),
        (Plan(split=SplitPlan(train=0.9, validation=0.1, test=0)), "must each be above 0"),
        (Plan(split=SplitPlan(per_label={"train": 0})), "must be at least 1"),
        (Plan(task="binary", merges={"refund": "delivery"}), "holds only 1 label"),
    ],
)
def test_a_plan_that_cannot_work_says_why(write, plan, sentence):
    problems = said(inspect(Sources(write(table(40))), plan).problems)
    assert sentence in problems


def test_a_task_that_does_not_fit_the_labels_says_so(write):
    path = file_of(write, [(f"message {i}", ("a", "a|b", "b", "c")[i % 4]) for i in range(60)])
    assert inspect(Sources(path)).task == "multilabel"
    assert "exactly 2 labels" in said(inspect(Sources(path), Plan(task="binary")).problems)
    assert inspect(Sources(path), Plan(task="multiclass")).labels == ("a", "a|b", "b", "c")
    lists = [
        json.dumps({"text": f"t {i}", "labels": [["a"], ["a", "b"], []][i % 3]}) for i in range(60)
    ]
    sources = Sources(write("\n".join(lines for lines in lists), "l.jsonl"))
    several = said(inspect(sources, Plan(task="multiclass")).problems)
    assert several.startswith("40 rows have no label or more than one")


def test_lists_of_zeros_and_ones_do_not_name_their_labels(write):
    lines = [json.dumps({"text": f"text {i}", "labels": [i % 2, 1, 0]}) for i in range(40)]
    problems = said(inspect(Sources(write("\n".join(lines), "v.jsonl"))).problems)
    assert "lists of 0 and 1" in problems


def test_a_data_set_is_saved_as_it_was_shown(write, workspace):
    sources = Sources(write(table(100)), names={"train": "My tickets (final).csv"})
    found = inspect(sources)
    dataset = import_dataset(workspace, sources)
    assert load_dataset(workspace, dataset.id) == dataset
    assert (dataset.name, dataset.version) == ("My tickets (final)", 1)
    assert dataset.id.startswith("my-tickets-final-")
    rows = load_rows(workspace, dataset)
    assert rows["text"].tolist() == found.prepared["text"].tolist()
    assert [tuple(names) for names in rows["labels"]] == found.prepared["labels"].tolist()
    assert rows["row_id"].tolist() == list(range(100))
    folder = workspace.dataset(dataset.id, 1)
    assert (folder.source / "train.csv").read_bytes() == sources.train.read_bytes()
    assert list(workspace.cache.iterdir()) == []


def test_equal_data_has_an_equal_fingerprint(write, workspace):
    sources = Sources(write(table(100)))
    first, second = (import_dataset(workspace, sources) for _ in range(2))
    other = import_dataset(workspace, sources, Plan(split=SplitPlan(seed=1)))
    assert first.id != second.id
    assert first.fingerprint == second.fingerprint != other.fingerprint
    assert {d.id for d in list_datasets(workspace)} == {first.id, second.id, other.id}


def test_a_deleted_data_set_is_gone(write, workspace):
    dataset = import_dataset(workspace, Sources(write(table(60))))
    delete_dataset(workspace, dataset.id)
    assert list_datasets(workspace) == []
    with pytest.raises(WorkspaceError):
        load_dataset(workspace, dataset.id)


def test_a_full_disk_leaves_nothing_behind(write, workspace, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.data.saving._write_rows", full)
    with pytest.raises(WorkspaceError, match="No space left"):
        import_dataset(workspace, Sources(write(table(60))))
    assert list(workspace.datasets.iterdir()) == []
    assert list(workspace.cache.iterdir()) == []


def test_a_changed_file_is_read_again(write):
    path = write(table(40))
    assert sum(inspect(Sources(path)).rows.values()) == 40
    write(table(60))
    assert sum(inspect(Sources(path)).rows.values()) == 60


def test_a_file_called_train_gives_its_folders_name(write, tmp_path):
    path = write(table(40), "train.csv")
    assert inspect(Sources(path)).plan.name == tmp_path.name


def test_length_marks_and_what_a_limit_cuts_off():
    counts = pd.Series(range(1, 101)).to_numpy()
    assert statistics.length_marks(counts) == statistics.LengthMarks(50, 90, 95, 99, 100)
    assert statistics.lost_share(counts, 90) == (0.1, sum(range(1, 11)) / 5050)
    assert statistics.lost_share(counts[:0], 90) == (0.0, 0.0)
    assert statistics.length_marks(counts[:0]).longest == 0


@pytest.mark.parametrize("sample", samples.SAMPLES, ids=lambda sample: sample.id)
def test_the_samples_import_without_a_decision(sample):
    found = inspect(Sources(sample.file))
    assert found.problems == ()
    assert found.warnings == ()
    assert sample.card.is_file()
    tasks = {
        "support_tickets": "multiclass",
        "contract_clauses": "binary",
        "news_headlines_zh": "multilabel",
        "service_notes": "tokens",
        "small_places": "qa",
    }
    assert found.task == tasks[sample.id]
    assert (found.mended.count, found.left_out.count) == (0, 0)


def test_splits_do_not_depend_on_the_process(write):
    """Python hashes strings anew in every process; what is saved must not show it."""
    path = write(table(90, ("a", "b", "c")))
    code = (
        "import sys; from pathlib import Path; from engine.data.importing import Sources, inspect;"
        "from engine.data.saving import fingerprint;"
        "print(fingerprint(inspect(Sources(Path(sys.argv[1]))).prepared))"
    )
    prints = {
        subprocess.run(
            [sys.executable, "-c", code, str(path)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.getcwd()},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(prints) == 1


@pytest.mark.parametrize(
    "name", ["../../up.csv", "x.cs\0v", "CON", "💥" * 80 + ".csv", "a.b/c.", ""]
)
def test_no_file_name_leaves_the_data_sets_folder(write, workspace, name):
    dataset = import_dataset(workspace, Sources(write(table(60)), names={"train": name}))
    kept = list(workspace.dataset(dataset.id, 1).source.iterdir())
    assert [path.name for path in kept] in (["train.csv"], ["train"])


def test_a_draw_of_each_label_keeps_the_rare_one_positive_and_counts_its_own_overlap(tmp_path):
    rows = [f"a plain clause number {i},fair" for i in range(90)]
    rows += [f"an unjust clause number {i},unfair" for i in range(12)]
    rows += ["an unjust clause number 3,unfair"] * 2
    path = tmp_path / "clauses.csv"
    path.write_text("\n".join(["text,label", *rows]), "utf-8")
    plan = Plan(split=SplitPlan(per_label={"train": 4, "validation": 1, "test": 1}))
    found = inspect(Sources(path), plan)
    assert found.positive == "unfair"
    texts = {s: set(found.prepared[found.prepared["split"] == s]["text"]) for s in found.rows}
    assert found.overlap["train/test"] == len(texts["train"] & texts["test"])


def test_a_second_data_set_of_the_same_name_is_told_apart(write, workspace):
    path = write(table(40), "Tickets.csv")
    names = [import_dataset(workspace, Sources(path)).name for _ in range(3)]
    assert names == ["Tickets", "Tickets (2)", "Tickets (3)"]
    (first,) = (dataset for dataset in list_datasets(workspace) if dataset.name == "Tickets")
    delete_dataset(workspace, first.id)
    assert import_dataset(workspace, Sources(path)).name == "Tickets"
    again = import_dataset(workspace, Sources(path), Plan(name="Tickets (2)"))
    assert again.name == "Tickets (4)"
