"""Labels are recognised in every way people write them down."""

from collections import Counter

import pandas as pd
import pytest

from engine.data.labels import LabelForm, find_form, guess_task, label_sets, twin_groups
from engine.text import Message


def read(values, task=None, columns=None):
    table = pd.DataFrame(columns or {"label": pd.Series(values, dtype=object)}, dtype=object)
    form = find_form(table, list(table), task)
    return form, label_sets(table, list(table), form)


@pytest.mark.parametrize(
    ("cells", "names"),
    [
        (["refund", "delivery"], ["refund", "delivery"]),
        ([3, 1, 3], ["3", "1", "3"]),
        ([True, False], ["true", "false"]),
        ([1.0, 2.0], ["1", "2"]),
        (["1.0", " 2", "2.0"], ["1", "2", "2"]),
        (["007", "7"], ["007", "7"]),
        ([" pos", " neg"], ["pos", "neg"]),
        (["None", "NA", "null"], ["None", "NA", "null"]),
        (["体育 ", "财经"], ["体育", "财经"]),
    ],
)
def test_single_labels_are_spelled_as_people_would(cells, names):
    form, sets = read(cells)
    assert form == LabelForm("single")
    assert sets == [(name,) for name in names]


def test_spaces_stay_where_a_label_also_stands_without_them():
    _, sets = read(["refund", "refund ", "other "])
    assert sets == [("refund",), ("refund ",), ("other",)]


@pytest.mark.parametrize("empty", ["", "  ", None, float("nan"), "\u200b"])
def test_an_empty_single_label_is_a_reason_to_drop_the_row(empty):
    _, sets = read(["a", empty, "b"])
    assert isinstance(sets[1], Message)
    assert sets[1].text() == "no label in “label”"


@pytest.mark.parametrize(
    "cells",
    [
        [["a", "b"], [], ["b"]],
        ["['a', 'b']", "[]", "['b']"],
        ['["a", "b"]', "[]", '["b"]'],
        ['["a", "b", "a", ""]', " [] ", "('b')".replace("(", "[").replace(")", "]")],
    ],
)
def test_lists_are_label_sets_and_empty_lists_are_no_label(cells):
    form, sets = read(cells)
    assert form.kind == "list"
    assert sets == [("a", "b"), (), ("b",)]


def test_a_cell_that_is_no_list_among_lists_is_named():
    _, sets = read([["a"]] * 20 + ["['a' 'b']", None])
    assert "is not a list of labels" in sets[20].text()
    assert isinstance(sets[21], Message)


def test_names_among_lists_are_lists_of_one():
    form, sets = read([["a", "b"]] * 8 + ["a", "c, d"])
    assert form == LabelForm("list")
    assert sets[7:] == [("a", "b"), ("a",), ("c, d",)]
    form, sets = read(['["a", "b"]', '["b"]', "c"])
    assert form == LabelForm("list")
    assert sets == [("a", "b"), ("b",), ("c",)]


def test_nothing_among_lists_is_a_missing_label():
    _, sets = read([["a"], None, []])
    assert "no label in" in sets[1].text()
    assert sets[2] == ()


def test_hostile_list_texts_are_only_text():
    _, sets = read(["['a']"] * 30 + ["[" * 5000 + "]" * 5000, "[__import__('os')]", "[1e999]"])
    assert all(isinstance(names, Message) for names in sets[30:32])


@pytest.mark.parametrize("separator", ["|", ";", ", ", "；", "、"])
def test_a_separator_is_one_if_its_parts_recur(separator):
    form, sets = read([f"a{separator}b", "b", f"c{separator}a", "", "c"])
    assert form == LabelForm("separator", separator.strip())
    assert sets == [("a", "b"), ("b",), ("c", "a"), (), ("c",)]


def test_a_comma_inside_a_name_is_no_separator():
    form, sets = read(["Home, garden", "Food", "Cars, boats", "Food"])
    assert form == LabelForm("single")
    assert sets[0] == ("Home, garden",)


def test_the_chosen_task_settles_what_a_separator_means():
    cells = ["a|b", "b", "a|c", "c"]
    assert read(cells)[0].kind == "separator"
    assert read(cells, task="multiclass")[0].kind == "single"
    assert read(["x|y", "z"], task="multilabel")[1] == [("x", "y"), ("z",)]


@pytest.mark.parametrize(
    ("yes", "no"), [(1, 0), ("1", "0"), ("1", "-1"), (True, False), ("Yes", "No"), ("1.0", "0.0")]
)
def test_one_column_a_label_in_any_spelling_of_yes_and_no(yes, no):
    _, sets = read(None, columns={"toxic": [yes, no, yes], "insult": [no, no, yes]})
    assert sets == [("toxic",), (), ("toxic", "insult")]


def test_a_cell_that_says_neither_yes_nor_no_is_named():
    _, sets = read(None, columns={"toxic": ["1", "perhaps"], "insult": ["0", "1"]})
    assert sets[1].text() == "“toxic” says “perhaps”, neither yes nor no (0/1)"


def test_the_task_follows_from_the_form():
    single = LabelForm("single")
    assert guess_task(single, ["y"], [("a",), ("b",)])[0] == "binary"
    assert guess_task(single, ["y"], [("a",), ("b",), ("c",)])[0] == "multiclass"
    task, why = guess_task(LabelForm("list"), ["y"], [("a",), ("b",)])
    assert (task, why.text()[:20]) == ("multilabel", "“y” holds lists, so ")
    flags = LabelForm("columns")
    assert guess_task(flags, ["a", "b"], [("a",), ()])[0] == "multilabel"
    assert guess_task(flags, ["a", "b", "c"], [("a",), ("b",), ("c",)])[0] == "multiclass"


def test_twins_differ_only_in_case_spaces_or_unicode_form():
    counts = Counter({"Refund": 5, "refund ": 9, "ＲＥＦＵＮＤ": 1, "re\u200bfund": 2, "café": 3})
    counts["cafe\u0301"] = 1
    assert twin_groups(counts) == [
        ["refund ", "Refund", "re\u200bfund", "ＲＥＦＵＮＤ"],
        ["café", "cafe\u0301"],
    ]
