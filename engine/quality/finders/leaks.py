"""Rows that know each other on both sides of a split: of one author, ticket or document, or later
than the rows they are tested by."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.data.changes import Change
from engine.quality.findings import Finding
from engine.quality.leakage import gained, group_parts, time_parts, told
from engine.quality.material import Material
from engine.quality.meaning import groups_of, time_of
from engine.quality.telling import ids
from engine.text import Message

KIND = "leaks"
SHARED = 0.01
"""Share of test rows with a related training row from which it is said."""
LATER = 0.05
"""Share of training rows that are later than the usual test row, likewise."""


def find(material: Material) -> list[Finding]:
    if not {"train", "test"} <= set(material.splits.tolist()):
        return []
    found: list[Finding | None] = []
    for column in material.dataset.extra:
        cells = [cell.strip() for cell in material.extra(column)]
        when = time_of(column, cells)
        found.append(
            _later(material, column, when) if when is not None else _shared(material, column, cells)
        )
    return [finding for finding in found if finding]


def _shared(material: Material, column: str, cells: Sequence[str]) -> Finding | None:
    found = groups_of(column, cells, material.truths)
    if found is None:
        return None
    codes = found.codes
    train = material.splits == "train"
    both = np.intersect1d(codes[train], codes[~train])
    both = both[both >= 0]
    known = ~train & np.isin(codes, both)
    share = known.sum() / max(1, (~train).sum())
    if share < SHARED:
        return None
    measured = gained(material, group_parts(material, codes))
    task = material.dataset.make_task()
    leaking = measured is not None and measured.verdict(task.headline) == "better"
    if not leaking and not found.named:
        return None
    params = {"column": column, "percent": round(100 * share), "groups": len(both)}
    return Finding(
        KIND,
        Message("quality.leaks_group", params),
        Message("quality.leaks_group_why", {"column": column, "points": told(material, measured)}),
        ids(material, np.flatnonzero(known)),
        0.9 if leaking else 0.45,
        (_divide("group", column),),
        facts={"about": "group", **params, "gained": measured and measured.to_record()},
    )


def _later(material: Material, column: str, when: NDArray[np.float64]) -> Finding | None:
    """Training rows that are later than the usual test row."""
    train, test = material.splits == "train", material.splits == "test"
    finite = np.isfinite(when)
    if not (finite & test).any():
        return None
    later = train & finite & (when > np.median(when[test & finite]))
    share = later.sum() / max(1, (train & finite).sum())
    if share < LATER:
        return None
    measured = gained(material, time_parts(material, when))
    leaking = (
        measured is not None and measured.verdict(material.dataset.make_task().headline) == "better"
    )
    params = {"column": column, "percent": round(100 * share)}
    return Finding(
        KIND,
        Message("quality.leaks_time", params),
        Message("quality.leaks_time_why", {"column": column, "points": told(material, measured)}),
        (),
        0.7 if leaking else 0.3,
        (_divide("time", column),),
        facts={"about": "time", **params, "gained": measured and measured.to_record()},
    )


def _divide(by: str, column: str) -> Change:
    reason = Message(f"quality.leaks_{by}_fix", {"column": column})
    return Change("divide", {"by": by, "column": column}, reason)
