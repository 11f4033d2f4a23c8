"""A text with its entities marked: a tint and, beside the words, the name of the type.

The type is written out so that the marks can be told apart without seeing their colours.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from webui.charts import TYPE_COLOURS
from webui.html import Html, join, tag

TINTS = len(TYPE_COLOURS)
"""Tints of app.css; with more types they come round again."""


class Marked(NamedTuple):
    """A text, the words in it and one tag of IOB2 a word."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]
    tags: Sequence[str]


def marked_text(row: Marked, types: Sequence[str], longest: int) -> Html:
    """The first `longest` characters; an entity that begins there is shown whole."""
    pieces: list[Html | str] = []
    position = 0
    for start, end, name in entities(row):
        if start >= longest:
            break
        pieces += [row.text[position:start], _mark(row.text[start:end], name, types)]
        position = end
    rest = row.text[position:]
    room = max(0, longest - position)
    pieces.append(rest if len(rest) <= room else rest[:room] + " …")
    return join(pieces)


def entities(row: Marked) -> Iterator[tuple[int, int, str]]:
    """Start, end and type of each entity, in characters."""
    first = 0
    name = ""
    for place, written in enumerate([*row.tags, "O"]):
        if name and not written.startswith("I-"):
            yield row.starts[first], row.ends[place - 1], name
            name = ""
        if written.startswith("B-"):
            first, name = place, written[2:]


def type_name(name: str, types: Sequence[str]) -> Html:
    """The name of a type in its tint, for a legend."""
    return tag("mark", name, class_=f"ts-entity {tint(name, types)}")


def _mark(words: str, name: str, types: Sequence[str]) -> Html:
    return tag("mark", tag("bdi", words), tag("b", name), class_=f"ts-entity {tint(name, types)}")


def tint(name: str, types: Sequence[str]) -> str:
    """The class of a type's colour: `types` are all there are, in the data set's order."""
    return f"ts-tint-{(types.index(name) if name in types else 0) % TINTS}"
