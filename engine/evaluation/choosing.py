"""Operating points chosen from the predictions of a split: by precision, recall, cost or F1.

Every way goes through the cuts there are between the probabilities of that split and takes the
best one; what it is worth elsewhere is for `engine.evaluation.consequences` to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.errors import DataError
from engine.tasks.labelled import LabelPredictions, LabelTask
from engine.tasks.operating_point import NEVER, Chosen, Cut, OperatingPoint
from engine.tasks.scores import Bools, Floats
from engine.text import Message

ROUNDS = 3
"""Over labels that share a person's look, after each was cut by itself."""
HIGHEST_PRICE = 1_000_000_000
FEW = 30
"""Rows with a label, below which a threshold chosen on them may well be chance."""
EQUAL = 1e-9
"""Sums of costs nearer than this are the same."""


class _Sorted(NamedTuple):
    """Rows by score, and where they can be cut: cut `i` parts the rows from the i-th on."""

    order: NDArray[np.intp]
    scores: Floats
    cuts: NDArray[np.intp]

    @classmethod
    def of(cls, scores: Floats) -> "_Sorted":
        order = np.argsort(scores, kind="stable")
        ranked = np.asarray(scores, dtype=np.float64)[order]
        inner = np.nonzero(ranked[1:] > ranked[:-1])[0] + 1
        return cls(order, ranked, np.concatenate([[0], inner, [len(ranked)]]))

    def value(self, cut: int) -> float:
        """The threshold that makes this cut: a short number between the scores on both sides."""
        if cut == 0:
            return 0.0
        if cut == len(self.scores):
            return NEVER
        return _between(self.scores[cut - 1], self.scores[cut])


def _between(low: float, high: float) -> float:
    """The middle, with as few digits as it takes to stay above `low` and not above `high`."""
    middle = (low + high) / 2
    for digits in range(2, 9):
        short = round(middle, digits)
        if low < short <= high:
            return short
    return float(high)


def choose(
    task: LabelTask, seen: LabelPredictions | None, point: OperatingPoint, wish: Chosen
) -> OperatingPoint:
    """The operating point a wish asks for, chosen on these rows; a wish about one label leaves the
    others as `point` has them. Raises DataError where it cannot be had."""
    if seen is None:
        raise DataError("decisions.no_validation")
    if wish.by == "cost":
        return for_cost(task, seen, _priced(task, wish.costs))
    if wish.target is None or not 0 < wish.target <= 1:
        raise DataError("decisions.bad_target", found=str(wish.target))
    ways = {"precision": for_precision, "recall": for_recall}
    return ways[wish.by](task, seen, point, known_label(task, wish.label), wish.target)


def too_few(
    task: LabelTask, seen: LabelPredictions | None, chosen: Chosen | None
) -> Message | None:
    """A word on it where a choice rests on few rows: with the label that was aimed at, or else with
    that label, of those that get a threshold of their own, which has the fewest."""
    if seen is None or chosen is None or chosen.by == "hand":
        return None
    if chosen.by == "cost" and len(task.mistakes) == 1:  # one number for all labels
        rows = len(seen)
        return Message("decisions.too_few_rows", {"rows": rows}) if rows < 2 * FEW else None
    labels = task.cuttable if chosen.label is None else (chosen.label,)
    counts = {label: int(seen.truth[:, task.labels.index(label)].sum()) for label in labels}
    label = min(labels, key=lambda each: counts[each])
    if counts[label] >= FEW:
        return None
    return Message("decisions.too_few", {"label": label, "true": counts[label]})


def by_hand(task: LabelTask, point: OperatingPoint, label: str | None, cut: Cut) -> OperatingPoint:
    """The point with another part for one label. Raises DataError for numbers that are none."""
    numbers = (cut.threshold, cut.low, cut.high)
    if not all(0 <= number <= NEVER for number in numbers) or cut.low > cut.high:
        raise DataError("decisions.bad_cut", found=", ".join(f"{number:g}" for number in numbers))
    changed = task.with_cut(point, known_label(task, label), cut)
    return replace(changed, chosen=Chosen("hand"))


def known_label(task: LabelTask, label: str | None) -> str:
    """The label a wish is about; where there is only one it need not be named."""
    if label is None and len(task.cuttable) == 1:
        return task.cuttable[0]
    if label not in task.cuttable:
        raise DataError("decisions.no_label", found=label or "", labels=task.cuttable)
    return label


def _priced(task: LabelTask, costs: Mapping[str, float]) -> Mapping[str, float]:
    names = {*task.mistakes, "look"}
    if not set(task.mistakes) <= costs.keys() <= names:
        raise DataError("decisions.bad_costs", expected=sorted(names), found=sorted(costs))
    if not all(0 <= price <= HIGHEST_PRICE for price in costs.values()):
        raise DataError("decisions.bad_prices", highest=HIGHEST_PRICE)
    return costs


def for_precision(
    task: LabelTask, seen: LabelPredictions, point: OperatingPoint, label: str, target: float
) -> OperatingPoint:
    """The lowest threshold of the label with which so many of its finds are right."""
    ranked, _, found, hits = _swept(task, seen, point, label)
    precision = np.divide(hits, found, out=np.zeros(len(found)), where=found > 0)
    good = np.nonzero(precision >= target - EQUAL)[0]
    if not len(good):
        best = float(precision.max())
        raise DataError("decisions.no_such_precision", label=label, target=target, best=best)
    cut = Cut.at(ranked.value(int(ranked.cuts[good[0]])))
    chosen = Chosen("precision", label, target)
    return replace(task.with_cut(point, label, cut), chosen=chosen)


def for_recall(
    task: LabelTask, seen: LabelPredictions, point: OperatingPoint, label: str, target: float
) -> OperatingPoint:
    """The highest threshold of the label with which so many of its rows are found."""
    ranked, true, _, hits = _swept(task, seen, point, label)
    good = np.nonzero(hits >= target * true - EQUAL)[0]
    cut = Cut.at(ranked.value(int(ranked.cuts[good[-1]])))
    return replace(task.with_cut(point, label, cut), chosen=Chosen("recall", label, target))


def _swept(
    task: LabelTask, seen: LabelPredictions, point: OperatingPoint, label: str
) -> tuple[_Sorted, int, Floats, Floats]:
    """Rows by what has to reach the label's threshold; true rows in all, and at each cut those
    found and those found rightly."""
    truth = seen.truth[:, task.labels.index(label)]
    if not truth.any():
        raise DataError("decisions.label_unseen", label=label)
    ranked = _Sorted.of(task.reach(np.asarray(seen.probabilities), point, label))
    true = int(truth.sum())
    below = np.concatenate([[0], np.cumsum(truth[ranked.order])])
    return ranked, true, (len(truth) - ranked.cuts).astype(float), true - below[ranked.cuts]


def for_f1(task: LabelTask, seen: LabelPredictions) -> OperatingPoint:
    """The threshold of each label with the highest F1; 0.5 where a label has no true row."""
    point = OperatingPoint()
    for label in task.cuttable:
        if not seen.truth[:, task.labels.index(label)].any():
            continue
        ranked, true, found, hits = _swept(task, seen, point, label)
        best = int(np.argmax(2 * hits / (found + true)))
        point = task.with_cut(point, label, Cut.at(ranked.value(int(ranked.cuts[best]))))
    return replace(point, chosen=Chosen("f1"))


def for_cost(task: LabelTask, seen: LabelPredictions, costs: Mapping[str, float]) -> OperatingPoint:
    """The thresholds and the band with the lowest cost on these rows: `costs` has one number for
    each of the task's mistakes, and `look` where a person may look at all."""
    by_label = len(task.mistakes) > 1
    point = _cuts_for_cost(task, seen, costs) if by_label else _floor_for_cost(task, seen, costs)
    return replace(point, chosen=Chosen("cost", costs=dict(costs)))


def _floor_for_cost(
    task: LabelTask, seen: LabelPredictions, costs: Mapping[str, float]
) -> OperatingPoint:
    """How probable the answer must be for no person to look: one number for all labels, as few
    rows of each would not tell them apart (Chow 1970)."""
    probabilities = np.asarray(seen.probabilities)
    ranked = _Sorted.of(probabilities.max(axis=1))
    wrong = costs["wrong"] * (seen.truth != seen.decided).any(axis=1)[ranked.order]
    look = costs.get("look")
    if look is None:
        return OperatingPoint()
    above = wrong.sum() - _sums(wrong)
    total = (look * np.arange(len(above)) + above)[ranked.cuts]
    cut = int(ranked.cuts[_first(total)])
    if cut == 0:
        return OperatingPoint()
    return OperatingPoint(band=((0.0, ranked.value(cut)),) * len(task.labels))


def _cuts_for_cost(
    task: LabelTask, seen: LabelPredictions, costs: Mapping[str, float]
) -> OperatingPoint:
    """Label by label, each against what the others make of the row: a person who looks at a row
    settles all of its labels for the price of one look. What is best for a label by itself stays
    unless something else is cheaper, for where others ask for a look anything would do here, but
    not on rows to come."""
    point = OperatingPoint()
    probabilities = np.asarray(seen.probabilities)
    labels = [
        _OfLabel(
            _Sorted.of(task.reach(probabilities, point, name)),
            seen.truth[:, task.labels.index(name)],
            costs,
        )
        for name in task.cuttable
    ]
    spent, looks = np.zeros(len(seen)), np.zeros(len(seen), dtype=int)
    cuts = [label.best(spent, looks > 0) for label in labels]
    for label, cut in zip(labels, cuts, strict=True):
        label.put(cut, spent, looks, 1)
    for _ in range(ROUNDS if len(labels) > 1 else 0):
        for place, label in enumerate(labels):
            label.put(cuts[place], spent, looks, -1)
            looked = looks > 0
            better = label.best(spent, looked)
            if label.cost(better, spent, looked) < label.cost(cuts[place], spent, looked) - EQUAL:
                cuts[place] = better
            label.put(cuts[place], spent, looks, 1)
    for name, label, cut in zip(task.cuttable, labels, cuts, strict=True):
        point = task.with_cut(point, name, label.values(cut))
    return point


class _Cuts(NamedTuple):
    """Where a label's rows are cut: below `low` no, from `high` on yes, between them a look."""

    low: int
    threshold: int
    high: int


@dataclass(frozen=True, eq=False)
class _OfLabel:
    """The rows of one label, to be cut as costs have it."""

    ranked: _Sorted
    truth: Bools
    costs: Mapping[str, float]

    def put(self, cuts: _Cuts, spent: Floats, looks: NDArray[np.int64], sign: int) -> None:
        """Add to each row what the label's mistakes cost there, and whether it asks for a look."""
        no, asked, yes = np.split(self.ranked.order, (cuts.low, cuts.high))
        looks[asked] += sign
        spent[no] += sign * self.costs["miss"] * self.truth[no]
        spent[yes] += sign * self.costs["false_alarm"] * ~self.truth[yes]

    def cost(self, cuts: _Cuts, spent: Floats, looked: Bools) -> float:
        """What the label adds, where mistakes with other labels cost `spent`, of which a look
        rids, and some rows are looked at anyway."""
        own, looks = spent.copy(), np.zeros(len(spent), dtype=np.int64)
        self.put(cuts, own, looks, 1)
        asked = np.where(looks > 0, self.costs.get("look", 0.0) - spent, own - spent)
        return float(asked[~looked].sum())

    def best(self, spent: Floats, looked: Bools) -> _Cuts:
        """The cuts with the lowest cost, where mistakes with other labels cost `spent` and some
        rows are looked at anyway. Among equals those with the fewest looks, and between them the
        single cut that is best by itself."""
        ranked, order, price = self.ranked, self.ranked.order, self.costs.get("look")
        paid, true = ~looked[order], self.truth[order]
        below = _sums(paid * self.costs["miss"] * true)[ranked.cuts]
        alarms = _sums(paid * self.costs["false_alarm"] * ~true)
        above = alarms[-1] - alarms[ranked.cuts]
        if price is None:
            only = int(ranked.cuts[_first(below + above)])
            return _Cuts(only, only, only)
        look = _sums(paid * (price - spent[order]))[ranked.cuts]
        saved = below - look  # by a person who leaves to the machine what lies below the cut
        least = saved <= np.minimum.accumulate(saved) + EQUAL
        lows = np.maximum.accumulate(np.where(least, np.arange(len(saved)), 0))
        high = _first(saved[lows] + look + above)
        low = int(lows[high])
        single = low + _first((below + above)[low : high + 1])
        return _Cuts(*(int(ranked.cuts[place]) for place in (low, single, high)))

    def values(self, cuts: _Cuts) -> Cut:
        low, threshold, high = map(self.ranked.value, cuts)
        return Cut(threshold, low, high)


def _sums(values: Floats) -> Floats:
    """Of the first 0, 1, … values."""
    return np.concatenate([[0.0], np.cumsum(values)])


def _first(totals: Floats) -> int:
    """The first of the lowest."""
    return int(np.nonzero(totals <= totals.min() + EQUAL)[0][0])
