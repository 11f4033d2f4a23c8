"""Parquet: what its columns become, and how much of it is unpacked."""

import datetime as dt
import decimal
import json
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from engine.data.importing import Sources, inspect
from engine.data.reading import read_table
from engine.errors import DataError


@pytest.fixture
def save(tmp_path: Path):
    def save(columns, metadata=None, **options) -> Path:
        table = columns if isinstance(columns, pa.Table) else pa.table(columns)
        if metadata:
            features = {"info": {"features": metadata}}
            table = table.replace_schema_metadata({"huggingface": json.dumps(features)})
        parquet.write_table(table, tmp_path / "rows.parquet", **options)
        return tmp_path / "rows.parquet"

    return save


def test_cells_are_what_json_knows(save):
    columns = {
        "text": ["a", None],
        "list": [["x", "y"], []],
        "object": [{"text": ["x"], "start": [3]}, None],
        "map": pa.array([[("k", 1)], None], pa.map_(pa.string(), pa.int64())),
        "when": [dt.datetime(2024, 2, 29, 7, 30), dt.datetime(2024, 1, 1)],
        "price": [decimal.Decimal("1.50"), None],
        "stars": [4.0, float("nan")],
        "kind": pa.array(["p", "q"]).dictionary_encode(),
        "raw": [b"caf\xc3\xa9", b"tea"],
    }
    table, report = read_table(save(columns))
    assert table.iloc[0].to_dict() == {
        "text": "a",
        "list": ["x", "y"],
        "object": {"text": ["x"], "start": [3]},
        "map": {"k": 1},
        "when": "2024-02-29T07:30:00",
        "price": "1.50",
        "stars": 4.0,
        "kind": "p",
        "raw": "café",
    }
    assert table["stars"].tolist()[1] is None
    assert table["when"].tolist()[1] == "2024-01-01"
    assert (report.format, report.rows_kept) == ("parquet", 2)


def test_numbers_become_the_names_the_file_gives_them(save):
    names = {"names": ["spam", "ham"], "_type": "ClassLabel"}
    columns = {"text": ["a b", "c d", "e f"], "label": [0, 1, -1], "tags": [[0], [1, 0], []]}
    table, _ = read_table(save(columns, {"label": names, "tags": {"feature": names}}))
    assert table["label"].tolist() == ["spam", "ham", None]
    assert table["tags"].tolist() == [["spam"], ["ham", "spam"], []]
    table, _ = read_table(save(columns, {"label": {"names": 7, "_type": "ClassLabel"}}))
    assert table["label"].tolist() == [0, 1, -1]


def test_pictures_are_left_out_and_said_to_be(save):
    picture = {"bytes": b"\x89PNG", "path": "a.png"}
    table, report = read_table(
        save({"image": [picture] * 2, "raw": [b"\xff"] * 2, "text": ["a", "b"]})
    )
    assert list(table) == ["text"]
    assert report.notes[0].text().endswith("bytes in it: image, raw.")


def test_rows_of_nothing_are_counted_and_names_told_apart(save):
    columns = pa.Table.from_arrays(
        [pa.array(["a", None, "b"]), pa.array(["x", "", "y"])], names=["t", "t"]
    )
    table, report = read_table(save(columns))
    assert list(table) == ["t", "t (2)"]
    assert table.index.tolist() == [1, 3]
    assert (report.rows_kept, report.rows_dropped) == (2, 1)


@pytest.mark.parametrize("kept", [8, 100, -4])
def test_a_broken_file_is_refused(save, kept):
    path = save({"text": ["a b c"] * 50, "label": ["x", "y"] * 25})
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(DataError, match="starts like a Parquet file"):
        read_table(path, "rows.csv")


@pytest.mark.parametrize("wrap", [lambda text: text, lambda text: [text], lambda t: {"a": [t]}])
def test_a_text_that_stands_there_a_million_times_is_not_unpacked(save, monkeypatch, wrap):
    monkeypatch.setattr("engine.data.parquet_rows.MOST_UNPACKED", 50 << 20)
    path = save({"text": [wrap("x" * 10_000)] * 20_000})
    assert path.stat().st_size < 1 << 20
    with pytest.raises(DataError, match="more than 50 MB of text once it is unpacked"):
        read_table(path)


def test_it_goes_through_the_import_with_its_extra_columns(save):
    columns = {
        "text": [f"sentence number {i}" for i in range(40)],
        "label": [0, 1] * 20,
        "when": [dt.date(2024, 1, 1 + i % 28) for i in range(40)],
    }
    path = save(columns, {"label": {"names": ["spam", "ham"], "_type": "ClassLabel"}})
    found = inspect(Sources(path))
    assert found.labels == ("ham", "spam")
    assert found.prepared["extra.when"][0] == "2024-01-01"


def test_the_fields_of_a_single_column_of_objects_are_columns(save):
    read, _ = read_table(save({"row": [{"text": "a", "label": "x"}, {"text": "b", "label": "y"}]}))
    assert read.to_dict("list") == {"text": ["a", "b"], "label": ["x", "y"]}
    read, _ = read_table(save({"row": [{"text": "a"}] * 2, "other": [1, 2]}))
    assert list(read) == ["row", "other"]
