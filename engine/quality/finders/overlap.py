"""Labels that overlap so much that they may be one: what is known of the texts cannot tell them
apart.

For each pair it is asked how often a row of the one looks more like the one than a row of the
other does (the area under the ROC curve, Hanley & McNeil 1982): 1 where the two are plainly
different, one half where they are the same. It does not depend on how many rows each has.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.data.changes import Change
from engine.quality.findings import Finding
from engine.quality.material import Material
from engine.quality.telling import ids, quoted
from engine.text import Message

KIND = "overlap"
FEW = 10
"""Rows of a label below which nothing can be said of it."""
CONFUSED = 0.25
"""Share of the rows of two labels, as far as they are given either, that are given the wrong one:
pairs that are mixed up less are not looked at."""
TOGETHER = 0.5
"""Share of their rows that must be given either: labels that are mistaken for everything do not
overlap, they are not learnt."""
SAME = 0.7
"""Upper end of the interval of the area, up to which two labels may be one."""
MOST_PAIRS = 500
MOST = 10

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Pair:
    """Two labels by number, the one with more rows first, and how well they are told apart."""

    first: int
    second: int
    area: float
    high: float
    """The upper end of its 95 % interval."""


def find(material: Material) -> list[Finding]:
    task = material.dataset.make_task()
    if task.shape != "labels" or task.several or len(task.labels) < 3:
        return []
    if material.outside is None:
        return []
    number = {name: i for i, name in enumerate(task.labels)}
    given = np.array([number[names[0]] if names else -1 for names in material.labels])
    outside = np.asarray(material.outside)
    known = np.flatnonzero((given >= 0) & np.isfinite(outside).all(axis=1))
    pairs = overlapping(outside[known], given[known])
    return [_finding(material, pair, outside, given) for pair in pairs[:MOST]]


def overlapping(outside: Floats, given: NDArray[np.integer]) -> list[Pair]:
    """Pairs of labels that may be one, those that are told apart worst first."""
    found = [_compared(outside, given, *pair) for pair in _mixed_up(outside, given)]
    return sorted((pair for pair in found if pair.high <= SAME), key=lambda pair: pair.area)


def _mixed_up(outside: Floats, given: NDArray[np.integer]) -> Iterator[tuple[int, int]]:
    """Pairs of labels that are often given for each other, the most often first."""
    labels = outside.shape[1]
    counts = np.zeros((labels, labels))
    np.add.at(counts, (given, outside.argmax(axis=1)), 1)
    rows, hits, wrong = counts.sum(axis=1), counts.diagonal(), counts + counts.T
    within = wrong + hits[:, None] + hits[None, :]
    either = rows[:, None] + rows[None, :]
    enough = (rows[:, None] >= FEW) & (rows[None, :] >= FEW)
    mixed = (wrong >= CONFUSED * within) & (within >= TOGETHER * either) & enough
    first, second = np.nonzero(np.triu(mixed, 1))
    order = np.argsort(-wrong[first, second] / within[first, second], kind="stable")[:MOST_PAIRS]
    for one, other in zip(first[order].tolist(), second[order].tolist(), strict=True):
        yield (one, other) if rows[one] >= rows[other] else (other, one)


def _compared(outside: Floats, given: NDArray[np.integer], first: int, second: int) -> Pair:
    """The area with the interval of Hanley & McNeil."""
    from scipy.stats import rankdata

    own, other = (outside[given == label] for label in (first, second))
    both = np.concatenate([own, other])
    more = np.log(both[:, first] + 1e-9) - np.log(both[:, second] + 1e-9)
    ranks = rankdata(more)[: len(own)]
    area = float((ranks.mean() - (len(own) + 1) / 2) / len(other))
    q1, q2 = area / (2 - area), 2 * area * area / (1 + area)
    spread = area * (1 - area) + (len(own) - 1) * (q1 - area**2) + (len(other) - 1) * (q2 - area**2)
    error = np.sqrt(max(0.0, spread) / (len(own) * len(other)))
    return Pair(first, second, area, float(area + 1.96 * error))


def _finding(
    material: Material, pair: Pair, outside: Floats, given: NDArray[np.integer]
) -> Finding:
    first, second = (material.dataset.labels[label] for label in (pair.first, pair.second))
    of_first, of_second = given == pair.first, given == pair.second
    likelier = outside[:, pair.first] >= outside[:, pair.second]
    swapped = (of_first & ~likelier) | (of_second & likelier)
    params = {
        "first": quoted(first),
        "second": quoted(second),
        "percent": round(100 * pair.area),
        "rows": int(of_second.sum()),
    }
    merge = Change(
        "rename",
        {"labels": [second], "to": first},
        Message("quality.overlap_fix", params),
    )
    return Finding(
        KIND,
        Message("quality.overlap", params),
        Message("quality.overlap_why", params),
        ids(material, np.flatnonzero(swapped)),
        0.5,
        (merge,),
        facts={"labels": [first, second], "area": pair.area, "high": pair.high},
    )
