"""Parquet → a table, batch by batch, so that no more is unpacked than a table may hold.

Cells are what JSON knows: text, numbers, lists and objects; dates and decimals are text. Numbers
that stand for names (`ClassLabel` of Hugging Face's `datasets`) become the names.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from engine.data.clean import clean, plain
from engine.data.limits import MOST_UNPACKED, check_size
from engine.data.report import Drops, ReadingReport
from engine.data.tabular import make_table, report_of, unique_names
from engine.errors import DataError
from engine.text import Message

if TYPE_CHECKING:
    import pyarrow as pa
    from pyarrow import parquet

_BATCH, _FIRST = 4096, 16
_MOST_VALUES = 50_000_000
"""Entries of all lists of one column."""
Column = list[Any]
Naming = Callable[[Any], Any]
"""A cell whose numbers stand for names → the names."""


def read_parquet(path: Path, file: str) -> tuple[pd.DataFrame, ReadingReport]:
    """The table of a Parquet file. Raises DataError for one that is broken or too much."""
    import pyarrow as pa

    try:
        opened = _open(path)
        _check(opened, file)
        left_out = _bytes_columns(opened)
        names, columns = _read(opened, left_out, file)
    except (pa.ArrowException, OSError, ValueError, MemoryError):
        raise DataError("data.parquet_broken", file=file) from None
    names, columns = _unfolded(names, columns)
    height = len(columns[0]) if columns else 0
    table = make_table(columns, unique_names(names), range(1, height + 1))
    filled = [any(cell not in (None, "") for cell in row) for row in zip(*columns, strict=True)]
    drops = Drops()
    for number in (number for number, has in enumerate(filled, 1) if not has):
        drops.add(number, Message("data.row_empty"))
    notes = [Message("data.note_bytes", {"columns": left_out})] if left_out else []
    table = table[filled] if drops.count else table
    return table, report_of(file, "parquet", table, drops, notes)


def _open(path: Path) -> "parquet.ParquetFile":
    """With every text read as a number into a list of the different ones: a text that stands a
    million times is then there once."""
    from pyarrow import parquet

    with parquet.ParquetFile(path) as found:
        leaves = [found.schema.column(place) for place in range(len(found.schema))]
    texts = [leaf.path for leaf in leaves if leaf.physical_type == "BYTE_ARRAY"]
    return parquet.ParquetFile(path, read_dictionary=texts)


def _check(opened: "parquet.ParquetFile", file: str) -> None:
    about = opened.metadata
    check_size(about.num_rows, len(opened.schema_arrow.names), file)
    values: Counter[str] = Counter()
    for group in map(about.row_group, range(about.num_row_groups)):
        for chunk in map(group.column, range(group.num_columns)):
            values[chunk.path_in_schema] += chunk.num_values
    if max(values.values(), default=0) > _MOST_VALUES:
        raise _too_much(file)


def _too_much(file: str) -> DataError:
    return DataError("data.unpacks_too_big", file=file, limit=MOST_UNPACKED // 1024**2)


def _bytes_columns(opened: "parquet.ParquetFile") -> list[str]:
    """Columns of pictures, sounds and other bytes that are no text."""
    import pyarrow as pa

    found = []
    for field in opened.schema_arrow:
        kind = field.type.value_type if pa.types.is_dictionary(field.type) else field.type
        if pa.types.is_struct(kind) and {"bytes", "path"} <= {inner.name for inner in kind}:
            found.append(field.name)
        elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
            first = next(opened.iter_batches(_FIRST, columns=[field.name]), None)
            cells = (
                [cell for column in first.columns for cell in column.to_pylist()] if first else []
            )
            if not all(_is_text(cell) for cell in cells if isinstance(cell, bytes)):
                found.append(field.name)
    return found


def _is_text(cell: bytes) -> bool:
    try:
        return "\0" not in cell.decode()
    except UnicodeDecodeError:
        return False


def _read(
    opened: "parquet.ParquetFile", left_out: Sequence[str], file: str
) -> tuple[list[str], list[Column]]:
    """Names and cells of all columns but those left out."""
    every = opened.schema_arrow.names
    names = [name for name in every if name not in left_out]
    naming = _naming(opened.schema_arrow.metadata or {})
    columns: list[Column] = [[] for _ in names]
    weight = 0
    batches = opened.iter_batches(_BATCH, columns=names if left_out else None, use_threads=False)
    for batch in batches:
        weight += sum(map(_weight, batch.columns))
        if weight > MOST_UNPACKED:
            raise _too_much(file)
        for name, column, found in zip(names, columns, batch.columns, strict=True):
            cells = _cells(found)
            column += map(naming[name], cells) if name in naming else cells
    return names, columns


def _unfolded(names: list[str], columns: list[Column]) -> tuple[list[str], list[Column]]:
    """Of a table that is one column of objects, their fields as columns."""
    rows = columns[0] if len(columns) == 1 else []
    if not any(rows) or not all(cell is None or isinstance(cell, dict) for cell in rows):
        return names, columns
    fields = list(dict.fromkeys(str(name) for cell in rows for name in cell or ()))
    return fields, [[(cell or {}).get(name) for cell in rows] for name in fields]


def _weight(array: "pa.Array") -> int:
    """Bytes of all that stands in the array, each text counted as often as it stands there."""
    import pyarrow as pa
    from pyarrow import compute

    if pa.types.is_dictionary(array.type):
        lengths = compute.binary_length(array.dictionary).take(array.indices)
        return int(compute.sum(lengths).as_py() or 0) + array.indices.nbytes
    if pa.types.is_nested(array.type):
        return sum(map(_weight, _inner(array)))
    return int(array.nbytes)


def _inner(array: "pa.Array") -> list["pa.Array"]:
    import pyarrow as pa

    if pa.types.is_map(array.type):
        return [array.keys, array.items]
    flat = array.flatten()
    return flat if isinstance(flat, list) else [flat]


def _cells(array: "pa.Array") -> Column:
    import pyarrow as pa

    if pa.types.is_dictionary(array.type):
        words = [clean(plain(word)) for word in array.dictionary.to_pylist()]
        return [None if place is None else words[place] for place in array.indices.to_pylist()]
    if pa.types.is_map(array.type):
        return [clean(plain(dict(pairs))) if pairs else None for pairs in array.to_pylist()]
    if pa.types.is_integer(array.type) or pa.types.is_boolean(array.type):
        return list(array.to_pylist())
    return [clean(plain(cell)) for cell in array.to_pylist()]


def _naming(metadata: Mapping[bytes, bytes]) -> dict[str, Naming]:
    """Columns of which the file says what their numbers stand for."""
    try:
        features = json.loads(metadata[b"huggingface"])["info"]["features"]
        kinds = {name: _class_names(feature) for name, feature in features.items()}
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}
    return {name: partial(named, names) for name, names in kinds.items() if names}


def _class_names(feature: Any) -> list[str]:
    """Those of a `ClassLabel`, or of a list of them."""
    if isinstance(feature, list):
        feature = feature[0]
    if "feature" in feature:
        return _class_names(feature["feature"])
    names = feature.get("names") if feature.get("_type") == "ClassLabel" else None
    return [str(name) for name in names or ()]


def named(names: Sequence[str], cell: Any) -> Any:
    """-1 is how `datasets` writes that nothing is known."""
    if isinstance(cell, list):
        return [named(names, item) for item in cell]
    if not isinstance(cell, int) or cell >= len(names):
        return cell
    return names[cell] if cell >= 0 else None
