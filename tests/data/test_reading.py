"""Delimited files of every dialect: no row is lost without a number and a reason."""

import contextlib
import random
import re

import pytest

from engine.data.importing import Sources, inspect
from engine.data.reading import read_table
from engine.errors import DataError
from tests.data.conftest import labelled, table, to_csv


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", [True, False])
def test_delimiter_and_header_are_found(write, delimiter, header):
    rows = [*([("text", "label")] if header else []), *labelled(30)]
    read, report = read_table(write(to_csv(rows, delimiter=delimiter)))
    assert (report.delimiter, report.has_header) == (delimiter, header)
    assert list(read) == (["text", "label"] if header else ["column 1", "column 2"])
    assert read.iloc[0].tolist() == ["message number 0, with a comma", "refund"]
    assert (report.rows_kept, report.rows_dropped) == (30, 0)
    assert report.format == ("tsv" if delimiter == "\t" else "csv")


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"])
def test_any_line_ending_ends_a_row(write, ending):
    read, _ = read_table(write(table(10).replace("\n", ending)))
    assert len(read) == 10
    assert read["label"].tolist()[:2] == ["refund", "delivery"]


def test_quoted_line_breaks_stay_inside_their_cell(write):
    rows = [
        ("text", "label"),
        *((f"first {i}\r\nsecond, line\n\nend", "ab"[i % 2]) for i in range(9)),
    ]
    read, report = read_table(write(to_csv(rows)))
    assert read["text"].iloc[0] == "first 0\r\nsecond, line\n\nend"
    assert report.rows_kept == 9
    assert read.index.tolist()[:2] == [2, 6]  # the lines at which the rows start


def test_unicode_line_separators_do_not_end_a_row(write):
    rows = [("text", "label"), *((f"a\u2028b\x85c\x0bd {i}", "ab"[i % 2]) for i in range(8))]
    read, _ = read_table(write(to_csv(rows)))
    assert len(read) == 8


def test_numeric_classes_first_two_texts_and_no_header(write):
    rows = [
        (i % 4 + 1, f"Title number {i}", f"A longer story, it is {i} \\words long")
        for i in range(40)
    ]
    read, report = read_table(write(to_csv(rows, quoting=1)))
    assert report.has_header is False
    assert read.shape == (40, 3)


def test_rows_with_too_many_cells_are_dropped_by_number_and_reason(write):
    read, report = read_table(write(table(10) + "no, quotes, here\n" + "short\n" + ",\n"))
    assert (report.rows_kept, report.rows_dropped) == (11, 2)
    assert [row.row for row in report.dropped] == [12, 14]
    assert (
        report.dropped[0].reason.text().startswith("it has 3 cells where the table has 2 columns")
    )
    assert report.dropped[1].reason.text() == "the row is empty"
    assert read.loc[13].tolist() == ["short", ""]


def test_only_the_first_hundred_dropped_rows_are_listed_and_all_counted(write):
    _, report = read_table(write(table(400) + "a,b,c\n" * 150))
    assert (report.rows_kept, report.rows_dropped, len(report.dropped)) == (400, 150, 100)


def test_a_quote_that_is_never_closed_costs_no_other_row(write):
    lines = [f"fine text {i},{'ab'[i % 2]}" for i in range(40)]
    lines[7] = '"never closed,a'
    read, report = read_table(write("text,label\n" + "\n".join(lines) + "\n"))
    assert (len(read), report.rows_dropped) == (40, 0)
    assert read["text"].iloc[7] == '"never closed'


def test_stray_quotes_far_apart_swallow_no_rows(write):
    lines = [f"fine text {i},{'ab'[i % 2]}" for i in range(60)]
    lines[7], lines[40] = '"Wow,a', 'so good",b'
    read, _ = read_table(write("text,label\n" + "\n".join(lines) + "\n"))
    assert len(read) == 60


def test_quotes_in_a_tab_separated_file_can_be_ordinary_characters(write):
    lines = [(f'"{i} said so' if i % 3 else f"{i} it") + f"\t{'ab'[i % 2]}" for i in range(40)]
    read, _ = read_table(write("text\tlabel\n" + "\n".join(lines), "t.tsv"))
    assert len(read) == 40


def test_quotes_escaped_with_backslashes_are_understood(write):
    lines = [f'"he said \\"hi, {i}\\" to me","{"ab"[i % 2]}"' for i in range(20)]
    read, _ = read_table(write("text,label\n" + "\n".join(lines)))
    assert read["text"].iloc[3] == 'he said "hi, 3" to me'


def test_duplicate_and_blank_column_names_are_told_apart(write):
    rows = [
        ("text", "text", "", "label"),
        *((f"a {i}", f"b {i}", i, "xy"[i % 2]) for i in range(9)),
    ]
    read, _ = read_table(write(to_csv(rows)))
    assert list(read) == ["text", "text (2)", "column 3", "label"]


def test_text_that_spilled_into_nameless_columns_is_joined_again(write):
    lines = ["class,message,,,"] + [f"ham,hello number {i},,," for i in range(50)]
    lines += ["spam,win, a, prize,"]
    read, report = read_table(write("\r\n".join(lines)))
    assert list(read) == ["class", "message"]
    assert read["message"].iloc[-1] == "win, a, prize"
    assert report.notes[0].text().startswith("In 1 row text had spilled")


def test_row_numbers_without_a_column_name_do_not_shift_the_columns(write):
    lines = ['"text","label"'] + [f'"{i}","hello {i}","{"ab"[i % 2]}"' for i in range(1, 20)]
    read, _ = read_table(write("\n".join(lines)))
    assert read["text"].iloc[0] == "hello 1"


def test_each_line_can_start_with_its_label(write):
    kinds = ("HUM:ind", "NUM:date", "DESC:def")
    lines = [f"{kinds[i % 3]} What is number {i}, please ?" for i in range(30)]
    lines[4] = "HUM:gr Who is it ?"
    read, report = read_table(write("\n".join(lines), "questions.train"))
    assert list(read) == ["label", "text"]
    assert read.iloc[0].tolist() == ["HUM:ind", "What is number 0, please ?"]
    assert (report.delimiter, report.has_header) == (" ", False)


def test_chinese_lines_can_start_with_their_labels(write):
    lines = [f"组织关系-{'裁员' if i % 2 else '加盟'} 第{i}条新闻，内容在这里" for i in range(30)]
    read, _ = read_table(write("\n".join(lines), "news.txt"))
    assert read["label"].unique().tolist() == ["组织关系-加盟", "组织关系-裁员"]


def test_plain_sentences_are_one_column_and_not_label_and_text(write):
    words = ["How", "What", "My", "I", "Please"]
    lines = [f"{words[i % 5]} do this for me {'now, ' * (i % 4)}number {i}" for i in range(40)]
    read, report = read_table(write("\n".join(lines), "texts.txt"))
    assert read.shape == (40, 1)
    assert report.delimiter is None


def ragged(header, *kinds, count=50):
    lines = [kind.format(i) for i in range(count) for kind in kinds]
    return "\n".join([header, *lines]) + "\n"


@pytest.mark.parametrize(
    ("header", "kinds", "kept"),
    [
        ("text,label", ["good {},pos", "bad, really {},neg", "another, one, two {},pos"], 50),
        ("text,label", ["good {},pos", "bad {},neg,extra,more"], 50),
        ("text,label", ["good {},pos", "bad {},neg,extra,more", "short {}"], 100),
        ("text,label,extra", ["good {},pos", "bad {},neg,u"], 100),
        ("id,text,label", ["{},good,pos", "{},bad", "{},bad, very, bad,neg"], 100),
        ("id,text,label", ["{},good,pos", "{},bad, very,pos", "{},so, very,neg,a"], 50),
        ("text;label", ["good, {};pos", "bad; really {};neg", "a; b; c, {};pos"], 50),
    ],
)
def test_rows_that_fit_the_header_are_read_and_the_others_reported(write, header, kinds, kept):
    read, report = read_table(write(ragged(header, *kinds)))
    assert list(read) == re.split("[,;]", header)
    assert (report.rows_kept, report.rows_dropped) == (kept, 50 * len(kinds) - kept)
    assert {row.reason.key for row in report.dropped} <= {"data.row_ragged"}
    assert read.iloc[0].tolist()[-2:] != ["", ""]


def test_a_first_column_of_numbers_shifts_no_columns_where_rows_fit_the_header(write):
    read, report = read_table(write(ragged("id,text,label", *["{},a, b,x"] * 3, *["{},c,y"] * 2)))
    assert list(read) == ["id", "text", "label"]
    assert (report.rows_kept, report.rows_dropped) == (100, 150)


@pytest.mark.parametrize("first", ["Comment, please", "Yes, no, title", "text"])
def test_sentences_with_commas_are_one_column_whatever_the_first_one_says(write, first):
    kinds = ["Sure, do {}", "Well, then, maybe {}", "Fine {}", "So, it, is, {} now"]
    read, report = read_table(write(ragged(first, *kinds), "texts.txt"))
    assert (read.shape[1], report.delimiter, report.rows_dropped) == (1, None, 0)
    assert len(read) >= 200


def test_too_few_rows_that_fit_the_header_are_refused_for_what_they_are(write):
    kinds = [
        "good {},pos",
        "a, b {},neg",
        "a, b, c {},neg",
        "a, b, c, d {},neg",
        "{}, a, a, a, a,x",
    ]
    with pytest.raises(DataError, match=r"different numbers of cells.*quotes") as caught:
        inspect(Sources(write(ragged("text,label", *kinds))))
    assert caught.value.message.key == "data.uneven_lines"


def test_a_label_lost_with_rows_that_do_not_fit_is_told_with_them(write):
    found = inspect(Sources(write(ragged("text,label", "good {},pos", "bad, really {},neg"))))
    assert [problem.key for problem in found.problems] == ["data.problem_one_label"]
    assert [warning.key for warning in found.warnings] == ["data.warn_unread"]


@pytest.mark.parametrize("ending", ["\n", "\r\n", " \n"])
@pytest.mark.parametrize("text", ["a\0b", "a\0\0b", "caf\u00e9\0", "\u4e0a\0\u6d77"])
def test_nul_characters_in_many_rows_make_no_other_encoding(write, text, ending):
    rows = ["text,label", *[f"{text},x", "c d,y"] * 30]
    read, report = read_table(write(ending.join(rows)))
    assert (read.shape, report.encoding) == ((60, 2), "UTF-8")
    assert read["text"].iloc[0] == text.replace("\0", "")


def test_nul_characters_are_taken_out(write):
    read, _ = read_table(write(table(10).replace("number", "num\0ber")))
    assert read["text"].iloc[0] == "message number 0, with a comma"


def test_cells_of_a_megabyte_are_kept_whole(write):
    rows = [("text", "label"), *(("word " * 220_000, "ab"[i % 2]) for i in range(3))]
    read, _ = read_table(write(to_csv(rows)))
    assert read["text"].str.len().tolist() == [1_100_000] * 3


def test_a_label_called_like_a_header_does_not_make_a_header(write):
    rows = [("question" if i % 2 else "answer", f"Some words about {i}") for i in range(20)]
    _, report = read_table(write(to_csv(rows[1:])))
    assert report.has_header is False


def test_too_many_columns_are_refused(write):
    wide = ",".join(f"c{i}" for i in range(2001)) + "\n" + ",".join("x" * 2001) + "\n"
    with pytest.raises(DataError, match=r"2,001 columns; at most 2,000"):
        read_table(write(wide))


def test_too_many_bytes_or_rows_are_refused(write, monkeypatch):
    monkeypatch.setattr("engine.data.limits.MOST_ROWS", 9)
    with pytest.raises(DataError, match="holds more than 9 rows"):
        read_table(write(table(10)))
    monkeypatch.setattr("engine.data.limits.MOST_LINES", 5)
    with pytest.raises(DataError, match="has 11 lines; at most 5"):
        read_table(write(table(10)))
    monkeypatch.setattr("engine.data.limits.MOST_BYTES", 100)
    with pytest.raises(DataError, match="larger than"):
        read_table(write(table(10)))


@pytest.mark.parametrize("seed", range(40))
def test_random_damage_never_crashes_and_every_row_is_accounted_for(write, seed):
    """Whatever bytes are overwritten: a table whose counts add up, or a DataError."""
    chance = random.Random(seed)
    raw = bytearray(table(60).encode(chance.choice(["utf-8", "utf-16", "cp1252"])))
    for _ in range(chance.choice([1, 5, 40])):
        raw[chance.randrange(len(raw))] = chance.choice(b'",;\t|\n\r\0\\{[\xff\x80a')
    path = write(bytes(raw), chance.choice(["a.csv", "a.jsonl", "a.txt"]))
    with contextlib.suppress(DataError):
        read, report = read_table(path)
        assert len(read) == report.rows_kept
        assert report.rows_dropped >= len(report.dropped)


def test_many_blank_lines_hide_no_table(write):
    read, _ = read_table(write("\n" * 5000 + table(20)))
    assert read.shape == (20, 2)
    assert read.index[0] == 5002
