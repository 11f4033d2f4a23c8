"""Would more data help? A simple model learns from parts of the rows, and a curve says how it goes
on.

Each fold is asked about by models that learned from 10, 25, 50, 75 and 100 % of the rest, the same
shares of each label. Folds are the draws: resampled, they say how sure the points and the curve
through them are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from engine.evaluation.intervals import bounds
from engine.quality.folds import line
from engine.quality.growth import Curves, climbs, fit
from engine.quality.learners import Learner
from engine.tasks.labelled import LabelTask
from engine.tasks.scores import Floats, Tally
from engine.text import Message

SHARES = (0.1, 0.25, 0.5, 0.75, 1.0)
CURVES = 400
"""Resamples of the draws, a curve each."""
MOST_DRAWS = 5
MOST_DECISIONS = 4_000_000
"""Rows times labels that are learned from in all draws together: a minute of one core."""
FEW = 10
"""Rows of a label below which nothing is said of it."""
CLEAR, HARDLY = 0.005, 0.01
"""A gain that is at least the first helps; one that is at most the second hardly does."""
FURTHER = 2
"""A curve is followed up to that many times the rows there are."""
_GRID = 24
_FEWEST_POINTS = 3

Tell = Callable[[int], None]
"""Called with how many fits are done."""


@dataclass(frozen=True)
class Gain:
    """What more rows would bring, as far as can be told."""

    verdict: str
    """helps, hardly, unsure; climbs where the score rises faster and faster, so that only the least
    can be said; few where there are too few rows to say anything"""
    more: int
    """Rows that come to those there are."""
    points: tuple[float, float, float]
    """What the score would rise by, and its 95 % interval, in points of 100."""

    @property
    def place(self) -> tuple[bool, float]:
        """Its place among others: the largest gain first."""
        return self.verdict == "few", -self.points[0]

    @property
    def message(self) -> Message:
        """In words that follow the name of the label, or stand for all."""
        told = {name: f"{value:.1f}" for name, value in zip(_ENDS, self.points, strict=True)}
        return Message(f"worth.gain_{self.verdict}", {"more": self.more, **told})


_ENDS = ("gain", "low", "high")


@dataclass(frozen=True)
class Prospect:
    """A score after so and so many rows: as measured, and as a curve through that says."""

    rows: tuple[float, ...]
    """Learned from, of the label if it is about one."""
    scores: tuple[float, ...]
    intervals: tuple[tuple[float, float], ...]
    line: tuple[tuple[float, float, float, float], ...]
    """Points of the curve: rows, score, and its 95 % interval; beyond `now` it is a guess."""
    now: int
    """Rows there are."""
    gain: Gain

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Prospect":
        gain = record["gain"] | {"points": tuple(record["gain"]["points"])}
        lists = {name: tuple(map(tuple, record[name])) for name in ("intervals", "line")}
        flat = {name: tuple(record[name]) for name in ("rows", "scores")}
        made: dict[str, Any] = {**record, **lists, **flat, "gain": Gain(**gain)}
        return cls(**made)


@dataclass(frozen=True)
class Prospects:
    """Of all labels together and of each."""

    learner: str
    """The simple model that was asked."""
    draws: int
    overall: Prospect
    labels: Mapping[str, Prospect] = field(default_factory=dict)

    def in_order(self) -> list[tuple[str, Prospect]]:
        """The labels, those first that more rows help most; last those nothing is known of."""
        return sorted(self.labels.items(), key=lambda each: each[1].gain.place)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Prospects":
        labels = {name: Prospect.from_dict(each) for name, each in record["labels"].items()}
        overall = Prospect.from_dict(record["overall"])
        return cls(record["learner"], record["draws"], overall, labels)


@dataclass(frozen=True, eq=False)
class Measured:
    """What was counted at each share in each draw."""

    sums: Floats
    """Of the tallies, (shares, draws, sums)."""
    learned: Floats
    """Rows learned from in a draw, on average: all, then of each label, (shares, 1 + labels)."""
    tally: Tally[Any]

    def scores(self, task: LabelTask, weights: Floats) -> tuple[Floats, Floats]:
        """The headline (resamples, shares) and F1 of each label (resamples, shares, labels), with
        each draw taken as often as `weights` (resamples, draws) says."""
        sums = np.einsum("rd,sdk->rsk", weights, self.sums)
        counts = self.tally.read(sums, self.sums[-1].sum(axis=0))
        return task.score_counts(counts)[task.headline], task.class_scores(counts)[..., 2]


def fits(model: Learner, labels: int) -> int:
    """How many times a model is to be fitted."""
    return _repeats(model, labels) * model.folds * len(SHARES)


def measure(model: Learner, task: LabelTask, tell: Tell) -> Measured:
    """Learn from each share of the rows of each fold and count what is right."""
    truth = task.truth(model.rows["labels"])
    repeats = _repeats(model, len(task.labels))
    sums, learned = [], []
    for repeat in range(repeats):
        dealt = model.dealt(repeat)
        folds = [np.flatnonzero(dealt == fold) for fold in range(model.folds)]
        rests = [np.flatnonzero(dealt != fold) for fold in range(model.folds)]
        lines = [line(model.kinds[rest], len(folds) * repeat + i) for i, rest in enumerate(rests)]
        for share in SHARES:
            parts = [rest[place < share] for rest, place in zip(rests, lines, strict=True)]
            pairs = list(zip(parts, folds, strict=True))
            tallies = [task.tally(said) for said in model.answers(pairs)]
            sums.append([tally.repeats.astype(float) @ tally.sums for tally in tallies])
            learned.append([_count(truth[part]) for part in parts])
            tell(len(pairs))
    shape = (repeats, len(SHARES), model.folds, -1)
    by_share = np.array(sums).reshape(shape).swapaxes(0, 1)
    counted = np.array(learned, float).reshape(shape).mean(axis=(0, 2))
    return Measured(by_share.reshape(len(SHARES), repeats * model.folds, -1), counted, tallies[0])


def prospects(name: str, task: LabelTask, measured: Measured, now: Sequence[int]) -> Prospects:
    """The curves through what was measured; `now` is how many rows there are, of all and of each
    label."""
    draws = measured.sums.shape[1]
    even = np.ones((1, draws))
    scores, of_labels = measured.scores(task, even)
    weights = np.random.default_rng(0).multinomial(draws, [1 / draws] * draws, size=CURVES)
    resampled, of_labels_resampled = measured.scores(task, weights.astype(float))
    overall = _prospect(measured.learned[:, 0], scores[0], resampled, now[0])
    labels = {
        label: _prospect(
            measured.learned[:, 1 + place],
            of_labels[0, :, place],
            of_labels_resampled[..., place],
            now[1 + place],
        )
        for place, label in enumerate(task.labels)
    }
    return Prospects(name, draws, overall, labels)


def _prospect(learned: Floats, scores: Floats, resampled: Floats, now: int) -> Prospect:
    told = (learned >= 1) & (np.diff(learned, prepend=0) > 0)  # rows that differ
    ends = bounds(resampled).T[told].tolist()
    few = Gain("few", rounded(now), (0.0, 0.0, 0.0))
    measured = Prospect(_tuple(learned[told]), _tuple(scores[told]), _pairs(ends), (), now, few)
    if now < FEW or told.sum() < _FEWEST_POINTS:
        return measured
    curves = fit(learned[told], resampled[:, told])
    grid = np.geomspace(learned[told][0], FURTHER * now, _GRID)
    drawn = curves.at(grid)
    points = np.column_stack([grid, np.median(drawn, axis=0), *bounds(drawn)]).tolist()
    more = gain(curves, now, rounded(now), climbs(learned[told], scores[told]))
    return replace(measured, line=_pairs(points), gain=more)


def _tuple(values: Floats) -> tuple[float, ...]:
    return tuple(values.tolist())


def _pairs(rows: Sequence[Sequence[float]]) -> Any:
    return tuple(map(tuple, rows))


def gain(curves: Curves, now: int, more: int, climbing: bool = False) -> Gain:
    """What `more` rows would bring beyond those there are `now`."""
    before, after = curves.at(np.array([now, now + more])).T
    rise = after - before
    low, high = bounds(rise)
    verdict = "helps" if low >= CLEAR else "hardly" if high <= HARDLY else "unsure"
    if climbing:
        verdict = "climbs"
    middle = float(np.median(rise))
    return Gain(verdict, more, (100 * middle, 100 * float(low), 100 * float(high)))


def rounded(rows: int) -> int:
    """About as many, in a number that is easily said: 312 → 300, 4,906 → 4,900."""
    digits = 10 ** max(0, len(str(rows)) - 2)
    return max(1, round(rows / digits) * digits) if rows >= 100 else max(10, round(rows, -1))


def _count(truth: Any) -> list[int]:
    return [len(truth), *truth.sum(axis=0).tolist()]


def _repeats(model: Learner, labels: int) -> int:
    decisions = len(model.kinds) * labels * sum(SHARES) * model.folds
    return int(np.clip(MOST_DECISIONS // max(1, decisions), 1, MOST_DRAWS))
