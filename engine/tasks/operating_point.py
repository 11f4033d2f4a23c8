"""Where a model decides and where it leaves a text to a person: the operating point.

An `OperatingPoint` is what `thresholds.json` of a model folder holds. Without one the task's own
rule decides: 0.5 for labels that stand alone, otherwise the most probable label. Knows no task and
no files.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from engine.errors import ModelError

NEVER = 1.01
"""A threshold nothing reaches, not even a probability that was rounded to 1."""
WAYS = ("hand", "precision", "recall", "cost", "f1")


@dataclass(frozen=True)
class Cut:
    """One label's part of an operating point, in probabilities of that label: below `low` a machine
    says no, from `high` on it says yes, between them a person looks."""

    threshold: float
    low: float
    high: float

    @classmethod
    def at(cls, threshold: float) -> "Cut":
        """Without anything for a person."""
        return cls(threshold, threshold, threshold)

    def settled(self) -> "Cut":
        """A band without width is none; the threshold of one that has any lies within it."""
        if self.low >= self.high:
            return Cut.at(self.threshold)
        return replace(self, threshold=min(max(self.threshold, self.low), self.high))


@dataclass(frozen=True)
class Chosen:
    """How an operating point came about."""

    by: str
    """One of WAYS."""
    label: str | None = None
    """The label that was aimed at, where it was one."""
    target: float | None = None
    """The precision or recall that was asked for."""
    costs: Mapping[str, float] = field(default_factory=dict)
    """What an error and a look cost, where cost was the way."""


Band = tuple[tuple[float, float], ...]
"""[low, high) of each label."""


@dataclass(frozen=True)
class OperatingPoint:
    """Thresholds and a band for a person to look at, one a label, or None for the task's rule."""

    thresholds: tuple[float, ...] | None = None
    band: Band | None = None
    """A text goes to a person if the probability of a label lies in that label's part; where a row
    has one label, only the label decided on is asked."""
    chosen: Chosen | None = None

    @property
    def is_default(self) -> bool:
        return self.thresholds is None and self.band is None

    def to_record(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_record(cls, record: Any, labels: int) -> "OperatingPoint":
        """Raises ModelError where the record does not fit a model of so many labels."""
        try:
            thresholds, band = record["thresholds"], record.get("band")
            found = cls(
                None if thresholds is None else tuple(map(_probability, thresholds)),
                None if band is None else tuple(map(_pair, band)),
                _chosen(record.get("chosen")),
            )
        except (KeyError, TypeError, ValueError, AttributeError):
            raise ModelError("decisions.unreadable", labels=labels) from None
        if any(each is not None and len(each) != labels for each in (found.thresholds, found.band)):
            raise ModelError("decisions.unreadable", labels=labels)
        return found


def _probability(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= NEVER:
        raise ValueError
    return float(value)


def _pair(value: Any) -> tuple[float, float]:
    low, high = map(_probability, value)
    return low, high


def _chosen(record: Any) -> Chosen | None:
    if record is None:
        return None
    chosen = Chosen(**record)
    numbers = [*chosen.costs.values(), *([] if chosen.target is None else [chosen.target])]
    if chosen.by not in WAYS or not all(map(math.isfinite, numbers)):
        raise ValueError
    return chosen


def band_of(lows: Sequence[float], highs: Sequence[float]) -> Band | None:
    """A band of each label, or None where all are empty."""
    ends = zip(lows, highs, strict=True)
    pairs = tuple((float(low), float(max(low, high))) for low, high in ends)
    return pairs if any(low < high for low, high in pairs) else None
