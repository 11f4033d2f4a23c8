"""Numbers about text lengths, in whatever unit they were counted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class LengthMarks:
    """Lengths that 50, 90, 95 and 99 % of the texts do not exceed, and the longest."""

    p50: int
    p90: int
    p95: int
    p99: int
    longest: int


def length_marks(counts: NDArray[np.integer]) -> LengthMarks:
    """The marks of one length a text; all 0 without texts."""
    if not len(counts):
        return LengthMarks(0, 0, 0, 0, 0)
    marks = np.percentile(counts, (50, 90, 95, 99, 100), method="inverted_cdf")
    return LengthMarks(*(int(mark) for mark in marks))


def lost_share(counts: NDArray[np.integer], max_length: int) -> tuple[float, float]:
    """Share of texts longer than `max_length`, and share of all tokens that lie beyond it."""
    total = int(np.sum(counts))
    if not total:
        return 0.0, 0.0
    beyond = np.maximum(np.asarray(counts) - max_length, 0)
    return float(np.mean(beyond > 0)), float(beyond.sum() / total)
