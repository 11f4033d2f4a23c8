"""Whether tuned thresholds would help: repeated cross-validation on the validation rows.

The threshold with the best F1 on some rows nearly always looks better on those rows; whether it is
better on others is what the parts it was not chosen on say.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.choosing import for_f1
from engine.evaluation.intervals import CONFIDENCE
from engine.evaluation.probabilities import KEPT, Source, read_source
from engine.tasks.labelled import LabelPredictions, LabelTask
from engine.tasks.operating_point import OperatingPoint
from engine.tasks.scores import Floats, Tally
from engine.text import Message

FOLDS, REPEATS = 5, 5
RESAMPLES = 400
MOST_ROWS = 5_000
"""More rows are thinned: the answer is clear long before."""


@dataclass(frozen=True)
class Verdict:
    """Tuned thresholds against the default rule, on rows they were not chosen on."""

    rows: int
    score: str
    """The score that was compared."""
    default: float
    tuned: float
    low: float
    high: float
    """The gain's paired bootstrap 95 % interval, over rows."""
    point: OperatingPoint
    """The thresholds that all validation rows give."""

    @property
    def gain(self) -> float:
        return self.tuned - self.default

    @property
    def helps(self) -> bool:
        return self.low > 0

    @property
    def told(self) -> Message:
        """Whether to take them, and why."""
        key = "helps" if self.helps else "unclear" if self.gain > 0 else "hurts"
        numbers = {"default": self.default, "tuned": self.tuned, "gain": self.gain}
        ends = {"low": self.low, "high": self.high}
        metric = {"metric": Message(f"report.metric.{self.score}"), "rows": self.rows}
        return Message(f"decisions.tuning_{key}", numbers | ends | metric)

    def to_record(self) -> dict[str, Any]:
        numbers = {"default": self.default, "tuned": self.tuned, "gain": self.gain}
        return numbers | {
            "score": self.score,
            "interval": [self.low, self.high],
            "rows": self.rows,
            "helps": self.helps,
            "thresholds": self.point.thresholds,
        }


@lru_cache(maxsize=KEPT)
def verdict_of(source: Source) -> Verdict | None:
    """That of a predictions file, which is reckoned once. Raises WorkspaceError."""
    return cross_validated(source.make_task(), read_source(source))


def cross_validated(task: LabelTask, seen: LabelPredictions, seed: int = 0) -> Verdict | None:
    """None where the task has no single thresholds, or too few rows to part."""
    if len(task.mistakes) == 1 or len(seen) < 2 * FOLDS:
        return None
    thinned = _rows(seen, np.arange(0, len(seen), -(-len(seen) // MOST_ROWS)))
    rng = np.random.default_rng(seed)
    tallies = [task.tally(_held_out(task, thinned, _folds(thinned, rng))) for _ in range(REPEATS)]
    drawn = np.ones((RESAMPLES + 1, len(thinned)), dtype=np.int64)
    for weights in drawn[1:]:
        rows = rng.integers(0, len(thinned), len(thinned))
        weights[:] = np.bincount(rows, minlength=len(thinned))
    default = _scores(task, task.tally(thinned), drawn)
    tuned = np.mean([_scores(task, tally, drawn) for tally in tallies], axis=0)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile((tuned - default)[1:], (tail, 1 - tail))
    return Verdict(
        len(seen),
        task.headline,
        float(default[0]),
        float(tuned[0]),
        float(low),
        float(high),
        for_f1(task, seen),
    )


def _folds(seen: LabelPredictions, rng: np.random.Generator) -> NDArray[np.intp]:
    """The fold of each row, by chance, rows with the same labels dealt out evenly."""
    shuffled = rng.permutation(len(seen))
    labels = np.packbits(seen.truth[shuffled], axis=1)
    dealt = shuffled[np.lexsort(labels.T)]
    folds = np.empty(len(seen), dtype=np.intp)
    folds[dealt] = np.arange(len(seen)) % FOLDS
    return folds


def _held_out(task: LabelTask, seen: LabelPredictions, folds: NDArray[np.intp]) -> LabelPredictions:
    """Every row decided by thresholds that were chosen on the other folds."""
    decided = np.empty_like(seen.decided)
    for fold in range(FOLDS):
        out = folds == fold
        point = for_f1(task, _rows(seen, ~out))
        decided[out] = task.at(_rows(seen, out), point).decided
    return LabelPredictions(seen.truth, decided, seen.probabilities)


def _rows(seen: LabelPredictions, which: Any) -> LabelPredictions:
    probabilities = np.asarray(seen.probabilities)[which]
    return LabelPredictions(seen.truth[which], seen.decided[which], probabilities)


def _scores(task: LabelTask, tally: Tally[Any], drawn: NDArray[np.int64]) -> Floats:
    """The task's own score with each row taken as often as `drawn` says, (resamples,)."""
    patterns = len(tally.repeats)
    weights = np.stack([np.bincount(tally.pattern, each, patterns) for each in drawn])
    return task.score_counts(tally.counts(weights.astype(np.int64)))[task.headline]
