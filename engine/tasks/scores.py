"""Scores from counts: what is counted once per label serves the estimate and every resample.

A `Tally` holds the rows of one predictions file, equal rows once. Its `counts` are sums over rows,
so a thousand bootstrap resamples are a thousand weightings of the same few columns: one matrix
product, and the very same formulas as for the estimate itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]
C = TypeVar("C")


@dataclass(frozen=True)
class Counts:
    """Sums over rows, for one weighting of them or for many (the leading axis `...`)."""

    rows: Floats
    """Rows, (...,)."""
    exact: Floats
    """Rows whose whole label set is right, (...,)."""
    hits: Floats
    """Rows in which a label is both true and found, (..., labels); so the next two."""
    true: Floats
    found: Floats
    ever: Bools
    """Labels that are true in at least one of the rows there are, (labels,)."""

    @classmethod
    def of(cls, sums: Floats, total: Floats) -> "Counts":
        """From sums (..., 2 + 3 labels) in the order of the fields, and those over all rows."""
        hits, true, found = np.split(sums[..., 2:], 3, axis=-1)
        ever = np.split(total[2:], 3)[1] > 0
        return cls(sums[..., 0], sums[..., 1], hits, true, found, ever)

    @property
    def drawn(self) -> Bools:
        """Labels an average is taken over, (..., labels).

        A resample that lost all true rows of a rare label says nothing of that label; counting it
        as 0 would pull the resamples below the estimate they are to surround.
        """
        drawn: Bools = (self.true > 0) | ~self.ever
        return drawn

    def first(self, labels: int) -> "Counts":
        """The same rows, only the first `labels` labels."""
        hits, true, found = (sums[..., :labels] for sums in (self.hits, self.true, self.found))
        return Counts(self.rows, self.exact, hits, true, found, self.ever[:labels])


@dataclass(frozen=True)
class Tally(Generic[C]):
    """Rows made ready to be counted, with equal rows counted once."""

    sums: NDArray[np.float32]
    """What is summed, (patterns, sums). Sums are whole and exact below 2**24 rows."""
    pattern: NDArray[np.intp]
    """Which of the distinct rows each row is."""
    repeats: NDArray[np.intp]
    """How often each of them stands."""
    read: Callable[[Floats, Floats], C]
    """Sums (..., sums), and the sums over all rows (sums,) → what scores are computed from."""

    @property
    def rows(self) -> int:
        return len(self.pattern)

    def counts(self, weights: NDArray[np.integer] | None = None) -> C:
        """Sums over rows; `weights` (..., patterns) says how often each pattern is taken."""
        taken = (self.repeats if weights is None else weights).astype(np.float32)
        total = (self.repeats.astype(np.float32) @ self.sums).astype(float)
        return self.read((taken @ self.sums).astype(float), total)

    def take(self, rows: Bools) -> "Tally[C]":
        """These rows only; costs no more than counting them."""
        kept = self.pattern[rows]
        repeats = np.bincount(kept, minlength=len(self.repeats))
        found = np.flatnonzero(repeats)
        place = np.zeros(len(repeats), dtype=np.intp)
        place[found] = np.arange(len(found))
        return Tally(self.sums[found], place[kept], repeats[found], self.read)


def count_labels(truth: Bools, decided: Bools) -> Tally[Counts]:
    """Truth and decisions, booleans (rows, labels), as a tally."""
    first, pattern, repeats = _equal_rows(np.packbits(np.hstack([truth, decided]), axis=1))
    truth, decided = truth[first], decided[first]
    exact = (truth == decided).all(axis=1, keepdims=True)
    sums = np.hstack([np.ones_like(exact), exact, truth & decided, truth, decided])
    return Tally(sums.astype(np.float32), pattern, repeats, Counts.of)


def count_mentions(hits: Floats, true: Floats, found: Floats) -> Tally[Counts]:
    """Mentions of each label in each row, numbers (rows, labels), as a tally."""
    exact = ((hits == true) & (hits == found)).all(axis=1, keepdims=True)
    sums = np.hstack([np.ones_like(exact), exact, hits, true, found]).astype(np.float32)
    return count_rows(sums, Counts.of)


def count_rows(sums: NDArray[np.float32], read: Callable[[Floats, Floats], C]) -> Tally[C]:
    """Rows of numbers to be summed (rows, sums) as a tally."""
    first, pattern, repeats = _equal_rows(sums)
    return Tally(sums[first], pattern, repeats, read)


def label_scores(counts: Counts, one_label_a_row: bool) -> dict[str, Floats]:
    """Accuracy, balanced accuracy, and precision, recall and F1 averaged in the usual ways.

    A label with neither truths nor finds scores 0, as scikit-learn's `zero_division=0`; a label
    without true rows is left out of the balanced accuracy, as scikit-learn leaves it out.
    """
    precision, recall, f1 = label_f1(counts)
    balanced = recall if one_label_a_row else _one_vs_rest_balanced(counts, recall)
    drawn = counts.drawn
    return {
        "accuracy": _ratio(counts.exact, counts.rows),
        "balanced_accuracy": _mean(balanced, counts.true > 0),
        "macro_f1": _mean(f1, drawn),
        "micro_f1": _ratio(2 * counts.hits.sum(-1), (counts.true + counts.found).sum(-1)),
        "weighted_f1": _ratio((f1 * counts.true).sum(-1), counts.true.sum(-1)),
        "macro_precision": _mean(precision, drawn),
        "macro_recall": _mean(recall, drawn),
    }


def label_f1(counts: Counts) -> tuple[Floats, Floats, Floats]:
    """Precision, recall and F1 of each label, (..., labels)."""
    precision = _ratio(counts.hits, counts.found)
    recall = _ratio(counts.hits, counts.true)
    return precision, recall, _ratio(2 * counts.hits, counts.true + counts.found)


def per_label(counts: Counts) -> list[dict[str, float]]:
    """Precision, recall, F1, support (true rows) and predicted (found rows) of each label."""
    columns = (*label_f1(counts), counts.true, counts.found)
    return [
        {"precision": p, "recall": r, "f1": f, "support": int(true), "predicted": int(found)}
        for p, r, f, true, found in zip(*(column.tolist() for column in columns), strict=True)
    ]


def _one_vs_rest_balanced(counts: Counts, recall: Floats) -> Floats:
    """Mean of recall and specificity; a label that is true in every row has only its recall."""
    rows = counts.rows[..., None]
    others = rows - counts.true
    specificity = _ratio(others - counts.found + counts.hits, others)
    balanced: Floats = np.where(others > 0, (recall + specificity) / 2, recall)
    return balanced


def _equal_rows(
    rows: NDArray[np.generic],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """First index of each distinct row, the distinct row each row is, and how often each stands."""
    rows = np.ascontiguousarray(rows)
    keys = rows.view(np.dtype((np.void, rows.shape[1] * rows.itemsize))).ravel()
    _, first, pattern, repeats = np.unique(
        keys, return_index=True, return_inverse=True, return_counts=True
    )
    return first, pattern, repeats


def _mean(values: Floats, over: Bools) -> Floats:
    """Mean along the last axis of the values that `over` picks; 0 where it picks none."""
    return _ratio((values * over).sum(-1), over.sum(-1))


def _ratio(above: Floats, below: Floats) -> Floats:
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
