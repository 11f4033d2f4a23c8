"""Malformed SQuAD and Label Studio files: told what was expected, found and is to be done."""

import json

import pytest

from engine.data.importing import inspect
from engine.data.plan import Sources
from engine.data.reading import read_table
from engine.errors import DataError

TEXT = "Oslo is the capital of Norway."


def asked(i):
    return {"question": f"What is {i}?", "answers": [{"text": "Oslo", "answer_start": 0}]}


def squad(leave_out=(), count=20):
    """A file of that many paragraphs, without some parts."""
    paragraphs = [
        {
            "context": f"{TEXT} {i}",
            "qas": [{k: v for k, v in asked(i).items() if k not in leave_out}],
        }
        for i in range(count)
    ]
    kept = [{k: v for k, v in each.items() if k not in leave_out} for each in paragraphs]
    return {"version": "1.1", "data": [{"title": "T", "paragraphs": kept}]}


def task(i=0, **changes):
    value = {"start": 0, "end": 4, "text": "Oslo", "labels": ["PLACE"]}
    result = [{"type": "labels", "value": value}]
    return {"id": i, "data": {"text": f"{TEXT} {i}"}, "annotations": [{"result": result}]} | changes


def refused(write, content):
    with pytest.raises(DataError) as error:
        inspect(Sources(write(json.dumps(content), "a.json")))
    return error.value.message.text()


def test_whole_files_are_read(write):
    assert inspect(Sources(write(json.dumps(squad()), "a.json"))).task == "qa"
    tasks = json.dumps([task(i) for i in range(20)])
    assert inspect(Sources(write(tasks, "b.json"))).task == "tokens"


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (squad(leave_out=["context"]), "“context” is missing in every one of its 20 rows"),
        (squad(leave_out=["question"]), "“question” is missing in every one of its 20 rows"),
        (squad(leave_out=["answers"]), "“answers” is missing in every one of its 20 rows"),
        ({"data": {"paragraphs": []}}, "“data” is no list: {"),
        ({"data": [{"paragraphs": {"context": TEXT}}]}, "“paragraphs” is no list: {"),
        ([{"context": TEXT, "qas": asked(1)}], "“qas” is no list: {"),
    ],
)
def test_squad_without_a_part_is_told_which(write, content, found):
    said = refused(write, content)
    assert f"looks like SQuAD, but {found}" in said
    assert "Expected “data”, a list of articles" in said
    assert "Add what is missing" in said


def test_paragraphs_without_questions_and_an_empty_list_say_so(write):
    assert "no questions under them" in refused(write, squad(leave_out=["qas"]))
    assert "holds no rows" in refused(write, {"version": "2.0", "data": []})


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"annotations": []}, "none of its 20 tasks has an annotation"),
        ({"annotations": [{"was_cancelled": True}]}, "none of its 20 tasks has an annotation"),
        ({"annotations": [{"result": []}]}, "none of the annotations of its 20 tasks marks a part"),
        (
            {"annotations": [{"result": [{"type": "choices", "value": {"choices": ["good"]}}]}]},
            "none of the annotations of its 20 tasks marks a part of a text",
        ),
        ({"annotations": "x"}, '“annotations” is no list: "x"'),
        ({"data": TEXT}, f'“data” of a task is "{TEXT}", not an object'),
        ({"data": {}}, "“data” of its tasks is empty"),
    ],
)
def test_label_studio_without_a_part_is_told_which(write, changes, found):
    said = refused(write, [task(i, **changes) for i in range(20)])
    assert f"looks like an export of Label Studio, but {found}" in said
    assert "Expected tasks with the text in “data”" in said
    assert "export as JSON" in said


def test_what_lacks_only_its_truth_can_still_be_read_for_predictions(write):
    table, _ = read_table(write(json.dumps([task(i, annotations=[]) for i in range(3)]), "a.json"))
    assert table["text"].tolist()[0] == f"{TEXT} 0"
    table, _ = read_table(write(json.dumps(squad(leave_out=["answers"])), "a.json"))
    assert table["question"].tolist()[0] == "What is 0?"


def test_tasks_with_labels_of_their_own_need_no_annotations(write):
    tasks = [
        task(i, annotations=[], data={"text": f"a note {i}", "label": "ab"[i % 2]})
        for i in range(30)
    ]
    found = inspect(Sources(write(json.dumps(tasks), "a.json")))
    assert (found.task, found.labels) == ("binary", ("a", "b"))


def test_some_odd_rows_do_not_keep_the_others_from_being_read(write):
    tasks = [*(task(i) for i in range(20)), task(20, data=TEXT), task(21, annotations="x")]
    found = inspect(Sources(write(json.dumps(tasks), "a.json")))
    assert (found.task, sum(found.rows.values()), found.rows_dropped) == ("tokens", 20, 2)
