"""Tags of any scheme → IOB2: one tag a word, “B-Type” where an entity starts, “I-Type” inside, “O”.

IOB1, IOB2, IOBES and BILOU (BMES too) are told apart by the tags of all rows together; types
without a prefix become entities as well. What is not legal in its scheme is mended and said.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from engine.text import Message

PLAIN_TYPE = "entity"
"""The type of entities that are only marked B, I and O."""
Mark = tuple[int, int, str | None]
"""Characters of a text, from and to, and the type of what they mention; None for nothing."""
_PREFIXED = re.compile(r"([BIESLUMW])[-_](\S.*)", re.DOTALL)
_SEVERAL = re.compile(r"\s*[,|]\s*")
_SINGLE, _LAST = "SUW", "ESLUW"


@dataclass(frozen=True)
class Scheme:
    """How the tags of a column are written."""

    kind: str
    """`prefixed` (B-PER), `bare` (B, I, O), `types` (PER, O: one run is one entity) or `words`
    (a type for every word, as parts of speech have)."""
    loose_starts: bool = False
    """IOB1: an entity starts with I-, and with B- only right after another of its type."""

    @property
    def strict(self) -> bool:
        """Whether an entity must be seen to start."""
        return self.kind in ("prefixed", "bare") and not self.loose_starts


def is_outside(tag: str) -> bool:
    return tag in ("O", "o")


def is_tag(tag: str) -> bool:
    """Whether `tag` reads like one of token labels: O, or a type behind a prefix."""
    return is_outside(tag) or (_PREFIXED.fullmatch(tag) is not None and len(tag.split()) == 1)


def find_scheme(rows: Iterable[Sequence[str]]) -> Scheme:
    """The scheme that most of the tags follow."""
    rows = [[_first(tag) for tag in row] for row in rows]
    inside = [tag for row in rows for tag in row if not is_outside(tag)]
    prefixed = sum(_PREFIXED.fullmatch(tag) is not None for tag in inside)
    if inside and prefixed >= 0.5 * len(inside):
        return Scheme("prefixed", _starts_loosely(rows))
    if inside and all(re.fullmatch("[BIESLUM]", tag) for tag in inside) and "B" in inside:
        return Scheme("bare")
    return Scheme("types" if any(is_outside(tag) for row in rows for tag in row) else "words")


def to_iob2(
    words: Sequence[str], tags: Sequence[str], scheme: Scheme
) -> tuple[list[str], list[Message]] | Message:
    """The tags of one row in IOB2 and what was mended; or why they cannot be read."""
    mended: list[Message] = []
    found: list[str] = []
    open_type = ""
    for word, written in zip(words, tags, strict=True):
        tag = _first(written)
        if tag != written:
            mended.append(_mend("data.fix_first_tag", word, found=written[:60], kept=tag))
        if is_outside(tag):
            found.append("O")
            open_type = ""
            continue
        parts = _parts(tag, scheme)
        if parts is None:
            return Message("data.row_bad_tag", {"found": tag[:60], "word": word[:60]})
        prefix, name = parts
        starts = prefix in "B" + _SINGLE or name != open_type
        if starts and prefix not in "B" + _SINGLE and scheme.strict:
            mended.append(_mend("data.fix_start", word, found=tag[:60], kept=f"B-{name}"))
        found.append(f"{'B' if starts else 'I'}-{name}")
        open_type = "" if prefix in _LAST else name
    return found, mended


def count_entities(tags: Iterable[str]) -> dict[str, int]:
    """type → entities in tags of IOB2."""
    counts: dict[str, int] = {}
    for tag in tags:
        if tag.startswith("B-"):
            counts[tag[2:]] = counts.get(tag[2:], 0) + 1
    return counts


def retag(
    starts: Sequence[int], ends: Sequence[int], tags: Sequence[str], marks: Iterable[Mark]
) -> list[str]:
    """Tags of IOB2 with these marks: what a mark cuts off a mention stays one of its own."""
    found = list(tags)
    for first, last, name in marks:
        inside = [i for i, start in enumerate(starts) if start >= first and ends[i] <= last]
        for place, word in enumerate(inside):
            found[word] = "O" if name is None else f"{'I' if place else 'B'}-{name}"
        after = inside[-1] + 1 if inside else len(found)
        if after < len(found) and found[after].startswith("I-"):
            found[after] = f"B-{found[after][2:]}"
    return found


@lru_cache(maxsize=4096)  # a million words have a dozen tags
def _first(tag: str) -> str:
    """The first of several tags that commas or bars join; every part of such must be a tag."""
    parts = _SEVERAL.split(tag)
    return parts[0] if len(parts) > 1 and all(map(is_tag, parts)) else tag


def _parts(tag: str, scheme: Scheme) -> tuple[str, str] | None:
    """(prefix, type) of a tag; a prefix B or I as it counts where none is written."""
    if scheme.kind == "bare":
        return (tag, PLAIN_TYPE) if re.fullmatch("[BIESLUM]", tag) else None
    if scheme.kind == "prefixed":
        match = _PREFIXED.fullmatch(tag)
        return (match[1], match[2].strip()) if match else None
    if not tag:
        return None
    return ("B" if scheme.kind == "words" else "I", tag)


def _starts_loosely(rows: Sequence[Sequence[str]]) -> bool:
    """Whether entities start with I-, and B- stands only where it is needed: IOB1."""
    loose = free = 0
    for row in rows:
        before = ""
        for tag in row:
            match = _PREFIXED.fullmatch(tag)
            name = match[2] if match else ""
            loose += bool(match) and tag[0] == "I" and name != before
            free += bool(match) and tag[0] != "I" and name != before
            before = name
    return loose > 0 and free == 0


def _mend(key: str, word: str, **params: str) -> Message:
    return Message(key, {"word": word[:60], **params})
