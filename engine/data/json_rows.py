"""JSON and JSON Lines → rows, however the objects are wrapped, joined or cut off."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.data.json_shapes import as_object, flatten, named_tags
from engine.data.limits import check_size, let_others_in
from engine.data.odd_shapes import refuse_odd
from engine.data.report import Drops
from engine.errors import DataError
from engine.text import Message

_LONGEST_NUMBER = 300
_MOST_BROKEN = 1000
"""Broken lines before the first good one, after which a file is given up."""
_SPLIT_WORDS = frozenset({"train", "training", "validation", "valid", "val", "dev", "test"})


@dataclass(frozen=True)
class Objects:
    """The rows of a file, and the line (JSON Lines) or position (JSON) of each."""

    rows: list[dict[str, Any]]
    numbers: list[int]
    format: str
    notes: tuple[Message, ...] = ()


def parse_json(text: str, file: str, lines: bool, drops: Drops) -> Objects:
    """All objects in `text`; `lines` says that the file's name promises JSON Lines.

    Raises DataError where a JSON file breaks off or holds no rows; a broken line of JSON Lines
    goes to `drops`.
    """
    if not lines:
        try:
            return _from_document(_DECODER.decode(text), file)
        except RecursionError:
            raise DataError("data.json_too_deep", file=file) from None
        except json.JSONDecodeError as error:
            if not error.msg.startswith("Extra data"):
                raise DataError(
                    "data.json_broken", file=file, line=error.lineno, column=error.colno
                ) from None
    return _from_stream(text, file, drops)


def _from_stream(text: str, file: str, drops: Drops) -> Objects:
    rows: list[dict[str, Any]] = []
    numbers: list[int] = []
    for line, value in _stream(text):
        value = as_object(value)
        for item in value if isinstance(value, list) and value else [value]:
            item = as_object(item)
            if isinstance(item, Message):
                drops.add(line, item)
            elif isinstance(item, dict) and item:
                rows.append(item)
                numbers.append(line)
            else:
                drops.add(line, Message("data.row_not_object"))
        if drops.count > _MOST_BROKEN and not rows:
            raise DataError("data.json_broken", file=file, line=1, column=1)
        let_others_in(line)
        if line % 4096 == 0:
            check_size(len(rows) + drops.count, 0, file)
    if len(rows) == 1 and not drops.count:
        return _from_document(rows[0], file)
    refuse_odd(rows, file)
    flat, origins, notes = flatten(rows)
    return Objects(flat, [numbers[origin] for origin in origins], "jsonl", notes)


def _stream(text: str) -> Iterator[tuple[int, Any]]:
    """(line, value or the reason why there is none) of one JSON value after the other.

    Commas between values are skipped; after a broken value reading goes on at the next line.
    """
    line, position = 1, 0
    while True:
        start = _GAP.match(text, position).end()  # type: ignore[union-attr]
        line += text.count("\n", position, start)
        if start >= len(text):
            return
        try:
            value, end = _DECODER.raw_decode(text, start)
        except (json.JSONDecodeError, RecursionError) as error:
            end = text.find("\n", start)
            end = len(text) if end < 0 else end
            value = _reason(error, last=end == len(text))
        yield line, value
        line += text.count("\n", start, end)
        position = end


def _reason(error: Exception, last: bool) -> Message:
    if isinstance(error, RecursionError):
        return Message("data.row_too_deep")
    return Message("data.row_cut_off" if last else "data.row_bad_json")


def _from_document(document: Any, file: str) -> Objects:
    """The rows of a whole JSON document: a list, or a list inside an object."""
    refuse_odd(document, file)
    if isinstance(as_object(document), dict):
        document = as_object(document)
        flat, _, notes = flatten([document])
        if notes:
            return _numbered(flat, notes)
        rows, note = _unwrap(document, file)
        rows, notes = _plain_rows(rows, file)
        return _numbered(rows, (note, *notes, *named_tags(rows, document)))
    if isinstance(document, list):
        return _numbered(*_plain_rows(document, file))
    raise DataError("data.json_no_rows", file=file)


def _numbered(rows: list[dict[str, Any]], notes: tuple[Message, ...]) -> Objects:
    return Objects(rows, list(range(1, len(rows) + 1)), "json", notes)


def _plain_rows(items: list[Any], file: str) -> tuple[list[dict[str, Any]], tuple[Message, ...]]:
    if not items:
        raise DataError("data.no_rows", file=file)
    rows = [as_object(item) for item in items]
    for row in rows:
        if not isinstance(row, dict):
            found = json.dumps(row, ensure_ascii=False, default=str)[:60]
            raise DataError("data.json_not_objects", file=file, found=found)
    flat, _, notes = flatten(rows)
    if not flat:
        raise DataError("data.no_questions", file=file)
    return flat, notes


def _unwrap(document: dict[str, Any], file: str) -> tuple[list[Any], Message]:
    splits = {k: v for k, v in document.items() if k.casefold() in _SPLIT_WORDS and _is_rows(v)}
    if splits:
        parts = ((split, as_object(row)) for split, part in splits.items() for row in part)
        rows = [row | {"split": split} for split, row in parts]
        return rows, Message("data.note_json_splits", {"names": list(splits)})
    if document.get("data") == []:
        raise DataError("data.no_rows", file=file)
    wrapped = [key for key, value in document.items() if _is_rows(value)]
    if len(wrapped) == 1:
        return document[wrapped[0]], Message("data.note_json_wrapper", {"name": wrapped[0]})
    columns = {key: _column(value) for key, value in document.items()}
    heights = {len(cells) for cells in columns.values()}
    if len(columns) > 1 and len(heights) == 1 and heights != {0}:
        lines = zip(*columns.values(), strict=True)
        rows = [dict(zip(columns, cells, strict=True)) for cells in lines]
        return rows, Message("data.note_json_columns")
    if not wrapped and not all(isinstance(value, list | Mapping) for value in document.values()):
        return [document], Message("data.note_json_one")
    raise DataError("data.json_no_rows", file=file)


def _is_rows(value: Any) -> bool:
    if not isinstance(value, list) or not value:
        return False
    return all(isinstance(as_object(item), dict) for item in value)


def _column(value: Any) -> list[Any]:
    """The cells of a column, written as a list or, as pandas does, as {index: cell}."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) < _LONGEST_NUMBER else digits


_GAP = re.compile(r"[\s,\ufeff]*")
_DECODER = json.JSONDecoder(parse_int=_integer, parse_constant=lambda _: None)
