"""Columns of cells → a table as every reader of files gives it back, and its report."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from engine.data.clean import clean
from engine.data.report import Drops, ReadingReport
from engine.text import Message

_LONGEST_NAME = 200


def make_table(
    columns: Sequence[Sequence[Any]], names: Sequence[str], numbers: Sequence[int]
) -> pd.DataFrame:
    """A table of any cells under names all different; its index holds the row numbers."""
    series = {
        name: pd.Series(list(cells), index=numbers, dtype=object)
        for name, cells in zip(names, columns, strict=False)
    }
    return pd.DataFrame(series, index=pd.Index(numbers, dtype="int64"), columns=names, dtype=object)


def unique_names(names: Sequence[Any]) -> list[str]:
    """Header cells as column names: blank ones numbered, repeated ones told apart."""
    unique: list[str] = []
    for position, name in enumerate(names, 1):
        words = str(clean(name)).replace("\ufeff", "").split()
        base = " ".join(words)[:_LONGEST_NAME] or f"column {position}"
        name, copy = base, 2
        while name in unique:
            name, copy = f"{base} ({copy})", copy + 1
        unique.append(name)
    return unique


def report_of(
    name: str,
    kind: str,
    table: pd.DataFrame,
    drops: Drops,
    notes: Sequence[Message] = (),
    has_header: bool | None = None,
) -> ReadingReport:
    """How a file was read that knows neither encoding nor delimiter."""
    return ReadingReport(
        name=name,
        format=kind,
        encoding="",
        delimiter=None,
        has_header=has_header,
        rows_kept=len(table),
        rows_dropped=drops.count,
        dropped=tuple(drops.first),
        notes=tuple(notes),
    )
