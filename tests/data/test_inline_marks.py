"""Entities marked inside the text are taken out of it; other brackets stay."""

import pytest

from engine.data.reading import read_table


def test_a_text_file_with_marks_has_one_text_a_line(write):
    lines = [f"I live in [Paris](LOC), near [Ann Berg](PER), {i}" for i in range(5)]
    table, report = read_table(write("\n".join(lines), "notes.txt"))
    assert table.columns.tolist() == ["text", "entities"]
    assert table["text"].tolist()[1] == "I live in Paris, near Ann Berg, 1"
    assert table["entities"].tolist()[1] == [[10, 15, "LOC"], [22, 30, "PER"]]
    assert "10 entities marked as [words](type) were taken out of “text”" in report.notes[0].text()


def test_lines_without_marks_are_rows_too(write):
    lines = ["[Rome](LOC) is old", "nothing here", "", "[Oslo](LOC) is cold"]
    table, _ = read_table(write("\n".join(lines), "notes.txt"))
    assert table["entities"].tolist() == [[[0, 4, "LOC"]], [], [[0, 4, "LOC"]]]
    assert table.index.tolist() == [1, 2, 4]


def test_a_marked_column_of_a_table(write):
    rows = "\n".join(f"{i},我住在[北京](地点)很久了 {i}" for i in range(5))
    table, _ = read_table(write("id,note\n" + rows, "a.csv"))
    assert table.columns.tolist() == ["id", "note", "entities"]
    assert table["note"].tolist()[0] == "我住在北京很久了 0"
    assert table["entities"].tolist()[0] == [[3, 5, "地点"]]


@pytest.mark.parametrize(
    "text",
    [
        "see [the page](https://example.org/{i})",
        "see [the page](page-{i})",
        "a [note] (see below) {i}",
        "f[{i}](x) of many[1](y{i})",
    ],
)
def test_links_and_other_brackets_stay(write, text):
    rows = "\n".join(f"{text.format(i=i)}\t{'ab'[i % 2]}" for i in range(20))
    table, _ = read_table(write("text\tlabel\n" + rows, "a.tsv"))
    assert table.columns.tolist() == ["text", "label"]
    assert table["text"].tolist()[0] == text.format(i=0)
