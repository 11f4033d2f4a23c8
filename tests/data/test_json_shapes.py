"""JSON of well-known tools becomes plain rows, whatever it nests them in."""

import json

import pytest

from engine.data.reading import read_table
from engine.errors import DataError

TEXT = "Ann is in Rome"
MARKS = [[10, 14, "LOC"]]
RESULT = {"value": {"start": 10, "end": 14, "text": "Rome", "labels": ["LOC"]}, "type": "labels"}
QUESTION = {"id": "q1", "question": "Where?", "answers": [{"text": "Rome", "answer_start": 10}]}
UNANSWERABLE = {"id": "q2", "question": "Why?", "is_impossible": True, "answers": []}
PARAGRAPH = {"context": TEXT, "qas": [QUESTION, UNANSWERABLE]}


def read(write, document, name="a.json"):
    lines = name.endswith("l")
    content = "\n".join(map(json.dumps, document)) if lines else json.dumps(document)
    return read_table(write(content, name))


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ([[TEXT, {"entities": MARKS}]] * 3, "spacy.json"),
        ([[TEXT, {"entities": MARKS}]] * 3, "spacy.jsonl"),
        ({"classes": ["LOC"], "annotations": [[TEXT, {"entities": MARKS}]] * 3}, "tool.json"),
        ([{"text": TEXT, "entities": MARKS}] * 3, "plain.jsonl"),
    ],
)
def test_spacy_pairs_become_text_and_entities(write, document, name):
    table, _ = read(write, document, name)
    assert table["text"].tolist() == [TEXT] * 3
    assert table["entities"].tolist() == [MARKS] * 3


def test_label_studio_gives_the_first_annotation_that_counts(write):
    tasks = [
        {"id": 1, "data": {"text": TEXT}, "annotations": [{"result": [RESULT]}, {"result": []}]},
        {
            "id": 2,
            "data": {"text": TEXT, "source": "mail"},
            "annotations": [{"was_cancelled": True, "result": []}, {"result": [RESULT, {}]}],
        },
        {"id": 3, "data": {"text": TEXT}, "annotations": []},
    ]
    table, report = read(write, tasks)
    assert table["entities"].tolist() == [[RESULT["value"]], [RESULT["value"]], None]
    assert table["source"].tolist() == [None, "mail", None]
    assert "export of Label Studio: 3 tasks" in report.notes[0].text()


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"version": "2.0", "data": [{"title": "A", "paragraphs": [PARAGRAPH] * 3}]}, "a.json"),
        ([{"title": "A", "paragraphs": [PARAGRAPH]}] * 3, "a.json"),
        ([{"title": "A", "paragraphs": [PARAGRAPH]}] * 3, "a.jsonl"),
        ({"title": "A", "paragraphs": [PARAGRAPH] * 3}, "a.json"),
        ([PARAGRAPH] * 3, "a.jsonl"),
    ],
)
def test_squad_gives_a_row_for_each_question(write, document, name):
    table, report = read(write, document, name)
    assert (report.rows_kept, report.rows_dropped) == (6, 0)
    assert table["question"].tolist() == ["Where?", "Why?"] * 3
    assert table["answers"].tolist()[:2] == [QUESTION["answers"], []]
    assert set(table["context"]) == {TEXT}
    assert "6 rows, one for each question" in report.notes[-1].text()


def test_odd_parts_of_squad_stay_for_the_importer_to_name(write):
    document = {"data": [{"paragraphs": [PARAGRAPH, "odd", {"context": 1, "qas": "none"}]}]}
    table, _ = read(write, document)
    assert table["question"].tolist() == ["Where?", "Why?", None, None]


@pytest.mark.parametrize(
    "names",
    [
        {"names": ["O", "B-LOC"]},
        {"label_names": ["O", "B-LOC"]},
        {"id2label": {"0": "O", "1": "B-LOC"}},
        {"label2id": 1, "tags": {"O": 0, "B-LOC": 1}},
    ],
)
def test_tag_numbers_take_the_names_the_file_gives(write, names):
    rows = [{"tokens": ["in", "Rome"], "ner_tags": [0, 1]}] * 3
    table, report = read(write, names | {"data": rows})
    assert table["ner_tags"].tolist() == [["O", "B-LOC"]] * 3
    assert "the file names 2 of them" in report.notes[-1].text()


def test_cut_off_json_says_where(write):
    content = json.dumps({"data": [{"paragraphs": [PARAGRAPH]}]})[:-9]
    with pytest.raises(DataError, match="it breaks at line 1"):
        read_table(write(content, "a.json"))


def test_a_cut_off_line_costs_its_own_row(write):
    content = "\n".join([json.dumps({"text": TEXT, "entities": MARKS})] * 3)[:-9]
    table, report = read_table(write(content, "a.jsonl"))
    assert (len(table), report.rows_dropped) == (2, 1)


def test_surrogates_inside_lists_can_be_saved(write):
    content = '{"tokens": ["a\\ud800", "b"], "tags": ["O", "B-X"]}\n' * 3
    table, _ = read_table(write(content, "a.jsonl"))
    assert table["tokens"].tolist()[0] == ["a\ufffd", "b"]
