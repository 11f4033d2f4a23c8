"""JSON and JSON Lines in the forms people really have them."""

import json

import pytest

from engine.data.reading import read_table
from engine.errors import DataError
from tests.data.conftest import labelled

ROWS = [{"text": text, "label": label} for text, label in labelled(20)]
LINES = [json.dumps(row) for row in ROWS]

WHOLE = {
    "list": json.dumps(ROWS),
    "pretty list": json.dumps(ROWS, indent=2),
    "wrapped": json.dumps({"version": 2, "data": ROWS}),
    "columns": json.dumps({key: [row[key] for row in ROWS] for key in ("text", "label")}),
    "columns by index": json.dumps(
        {key: {str(i): row[key] for i, row in enumerate(ROWS)} for key in ("text", "label")}
    ),
    "lines all the same": "\n".join(LINES),
}
STREAMS = {
    "lines": "\n".join(LINES),
    "mark": "\ufeff" + "\n".join(LINES),
    "trailing commas": ",\n".join(LINES) + ",",
    "concatenated": "".join(LINES),
    "list on one line": json.dumps(ROWS),
    "list over lines": "[\n" + ",\n".join(LINES) + "\n]",
    "blank lines": "\n\n".join(LINES) + "\n\n",
}


@pytest.mark.parametrize("form", WHOLE)
def test_a_json_document_gives_its_rows(write, form):
    read, report = read_table(write(WHOLE[form], "rows.json"))
    assert read[["text", "label"]].to_dict("records") == ROWS
    assert (report.rows_kept, report.rows_dropped) == (20, 0)


@pytest.mark.parametrize("form", STREAMS)
def test_json_lines_give_their_rows(write, form):
    read, report = read_table(write(STREAMS[form], "rows.jsonl"))
    assert read[["text", "label"]].to_dict("records") == ROWS
    assert (report.rows_kept, report.rows_dropped, report.delimiter) == (20, 0, None)


def test_json_is_recognised_whatever_the_file_is_called(write):
    for name in ("rows.csv", "rows.txt", "rows"):
        assert read_table(write("\n".join(LINES), name))[1].format == "jsonl"


def test_lists_stay_lists_and_missing_cells_are_none(write):
    lines = ['{"text": "a b", "labels": ["x", "y"]}', '{"text": "c d"}', '{"labels": []}']
    read, _ = read_table(write("\n".join(lines), "rows.jsonl"))
    assert read["labels"].tolist() == [["x", "y"], None, []]
    assert read["text"].tolist() == ["a b", "c d", None]


def test_broken_lines_are_dropped_with_their_numbers(write):
    lines = ["garbage", *LINES, "{broken: 1}", "42", LINES[0], LINES[1][:-9]]
    read, report = read_table(write("\n".join(lines), "rows.jsonl"))
    assert (len(read), report.rows_dropped) == (21, 4)
    assert [row.row for row in report.dropped] == [1, 22, 23, 25]
    assert report.dropped[2].reason.text().startswith("it is not an object")
    assert "cut off" in report.dropped[3].reason.text()


def test_deep_nesting_costs_a_line_or_is_refused_as_a_document(write):
    deep = '{"a":' * 100_000 + "1" + "}" * 100_000
    _, report = read_table(write("\n".join([*LINES, deep]), "rows.jsonl"))
    assert report.dropped[0].reason.text() == "it is nested too deeply"
    with pytest.raises(DataError, match="nested too deeply"):
        read_table(write("[" * 100_000, "rows.json"))


def test_huge_numbers_and_broken_surrogates_are_harmless(write):
    lines = [*LINES, '{"text": "half \\ud83d a smile", "label": ' + "9" * 6000 + "}"]
    read, _ = read_table(write("\n".join(lines), "rows.jsonl"))
    assert read["text"].iloc[-1] == "half � a smile"
    assert read["label"].iloc[-1] == "9" * 6000


def test_splits_inside_a_document_become_a_column(write):
    document = json.dumps({"train": ROWS[:10], "test": ROWS[10:]})
    read, report = read_table(write(document, "rows.json"))
    assert read["split"].tolist() == ["train"] * 10 + ["test"] * 10
    assert "train, test" in report.notes[0].text()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (json.dumps(ROWS)[:-30], "not valid JSON: it breaks at line 1"),
        ('["sport", "politics"]', 'it holds "sport"'),
        ('[["text", "label"]]', "Expected objects like"),
        ("[]", "holds no rows"),
        ("{}", "no list of rows"),
        ("42", "called JSON but does not start like it"),
        ("text,label\na,b\n", "rename it to .csv"),
    ],
)
def test_json_without_rows_is_refused_with_what_to_do(write, content, sentence):
    with pytest.raises(DataError) as refused:
        read_table(write(content, "rows.json"))
    assert sentence in str(refused.value)


def test_a_file_of_nothing_but_broken_lines_is_given_up_early(write):
    with pytest.raises(DataError, match="not valid JSON"):
        read_table(write('{"a"\n' * 5000, "rows.jsonl"))
