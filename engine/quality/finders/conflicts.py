"""Conflicts: the same text with different labels, the same question with different answers. At
most one of them can be right.

The label of most rows can be given to the others at once; where two are said equally often, the one
that models find more probable is suggested row by row.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable
from typing import TypeVar

import numpy as np

from engine.data.changes import Change
from engine.data.labels import Names
from engine.quality.findings import Finding
from engine.quality.material import Material
from engine.quality.telling import drop, ids
from engine.tasks.labelled import LabelTask
from engine.text import Message

KIND = "conflicts"
T = TypeVar("T", bound=Hashable)
SEVERE = 0.05
"""Share of such rows from which on it is as serious as it gets."""


def find(material: Material) -> list[Finding]:
    task = material.dataset.make_task()
    labelled = isinstance(task, LabelTask)
    groups = _groups(material, labelled)
    if not groups:
        return []
    if not labelled:
        return [_otherwise(material, groups, task.shape)]
    by_most: dict[int, Names] = {}
    by_models: dict[int, Names] = {}
    open_ones: list[list[int]] = []
    for places in groups:
        most = _majority([material.labels[place] for place in places]) or ()
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
            _weight(material, every),
            _fixes(material, by_most, every),
            dict(zip(ids(material, suggested), suggested.values(), strict=True)),
            tuple(ids(material, places) for places in groups),
            counts,
        )
    ]


def _groups(material: Material, labelled: bool) -> list[list[int]]:
    """Places of rows that ask the same, where their truths differ; large groups first. Texts with
    labels of their own only where they carry any."""
    same: dict[int, list[int]] = defaultdict(list)
    counting = np.array([bool(names) or not labelled for names in material.labels], bool)
    for place in np.flatnonzero(counting).tolist():
        same[int(material.near.same[place])].append(place)
    groups = [places for places in same.values() if len(set(material.truths[places])) > 1]
    return sorted(groups, key=lambda places: -len(places))


def _otherwise(material: Material, groups: list[list[int]], shape: str) -> Finding:
    """The same that is marked or answered differently: what most rows say can stay."""
    odd, every = list[int](), [place for places in groups for place in places]
    union: dict[int, list[str]] = {}
    for places in groups:
        if shape == "answers":
            given = (str(answer) for place in places for answer in material.rows["answers"][place])
            every_one = list(dict.fromkeys(given))
            union |= dict.fromkeys(ids(material, places), every_one)
        most = _majority(material.truths[places].tolist())
        odd += [place for place in places if most is not None and material.truths[place] != most]
    counts = {"texts": len(groups), "rows": len(every)}
    keep = "quality.conflicts_keep_answers" if shape == "answers" else "quality.conflicts_keep"
    fixes = [(odd, keep)] if odd else []
    fixes += [(every, "quality.conflicts_drop")]
    drops = [drop(ids(material, r), Message(key, {"rows": len(r)})) for r, key in fixes]
    unite = Message("quality.conflicts_unite", {"rows": len(union)})
    return Finding(
        KIND,
        Message(f"quality.conflicts_{shape}", counts),
        Message(f"quality.conflicts_{shape}_why"),
        ids(material, every),
        _weight(material, every),
        (*([Change("relabel", {"rows": union}, unite)] if union else []), *drops),
        groups=tuple(ids(material, places) for places in groups),
        facts=counts,
    )


def _weight(material: Material, every: list[int]) -> float:
    return 0.5 + 0.4 * min(1.0, len(every) / len(material.rows) / SEVERE)


def _majority(said: list[T]) -> T | None:
    """What most rows say; None where two are said equally often."""
    (first, most), (_, next_most) = Counter(said).most_common(2)
    return first if most > next_most else None


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
