"""Two texts that are nearly the same: which words of one are not in the other."""

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from engine.tasks.words import split_words
from webui.html import Html
from webui.views.marking import Mark, marked

MOST_WORDS = 600
"""Words of a text that are compared: more take longer than a page may."""
TOO_DIFFERENT = 0.6
"""Share of other words above which marking them says nothing."""
AROUND = 140
"""Characters shown on either side of what differs."""
WHOLE = 420
"""Characters up to which a text is shown whole."""


def beside(text: str, other: str, own: Sequence[Mark] = ()) -> Html:
    """The text, cut to what can be read at a glance, with the words marked that `other` has not,
    beside `own` marks of the text."""
    marks = differing(text, other)
    if len(text) <= WHOLE:
        return marked(text, [*own, *marks])
    return marked(text, [*own, *marks], AROUND) if marks else cut(text)


def cut(text: str) -> Html:
    """The beginning of a text."""
    return marked(text if len(text) <= WHOLE else f"{text[:WHOLE].rstrip()} …", [])


def differing(text: str, other: str) -> list[Mark]:
    """Where words stand that `other` has not, or not there; nothing where most are others."""
    spans, others = split_words(text)[:MOST_WORDS], split_words(other)[:MOST_WORDS]
    one, two = [text[a:b] for a, b in spans], [other[a:b] for a, b in others]
    marks = list(_changed(spans, one, two))
    words = sum(mark.start <= start < mark.end for mark in marks for start, _ in spans)
    return marks if words <= TOO_DIFFERENT * len(spans) else []


def _changed(spans: list[tuple[int, int]], one: list[str], two: list[str]) -> Iterator[Mark]:
    for what, start, end, *_ in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if what in ("replace", "delete"):
            yield Mark(spans[start][0], spans[end - 1][1], (), tint="ts-differs")
