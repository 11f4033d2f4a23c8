"""What an operating point means for the rows of a split: what is automated, what a person sees,
what goes wrong, and what a text costs. Knows predictions; no files, no model.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from engine.evaluation.figures import figures
from engine.evaluation.intervals import CONFIDENCE, RESAMPLES
from engine.evaluation.report import Figures
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
    mistakes: Mapping[str, int]
    """Each of the task's mistakes → how often the machine makes it."""
    figures: Figures
    """What a report says of a split, of the automated rows; empty where there are none."""
    cost: Estimate | None
    """Of a text, where prices were given."""
    saved: Estimate | None = None
    """How much cheaper a text is at the point this is compared with."""

    @property
    def looked_at(self) -> int:
        """Rows that go to a person."""
        return self.rows - self.automated

    def to_record(self) -> dict[str, Any]:
        prices = {"cost": self.cost, "saved": self.saved}
        told = {name: price._asdict() if price else None for name, price in prices.items()}
        return asdict(self) | {"looked_at": self.looked_at, **told}


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
    prices = {one: {name: float(name == one) for name in task.mistakes} for one in task.mistakes}
    return Consequences(
        len(decided),
        len(automated),
        {
            name: int(task.mistake_costs(automated.truth, automated.decided, price).sum())
            for name, price in prices.items()
        },
        figures(task, automated) if len(automated) else {},
        None if costs is None else mean_cost(row_costs(task, decided, costs)),
    )


def compared(
    task: LabelTask,
    predictions: LabelPredictions,
    point: OperatingPoint,
    costs: Costs | None = None,
) -> dict[str, Consequences]:
    """What comes of the point (`this_point`), beside the `default_rule` and, where a look has its
    price, a person who sees everything (`by_people`). Without costs those it was chosen by are
    taken."""
    costs = costs or (point.chosen.costs if point.chosen else None) or None
    if point.is_default:
        sides = {"default_rule": consequences(task, predictions, point, costs)}
    else:
        sides = {
            "this_point": consequences(task, predictions, point, costs),
            "default_rule": consequences(task, predictions, OperatingPoint(), costs),
        }
    if costs is None:
        return sides
    own = row_costs(task, task.at(predictions, point), costs)
    if not point.is_default:
        spent = row_costs(task, task.at(predictions, OperatingPoint()), costs)
        sides["default_rule"] = replace(sides["default_rule"], saved=mean_cost(spent - own))
    if "look" in costs:
        people = by_people(predictions, costs["look"])
        sides["by_people"] = replace(people, saved=mean_cost(costs["look"] - own))
    return sides


def row_costs(task: LabelTask, decided: LabelPredictions, costs: Costs) -> Floats:
    """What each row costs, (rows,): a look, or else its mistakes. A person makes none."""
    mistakes = task.mistake_costs(decided.truth, decided.decided, costs)
    if decided.review is None:
        return mistakes
    return np.where(decided.review, costs.get("look", 0.0), mistakes)


def by_people(predictions: LabelPredictions, look: float) -> Consequences:
    """What comes of a person looking at everything."""
    rows = len(predictions)
    return Consequences(rows, 0, {}, {}, Estimate(look, look, look))


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
