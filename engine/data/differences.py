"""Two versions of a data set side by side: which rows differ, and in what.

Rows are told apart by their ids, which no version changes. Versions never change either, so what
was found once is kept.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Dataset, load_dataset
from engine.data.truths import truth_of
from engine.data.truths.base import Usable
from engine.tasks import TASKS
from engine.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

KINDS = ("added", "gone", "relabelled", "reworded", "moved")
"""What can have become of a row: it came, it went, its truth, its text or its split is another. A
row may be of several of the last three. A label's new name alone is no other truth."""


@dataclass(frozen=True)
class Differences:
    """What of `after` is other than in `before`."""

    before: Dataset
    after: Dataset
    rows: Mapping[str, tuple[int, ...]]
    """One of KINDS → ids of such rows, in the order of the file."""
    renamed: Mapping[str, str]
    """Label of `before` → its name in `after`, where that is all that became of it."""

    @property
    def same(self) -> bool:
        return not (any(self.rows.values()) or self.renamed)


@dataclass(frozen=True)
class Line:
    """One row in both versions, its labels by their names in the second; None where it is not in
    that one."""

    row_id: int
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None


def compare(workspace: Workspace, dataset_id: str, before: int, after: int) -> Differences:
    """Raises WorkspaceError for a version that is not there."""
    for number in (before, after):
        load_dataset(workspace, dataset_id, number)  # says so where it was deleted meanwhile
    return _compared(workspace, dataset_id, before, after)


def lines(workspace: Workspace, found: Differences, row_ids: Sequence[int]) -> list[Line]:
    """These rows, as they stand in both versions."""
    was = _rows(workspace, found.before, row_ids, found.renamed)
    now = _rows(workspace, found.after, row_ids, {})
    return [Line(row_id, was.get(row_id), now.get(row_id)) for row_id in row_ids]


def _rows(
    workspace: Workspace, dataset: Dataset, row_ids: Sequence[int], names: Mapping[str, str]
) -> dict[int, Any]:
    from pyarrow import parquet

    file = workspace.dataset(dataset.id, dataset.version).rows
    table = parquet.read_table(file, filters=[("row_id", "in", list(row_ids))])
    found = _usable(table, dataset, names)
    cells = table.to_pydict() | {"labels": list(map(list, found.labels))} | found.columns
    rows = zip(*cells.values(), strict=True)
    return dict(
        zip(cells["row_id"], (dict(zip(cells, row, strict=True)) for row in rows), strict=True)
    )


@lru_cache(maxsize=8)
def _compared(workspace: Workspace, dataset_id: str, before: int, after: int) -> Differences:
    old, new = (load_dataset(workspace, dataset_id, number) for number in (before, after))
    was, now = _read(workspace, old), _read(workspace, new)
    ids, others = now["row_id"].to_numpy(), was["row_id"].to_numpy()
    _, here, there = np.intersect1d(ids, others, assume_unique=True, return_indices=True)
    order = np.argsort(here)
    here, there = here[order], there[order]
    common = ids[here]
    first, second = was.take(there), now.take(here)
    names = _renamed(workspace, old, new)
    truths = _truths(first, old, names), _truths(second, new, {})
    rows = {
        "added": ids[~np.isin(ids, others)],
        "gone": others[~np.isin(others, ids)],
        "relabelled": common[_unlike(*truths)],
        "reworded": common[_unlike(first["text"].to_pylist(), second["text"].to_pylist())],
        "moved": common[_unlike(first["split"].to_pylist(), second["split"].to_pylist())],
    }
    lists = {kind: tuple(found.tolist()) for kind, found in rows.items()}
    return Differences(old, new, lists, names)


def names_since(workspace: Workspace, older: Dataset, newer: Dataset) -> dict[str, str]:
    """Label of `older` → what it is called in `newer`; nothing where the newer one was not made,
    step by step, from the older one."""
    steps, at = list[Mapping[str, str]](), newer
    while at.version > older.version and at.parent is not None:
        steps.append(at.renamed)
        at = load_dataset(workspace, at.id, at.parent)
    if at.version != older.version:
        return {}
    names = {name: name for name in older.labels}
    for renamed in reversed(steps):
        names = {old: renamed.get(now, now) for old, now in names.items()}
    return names


def _renamed(workspace: Workspace, before: Dataset, after: Dataset) -> dict[str, str]:
    """Label of `before` → its other name in `after`. Labels that were merged are others now."""
    older, newer = sorted((before, after), key=lambda dataset: dataset.version)
    names = names_since(workspace, older, newer)
    times = Counter(names.values())
    alone = [(old, now) for old, now in names.items() if times[now] == 1 and now in newer.labels]
    changed = {old: now for old, now in alone if old != now}
    return changed if older is before else {now: old for old, now in changed.items()}


def _read(workspace: Workspace, dataset: Dataset) -> "pa.Table":
    from pyarrow import parquet

    columns = ["row_id", "split", "text", "labels", *TASKS[dataset.task].columns]
    return parquet.read_table(workspace.dataset(dataset.id, dataset.version).rows, columns=columns)


def _truths(table: "pa.Table", dataset: Dataset, names: Mapping[str, str]) -> Sequence[Any]:
    return truth_of(dataset.task).answers(_usable(table, dataset, names))


def _usable(table: "pa.Table", dataset: Dataset, names: Mapping[str, str]) -> Usable:
    """The rows, with these labels by their other names."""
    cells = table.to_pydict()
    columns = {name: cells[name] for name in TASKS[dataset.task].columns}
    rows = Usable(cells["text"], list(map(tuple, cells["labels"])), columns)
    return truth_of(dataset.task).merged(rows, names) if names else rows


def _unlike(first: Sequence[Any], second: Sequence[Any]) -> NDArray[np.bool_]:
    return np.array([a != b for a, b in zip(first, second, strict=True)], dtype=bool)
