"""Entities marked inside the text, `I live in [Paris](LOC) now` → a plain text and its entities."""

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from engine.text import Message

_MARK = re.compile(r"\[([^\[\]\n]{1,200})\]\(([^\W\d][\w .-]{0,39})\)")
_LEAST_ROWS = 0.2
"""Share of the rows with a mark from which on a column counts as marked."""
_MOST_TYPES = 60


def is_marked(texts: Sequence[Any]) -> bool:
    """Whether so many of the texts have marks, of few types, that these are no accident."""
    filled = [text for text in texts if isinstance(text, str) and text.strip()]
    found = [_MARK.findall(text) for text in filled]
    marks = [kind for kinds in found for _, kind in kinds]
    rows = sum(map(bool, found))
    few = len(set(marks)) <= min(_MOST_TYPES, max(1, len(marks) // 2))
    return rows > 1 and rows >= _LEAST_ROWS * len(filled) and few


def take_out(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    """`table` with the marks of its marked column in a column of their own, `entities`."""
    for place, name in enumerate(table.columns):
        cells = table[name].tolist()
        if "entities" not in table and is_marked(cells):
            pairs = [_plain(cell) for cell in cells]
            marked = table.copy()
            marked[name] = pd.Series([text for text, _ in pairs], table.index, dtype=object)
            marks = pd.Series([spans for _, spans in pairs], table.index, dtype=object)
            marked.insert(place + 1, "entities", marks)
            count = sum(len(spans) for _, spans in pairs)
            return marked, (Message("data.note_inline_marks", {"column": name, "marks": count}),)
    return table, ()


def _plain(cell: Any) -> tuple[Any, list[list[Any]]]:
    """The text without its marks, and [start, end, type] of each."""
    if not isinstance(cell, str):
        return cell, []
    pieces: list[str] = []
    spans: list[list[Any]] = []
    length = position = 0
    for mark in _MARK.finditer(cell):
        before = cell[position : mark.start()]
        length += len(before)
        spans.append([length, length + len(mark[1]), mark[2]])
        pieces += [before, mark[1]]
        length += len(mark[1])
        position = mark.end()
    return "".join([*pieces, cell[position:]]), spans
