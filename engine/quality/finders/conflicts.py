"""Conflicts: the same text with different labels. At most one of them can be right."""

from collections import Counter, defaultdict

import numpy as np

from engine.data.changes import Change
from engine.quality.findings import Finding
from engine.quality.material import Material
from engine.quality.telling import drop, ids
from engine.tasks.labelled import LabelTask
from engine.text import Message

KIND = "conflicts"
SEVERE = 0.05
"""Share of such rows from which on it is as serious as it gets."""


def find(material: Material) -> list[Finding]:
    if not isinstance(material.dataset.make_task(), LabelTask):
        return []
    groups = _groups(material)
    if not groups:
        return []
    better: dict[int, tuple[str, ...]] = {}
    for places in groups:
        label = _majority([material.labels[place] for place in places])
        better |= {place: label for place in places if label and label != material.labels[place]}
    every = [place for places in groups for place in places]
    suggested = dict(zip(ids(material, better), better.values(), strict=True))
    open_ones = [places for places in groups if better.keys().isdisjoint(places)]
    rows = [*better, *(place for places in open_ones for place in places)]
    counts = {"texts": len(groups), "rows": len(every), "open": len(open_ones)}
    return [
        Finding(
            KIND,
            Message("quality.conflicts", counts),
            Message("quality.conflicts_why"),
            ids(material, rows),
            0.5 + 0.4 * min(1.0, len(every) / len(material.rows) / SEVERE),
            _fixes(material, suggested, every),
            suggested,
            tuple(ids(material, places) for places in groups),
            counts,
        )
    ]


def _groups(material: Material) -> list[list[int]]:
    """Places of rows that have the same text, where their labels differ; large groups first."""
    same: dict[int, list[int]] = defaultdict(list)
    labelled = np.flatnonzero([bool(names) for names in material.labels])
    for place in labelled.tolist():
        same[int(material.near.same[place])].append(place)
    groups = [places for places in same.values() if len(set(material.truths[places])) > 1]
    return sorted(groups, key=lambda places: -len(places))


def _majority(labels: list[tuple[str, ...]]) -> tuple[str, ...]:
    """What most rows say; nothing where two are said equally often."""
    (first, most), (_, next_most) = Counter(labels).most_common(2)
    return first if most > next_most else ()


def _fixes(
    material: Material, suggested: dict[int, tuple[str, ...]], every: list[int]
) -> tuple[Change, ...]:
    """The label of most rows where there is one; or none of the rows."""
    rows = ids(material, every)
    message = Message("quality.conflicts_drop", {"rows": len(rows)})
    out = drop(rows, message)
    if not suggested:
        return (out,)
    asks = {"rows": {row: list(names) for row, names in suggested.items()}}
    message = Message("quality.conflicts_relabel", {"rows": len(suggested)})
    return Change("relabel", asks, message), out
