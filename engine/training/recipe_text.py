"""A recipe as text: YAML, so JSON too, into names, values and lines, with every fault of its
writing in plain words. Knows no setting.

YAML gives up at its first fault. A recipe is one setting after another, so where the whole cannot
be read each of them is read by itself: the others still count, and every fault has its own line.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from engine.text import Message

Fault = tuple[int, Message]
"""The number of a line, and what is wrong there."""

MOST_FAULTS = 20
"""More are not looked for: such a text is no recipe."""
_NO_SETTING = (" ", "\t", "#", "-", "]", "}")
"""What begins a line that does not begin a setting."""
_BROKEN = (yaml.YAMLError, RecursionError)
"""RecursionError is PyYAML's for a thousand brackets."""
_SAID = (
    ("unexpected end of stream", "quote"),
    ("unexpected document separator", "quote"),
    ("expected ',' or", "bracket"),
    ("but found '<stream end>'", "bracket"),
    ("expected <block end>", "indent"),
    ("'\\t' that cannot start", "tab"),
    ("that cannot start any token", "character"),
    ("undefined alias", "character"),
    ("while scanning an alias", "character"),
    ("while scanning an anchor", "character"),
    ("while scanning a directive", "character"),
    ("could not determine a constructor", "character"),
    ("unknown escape character", "escape"),
    ("escape sequence", "escape"),
    ("mapping values are not allowed", "indent"),
    ("could not find expected ':'", "colon"),
)
"""What PyYAML says → what is said here, `recipe.yaml_<…>`."""


@dataclass(frozen=True)
class Entry:
    line: int
    name: str
    value: Any


def read_entries(text: str) -> tuple[list[Entry], list[Fault]] | None:
    """What stands in a recipe, and what could not be read; None for what is no recipe at all."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except _BROKEN as error:
        whole = _fault(error, text, 1)
        if text.lstrip().startswith("{"):
            return [], [whole]
        entries, faults = _one_by_one(text)
        return entries, faults or [whole]
    if isinstance(root, yaml.MappingNode):
        return _entries(root, text, 1)
    entries, faults = _one_by_one(text) if isinstance(root, yaml.ScalarNode) else ([], [])
    return (entries, faults) if entries else None


def _one_by_one(text: str) -> tuple[list[Entry], list[Fault]]:
    entries, faults = list[Entry](), list[Fault]()
    for line, block in _blocks(text):
        try:
            root = yaml.compose(block, Loader=yaml.SafeLoader)
        except _BROKEN as error:
            faults.append(_fault(error, block, line))
        else:
            if isinstance(root, yaml.MappingNode):
                found, wrong = _entries(root, block, line)
                entries += found
                faults += wrong
            elif root is not None:
                faults.append((line, Message("recipe.yaml_colon")))
        if len(faults) >= MOST_FAULTS:
            break
    return entries, faults


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Each setting with the lines that belong to it, and the number of its first line."""
    start, block = 1, ""
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        if line.strip() and not line.startswith(_NO_SETTING):
            if block:
                yield start, block
            start, block = number, ""
        block += line
    yield start, block


def _entries(root: yaml.MappingNode, text: str, first: int) -> tuple[list[Entry], list[Fault]]:
    make = yaml.SafeLoader("")
    entries, faults = list[Entry](), list[Fault]()
    for key, node in root.value:
        line = first + key.start_mark.line
        try:
            if not isinstance(key, yaml.ScalarNode):
                raise yaml.YAMLError
            entries.append(Entry(line, key.value, make.construct_object(node, deep=True)))
        except yaml.YAMLError as error:
            faults.append(_fault(error, text, first, line))
        except ValueError:  # a date like 2024-13-45
            faults.append((line, Message("recipe.yaml_value")))
    return entries, faults


def _fault(error: Exception, text: str, first: int, line: int = 0) -> Fault:
    """`first` is the line that `text` begins in, `line` the one of an error that names none."""
    if isinstance(error, yaml.reader.ReaderError):
        line = first + text[: error.position].count("\n")
        return line, Message("recipe.yaml_control", {"code": f"{error.character:x}"})
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return line or first, Message("recipe.yaml_other")
    said = f"{error.context} {error.problem}"
    reason = next((ours for theirs, ours in _SAID if theirs in said), "other")
    mark = (error.context_mark if reason in ("quote", "bracket") else None) or error.problem_mark
    lines = text.splitlines() or [""]
    row = min(mark.line, len(lines) - 1)
    if lines[row].startswith("\t"):
        reason = "tab"
    elif reason == "indent" and not lines[row].startswith(" "):
        reason = "two" if "mapping values" in said else "other"
    found = lines[row][mark.column : mark.column + 1]
    return first + row, Message(f"recipe.yaml_{reason}", {"found": found})
