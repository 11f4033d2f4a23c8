"""Whether one model is better than another: both asked about the very same rows.

The paired bootstrap (Efron & Tibshirani 1993, chapter 8; Koehn, EMNLP 2004, for scores of texts)
draws rows, not models, so what makes a row hard for both cancels out: the interval of the
difference is far narrower than the two intervals side by side suggest. McNemar's test (1947) looks
at the rows that only one of the two gets right. Knows predictions and scores; no files, no model.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.intervals import RESAMPLES, bounds, resampled
from engine.tasks import AnyTask
from engine.tasks.scores import Bools, Tally
from engine.text import Message

BETTER, WORSE, INDISTINGUISHABLE = "better", "worse", "indistinguishable"
FEW = 25
"""Rows that only one gets right below which McNemar's test is the exact binomial one."""
LEAST_DIFFERENT = 6
"""With fewer rows on which the two differ, the luck of a coin explains every outcome: all five to
one side happen in one of sixteen tries. A bootstrap of so few rows is too sure of itself."""

Difference = tuple[float, float, float]
"""This one's score less the other's, and the 95 % interval of that."""


@dataclass(frozen=True)
class Paired:
    """How two models differ on the rows both were asked about, as `report.json` holds it."""

    rows: int
    differences: Mapping[str, Difference]
    """Of every score of the task."""
    different: int
    """Rows on which they do not score alike."""
    only_own: int
    """Rows that this one alone gets right."""
    only_other: int
    p_value: float
    """McNemar's: how often so uneven a split of those rows would come about by chance."""

    def verdict(self, score: str) -> str:
        """better, worse or indistinguishable, by the interval of a score's difference."""
        _, low, high = self.differences[score]
        if self.different < LEAST_DIFFERENT or low <= 0 <= high:
            return INDISTINGUISHABLE
        return BETTER if low > 0 else WORSE

    def message(self, score: str, metric: Message, other: Message | str) -> Message:
        """The verdict as a sentence: `metric` is what the score is called, `other` what this was
        compared with."""
        told = {"metric": metric, "rows": self.rows}
        return Message(f"better.{self.verdict(score)}", told | self._told(score, other))

    def short(self, score: str, other: Message | str) -> Message:
        """The same as part of a sentence."""
        return Message(f"better.short.{self.verdict(score)}", self._told(score, other))

    def _told(self, score: str, other: Message | str) -> dict[str, Any]:
        difference, low, high = self.differences[score]
        return {
            "points": f"{100 * abs(difference):.1f}",
            "signed": signed(difference),
            "margin": f"{50 * (high - low):.1f}",
            "other": other,
        }

    def to_record(self) -> dict[str, Any]:
        lists = {name: list(values) for name, values in self.differences.items()}
        return asdict(self) | {"differences": lists}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> "Paired":
        found = {name: tuple(values) for name, values in record["differences"].items()}
        return cls(**{**record, "differences": found})


Places = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Where each row stands in the one's predictions, and in the other's."""


def in_common(own: NDArray[np.int64], other: NDArray[np.int64]) -> Places:
    """The rows both were asked about, by their ids, in the order of the first."""
    _, first, second = np.intersect1d(own, other, assume_unique=True, return_indices=True)
    order = np.argsort(first)
    return first[order], second[order]


def compare(
    task: AnyTask,
    own: Any,
    other: Any,
    places: Places,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> Paired:
    """Two predictions of the same rows, of which there must be at least one."""
    here, there = places
    first, second = _jointly(task.tally(own), task.tally(other), places)
    taken = [
        (task.score_counts(a), task.score_counts(b))
        for a, b in resampled((first, second), seed, resamples)
    ]
    differences: dict[str, Difference] = {}
    scores, others = (task.score_counts(tally.counts()) for tally in (first, second))
    for name in scores:
        drawn = np.concatenate([a[name] - b[name] for a, b in taken])
        low, high = bounds(drawn)
        differences[name] = float(scores[name] - others[name]), float(low), float(high)
    only_own, only_other = discordant(task.right(own)[here], task.right(other)[there])
    unlike = (first.sums != second.sums).any(axis=1)
    return Paired(
        first.rows,
        differences,
        int(first.repeats[unlike].sum()),
        only_own,
        only_other,
        mcnemar(only_own, only_other),
    )


def discordant(own: Bools, other: Bools) -> tuple[int, int]:
    """Rows that only the one gets right, and only the other."""
    return int((own & ~other).sum()), int((other & ~own).sum())


def mcnemar(only_own: int, only_other: int) -> float:
    """The two-sided p-value: exact binomial for few rows, else with Edwards' continuity correction
    (McNemar 1947; Edwards 1948)."""
    from scipy import stats  # half a second to import

    rows = only_own + only_other
    if not rows:
        return 1.0
    if rows < FEW:
        return float(stats.binomtest(only_own, rows).pvalue)
    statistic = max(0, abs(only_own - only_other) - 1) ** 2 / rows
    return float(stats.chi2.sf(statistic, 1))


def signed(difference: float) -> str:
    """A difference of scores in points, hundredths of the scale from 0 to 1: +6.1, −0.3."""
    return f"{round(100 * difference, 1) + 0.0:+.1f}".replace("-", "−")


def _jointly(own: Tally[Any], other: Tally[Any], places: Places) -> tuple[Tally[Any], Tally[Any]]:
    """Both tallies over the same patterns: a draw of these is a draw of the same rows for both."""
    here, there = own.pattern[places[0]], other.pattern[places[1]]
    _, first, pattern, repeats = np.unique(
        here * len(other.repeats) + there,
        return_index=True,
        return_inverse=True,
        return_counts=True,
    )
    return (
        Tally(own.sums[here[first]], pattern, repeats, own.read),
        Tally(other.sums[there[first]], pattern, repeats, other.read),
    )
