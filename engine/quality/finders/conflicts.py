"""Conflicts: the same text with different labels. At most one of them can be right.

The label of most rows can be given to the others at once; where two are said equally often, the one
that models find more probable is suggested row by row.
"""

from collections import Counter, defaultdict

import numpy as np

from engine.data.changes import Change
from engine.data.labels import Names
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
    by_most: dict[int, Names] = {}
    by_models: dict[int, Names] = {}
    open_ones: list[list[int]] = []
    for places in groups:
        most = _majority([material.labels[place] for place in places])
        right = most or _likeliest(material, places)
        others = {place: right for place in places if right and right != material.labels[place]}
        (by_most if most else by_models).update(others)
        open_ones += [] if most else [places]
    every = [place for places in groups for place in places]
    suggested = by_most | by_models
    rows = dict.fromkeys([*suggested, *(place for places in open_ones for place in places)])
    counts = {"texts": len(groups), "rows": len(every), "open": len(open_ones)}
    return [
        Finding(
            KIND,
            Message("quality.conflicts", counts),
            Message("quality.conflicts_why"),
            ids(material, rows),
            0.5 + 0.4 * min(1.0, len(every) / len(material.rows) / SEVERE),
            _fixes(material, by_most, every),
            dict(zip(ids(material, suggested), suggested.values(), strict=True)),
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


def _majority(labels: list[Names]) -> Names:
    """What most rows say; nothing where two are said equally often."""
    (first, most), (_, next_most) = Counter(labels).most_common(2)
    return first if most > next_most else ()


def _likeliest(material: Material, places: list[int]) -> Names:
    """Of what these rows are said to be, what models that have learned from none of them find most
    probable: something to decide on, not to be taken unseen. Nothing where there are no models."""
    probabilities = material.outside
    if probabilities is None:
        return ()
    said, truth = probabilities[places].mean(axis=0), material.truth[places]
    fit = np.where(truth, said, 1 - said).prod(axis=1)
    return material.labels[places[int(fit.argmax())]]


def _fixes(material: Material, by_most: dict[int, Names], every: list[int]) -> tuple[Change, ...]:
    """The label of most rows where there is one; or none of the rows."""
    rows = ids(material, every)
    message = Message("quality.conflicts_drop", {"rows": len(rows)})
    out = drop(rows, message)
    if not by_most:
        return (out,)
    right = dict(zip(ids(material, by_most), map(list, by_most.values()), strict=True))
    asks = {"rows": right}
    message = Message("quality.conflicts_relabel", {"rows": len(right)})
    return Change("relabel", asks, message), out
