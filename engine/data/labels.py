"""Label cells → label names, however they are written down.

A row's labels are a tuple of names: one for single-label data, any number where the form allows
it. A cell that cannot be read becomes a Message, the reason to leave its row out.
"""

import ast
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from engine.data.alike import alike_key, is_blank
from engine.data.clean import clean
from engine.tasks import TASKS
from engine.text import Message

_SEPARATORS = {"|": 0.5, ";": 0.5, "；": 0.5, "、": 0.5, ",": 0.8, "，": 0.8}
"""Separator → share of joined values whose parts all recur, to tell `a|b` from `Home, garden`."""
_LONGEST_LITERAL = 100_000
_TRUE = frozenset({"1", "true", "yes", "y", "1.0"})
_FALSE = frozenset({"0", "-1", "false", "no", "n", "0.0", "-1.0"})
_WHOLE = re.compile(r"-?(0|[1-9]\d*)(\.0+)?")

Names = tuple[str, ...]


@dataclass(frozen=True)
class LabelForm:
    """How labels are written: `single`, `list`, `separator` or `columns` (0/1, one a label)."""

    kind: str
    separator: str = ""

    @property
    def several(self) -> bool:
        """Whether the form itself says that a row can have any number of labels."""
        return self.kind != "single"


def spell(value: Any) -> str:
    """A cell as text; empty where nothing stands."""
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and value != value):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return str(int(value))
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def are_flags(values: Iterable[Any]) -> bool:
    """Whether a column says only yes or no: 0/1, 1/-1, true/false, yes/no."""
    found = {spell(value).strip().casefold() for value in values} - {""}
    return bool(found) and found <= _TRUE | _FALSE and len(found) <= 2 and not found <= {"0", "-1"}


def find_form(table: pd.DataFrame, columns: Sequence[str], task: str | None) -> LabelForm:
    """How the label columns are written; a chosen task settles what could be read two ways."""
    if len(columns) > 1:
        return LabelForm("columns")
    values = table[columns[0]].tolist()
    filled = [value for value in values if spell(value).strip()]
    if any(isinstance(value, list) for value in filled):
        return LabelForm("list")
    if sum(map(_looks_like_list, filled)) > len(filled) / 2:
        return LabelForm("list")
    several = task is not None and TASKS[task].several
    if task is None or several:
        separator = _find_separator(Counter(map(spell, filled)), insist=several)
        if separator:
            return LabelForm("separator", separator)
    return LabelForm("single")


def label_sets(
    table: pd.DataFrame, columns: Sequence[str], form: LabelForm
) -> list[Names | Message]:
    """The labels of each row, or why they cannot be read."""
    if form.kind == "columns":
        return _from_flags(table, columns)
    values = table[columns[0]].tolist()
    if form.kind == "list":
        return _tidy([_from_list(value, columns[0]) for value in values])
    texts = [spell(value) for value in values]
    if form.kind == "separator":
        return _tidy([tuple(text.split(form.separator)) for text in texts], strip=True)
    empty = Message("data.row_no_label", {"column": columns[0]})
    names = {text: empty if is_blank(text) else (text,) for text in set(texts)}
    return _tidy([names[text] for text in texts])


def guess_task(
    form: LabelForm, columns: Sequence[str], sets: Sequence[Names]
) -> tuple[str, Message]:
    """The task the labels are made for, and why."""
    names = {name for labels in sets for name in labels}
    params = {"column": columns[0], "count": len(names)}
    if form.kind == "columns":
        if sets and all(len(labels) == 1 for labels in sets):
            task = "binary" if len(columns) == 2 else "multiclass"
            return task, Message("data.task_one_flag", {"count": len(columns)})
        return "multilabel", Message("data.task_flags", {"count": len(columns)})
    if form.kind == "list":
        return "multilabel", Message("data.task_list", params)
    if form.kind == "separator":
        several = sum(len(labels) > 1 for labels in sets)
        params |= {"separator": form.separator, "rows": several}
        return "multilabel", Message("data.task_separator", params)
    if len(names) == 2:
        return "binary", Message("data.task_binary", params | {"labels": sorted(names)})
    return "multiclass", Message("data.task_multiclass", params)


def twin_groups(counts: Counter[str]) -> list[list[str]]:
    """Groups of labels of equal `alike_key`, the most frequent form of each first."""
    groups: dict[str, list[str]] = {}
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        groups.setdefault(alike_key(name), []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def _looks_like_list(value: Any) -> bool:
    return isinstance(value, str) and value.strip()[:1] == "[" and value.strip()[-1:] == "]"


def _find_separator(counts: Counter[str], insist: bool) -> str:
    """The separator whose parts also occur in other values; with `insist` any that occurs."""
    for separator, least in _SEPARATORS.items():
        joined = [value for value in counts if separator in value.strip(separator + " ")]
        if joined and (insist or _recurring_share(counts, joined, separator) >= least):
            return separator
    return ""


def _recurring_share(counts: Counter[str], joined: Sequence[str], separator: str) -> float:
    parts = {value: {part.strip() for part in value.split(separator)} for value in counts}
    seen = Counter(part for found in parts.values() for part in found)
    recurring = sum(all(seen[part] > 1 for part in parts[value]) for value in joined)
    return recurring / len(joined)


def _from_flags(table: pd.DataFrame, columns: Sequence[str]) -> list[Names | Message]:
    rows: list[Names | Message] = []
    for cells in zip(*(table[column].tolist() for column in columns), strict=True):
        flags = [spell(cell).strip().casefold() for cell in cells]
        bad = next((i for i, flag in enumerate(flags) if flag not in _TRUE | _FALSE), None)
        if bad is not None:
            params = {"column": columns[bad], "found": flags[bad][:60]}
            rows.append(Message("data.row_bad_flag", params))
        else:
            pairs = zip(columns, flags, strict=True)
            rows.append(tuple(column for column, flag in pairs if flag in _TRUE))
    return rows


def _from_list(value: Any, column: str) -> Names | Message:
    """A name that stands for itself is a list of one."""
    if is_blank(spell(value)):
        return Message("data.row_no_label", {"column": column})
    bare = not isinstance(value, list | dict) and not _looks_like_list(value)
    items = [value] if bare else parse_list(value) if isinstance(value, str) else value
    if not isinstance(items, list) or any(isinstance(item, list | dict) for item in items):
        return Message("data.row_bad_list", {"found": spell(value)[:60]})
    return tuple(spell(item) for item in items)


def parse_list(text: str) -> Any:
    """A JSON or Python list; anything else as None."""
    try:
        return clean(json.loads(text))
    except (ValueError, RecursionError):
        pass
    if len(text) > _LONGEST_LITERAL or re.search(r"['\"]\s+['\"]", text):
        return None
    try:
        return clean(ast.literal_eval(text.strip()))
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
        return None


def _tidy(rows: list[Names | Message], strip: bool = False) -> list[Names | Message]:
    """Without repeats and blanks in a row, and without spaces around names.

    Where a name stands both with and without them they stay: those are twins, for the user to see.
    Numbers written 1.0 become 1 when all names are whole numbers.
    """
    written = {row for row in rows if not isinstance(row, Message)}
    distinct = {name for row in written for name in row}
    trimmed = Counter(name.strip() for name in distinct)
    whole = all(_WHOLE.fullmatch(name) for name in trimmed if name)
    final = {}
    for name in distinct:
        short = name.strip()
        kept = short if strip or trimmed[short] == 1 or whole else name
        final[name] = kept.split(".")[0] if whole else kept
    tidy = {
        row: tuple(dict.fromkeys(final[name] for name in row if not is_blank(name)))
        for row in written
    }
    return [row if isinstance(row, Message) else tidy[row] for row in rows]
