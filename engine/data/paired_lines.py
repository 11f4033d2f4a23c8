"""A file with a text on each line and one with its label on the same line → one table."""

from pathlib import Path

import pandas as pd

from engine.data import limits
from engine.data.encodings import detect_encoding
from engine.data.kinds import TEXT, kind_of
from engine.data.report import Drops, ReadingReport
from engine.data.tabular import make_table, report_of
from engine.errors import DataError
from engine.text import Message

File = tuple[Path, str]
"""Where it is, and its original name."""


def read_pair(texts: File, labels: File) -> tuple[pd.DataFrame, ReadingReport]:
    """Line by line; one that is blank in both files is no row.

    Raises DataError where the files do not have the same number of lines.
    """
    columns = [read_lines(*texts), read_lines(*labels)]
    if len(columns[0]) != len(columns[1]):
        columns = [_without_blank_end(lines) for lines in columns]
    counts = [len(lines) for lines in columns]
    if counts[0] != counts[1]:
        params = {"texts": texts[1], "labels": labels[1], "first": counts[0], "second": counts[1]}
        raise DataError("data.pair_counts", **params)
    drops = Drops()
    for number, pair in enumerate(zip(*columns, strict=True), 1):
        if not any(cell.strip() for cell in pair):
            drops.add(number, Message("data.row_empty"))
    table = make_table(columns, ["text", "label"], range(1, counts[0] + 1))
    table = table[[any(cell.strip() for cell in pair) for pair in zip(*columns, strict=True)]]
    name = f"{texts[1]} + {labels[1]}"
    if table.empty:
        raise DataError("data.no_rows", file=name)
    return table, report_of(name, "txt", table, drops)


def read_lines(path: Path, name: str) -> list[str]:
    """The lines of a text file without their ends. Raises DataError for any other file."""
    if kind_of(path, name) != TEXT:
        raise DataError("data.pair_not_lines", file=name)
    raw = path.read_bytes()
    limits.check_lines(raw, name)
    text = raw.decode(detect_encoding(raw).codec, "replace").removeprefix("\ufeff")
    text = text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.removesuffix("\n").split("\n")
    limits.check_size(len(lines), 2, name)
    long = next(
        (place for place, line in enumerate(lines, 1) if len(line) > limits.LONGEST_LINE), 0
    )
    if long:
        raise DataError("data.long_line", file=name, line=long)
    return lines


def _without_blank_end(lines: list[str]) -> list[str]:
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    return lines[:end]
