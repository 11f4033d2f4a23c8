"""Entities marked inside the text are taken out of it; other brackets stay."""

import pytest

from engine.data.importing import inspect
from engine.data.inline_marks import is_marked
from engine.data.plan import Sources
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


@pytest.mark.parametrize("name", ["notes.txt", "notes.csv"])
def test_marks_in_few_rows_are_marks_if_their_types_recur(write, name):
    lines = [f"Nothing to see in row {i}" for i in range(90)]
    lines[::10] = [f"We met in [Paris](LOC/CITY), time {i}" for i in range(9)]
    head = "note\n" if name.endswith("csv") else ""
    rows = [f'"{line}"' for line in lines] if head else lines
    table, _ = read_table(write(head + "\n".join(rows), name))
    assert sum(map(bool, table["entities"])) == 9
    assert table["entities"].tolist()[0] == [[10, 15, "LOC/CITY"]]


def test_a_few_links_are_no_marks(write):
    lines = [f"Nothing to see in row {i},a" for i in range(90)]
    lines[::10] = [f"see [the page](page {i}) for more,b" for i in range(9)]
    lines[1::10] = ["see [the page](guide.md) for more,b"] * 9
    table, _ = read_table(write("text,label\n" + "\n".join(lines), "notes.csv"))
    assert table.columns.tolist() == ["text", "label"]


WHOLE = [f"[Paris](LOC) and [Ann Berg](PER), {i}" for i in range(8)]


@pytest.mark.parametrize(
    ("line", "text", "told"),
    [
        ("The [](LOC) sea", "The  sea", "“[](LOC)” is no whole entity"),
        ("The [ ](LOC) sea", "The   sea", "“[ ](LOC)” is no whole entity"),
        ("The [Oslo]() sea", "The Oslo sea", "“[Oslo]()” is no whole entity"),
        ("In [Rome](LOC it is (very) hot", None, "“[Rome](LOC” is no whole entity"),
        ("In [Rome](CITY", None, "“[Rome](CITY” is no whole entity"),
        ("In [Rome(LOC) it is hot", None, "“[Rome(LOC)” is no whole entity"),
        ("In Rome](LOC) it is hot", None, "“Rome](LOC)” is no whole entity"),
        ("In [Rome] (LOC) it is hot", None, "“[Rome] (LOC)” is no whole entity"),
        ("In [Rome it is hot", None, "“[Rome it is hot” is no whole entity"),
        (
            "The [[New York](LOC) Times](ORG) says",
            "The New York Times says",
            "“New York” (LOC) overlaps “New York Times” (ORG)",
        ),
    ],
)
def test_what_is_no_whole_mark_is_listed_with_its_row(write, line, text, told):
    found = inspect(Sources(write("\n".join([*WHOLE, line]), "notes.txt")))
    (listed,) = found.left_out.first
    assert listed.row == 9
    assert told in listed.reason.text()
    assert found.prepared["text"].tolist()[8] == (text or line)


def test_of_marks_within_each_other_the_outer_one_stays(write):
    lines = [*WHOLE, "At [the [Rome](LOC) [Post](ORG)](ORG) [Oslo](LOC)"]
    table, _ = read_table(write("\n".join(lines), "notes.txt"))
    assert table["text"].tolist()[8] == "At the Rome Post Oslo"
    assert table["entities"].tolist()[8] == [
        [3, 16, "ORG"],
        [7, 11, "LOC"],
        [12, 16, "ORG"],
        [17, 21, "LOC"],
    ]


@pytest.mark.parametrize(
    "line", ["see [1] and [2, 3]", "a [link](https://example.org/a) (here)", "x](y) [[z]] (a)"]
)
def test_other_brackets_between_marks_are_no_broken_marks(write, line):
    found = inspect(Sources(write("\n".join([*WHOLE, line]), "notes.txt")))
    assert found.left_out.count == 0
    assert found.prepared["text"].tolist()[8] == line


def test_three_lines_are_enough_to_be_seen_as_marked():
    lines = ["[Ann](PER) visited [Rome](LOC)", "Nobody went to [Oslo](LOC)", "It rained all day"]
    assert is_marked(lines)
    assert not is_marked(lines[2:])
