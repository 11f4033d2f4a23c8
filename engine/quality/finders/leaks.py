"""Rows that know each other on both sides of a split: of one author, ticket or document, or later
than the rows they are tested by."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.data.changes import Change
from engine.quality.findings import Finding
from engine.quality.leakage import Part, gained, group_parts, time_parts, told
from engine.quality.material import Material
from engine.quality.meaning import Groups, groups_of, time_of
from engine.quality.telling import ids
from engine.text import Message

KIND = "leaks"
SHARED = 0.01
"""Share of test rows with a related training row from which it is said."""
LATER = 0.05
"""Share of training rows that are later than the usual test row, likewise."""
MOST = 4
"""Columns that are measured, which takes seconds each."""
WEIGHTS = {"group": (0.9, 0.45), "time": (0.7, 0.3)}
"""How serious it is where it can be shown to add to the score, and where not."""


@dataclass(frozen=True)
class _Leak:
    """What a column shows to be known on both sides."""

    column: str
    by: str
    """group or time."""
    share: float
    rows: tuple[int, ...]
    parts: list[Part]
    named: bool
    """Whether the column is called so that there can be no doubt what it is."""


def find(material: Material) -> list[Finding]:
    if not {"train", "test"} <= set(material.splits.tolist()):
        return []
    leaks = sorted(_leaks(material), key=lambda leak: not leak.named)[:MOST]
    return [finding for leak in leaks if (finding := _finding(material, leak))]


def _leaks(material: Material) -> Iterator[_Leak]:
    for column in material.dataset.extra:
        cells = [cell.strip() for cell in material.extra(column)]
        when = time_of(column, cells)
        groups = groups_of(column, cells, material.truths) if when is None else None
        leak = None
        if when is not None:
            leak = _later(material, column, when)
        elif groups is not None:
            leak = _shared(material, column, groups)
        if leak is not None:
            yield leak


def _shared(material: Material, column: str, groups: Groups) -> _Leak | None:
    """Rows that are tested on and belong to a group of training rows."""
    codes, train = groups.codes, material.splits == "train"
    known = ~train & (codes >= 0) & np.isin(codes, codes[train])
    share = float(known.sum() / (~train).sum())
    if share < SHARED:
        return None
    rows = ids(material, np.flatnonzero(known))
    return _Leak(column, "group", share, rows, group_parts(material, codes), groups.named)


def _later(material: Material, column: str, when: NDArray[np.float64]) -> _Leak | None:
    """Training rows that are later than the usual test row."""
    finite = np.isfinite(when)
    train, test = ((material.splits == split) & finite for split in ("train", "test"))
    if not train.any() or not test.any():
        return None
    share = float((when[train] > np.median(when[test])).mean())
    if share < LATER:
        return None
    return _Leak(column, "time", share, (), time_parts(material, when), named=True)


def _finding(material: Material, leak: _Leak) -> Finding | None:
    measured = gained(material, leak.parts)
    adds = measured and measured.verdict(material.dataset.make_task().headline) == "better"
    if not adds and not leak.named:
        return None
    params = {"column": leak.column, "percent": round(100 * leak.share)}
    why = {"column": leak.column, "points": told(material, measured)}
    serious, usual = WEIGHTS[leak.by]
    divide = Change(
        "divide",
        {"by": leak.by, "column": leak.column},
        Message(f"quality.leaks_{leak.by}_fix", {"column": leak.column}),
    )
    return Finding(
        KIND,
        Message(f"quality.leaks_{leak.by}", params),
        Message(f"quality.leaks_{leak.by}_why", why),
        leak.rows,
        serious if adds else usual,
        (divide,),
        facts={"about": leak.by, **params, "gained": measured and measured.to_record()},
    )
