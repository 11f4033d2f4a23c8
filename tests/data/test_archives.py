"""Zip archives: a table in one, texts in folders, and what is never unpacked."""

import pytest

from engine.data.importing import Sources, inspect
from engine.data.reading import read_table
from engine.errors import DataError
from tests.data.conftest import table as csv_table
from tests.workbooks import xlsx, zipped

TEXTS = {
    f"{label}/{i}.txt": f"message {i} of {label}"
    for label in ("refund", "delivery")
    for i in range(20)
}


def test_a_folder_is_a_label_and_a_file_a_text(write):
    table, report = read_table(write(zipped(TEXTS), "texts.zip"))
    assert list(table) == ["text", "label", "file"]
    assert table.iloc[0].tolist() == ["message 0 of refund", "refund", "refund/0.txt"]
    assert (report.format, report.rows_kept) == ("zip", 40)
    found = inspect(Sources(write(zipped(TEXTS), "texts.zip")))
    assert (found.labels, found.rows_dropped) == (("delivery", "refund"), 0)


def test_folders_named_after_splits_make_the_split(write):
    members = {f"all/train/{name}": text for name, text in TEXTS.items()}
    members |= {f"all/test/{name}": f"another {text}" for name, text in TEXTS.items()}
    found = inspect(Sources(write(zipped(members), "texts.zip")))
    assert found.plan.roles.split == "split"
    assert (found.rows["test"], found.rows["train"] + found.rows["validation"]) == (40, 40)
    assert found.labels == ("delivery", "refund")


def test_what_lies_beside_the_data_is_no_data(write):
    beside = {
        "__MACOSX/refund/._0.txt": b"\0\5\x16\7",
        "refund/.DS_Store": b"\0\0\0\1Bud1",
        ".git/config": "x",
        "README.md": "# Texts",
        "delivery/": "",
    }
    table, report = read_table(write(zipped(TEXTS | beside), "texts.zip"))
    assert (len(table), report.rows_dropped) == (40, 0)


def test_files_that_give_no_text_are_counted(write):
    odd = {"refund/photo.txt": b"\x89PNG" + bytes(99), "loose.txt": "in no folder"}
    table, report = read_table(write(zipped(TEXTS | odd), "texts.zip"))
    assert (len(table), report.rows_dropped) == (40, 2)
    assert {row.reason.key for row in report.dropped} == {"data.row_not_text", "data.row_no_folder"}


def test_texts_and_names_in_an_old_encoding(write):
    said = {"XXXX": "добрый день, где мой заказ", "YYYY": "спасибо большое за помощь"}
    members = {f"{k}/{i}.txt": f"{v} {i}".encode("cp1251") for k, v in said.items() for i in "01"}
    raw = zipped(members).replace(b"XXXX", "退款".encode("gbk")).replace(b"YYYY", b"lost")
    table, report = read_table(write(raw, "texts.zip"))
    assert table.iloc[0].tolist()[:2] == ["добрый день, где мой заказ 0", "退款"]
    assert report.encoding == "Windows-1251"


@pytest.mark.parametrize(
    ("name", "content"),
    [("data/table.csv", csv_table(20)), ("t.xlsx", xlsx({"S": [["text", "label"], ["a b", "x"]]}))],
)
def test_the_only_file_is_read_as_it_would_be_alone(write, name, content):
    table, report = read_table(write(zipped({name: content}), "data.zip"))
    assert list(table) == ["text", "label"]
    assert report.name == f"data.zip › {name.split('/')[-1]}"


def test_of_several_tables_the_largest_is_read_and_another_can_be_chosen(write):
    path = write(zipped({"a.csv": csv_table(20), "b.csv": csv_table(30)}), "data.zip")
    table, report = read_table(path)
    assert (len(table), report.part, report.parts) == (30, "b.csv", ("a.csv", "b.csv"))
    assert len(read_table(path, part="a.csv")[0]) == 20


def test_tables_called_after_splits_are_read_together(write):
    members = {"sms_train.csv": csv_table(30), "sms_test.csv": csv_table(10)}
    table, report = read_table(write(zipped(members), "data.zip"))
    assert table["split"].value_counts().to_dict() == {"train": 30, "test": 10}
    assert report.rows_kept == 40


def locked() -> bytes:
    raw = bytearray(zipped({"a/1.txt": "text"}))
    for start in (b"PK\x03\x04", b"PK\x01\x02"):
        raw[raw.find(start) + (6 if start[2] == 3 else 8)] |= 1
    return bytes(raw)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped({}), "without data"),
        (zipped({"__MACOSX/x": "y"}), "without data"),
        (zipped({"../../etc/x.txt": "y", "a/b.txt": "z"}), "names a file outside itself"),
        (zipped({"/etc/x.txt": "y"}), "names a file outside itself"),
        (zipped({"C:\\x.txt": "y"}), "names a file outside itself"),
        (zipped({"a.zip": zipped(TEXTS)}), "another archive, “a.zip”"),
        (zipped({"a.csv": zipped(TEXTS)}), "another archive, “a.csv”"),
        (zipped({"a/1.tar.gz": b"x", "b/2.txt": b"y"}), "another archive, “a/1.tar.gz”"),
        (locked(), "protected with a password"),
        (zipped({"a/1.txt": b"0" * (30 << 20)}), "times its size"),
        (zipped({"one.txt": "x", "two.txt": "y"}), "neither a table nor folders"),
        (zipped(TEXTS)[:-60], "damaged or was cut off"),
        (zipped({"a.pdf": b"%PDF-1.7"}), "“a.pdf” is a PDF"),
    ],
)
def test_what_cannot_be_used_is_refused(write, content, said):
    with pytest.raises(DataError, match=said):
        read_table(write(content, "texts.zip"))


def test_too_many_files_and_too_much_text_are_refused(write, monkeypatch):
    path = write(zipped(TEXTS), "texts.zip")
    monkeypatch.setattr("engine.data.limits.MOST_FILES", 39)
    with pytest.raises(DataError, match="more than 39 files"):
        read_table(path)
    monkeypatch.setattr("engine.data.limits.MOST_FILES", 40)
    monkeypatch.setattr("engine.data.limits.MOST_UNPACKED", 99)
    with pytest.raises(DataError, match="at most 0 MB"):
        read_table(path)


def test_a_damaged_file_in_an_archive_is_said_to_be(write):
    raw = bytearray(zipped(TEXTS))
    raw[raw.find(b"refund/0.txt") + 16] ^= 0xFF
    table, report = read_table(write(bytes(raw), "texts.zip"))
    assert (len(table), report.dropped[0].reason.key) == (39, "data.row_damaged_file")
