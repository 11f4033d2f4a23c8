"""Entities marked by character offsets → words and their tags, with what had to be mended.

An entity is made of whole words that no other entity has: one that cuts a word is widened, one
with spaces or punctuation around it is trimmed, and of two that overlap the longer one stays.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.data.alike import is_blank
from engine.tasks.words import split_words
from engine.text import Message

_START_KEYS = ("start", "start_offset", "begin", "startOffset", "start_char")
_END_KEYS = ("end", "end_offset", "stop", "endOffset", "end_char")
_TYPE_KEYS = ("label", "labels", "type", "tag", "entity", "entity_group", "class", "category")
_AROUND = frozenset(".,;:!?\"'“”‘’«»…。，；：！？、·-–—")
_BRACKETS = {")": "(", "]": "[", "}": "{", "）": "（", "】": "【", "》": "《", "」": "「"}
_LONGEST_QUOTE = 60


@dataclass(frozen=True)
class Tagged:
    """The words of a text, one tag each, and what became of its marks."""

    starts: list[int]
    ends: list[int]
    tags: list[str]
    mended: list[Message]
    left_out: list[Message]


@dataclass(frozen=True)
class _Span:
    start: int
    end: int
    name: str


def spans_in(cell: Any) -> list[Any] | None:
    """The list of marks in a cell: `[[start, end, type], …]`, or objects, or these in “entities”.

    None for a cell that holds no such list.
    """
    if isinstance(cell, Mapping):
        cell = next((cell[key] for key in ("entities", "spans", "labels") if key in cell), None)
    if not isinstance(cell, list) or not all(map(_is_span, cell)):
        return None
    return cell


def tag_words(text: str, marks: Sequence[Any]) -> Tagged:
    """Cut `text` into words and tag those that `marks` cover."""
    words = split_words(text)
    starts, ends = [start for start, _ in words], [end for _, end in words]
    mended: list[Message] = []
    left_out: list[Message] = []
    spans: list[_Span] = []
    for mark in marks:
        span = _read(mark, len(text), mended)
        if isinstance(span, _Span):
            span = _whole_words(text, span, starts, ends, mended)
        if isinstance(span, Message):
            left_out.append(span)
        else:
            spans.append(span)
    tags = ["O"] * len(words)
    for span in _apart(text, spans, left_out):
        first, last = bisect_left(starts, span.start), bisect_left(starts, span.end)
        tags[first:last] = [f"I-{span.name}"] * (last - first)
        tags[first] = f"B-{span.name}"
    return Tagged(starts, ends, tags, mended, left_out)


def _is_span(mark: Any) -> bool:
    if isinstance(mark, Mapping):
        return _get(mark, _START_KEYS) is not None or _get(mark, _END_KEYS) is not None
    return isinstance(mark, list | tuple) and len(mark) == 3 and not isinstance(mark[0], list)


def _read(mark: Any, length: int, mended: list[Message]) -> _Span | Message:
    """One mark as a span inside a text of `length` characters, or why it is none."""
    if isinstance(mark, Mapping):
        keys = (_START_KEYS, _END_KEYS, _TYPE_KEYS)
        start, end, name = (_get(mark, names) for names in keys)
    elif _is_span(mark):
        start, end, name = mark
    else:
        return Message("data.mark_malformed", {"found": _quoted(str(mark))})
    if isinstance(name, list) and name:
        if len(name) > 1:
            names = {"found": [str(n)[:40] for n in name[:5]], "kept": str(name[0])[:40]}
            mended.append(Message("data.fix_first_type", names))
        name = name[0]
    offsets = {"start": _quoted(str(start)), "end": _quoted(str(end))}
    if not isinstance(name, str | int) or isinstance(name, bool) or is_blank(str(name)):
        return Message("data.mark_no_type", offsets)
    first, last = _whole(start), _whole(end)
    if first is None or last is None:
        return Message("data.mark_offsets", offsets)
    if first < 0 or last > length:
        return Message("data.mark_outside", offsets | {"length": length})
    if last <= first:
        return Message("data.mark_empty", offsets)
    return _Span(first, last, str(name).strip())


def _whole_words(
    text: str, span: _Span, starts: list[int], ends: list[int], mended: list[Message]
) -> _Span | Message:
    """The span over whole words without spaces and punctuation around them."""
    start, end = _trimmed(text, span.start, span.end)
    if start == end:
        return Message("data.mark_empty", {"start": span.start, "end": span.end})
    first, last = bisect_right(ends, start), bisect_left(starts, end) - 1
    whole = _Span(starts[first], ends[last], span.name)
    if (whole.start, whole.end) != (span.start, span.end):
        wider = whole.start < start or whole.end > end
        before, after = text[span.start : span.end], text[whole.start : whole.end]
        params = {"before": _quoted(before), "after": _quoted(after)}
        mended.append(Message("data.fix_widened" if wider else "data.fix_trimmed", params))
    return whole


def _trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """Without spaces and sentence marks at both ends. A pair of brackets stays, as does the last
    full stop of `U.S.`; what is nothing but marks is left whole."""
    while start < end and is_blank(text[start]):
        start += 1
    while end > start and is_blank(text[end - 1]):
        end -= 1
    first, last = start, end
    while first < last and _can_go(text[first], text[first + 1 : last], _closing(text[first])):
        first += 1
    while last > first and _can_go(text[last - 1], text[first : last - 1], _BRACKETS):
        if text[last - 1] == "." and "." in text[first : last - 1]:
            break
        last -= 1
    while first < last and text[first].isspace():
        first += 1
    while last > first and text[last - 1].isspace():
        last -= 1
    return (first, last) if first < last else (start, end)


def _can_go(mark: str, rest: str, partners: Mapping[str, str]) -> bool:
    if mark in partners:
        return partners[mark] not in rest
    return mark in _AROUND or mark.isspace()


def _closing(mark: str) -> dict[str, str]:
    return {opening: closing for closing, opening in _BRACKETS.items() if opening == mark}


def _apart(text: str, spans: list[_Span], left_out: list[Message]) -> list[_Span]:
    """The spans, the longer of two that share a word."""
    kept: list[_Span] = []
    begins: list[int] = []
    for span in sorted(spans, key=lambda span: (span.start - span.end, span.start)):
        place = bisect_left(begins, span.end)
        other = kept[place - 1] if place else None
        if other and other.end > span.start:
            names = {"name": span.name[:40], "other_name": other.name[:40]}
            words = {"found": _quoted(text[span.start : span.end])}
            words |= {"other": _quoted(text[other.start : other.end])}
            left_out.append(Message("data.mark_overlap", names | words))
        else:
            begins.insert(place, span.start)
            kept.insert(place, span)
    return kept


def _get(mark: Mapping[str, Any], keys: Sequence[str]) -> Any:
    return next((mark[key] for key in keys if mark.get(key) is not None), None)


def _whole(value: Any) -> int | None:
    """A whole number, also written 3.0 or "3"."""
    if isinstance(value, str) and value.strip().isdecimal() and len(value) < 16:
        return int(value)
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _quoted(text: str) -> str:
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"
