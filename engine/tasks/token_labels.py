"""Labels for parts of a text (named entities): spans of whole words, each of one type.

Words carry tags in the IOB2 scheme: `B-X` begins a mention of type X, `I-X` goes on with it, `O`
is none. A mention counts as found if type, start and end are all right, as in CoNLL-2003 (Tjong
Kim Sang & De Meulder) and seqeval.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from engine.tasks.base import Task
from engine.tasks.row_facts import RIGHT, WRONG, RowFacts
from engine.tasks.scores import (
    Counts,
    Floats,
    Tally,
    count_mentions,
    label_f1,
    label_scores,
    per_label,
)

OUTSIDE = "O"
MISSED, SPURIOUS, WRONG_TYPE, WRONG_BOUNDARY = ERRORS = (
    "missed",
    "spurious",
    "wrong_type",
    "wrong_boundary",
)


class Span(NamedTuple):
    """A mention: characters `start` to `end` of a text, its type, and how sure the model is."""

    start: int
    end: int
    label: str
    score: float = 1.0

    @property
    def key(self) -> tuple[int, int, str]:
        return self.start, self.end, self.label

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


Spans = Sequence[Span]


@dataclass(frozen=True)
class SpanPredictions:
    """The mentions of each row, in the order of the text: the true ones and those found."""

    truth: Sequence[Spans]
    decided: Sequence[Spans]

    def __len__(self) -> int:
        return len(self.truth)

    def columns(self) -> dict[str, pa.Array]:
        return {"truth": _span_lists(self.truth), "decided": _span_lists(self.decided)}

    @classmethod
    def from_columns(cls, table: pa.Table) -> Self:
        return cls(_read_spans(table["truth"]), _read_spans(table["decided"]))


class TokenLabels(Task[SpanPredictions, Counts]):
    kind = "tokens"
    use = "tokens"
    pipeline = "token-classification"
    compares = True
    shape = "spans"
    columns: ClassVar[Mapping[str, str]] = {
        "starts": "list<int32>",
        "ends": "list<int32>",
        "tags": "list<string>",
    }
    outputs: ClassVar[Mapping[str, str]] = {"encoder": "tags", "decoder": "tags"}
    record = SpanPredictions
    metrics: ClassVar[tuple[str, ...]] = ("f1", "precision", "recall", "macro_f1")
    headline = "f1"
    watched: ClassVar[tuple[str, ...]] = ("f1", "precision", "recall")
    baselines: ClassVar[tuple[str, ...]] = ("mentions",)
    words: ClassVar[Mapping[str, str]] = {
        "f1": "mention_f1",
        "precision": "mention_precision",
        "recall": "mention_recall",
        "accuracy": "exact_rows",
        "support": "mention_support",
    }
    errors: ClassVar[tuple[str, ...]] = ERRORS

    @property
    def tags(self) -> tuple[str, ...]:
        """Every tag; their order is that of the tag axis of every array."""
        return (OUTSIDE, *(f"{prefix}-{label}" for label in self.labels for prefix in "BI"))

    def decode(self, log_probabilities: Floats) -> NDArray[np.int64]:
        """The most probable sequence of tags that is well formed, (words,), of (words, tags).

        Viterbi over what IOB2 allows: `I-X` only after `B-X` or `I-X`.
        """
        best = log_probabilities[0] + self._first
        back = np.zeros(log_probabilities.shape, dtype=np.int64)
        for word in range(1, len(log_probabilities)):
            ways = best[:, None] + self._steps
            back[word] = ways.argmax(axis=0)
            best = ways.max(axis=0) + log_probabilities[word]
        path = [int(best.argmax())]
        for word in range(len(log_probabilities) - 1, 0, -1):
            path.append(int(back[word][path[-1]]))
        return np.array(path[::-1])

    @property
    def _first(self) -> Floats:
        return np.array([-np.inf if tag.startswith("I-") else 0.0 for tag in self.tags])

    @property
    def _steps(self) -> Floats:
        """0 for the steps between tags that are allowed, minus infinity for others."""
        tags = self.tags
        allowed = [
            [after[0] != "I" or before[1:] == after[1:] for after in tags] for before in tags
        ]
        return np.where(allowed, 0.0, -np.inf)

    def tally(self, predictions: SpanPredictions) -> Tally[Counts]:
        sizes = (len(predictions), len(self.labels))
        hits, true, found = (np.zeros(sizes) for _ in range(3))
        index = {label: i for i, label in enumerate(self.labels)}
        pairs = zip(predictions.truth, predictions.decided, strict=True)
        for row, (truth, decided) in enumerate(pairs):
            right = {span.key for span in truth}
            for span in truth:
                true[row, index[span.label]] += 1
            for span in decided:
                found[row, index[span.label]] += 1
                hits[row, index[span.label]] += span.key in right
        return count_mentions(hits, true, found)

    def score_counts(self, counts: Counts) -> dict[str, Floats]:
        """`f1`, `precision` and `recall` over all mentions (micro), `macro_f1` over types, and
        `accuracy`: the share of rows in which every mention is right and none is missing."""
        hits, true, found = (
            sums.sum(-1, keepdims=True) for sums in (counts.hits, counts.true, counts.found)
        )
        every = Counts(counts.rows, counts.exact, hits, true, found, np.array([True]))
        precision, recall, f1 = (score[..., 0] for score in label_f1(every))
        by_type = label_scores(counts, one_label_a_row=False)
        return {
            "f1": f1,
            "precision": precision,
            "recall": recall,
            "macro_f1": by_type["macro_f1"],
            "accuracy": by_type["accuracy"],
        }

    def per_class(self, counts: Counts) -> dict[str, dict[str, float]]:
        return dict(zip(self.labels, per_label(counts), strict=True))

    def class_scores(self, counts: Counts) -> Floats:
        return np.stack(label_f1(counts), axis=-1)

    def row_facts(self, predictions: SpanPredictions) -> RowFacts:
        """A row is right if all its mentions are, and as sure as its least sure mention."""
        sizes = (len(predictions), len(self.labels))
        truth, decided, missed, added = (np.zeros(sizes, dtype=bool) for _ in range(4))
        kinds = {kind: np.zeros(len(predictions), dtype=bool) for kind in ERRORS}
        errors = np.zeros(len(predictions))
        sure = np.full(len(predictions), np.nan)
        index = {label: i for i, label in enumerate(self.labels)}
        pairs: list[tuple[int, int, int]] = []
        nothing = len(self.labels)
        rows = zip(predictions.truth, predictions.decided, strict=True)
        for row, (right, found) in enumerate(rows):
            truth[row, [index[span.label] for span in right]] = True
            decided[row, [index[span.label] for span in found]] = True
            if found:
                sure[row] = min(span.score for span in found)
            hits = {span.key for span in right} & {span.key for span in found}
            pairs += [(row, index[label], index[label]) for *_, label in hits]
            if len(hits) == len(right) == len(found):
                continue
            missed[row, [index[span.label] for span in right if span.key not in hits]] = True
            added[row, [index[span.label] for span in found if span.key not in hits]] = True
            for error in compare(right, found):
                kinds[error.kind][row] = True
                errors[row] += 1
                was = index[error.truth.label] if error.truth else nothing
                said = index[error.decided[0].label] if error.decided else nothing
                pairs.append((row, was, said))
        outcome = np.where(errors, self.outcomes.index(WRONG), self.outcomes.index(RIGHT))
        return RowFacts(
            outcome.astype(np.int8),
            sure,
            errors + np.nan_to_num(sure) / 2,
            truth,
            decided,
            missed,
            added,
            kinds,
            pairs=np.array(pairs, dtype=np.intp).reshape(-1, 3),
        )

    def say(self, predictions: SpanPredictions, row: int) -> dict[str, Any]:
        found = predictions.decided[row]
        return {"spans": [span._asdict() | {"score": round(span.score, 6)} for span in found]}

    def in_words_of(
        self,
        newer: Task[SpanPredictions, Counts],
        predictions: SpanPredictions,
        renamed: Mapping[str, str],
    ) -> SpanPredictions:
        def said(rows: Sequence[Spans]) -> list[Spans]:
            named = [[s._replace(label=renamed.get(s.label, s.label)) for s in row] for row in rows]
            return [[span for span in row if span.label in newer.labels] for row in named]

        return SpanPredictions(said(predictions.truth), said(predictions.decided))

    def verdict(self, predictions: SpanPredictions, row: int, text: str) -> tuple[str, ...]:
        """The mentions in their order: words and type."""
        found = predictions.decided[row]
        return tuple(f"{text[span.start : span.end]} ({span.label})" for span in found)

    def gist(self, predictions: SpanPredictions, row: int, text: str) -> tuple[str, ...]:
        """Their types alone: another name is other words."""
        return tuple(span.label for span in predictions.decided[row])

    def doubt(self, predictions: SpanPredictions) -> Floats:
        """That of the mention that is least sure; 0 where nothing was found, for how sure the model
        is of that nobody wrote down."""
        least = [min((s.score for s in found), default=1.0) for found in predictions.decided]
        return 1 - np.array(least, dtype=float)

    def essence(
        self, predictions: SpanPredictions, row: int, place: Callable[..., int]
    ) -> frozenset[tuple[Any, ...]]:
        """Mentions that moved along with the text around them are the same."""
        found = predictions.decided[row]
        return frozenset((s.label, place(s.start), place(s.end, end=True)) for s in found)

    def details(self, predictions: SpanPredictions) -> dict[str, Any]:
        """How often each kind of error occurs: `errors`, and `mentions` there are in truth."""
        kinds = Counter(
            error.kind
            for truth, decided in zip(predictions.truth, predictions.decided, strict=True)
            for error in compare(truth, decided)
        )
        mentions = sum(map(len, predictions.truth))
        return {"errors": {kind: kinds[kind] for kind in ERRORS}, "mentions": mentions}


class SpanError(NamedTuple):
    """One thing that is wrong: `truth` is None for a spurious mention, `decided` empty for a
    missed one, and several pieces where the model split a mention."""

    kind: str
    truth: Span | None
    decided: tuple[Span, ...]


def compare(truth: Spans, decided: Spans) -> list[SpanError]:
    """What is wrong in one row, one entry for each true mention, in the order of the text.

    All that was found wrongly belongs to the true mentions it overlaps: one piece with the same
    bounds has the wrong type, anything else wrong bounds. What overlaps none is spurious.
    """
    right = {span.key for span in truth} & {span.key for span in decided}
    lacking = [span for span in truth if span.key not in right]
    wrong = [span for span in decided if span.key not in right]
    errors = []
    for span in lacking:
        pieces = tuple(piece for piece in wrong if piece.overlaps(span))
        same = [piece for piece in pieces if (piece.start, piece.end) == (span.start, span.end)]
        kind = WRONG_TYPE if same else WRONG_BOUNDARY if pieces else MISSED
        errors.append(SpanError(kind, span, tuple(same) or pieces))
    errors += [
        SpanError(SPURIOUS, None, (span,))
        for span in wrong
        if not any(span.overlaps(other) for other in lacking)
    ]
    return sorted(errors, key=_begins)


def _begins(error: SpanError) -> int:
    return min(span.start for span in (error.truth, *error.decided) if span)


def to_spans(
    starts: Sequence[int],
    ends: Sequence[int],
    tags: Sequence[str],
    scores: Sequence[float] | None = None,
) -> list[Span]:
    """The mentions that the tags of a text's words say; a lone `I-X` begins one, as in seqeval.

    A mention's score is the mean of its words' `scores`.
    """
    spans: list[Span] = []
    run: list[int] = []

    def close() -> None:
        if run:
            label = tags[run[0]][2:]
            score = float(np.mean([scores[i] for i in run])) if scores is not None else 1.0
            spans.append(Span(int(starts[run[0]]), int(ends[run[-1]]), label, score))
            run.clear()

    for word, tag in enumerate(tags):
        if tag == OUTSIDE or tag[0] == "B" or (run and tags[run[-1]][2:] != tag[2:]):
            close()
        if tag != OUTSIDE:
            run.append(word)
    close()
    return spans


def _span_lists(rows: Sequence[Spans]) -> pa.Array:
    fields = {"start": pa.int32(), "end": pa.int32(), "label": pa.string(), "score": pa.float32()}
    kind = pa.list_(pa.struct(list(fields.items())))
    return pa.array([[span._asdict() for span in row] for row in rows], type=kind)


def _read_spans(column: pa.ChunkedArray) -> list[list[Span]]:
    """All spans of a file as one list, then cut row by row: ten times as fast as row by row."""
    lists = column.combine_chunks()
    flat = lists.flatten()
    fields = (flat.field(name).to_pylist() for name in Span._fields)
    spans = list(map(Span, *fields))
    ends = np.concatenate([[0], np.cumsum(lists.value_lengths().to_numpy(zero_copy_only=False))])
    return [spans[a:b] for a, b in zip(ends[:-1].tolist(), ends[1:].tolist(), strict=True)]
