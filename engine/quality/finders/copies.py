"""Copies: rows with the same words as another one or nearly so, within a split and across splits.

A model that is asked in the test what it has read in training answers from memory, so its score
says too much; a text that is learned from twice weighs twice.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from engine.quality.findings import Finding
from engine.quality.leakage import gained, group_parts, told
from engine.quality.material import Material
from engine.quality.telling import drop, ids
from engine.text import Message

KIND = "copies"
PLACES = {"train": 0, "validation": 1, "test": 2}
"""A row must not stand in a later split as well."""
MANY_LEAKED, MANY_REPEATED = 0.05, 0.2
"""Shares of the rows from which on it is as serious as it gets."""
_REPEATS = {
    "labels": "quality.copies_repeats",
    "spans": "quality.copies_repeats_spans",
    "answers": "quality.copies_repeats_answers",
}
"""shape → what is said of rows that repeat one another."""

Groups = dict[int, list[int]]
"""Place of the row that stays → places of its copies."""


def find(material: Material) -> list[Finding]:
    places = np.array([PLACES[split] for split in material.splits])
    beside = _neighbours(material.near.pairs)
    leaked = _across(material, places, beside)
    left = np.ones(len(places), bool)
    left[[row for group in leaked.values() for row in group]] = False
    repeated = _within(material, places, beside, left)
    found = []
    if leaked:
        found.append(_leak(material, leaked, places))
    if repeated:
        found.append(_repeats(material, repeated))
    return found


def _neighbours(pairs: NDArray[np.int64]) -> dict[int, list[int]]:
    """Number of a text → those of the texts nearly the same as it."""
    beside: dict[int, list[int]] = defaultdict(list)
    for a, b in pairs.tolist():
        beside[a].append(b)
        beside[b].append(a)
    return beside


def _across(material: Material, places: NDArray[np.int64], beside: dict[int, list[int]]) -> Groups:
    """Rows that stand in a later split as well, under the first such row of it."""
    same = material.near.same
    last: dict[int, int] = {}
    for row in np.lexsort((np.arange(len(same)), -places)).tolist():
        last.setdefault(int(same[row]), row)  # in the latest split that has the text
    groups: Groups = defaultdict(list)
    for row in np.flatnonzero(places < places.max(initial=0)).tolist():
        own = int(same[row])
        candidates = [last[number] for number in (own, *beside.get(own, ()))]
        later = [other for other in candidates if places[other] > places[row]]
        if later:
            groups[later[0]].append(row)
    return dict(groups)


def _within(
    material: Material,
    places: NDArray[np.int64],
    beside: dict[int, list[int]],
    left: NDArray[np.bool_],
) -> Groups:
    """Of the rows that are left, those that repeat an earlier one of their split and truth."""
    same, truths = material.near.same, material.truths
    kept: dict[tuple[int, int, int], int] = {}
    groups: Groups = defaultdict(list)
    for row in np.flatnonzero(left).tolist():
        own, kind = int(same[row]), (int(places[row]), int(truths[row]))
        first = next(
            (
                kept[key]
                for number in (own, *beside.get(own, ()))
                if (key := (number, *kind)) in kept
            ),
            None,
        )
        if first is None:
            kept[(own, *kind)] = row
        else:
            groups[first].append(row)
    return dict(groups)


def _leak(material: Material, groups: Groups, places: NDArray[np.int64]) -> Finding:
    rows = _copies(groups)
    held_out = int((places > 0).sum())
    share = len(groups) / max(1, held_out)
    counts = {"rows": len(rows), "near": _near(material, groups), "tested": len(groups)}
    copies = ids(material, rows)
    measured = gained(material, group_parts(material, material.near.families))
    return Finding(
        KIND,
        Message("quality.copies_leak", {"rows": len(rows), "how": _how(counts)}),
        Message("quality.copies_leak_why", {"share": share, "points": told(material, measured)}),
        copies,
        0.7 + 0.3 * min(1.0, share / MANY_LEAKED),
        (drop(copies, Message("quality.copies_leak_fix", {"rows": len(rows)})),),
        groups=tuple(_groups(material, groups)),
        facts=counts | {"held_out": held_out},
    )


def _repeats(material: Material, groups: Groups) -> Finding:
    rows = _copies(groups)
    share, shape = len(rows) / len(material.rows), material.dataset.make_task().shape
    counts = {"rows": len(rows), "near": _near(material, groups), "texts": len(groups)}
    copies = ids(material, rows)
    return Finding(
        KIND,
        Message(_REPEATS[shape], {"rows": len(rows), "how": _how(counts)}),
        Message("quality.copies_repeats_why"),
        copies,
        0.2 + 0.3 * min(1.0, share / MANY_REPEATED),
        (drop(copies, Message("quality.copies_repeats_fix", {"rows": len(rows)})),),
        groups=tuple(_groups(material, groups)),
        facts=counts,
    )


def _copies(groups: Groups) -> list[int]:
    """Places of all that may go, copies of the same row beside each other."""
    return [row for copies in groups.values() for row in copies]


def _how(counts: Mapping[str, int]) -> Message:
    """How like the copies are to what they repeat."""
    near = counts["near"]
    if not near:
        return Message("quality.copies_same")
    every = near == counts["rows"]
    return Message("quality.copies_changed" if every else "quality.copies_partly", {"near": near})


def _near(material: Material, groups: Groups) -> int:
    """How many of the copies have other words."""
    same = material.near.same
    return sum(int(same[row] != same[kept]) for kept, rows in groups.items() for row in rows)


def _groups(material: Material, groups: Groups) -> Iterator[tuple[int, ...]]:
    """As row ids, the one that stays first; the largest groups first."""
    for kept, copies in sorted(groups.items(), key=lambda group: -len(group[1])):
        yield ids(material, [kept, *copies])
