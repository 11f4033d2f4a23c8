"""The mentions of the training rows, looked up: the longest known words count, with their type.

The baseline of the CoNLL-2003 shared task (Tjong Kim Sang & De Meulder, section 3.3), except that
words of several types count with their most frequent one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from engine.baselines.problem import Limits, Problem, Rows
from engine.tasks.token_labels import Span, SpanPredictions, to_spans

MADE = "1"

Words = tuple[str, ...]


def limits(problem: Problem) -> Limits:
    return Limits(len(problem.train["text"]), len(problem.test["text"]))


def predict(problem: Problem) -> SpanPredictions:
    known = _known(problem.train)
    longest = max(map(len, known), default=0)
    test = problem.test
    rows = zip(test["text"], test["starts"], test["ends"], test["tags"], strict=True)
    truth, decided = [], []
    for text, starts, ends, tags in rows:
        truth.append(to_spans(starts, ends, tags))
        decided.append(_found(text, starts, ends, known, longest))
    return SpanPredictions(truth, decided)


def _known(rows: Rows) -> dict[Words, tuple[str, float]]:
    """Words of a mention → its most frequent type, and how often it is that one."""
    times: defaultdict[Words, Counter[str]] = defaultdict(Counter)
    for text, starts, ends, tags in zip(
        rows["text"], rows["starts"], rows["ends"], rows["tags"], strict=True
    ):
        for span in to_spans(starts, ends, tags):
            inside = zip(starts, ends, strict=True)
            words = tuple(text[a:b] for a, b in inside if span.start <= a and b <= span.end)
            times[words][span.label] += 1
    return {
        words: (types.most_common(1)[0][0], types.most_common(1)[0][1] / types.total())
        for words, types in times.items()
    }


def _found(
    text: str,
    starts: Sequence[int],
    ends: Sequence[int],
    known: dict[Words, tuple[str, float]],
    longest: int,
) -> list[Span]:
    """From left to right, the longest known words at each place."""
    words = [text[start:end] for start, end in zip(starts, ends, strict=True)]

    def spans() -> Iterator[Span]:
        place = 0
        while place < len(words):
            size = _match(words, place, known, longest)
            if size:
                label, share = known[tuple(words[place : place + size])]
                yield Span(int(starts[place]), int(ends[place + size - 1]), label, share)
            place += size or 1

    return list(spans())


def _match(words: Sequence[str], place: int, known: dict[Words, Any], longest: int) -> int:
    """How many words from `place` on are known together; 0 if not even one is."""
    for size in range(min(longest, len(words) - place), 0, -1):
        if tuple(words[place : place + size]) in known:
            return size
    return 0
