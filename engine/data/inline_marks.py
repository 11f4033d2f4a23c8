"""Entities marked inside the text, `I live in [Paris](LOC) now` → a plain text and its entities."""

import re
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

import pandas as pd

from engine.text import Message

_TYPE = re.compile(r"[^\W\d][\w .-]{0,39}(?:/[\w .-]{1,20})?")
_MARK = re.compile(rf"\[([^\[\]\n]{{1,200}})\]\(({_TYPE.pattern})\)")
_SIGN = re.compile(r"\[|\](?:\(([^()\[\]\n]{0,40})\))?|\n")
"""What begins a mark, what ends one, and where none goes on."""
_LEAST_ROWS = 0.2
"""Share of the rows with a mark from which on a column counts as marked."""
_SPARSE_ROWS, _SPARSE_MARKS = 3, 3
"""Where fewer rows have marks: how many must, and how many marks there must be of the average type;
links to pages differ from each other."""
_MOST_TYPES = 60


def is_marked(texts: Sequence[Any]) -> bool:
    """Whether so many of the texts have marks, of few types, that these are no accident."""
    filled = [text for text in texts if isinstance(text, str) and text.strip()]
    found = [_MARK.findall(text) if "](" in text else () for text in filled]
    marks = [kind for kinds in found for _, kind in kinds]
    rows = sum(map(bool, found))
    types = set(marks)
    few = len(types) <= min(_MOST_TYPES, max(3, len(marks) // 2))
    if rows >= _LEAST_ROWS * len(filled):
        return rows > 1 and few
    names = not any("." in kind for kind in types)
    return rows >= _SPARSE_ROWS and names and len(marks) >= _SPARSE_MARKS * len(types)


def take_out(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Message, ...]]:
    """`table` with the marks of its marked column in a column of their own, `entities`.

    What is no whole mark stands there as it was written, for the importer to say so.
    """
    for place, name in enumerate(table.columns):
        cells = table[name].tolist()
        if "entities" not in table and is_marked(cells):
            types = {
                kind for cell in cells if isinstance(cell, str) for _, kind in _MARK.findall(cell)
            }
            unfinished = _unfinished(types)
            pairs = [_plain(cell, unfinished) for cell in cells]
            marked = table.copy()
            marked[name] = pd.Series([text for text, _ in pairs], table.index, dtype=object)
            marks = pd.Series([spans for _, spans in pairs], table.index, dtype=object)
            marked.insert(place + 1, "entities", marks)
            count = sum(isinstance(span, list) for _, spans in pairs for span in spans)
            return marked, (Message("data.note_inline_marks", {"column": name, "marks": count}),)
    return table, ()


def _unfinished(types: Iterable[str]) -> re.Pattern[str]:
    """What lacks a bracket: beside a known type any, else a last one."""
    known = "|".join(map(re.escape, sorted(types)))
    words = r"[^\[\]()\n]{0,200}"
    return re.compile(
        rf"\[{words}\]\(\w*(?![^()\[\]\n]*\))"
        rf"|\[{words}\]?\s*\((?:{known})\)"
        rf"|[^\s\[\]()]{{0,200}}\]\((?:{known})\)"
        r"|\[[^\]\n]{0,40}(?![^\]\n]*\])"
    )


def _plain(cell: Any, unfinished: re.Pattern[str]) -> tuple[Any, list[Any]]:
    """The text without its marks; [start, end, type] of each, also of one inside another, then
    those that are not whole, as they stand there."""
    if not isinstance(cell, str):
        return cell, []
    pieces: list[str] = []
    spans: list[tuple[int, int, str]] = []
    broken: list[str] = []
    begun: list[int] = []
    position = 0
    for sign in _SIGN.finditer(cell):
        pieces += [cell[position : sign.start()], sign[0]]
        position = sign.end()
        if sign[0] == "[":
            begun.append(len(pieces) - 1)
        elif sign[0] == "\n":
            begun.clear()
        elif begun:
            first, kind = begun.pop(), sign[1]
            if kind is None or not (_TYPE.fullmatch(kind) or not kind.strip()):
                continue
            words = "".join(pieces[first + 1 : -1])
            if words.strip() and kind.strip():
                spans.append((first, len(pieces) - 1, kind))
            else:
                broken.append(f"[{words}{sign[0]}")
            pieces[first] = pieces[-1] = ""
    text = "".join([*pieces, cell[position:]])
    if "[" in text or "](" in text:
        broken += (found[0] for found in unfinished.finditer(text))
    reached = [0, *accumulate(map(len, pieces))]
    marks = sorted([reached[first], reached[last], kind] for first, last, kind in spans)
    return text, [*marks, *broken]
