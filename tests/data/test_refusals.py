"""Files that hold no labelled texts are refused with a sentence that says what to do."""

import gzip
import io
import json
import zipfile

import pytest

from engine.data.importing import Sources, inspect
from engine.data.reading import read_table
from engine.errors import DataError


def zipped(name: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(name, "x")
    return stream.getvalue()


BINARIES = [
    (zipped("[Content_Types].xml"), "Excel"),
    (zipped("table.csv"), "Unpack it"),
    (gzip.compress(b"text,label\n", mtime=0), "Unpack it"),
    (b"PAR1" + bytes(range(200)), "Parquet"),
    (b"\x89PNG\r\n\x1a\n" + bytes(100), "picture"),
    (b"%PDF-1.7\n...", "PDF"),
    (b"\x80\x04\x95\x10\x00\x00\x00\x00", "never read"),
    (b"SQLite format 3\0" + bytes(100), "database"),
    (b"<!DOCTYPE html><html></html>", "web page"),
    (bytes(i * 37 % 31 for i in range(3000)), "not a text file"),
]


@pytest.mark.parametrize(("raw", "word"), BINARIES)
def test_what_is_no_text_is_named_whatever_it_is_called(write, raw, word):
    with pytest.raises(DataError, match=word):
        read_table(write(raw, "innocent.csv"))


BROKEN = b"PK\x03\x04" + bytes(range(256)) * 20


@pytest.mark.parametrize(
    ("name", "raw"),
    [
        ("whole.xlsx", zipped("[Content_Types].xml")),
        ("broken.xlsx", BROKEN),
        ("Start cut off.XLSX", BROKEN[30:]),
        ("old.xls", b"\xd0\xcf\x11\xe0" + bytes(100)),
        ("sheet.ods", zipped("content.xml")),
    ],
)
def test_a_workbook_is_called_one_even_when_it_is_broken(write, name, raw):
    with pytest.raises(DataError, match=r"is an Excel or LibreOffice workbook.*CSV UTF-8"):
        read_table(write(raw, name))


def test_a_table_that_is_only_called_a_workbook_is_read(write):
    table, _ = read_table(write("text,label\na b c,x\nd e f,y\n", "export.xlsx"))
    assert len(table) == 2


def test_a_file_of_zeros_is_not_called_empty(write):
    with pytest.raises(DataError, match=r"nothing but zeros \(NUL bytes\).*Get it again"):
        read_table(write(b"\0" * 100))


@pytest.mark.parametrize("raw", [b"", b" \n\r\n\t", b"\xef\xbb\xbf", b"\xff\xfe\n\0\n\0"])
def test_a_file_without_content_is_called_empty(write, raw):
    with pytest.raises(DataError, match="is empty"):
        read_table(write(raw))


def test_a_header_without_rows_is_refused(write):
    with pytest.raises(DataError, match="nothing below the header"):
        read_table(write("text,label\n"))


def test_a_folder_or_a_missing_file_is_refused(tmp_path):
    for path in (tmp_path, tmp_path / "nowhere.csv"):
        with pytest.raises(DataError, match="not a file"):
            read_table(path)
        with pytest.raises(DataError):
            inspect(Sources(path))


def test_paragraphs_without_questions_are_refused(write):
    document = {"data": [{"title": "A", "paragraphs": [{"context": "c", "qas": []}]}]}
    with pytest.raises(DataError, match="paragraphs, but no questions under them"):
        read_table(write(json.dumps(document), "squad.json"))


def test_labels_without_texts_are_refused(write):
    with pytest.raises(DataError, match=r"labels without texts\. Put each text and its label"):
        inspect(Sources(write("\n".join("0130201" * 20), "val_labels.txt")))


def test_texts_without_labels_are_refused(write):
    lines = "\n".join(f"a sentence of its own, {i}" + ", yes" * (i % 3) for i in range(50))
    with pytest.raises(DataError, match=r"texts without labels\. Put each text and its label"):
        inspect(Sources(write(lines, "val_text.txt")))


def test_a_whole_file_on_one_line_is_refused(write, monkeypatch):
    monkeypatch.setattr("engine.data.limits.LONGEST_LINE", 1000)
    with pytest.raises(DataError, match=r"Line 2 of “table\.csv” is longer"):
        read_table(write("text,label\n" + "a" * 2000 + ",b\n"))
