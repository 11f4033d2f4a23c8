"""What an operating point means for the rows of a split: what is automated, what a person sees,
what goes wrong, and what a text costs. Knows predictions; no files, no model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from engine.evaluation.intervals import CONFIDENCE, RESAMPLES
from engine.tasks.labelled import LabelPredictions, LabelTask
from engine.tasks.operating_point import OperatingPoint
from engine.tasks.scores import Floats

Costs = Mapping[str, float]
"""A price for each of the task's mistakes, and one for a `look` where a person may look."""


class Estimate(NamedTuple):
    """A mean over texts with its bootstrap 95 % interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class Consequences:
    """What comes of an operating point."""

    rows: int
    automated: int
    """Rows the machine decides; the others go to a person."""
    scores: Mapping[str, float]
    """The task's scores, of the automated rows."""
    per_class: Mapping[str, Mapping[str, float]]
    """label → its figures, of the automated rows."""
    cost: Estimate | None
    """Of a text, where prices were given."""


def consequences(
    task: LabelTask,
    predictions: LabelPredictions,
    point: OperatingPoint,
    costs: Costs | None = None,
) -> Consequences:
    """What the point makes of these rows."""
    decided = task.at(predictions, point)
    kept = np.ones(len(decided), dtype=bool) if decided.review is None else ~decided.review
    automated = LabelPredictions(
        decided.truth[kept], decided.decided[kept], np.asarray(decided.probabilities)[kept]
    )
    counts = task.tally(automated).counts()
    return Consequences(
        len(decided),
        len(automated),
        {name: float(score) for name, score in task.score_counts(counts).items()},
        task.per_class(counts),
        None if costs is None else mean_cost(row_costs(task, decided, costs)),
    )


def row_costs(task: LabelTask, decided: LabelPredictions, costs: Costs) -> Floats:
    """What each row costs, (rows,): a look, or else its mistakes. A person makes none."""
    mistakes = task.mistake_costs(decided.truth, decided.decided, costs)
    if decided.review is None:
        return mistakes
    return np.where(decided.review, costs.get("look", 0.0), mistakes)


def mean_cost(costs: Floats, seed: int = 0) -> Estimate:
    """Rows with the same cost are alike, so it is drawn how often each cost comes."""
    if not len(costs):
        return Estimate(0.0, 0.0, 0.0)
    values, repeats = np.unique(costs, return_counts=True)
    drawn = np.random.default_rng(seed).multinomial(
        len(costs), repeats / len(costs), size=RESAMPLES
    )
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(drawn @ values / len(costs), (tail, 1 - tail))
    return Estimate(float(costs.mean()), float(low), float(high))
