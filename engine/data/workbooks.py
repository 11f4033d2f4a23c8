"""Excel and LibreOffice workbooks → the table of one sheet.

A title above the table, a second line of merged headings and blank rows are no rows; cells merged
downwards hold in every row what stands in the first.
"""

import json
import subprocess
import sys
import threading
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from engine.data.clean import clean
from engine.data.containers import WORKBOOKS
from engine.data.delimited import has_header
from engine.data.labels import spell
from engine.data.limits import MOST_UNPACKED, check_size
from engine.data.report import Drops, ReadingReport
from engine.data.tabular import make_table, report_of, unique_names
from engine.errors import DataError
from engine.text import Message

_COMMAND = (sys.executable, "-m", "engine.data.workbook_process")
_ROOT = Path(__file__).parents[2]
_LONGEST = 120.0
"""Seconds after which a workbook is given up."""
_HIGHEST_HEAD = 20
"""Rows above a table that may be titles."""

Row = tuple[int, list[Any]]
"""Its number in the sheet, and its cells."""


def read_workbook(path: Path, file: str, sheet: str = "") -> tuple[pd.DataFrame, ReadingReport]:
    """The table of a sheet: the one of that name, else the first that holds a table.

    Raises DataError for a workbook that is broken, locked, empty or too much.
    """
    about, rows = _sheet(path, file, sheet)
    header, rows, titles = _below_titles(rows)
    width = max([len(header or ()), *(len(cells) for _, cells in rows)])
    columns = [[clean(cells[place]) for _, cells in rows] for place in range(width)]
    names = unique_names([spell(name) for name in header or [""] * width])
    table = make_table(columns, names, [number for number, _ in rows])
    named = [header is not None and _is_filled(name) for name in header or [""] * width]
    void = [not named[i] and not any(map(_is_filled, columns[i])) for i in range(width)]
    table = table.loc[:, [not empty for empty in void]]
    sheets, notes = tuple(about["sheets"]), []
    if len(sheets) > 1:
        notes.append(Message("data.note_sheet", {"sheet": about["sheet"], "count": len(sheets)}))
    if titles:
        notes.append(Message("data.note_titles", {"rows": [str(number) for number in titles]}))
    suffix = Path(file).suffix.lower()
    kind = suffix[1:] if suffix in WORKBOOKS else "xlsx"
    report = report_of(file, kind, table, Drops(), notes, header is not None)
    return table, replace(report, part=about["sheet"], parts=sheets)


def _sheet(path: Path, file: str, sheet: str) -> tuple[dict[str, Any], list[Row]]:
    """What is said of the sheet, and its rows that hold anything."""
    command = [*_COMMAND, str(path.resolve()), sheet]
    pipe, silent = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, cwd=_ROOT, stdout=pipe, stderr=silent) as process:
        end = threading.Timer(_LONGEST, process.kill)
        end.start()
        try:
            about, rows = _read(process.stdout or iter(()), file)
            ended = process.wait()
        finally:
            end.cancel()
            process.kill()
    if "failed" in about:
        raise DataError(f"data.workbook_{about['failed']}", file=file)
    if ended:
        raise DataError("data.workbook_too_big", file=file)
    return about, rows


def _read(lines: Iterable[bytes], file: str) -> tuple[dict[str, Any], list[Row]]:
    about: dict[str, Any] = {}
    rows: list[Row] = []
    weight = 0
    for number, line in enumerate(lines):
        weight += len(line)
        if weight > MOST_UNPACKED:
            raise DataError("data.unpacks_too_big", file=file, limit=MOST_UNPACKED // 1024**2)
        if number == 0:
            about = json.loads(line)
            continue
        cells = json.loads(line)
        if any(map(_is_filled, cells)):
            check_size(len(rows), len(cells), file)
            rows.append((number, cells))
    _fill_merged(rows, about.get("merged", ()))
    return about, rows


def _fill_merged(rows: list[Row], merged: Iterable[list[int]]) -> None:
    """Write what stands in the first row of a merged cell into the others, in `rows` itself."""
    numbers = [number for number, _ in rows]
    done: dict[int, int] = {}
    for first, last, place in sorted(merged):
        if first < done.get(place, -1) or place < 0:
            continue  # two merged cells never overlap in a sound file
        done[place] = last
        inside = rows[bisect_left(numbers, first + 1) : bisect_right(numbers, last + 1)]
        top = inside[0][1] if inside and inside[0][0] == first + 1 else []
        for _, cells in inside[1:]:
            if place < len(top) and not _is_filled(cells[place]):
                cells[place] = top[place]


def _below_titles(rows: list[Row]) -> tuple[list[Any] | None, list[Row], list[int]]:
    """The header's cells, None where there is none, the rows below, and the numbers of titles."""
    widths = Counter(_filled(cells) for _, cells in rows[_HIGHEST_HEAD:] or rows)
    usual = widths.most_common(1)[0][0]
    first = 0
    while first < min(_HIGHEST_HEAD, len(rows) - 2) and _filled(rows[first][1]) <= usual / 2:
        if not _names_columns(rows[first + 1 :]) and _filled(rows[first + 1][1]) > usual / 2:
            break  # a heading with gaps, not a title with one
        first += 1
    named = _names_columns(rows[first:])
    below = rows[first + 1 :]
    if named and below and _filled(rows[first][1]) < _filled(below[0][1]) and _names_columns(below):
        first += 1
    titles = [number for number, _ in rows[:first]]
    if named:
        return rows[first][1], rows[first + 1 :], titles
    return None, rows[first:], titles


def _names_columns(rows: Sequence[Row]) -> bool:
    return has_header([[spell(cell).strip() for cell in cells] for _, cells in rows[:1000]])


def _filled(cells: Sequence[Any]) -> int:
    return sum(map(_is_filled, cells))


def _is_filled(cell: Any) -> bool:
    return cell is not None and cell != "" and not (isinstance(cell, str) and cell.isspace())
