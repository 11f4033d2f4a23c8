"""Files that hold no labelled texts are refused with a sentence that says what to do."""

import bz2
import gzip
import io
import json
import lzma
import time
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


def old_office(stream: str) -> bytes:
    """An Office document of before 2007 that lists one stream."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(30, b"\0") + b"\x09\0"
    return header.ljust(512, b"\0") + stream.encode("utf-16-le").ljust(512, b"\0")


BINARIES = [
    (zipped("word/document.xml"), "text document"),
    (zipped("ppt/presentation.xml"), "presentation"),
    (zipped("arr_0.npy"), "arrays of numbers"),
    (zipped("model/data.pkl"), "never read"),
    (zipped("META-INF/MANIFEST.MF"), "a program"),
    (old_office("WordDocument"), "text document"),
    (old_office("EncryptedPackage"), "protected with a password"),
    (old_office("__nameid_version1.0"), "Outlook"),
    (old_office("PowerPoint Document"), "presentation"),
    (gzip.compress(b"text,label\n", mtime=0), "packed as gzip"),
    (bz2.compress(b"text,label\n"), "packed as bzip2"),
    (lzma.compress(b"text,label\n"), "packed as xz"),
    (b"7z\xbc\xaf\x27\x1c" + bytes(99), "packed as 7z"),
    (b"Rar!\x1a\x07\x01\0" + bytes(99), "packed as rar"),
    (b"table.csv".ljust(257, b"\0") + b"ustar\x0000" + bytes(99), "packed as tar"),
    (b"ARROW1\0\0" + bytes(200), "Arrow, Feather"),
    (b"PARE" + bytes(200), "encrypted Parquet"),
    (b"\x89PNG\r\n\x1a\n" + bytes(100), "picture"),
    (b"RIFF\0\0\0\0WEBPVP8 " + bytes(range(30)), "picture"),
    (b"\0\0\0\x18ftypmp42" + bytes(100), "a sound or a film"),
    (b"%PDF-1.7\n...", "PDF"),
    (b"{\\rtf1 text}", "text document"),
    (b"\x80\x04\x95\x10\x00\x00\x00\x00", "never read"),
    (b"(dp0\nVtext\np1\n.", "never read"),
    (b"cnumpy.core.multiarray\n_reconstruct\np0\n", "never read"),
    (b"SQLite format 3\0" + bytes(100), "database"),
    (b"$FL2@(#) SPSS" + bytes(100), "statistics program"),
    (b"\x93NUMPY\x01\0v\0{'descr'", "arrays of numbers"),
    (b'\x10\0\0\0\0\0\0\0{"a":{}}', "weights of a model"),
    (b"MZ\x90\0" + bytes(range(200)), "a program"),
    (b"\x7fELF\x02\x01\x01" + bytes(100), "a program"),
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
        ("hollow.xlsx", zipped("[Content_Types].xml")),
        ("broken.xlsx", BROKEN),
        ("Start cut off.XLSX", BROKEN[30:]),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100)),
        ("sheet.ods", zipped("content.xml")),
    ],
)
def test_a_workbook_is_called_one_even_when_it_is_broken(write, name, raw):
    with pytest.raises(DataError, match=r"is called an Excel or LibreOffice workbook.*CSV UTF-8"):
        read_table(write(raw, name))


@pytest.mark.parametrize("start", ["MZ", "ORC", "DUCK", "ID3", "RDX", "BZh", "GGUF", "II", "PK"])
def test_a_text_that_only_begins_like_a_binary_is_read(write, start):
    table, _ = read_table(write(f"{start} text,label\na b c,x\nd e f,y\n"))
    assert list(table) == [f"{start} text", "label"]


def test_what_is_refused_is_not_read_to_its_end(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(190 << 20)
    start = time.monotonic()
    with pytest.raises(DataError, match="PDF"):
        read_table(path)
    with path.open("r+b") as file:
        file.truncate(2 << 30)
    with pytest.raises(DataError, match="larger than 200 MB"):
        read_table(path)
    assert time.monotonic() - start < 1


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
    with pytest.raises(DataError, match=r"Line 1 of “table\.csv” is longer"):
        read_table(write("a" * 5000))
    with pytest.raises(DataError, match=r"Line 2 of “table\.csv” is longer"):
        read_table(write("text,label\n" + "a" * 2000 + ",b\n"))
