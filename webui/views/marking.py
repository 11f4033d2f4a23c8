"""Texts with parts of them marked: what is true, what a model found, both at once.

Lines under the words tell the two apart, and names stand behind them, so no colour is needed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from webui.charts import Words
from webui.html import Html, fold, join, tag

TRUE, FOUND = "true", "found"
_REACH = 16
"""Characters within which a window is widened or narrowed to begin and end with a whole word."""


@dataclass(frozen=True)
class Mark:
    """Characters `start` to `end` of a text."""

    start: int
    end: int
    kinds: tuple[str, ...]
    """TRUE, FOUND or both."""
    name: str = ""
    """Written behind the words, or behind all of what overlaps them."""
    strong: bool = True
    """What one is to look at; windows are cut around it."""
    tint: str = ""
    """Class of the colour that lines and name have."""


def marked(text: str, marks: Sequence[Mark], around: int | None = None) -> Html:
    """The text with its marks; with `around` only so many characters beside the strong ones."""
    windows = [(0, len(text))] if around is None else _windows(text, marks, around)
    pieces = (join(_pieces(text, marks, start, end)) for start, end in windows)
    before = "… " if windows and windows[0][0] > 0 else ""
    after = " …" if windows and windows[-1][1] < len(text) else ""
    return join([before, join(pieces, " … "), after])


def in_text(text: str, marks: Sequence[Mark], around: int, t: Words) -> Html:
    """The text around its strong marks, or its beginning; what is left out is a fold away."""
    if len(text) <= 2 * around:
        return tag("p", marked(text, marks), class_="ts-marked ts-kept", dir="auto")
    strong = any(mark.strong for mark in marks)
    shown = marked(text, marks, around) if strong else f"{text[: 2 * around]} …"
    whole = tag("p", marked(text, marks), class_="ts-marked ts-kept", dir="auto")
    return join([tag("p", shown, class_="ts-marked", dir="auto"), fold(t("whole_text"), whole)])


def _windows(text: str, marks: Iterable[Mark], around: int) -> list[tuple[int, int]]:
    """Parts of the text around the strong marks, joined where they meet."""
    windows: list[tuple[int, int]] = []
    for mark in sorted((mark for mark in marks if mark.strong), key=lambda mark: mark.start):
        start, end = max(0, mark.start - around), min(len(text), mark.end + around)
        if start > 0:
            start = text.find(" ", start, min(start + _REACH, mark.start)) + 1 or start
        if end < len(text):
            gap = text.rfind(" ", max(end - _REACH, mark.end), end)
            end = gap if gap > 0 else end
        if windows and start <= windows[-1][1]:
            windows[-1] = windows[-1][0], max(end, windows[-1][1])
        else:
            windows.append((start, end))
    return windows


def _pieces(text: str, marks: Iterable[Mark], start: int, end: int) -> Iterator[Html | str]:
    """The text between two places, cut wherever a mark begins or ends, with the names of marks
    that overlap behind the last of them, each once."""
    here = [mark for mark in marks if mark.start < end and mark.end > start]
    bounds = {place for mark in here for place in (mark.start, mark.end) if start < place < end}
    waiting = sorted(here, key=lambda mark: mark.start, reverse=True)
    open_: list[Mark] = []
    ended: list[Mark] = []
    at = start
    for place in sorted(bounds | {end}):
        while waiting and waiting[-1].start <= at:
            open_.append(waiting.pop())
        yield _piece(text[at:place], open_)
        ended += [mark for mark in open_ if mark.end == place and mark.name]
        open_ = [mark for mark in open_ if mark.end > place]
        at = place
        if place == end or not open_:
            yield from _names(ended)
            ended = []


def _names(marks: Iterable[Mark]) -> Iterator[Html]:
    """What is true before what was found."""
    ordered = sorted(marks, key=lambda mark: TRUE not in mark.kinds)
    for name, tint in dict.fromkeys((mark.name, mark.tint) for mark in ordered):
        yield tag("b", name, class_=" ".join(["ts-mark-name", *filter(None, [tint])]))


def _piece(words: str, over: Sequence[Mark]) -> Html | str:
    """Words under some marks: one element a colour, around one another."""
    shown: Html | str = tag("bdi", words) if over else words
    for tint in sorted({mark.tint for mark in over}):
        here = [mark for mark in over if mark.tint == tint]
        kinds = [f"ts-{kind}" for kind in (TRUE, FOUND) if any(kind in m.kinds for m in here)]
        strong = ["ts-strong"] if any(mark.strong for mark in here) else []
        classes = ["ts-mark", *kinds, *strong, *filter(None, [tint])]
        shown = tag("mark", shown, class_=" ".join(classes))
    return shown
