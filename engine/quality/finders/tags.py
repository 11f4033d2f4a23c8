"""Entities: words that are tagged here otherwise than nearly everywhere else, and odd bounds."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.data.changes import Change
from engine.quality.findings import Finding
from engine.quality.material import Material
from engine.quality.telling import MOST_NAMED, ids, listed, quoted
from engine.tasks.token_labels import to_spans
from engine.text import Message

KIND = "tags"
OFTEN = 6
"""Times that words must be tagged alike to have a usual tag."""
USUALLY = 0.9
"""Share of their places in which they have it."""
SHORT = 4
"""Letters of a word before a full stop up to which it may be an abbreviation."""
LONG = 10
TIMES_USUAL = 4
"""A mention of more words, and of so many times as many as 95 % have, is suspiciously long."""
_AT_END = frozenset(".,;:!?。，；：！？、([{<«“‘（【《-–—")
_AT_START = frozenset(".,;:!?。，；：！？、)]}>»”’）】》-–—")

Words = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """Words of a row, and as what they are tagged: None where they are not."""

    row: int
    start: int
    end: int
    words: Words
    label: str | None


@dataclass(frozen=True)
class _Row:
    """The words of a row; the mentions as (first word, one past the last, type)."""

    words: list[str]
    spans: list[tuple[int, int]]
    mentions: list[tuple[int, int, str]]


def find(material: Material) -> list[Finding]:
    if material.dataset.make_task().shape != "spans":
        return []
    rows = list(_rows(material))
    found = [_unusual(material, unusual(rows)), _bounds(material, rows)]
    return [finding for finding in found if finding]


def unusual(rows: Sequence[_Row]) -> list[tuple[Place, str]]:
    """Places where words are not tagged as they nearly always are, each with their usual type."""
    tagged: defaultdict[Words, Counter[str]] = defaultdict(Counter)
    for row in rows:
        for first, last, label in row.mentions:
            tagged[tuple(row.words[first:last])][label] += 1
    often = {
        words: types.most_common(1)[0][0]
        for words, types in tagged.items()
        if types.most_common(1)[0][1] >= OFTEN and any(map(str.isalpha, "".join(words)))
    }
    by_first: defaultdict[str, list[Words]] = defaultdict(list)
    for words in sorted(often, key=len, reverse=True):
        by_first[words[0]].append(words)
    bare = [place for number, row in enumerate(rows) for place in _untagged(number, row, by_first)]
    missing = Counter(place.words for place in bare)
    usual = {
        words: label
        for words, label in often.items()
        if tagged[words][label] >= USUALLY * (tagged[words].total() + missing[words])
    }
    others = [
        Place(number, *_offsets(row, first, last), tuple(row.words[first:last]), label)
        for number, row in enumerate(rows)
        for first, last, label in row.mentions
    ]
    return [
        (place, usual[place.words])
        for place in [*bare, *others]
        if place.words in usual and place.label != usual[place.words]
    ]


def _untagged(number: int, row: _Row, known: Mapping[str, Sequence[Words]]) -> Iterator[Place]:
    """Places of known words no part of which is tagged, the longest at each place; `known` has
    them by their first word."""
    taken = {word for first, last, _ in row.mentions for word in range(first, last)}
    after = 0
    for first, word in enumerate(row.words):
        if first < after or word not in known:
            continue
        for words in known[word]:
            last = first + len(words)
            if tuple(row.words[first:last]) == words and taken.isdisjoint(range(first, last)):
                yield Place(number, *_offsets(row, first, last), words, None)
                after = last
                break


def _offsets(row: _Row, first: int, last: int) -> tuple[int, int]:
    return row.spans[first][0], row.spans[last - 1][1]


def _rows(material: Material) -> Iterator[_Row]:
    columns = (map(_listed, material.rows[name]) for name in ("starts", "ends", "tags"))
    for text, starts, ends, tags in zip(material.texts, *columns, strict=True):
        spans = list(zip(starts, ends, strict=True))
        begins = {start: word for word, (start, _) in enumerate(spans)}
        stops = {end: word for word, (_, end) in enumerate(spans)}
        mentions = [
            (begins[span.start], stops[span.end] + 1, span.label)
            for span in to_spans(starts, ends, tags)
        ]
        yield _Row([text[start:end] for start, end in spans], spans, mentions)


def _listed(cell: Any) -> list[Any]:
    """An array or list as plain values, which are much faster to go through."""
    return list(np.asarray(cell).tolist())


def _unusual(material: Material, found: Sequence[tuple[Place, str]]) -> Finding | None:
    if not found:
        return None
    counts = Counter((place.words, usual) for place, usual in found)
    text_of = {
        place.words: material.texts[place.row][place.start : place.end] for place, _ in found
    }
    told = [
        Message(
            "quality.tags_word", {"word": quoted(text_of[words]), "name": usual, "times": times}
        )
        for (words, usual), times in counts.most_common(MOST_NAMED)
    ]
    rows = ids(material, dict.fromkeys(place.row for place, _ in found))
    right = _by_id(material, [replace(place, label=usual) for place, usual in found])
    marks = [[*mark, place.label] for mark, (place, _) in zip(right, found, strict=True)]
    return Finding(
        KIND,
        Message("quality.tags_unusual", {"places": len(found), "told": listed(told)}),
        Message("quality.tags_unusual_why"),
        rows,
        0.6,
        (_retag(right, "quality.tags_unusual_fix"),),
        facts={"about": "unusual", "places": marks},
    )


def _bounds(material: Material, rows: Sequence[_Row]) -> Finding | None:
    """Mentions that begin or end with a mark of punctuation, or are far longer than others."""
    mentions = [
        (number, row.words[a:b]) for number, row in enumerate(rows) for a, b, _ in row.mentions
    ]
    if not mentions:
        return None
    usual = float(np.quantile([len(words) for _, words in mentions], 0.95))
    most = max(LONG, TIMES_USUAL * usual)
    odd = [
        (number, words)
        for number, words in mentions
        if len(words) > most or words[0] in _AT_START or _ends_oddly(words)
    ]
    marks = [mark for number, row in enumerate(rows) for mark in _outer_marks(number, row)]
    if not odd or len(odd) > (1 - USUALLY) * len(mentions):
        return None
    return Finding(
        KIND,
        Message(
            "quality.tags_bounds", {"mentions": len(odd), "example": quoted(" ".join(odd[0][1]))}
        ),
        Message("quality.tags_bounds_why"),
        ids(material, dict.fromkeys(number for number, _ in odd)),
        0.3,
        (_retag(_by_id(material, marks), "quality.tags_bounds_fix"),) if marks else (),
        facts={"about": "bounds"},
    )


def _outer_marks(number: int, row: _Row) -> Iterator[Place]:
    """Marks of punctuation at either end of a mention, up to its first and last other words."""
    for first, last, _ in row.mentions:
        while first < last and row.words[first] in _AT_START:
            yield Place(number, *_offsets(row, first, first + 1), (row.words[first],), None)
            first += 1
        while _ends_oddly(row.words[first:last]):
            last -= 1
            yield Place(number, *_offsets(row, last, last + 1), (row.words[last],), None)


def _ends_oddly(words: Sequence[str]) -> bool:
    """Not with the full stop of an abbreviation."""
    if not words or words[-1] not in _AT_END:
        return False
    before = words[-2] if len(words) > 1 else ""
    short = 0 < len(before) <= SHORT or "." in before
    return not (words[-1] == "." and short and before.isascii())


def _by_id(material: Material, places: Sequence[Place]) -> list[list[Any]]:
    """[row id, start, end, type] of each."""
    return [[int(material.row_ids[p.row]), p.start, p.end, p.label] for p in places]


def _retag(places: list[list[Any]], reason: str) -> Change:
    return Change("tag", {"places": places}, Message(reason, {"places": len(places)}))
