"""Any file → a table and a report of how it was read. Knows nothing of roles, labels or tasks."""

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from engine.data import limits
from engine.data.archives import read_archive
from engine.data.clean import clean
from engine.data.conll import is_conll, parse_conll, refuse_commas
from engine.data.containers import ARCHIVE, WORKBOOK
from engine.data.delimited import Lines, parse_lines
from engine.data.encodings import Encoding, detect_encoding
from engine.data.guarding import unguard
from engine.data.inline_marks import is_marked, take_out
from engine.data.json_rows import parse_json
from engine.data.kinds import PARQUET, kind_of
from engine.data.limits import check_lines, check_size
from engine.data.parquet_rows import read_parquet
from engine.data.report import DroppedRow, Drops, ReadingReport
from engine.data.tabular import make_table, unique_names
from engine.data.workbooks import read_workbook
from engine.errors import DataError
from engine.text import Message

__all__ = ["DroppedRow", "ReadingReport", "read_table"]

_FIRST_LINES = 2000
_LINES_SUFFIXES = (".jsonl", ".ndjson")
_TABLE_SUFFIXES = (".csv", ".tsv")


def read_table(
    path: Path, name: str | None = None, part: str = ""
) -> tuple[pd.DataFrame, ReadingReport]:
    """The table in `path` and how it was read; `name` is the file's original name, `part` which
    table of a file that holds several.

    The index holds row numbers as in the report. Cells are str, or in JSON what stands there (str,
    int, float, bool, list, dict, None). Raises DataError for a file that holds no table.
    """
    name = name or path.name
    kind = kind_of(path, name)
    if kind == ARCHIVE:
        table, report = read_archive(path, name, part, read_table)
    elif kind == WORKBOOK:
        table, report = read_workbook(path, name, part)
    elif kind == PARQUET:
        table, report = read_parquet(path, name)
    else:
        table, report = _read_text(path, name)
    if part and not report.parts:
        raise DataError("data.no_parts", file=name, found=part)
    if part not in ("", report.part):
        raise DataError("data.no_part", file=name, found=part, parts=report.parts)
    if table.empty:
        reason = report.dropped[0].reason if report.dropped else Message("data.only_header")
        raise DataError("data.no_rows_because", file=name, reason=reason)
    table, marked = take_out(table)
    return table, replace(report, notes=(*report.notes, *marked))


def _read_text(path: Path, name: str) -> tuple[pd.DataFrame, ReadingReport]:
    raw = _bytes(path, name)
    encoding = detect_encoding(raw)
    if _is_json(raw, encoding, name):
        return _read_json(raw, encoding, name)
    check_lines(raw, name)
    del raw
    return _read_delimited(path, encoding, name)


def _bytes(path: Path, name: str) -> bytes:
    raw = path.read_bytes()
    if not re.search(rb"[^\0 \t\r\n\xef\xbb\xbf\xfe\xff]", raw):
        key = "data.empty_file" if raw.strip(b"\0") or not raw else "data.only_zeros"
        raise DataError(key, file=name)
    return raw


def _is_json(raw: bytes, encoding: Encoding, name: str) -> bool:
    suffix = Path(name).suffix.lower()
    if suffix in (".json", *_LINES_SUFFIXES):
        return True
    head = raw[: 1 << 16].decode(encoding.codec, "replace").lstrip("\ufeff \t\r\n")
    if suffix in (".csv", ".tsv"):
        return head.startswith(('{"', '[{"')) and head.count("}") > 0
    return re.match(r'\{\s*"|\[\s*[\[{"]', head) is not None


def _read_json(raw: bytes, encoding: Encoding, name: str) -> tuple[pd.DataFrame, ReadingReport]:
    text = raw.decode(encoding.codec, "replace").lstrip("\ufeff \t\r\n")
    if Path(name).suffix.lower() == ".json" and text[:1] not in ("{", "["):
        raise DataError("data.not_json", file=name)
    lines = Path(name).suffix.lower() in _LINES_SUFFIXES and not _is_one_list(text)
    drops = Drops()
    objects = parse_json(text, name, lines, drops)
    names = list(dict.fromkeys(key for row in objects.rows for key in row))
    check_size(len(objects.rows), len(names), name)
    columns = {key: [clean(row.get(key)) for row in objects.rows] for key in names}
    table = make_table(list(columns.values()), unique_names(names), objects.numbers)
    notes = (*objects.notes, *_unreadable(text.count("\ufffd")))
    report = _report(name, objects.format, encoding, None, None, table, drops, notes)
    return table, report


def _is_one_list(text: str) -> bool:
    """A JSON list spread over many lines in a file that is called .jsonl all the same."""
    return re.match(r"\[\s*\n", text) is not None


def _read_delimited(
    path: Path, encoding: Encoding, name: str
) -> tuple[pd.DataFrame, ReadingReport]:
    drops = Drops()
    with path.open(encoding=encoding.codec, errors="replace", newline="") as file:
        first = list(itertools.islice(_CleanLines(file, name), _FIRST_LINES))
        file.seek(0)
        lines = _CleanLines(file, name)
        own_kind, parse = _parser(first, name)
        parsed = parse(lines, name, drops)
    width = len(parsed.names or (parsed.rows[0] if parsed.rows else ()))
    notes = (*parsed.notes, *_unreadable(lines.unreadable))
    names = parsed.names or tuple(_spare_names(width, parsed.delimiter))
    columns = [_shared([row[place] for row in parsed.rows]) for place in range(width)]
    if Path(name).suffix.lower() in _TABLE_SUFFIXES:
        names, columns = tuple(map(unguard, names)), [list(map(unguard, c)) for c in columns]
    table = make_table(columns, unique_names(names), parsed.numbers)
    void = [c for c, cell in zip(table, names, strict=False) if _is_void(table[c], cell)]
    table = table.drop(columns=void)
    kind = own_kind or ("tsv" if parsed.delimiter == "\t" else "csv")
    has_header = None if own_kind else parsed.names is not None
    report = _report(name, kind, encoding, parsed.delimiter, has_header, table, drops, notes)
    return table, report


def _shared(cells: list[Any]) -> list[Any]:
    """Equal cells as one object where they repeat: the labels of a million rows are a few words."""
    first = cells[:_FIRST_LINES]
    if not all(isinstance(cell, str) for cell in first) or 2 * len(set(first)) > len(first):
        return cells
    kept: dict[str, str] = {}
    return [kept.setdefault(cell, cell) for cell in cells]


def _parser(first: Sequence[str], name: str) -> tuple[str, Callable[..., Lines]]:
    """Format, "" for a delimited one, and what reads it, told from the first lines."""
    suffix = Path(name).suffix.lower()
    if is_conll(first, suffix):
        return "conll", parse_conll
    if not all(line.strip() for line in first[:-1]):
        refuse_commas(first, name)
    if suffix == ".txt" and is_marked(first):
        return "txt", _parse_texts
    return "", parse_lines


def _parse_texts(lines: Iterable[str], file: str, drops: Drops) -> Lines:
    """One text a line."""
    filled = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    rows = [[line.strip()] for _, line in filled]
    return Lines(("text",), rows, [number for number, _ in filled], None)


class _CleanLines:
    """Lines without NUL characters, counting the characters that could not be decoded."""

    def __init__(self, lines: Iterable[str], file: str) -> None:
        self.lines = lines
        self.file = file
        self.unreadable = 0

    def __iter__(self) -> Iterator[str]:
        for number, line in enumerate(self.lines, 1):
            if len(line) > limits.LONGEST_LINE:
                raise DataError("data.long_line", file=self.file, line=number)
            if not line.isascii():
                self.unreadable += line.count("\ufffd")
            limits.let_others_in(number)
            yield line.replace("\0", "")


def _spare_names(width: int, delimiter: str | None) -> list[str]:
    if delimiter == " ":
        return ["label", "text"]
    return [f"column {i}" for i in range(1, width + 1)]


def _is_void(column: pd.Series, header: str) -> bool:
    return not header.strip() and not any(cell.strip() for cell in column)


def _unreadable(count: int) -> tuple[Message, ...]:
    return (Message("data.note_unreadable", {"count": count}),) if count else ()


def _report(
    name: str,
    kind: str,
    encoding: Encoding,
    delimiter: str | None,
    has_header: bool | None,
    table: pd.DataFrame,
    drops: Drops,
    notes: tuple[Message, ...],
) -> ReadingReport:
    return ReadingReport(
        name=name,
        format=kind,
        encoding=encoding.name,
        delimiter=delimiter,
        has_header=has_header,
        rows_kept=len(table),
        rows_dropped=drops.count,
        dropped=tuple(drops.first),
        notes=notes,
    )
