"""Any file → a table and a report of how it was read. Knows nothing of roles, labels or tasks."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from engine.text import Message


@dataclass(frozen=True)
class DroppedRow:
    """A row that was left out. `row` is its number as a text editor counts lines, from 1."""

    row: int
    reason: Message


@dataclass(frozen=True)
class ReadingReport:
    """How a file was read."""

    name: str
    format: str
    """csv, tsv, json or jsonl."""
    encoding: str
    delimiter: str | None
    has_header: bool | None
    rows_kept: int
    rows_dropped: int
    dropped: tuple[DroppedRow, ...] = ()
    """The first 100 of the dropped rows."""
    notes: tuple[Message, ...] = ()
    """What else is worth knowing: unreadable characters, joined cells, renamed columns."""


def read_table(path: Path, name: str | None = None) -> tuple[pd.DataFrame, ReadingReport]:
    """The table in `path` and how it was read; `name` is the file's original name.

    The index holds row numbers as in the report. Cells are str, or in JSON what stands there (str,
    int, float, bool, list, dict, None). Raises DataError for a file that holds no table.
    """
    raise NotImplementedError
