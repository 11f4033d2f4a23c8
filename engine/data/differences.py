"""Two versions of a data set side by side: which rows differ, and in what.

Rows are told apart by their ids, which no version changes. Versions never change either, so what
was found once is kept.
"""

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
row may be of several of the last three."""


@dataclass(frozen=True)
class Differences:
    """What of `after` is other than in `before`."""

    before: Dataset
    after: Dataset
    rows: Mapping[str, tuple[int, ...]]
    """One of KINDS → ids of such rows, in the order of the file."""

    @property
    def same(self) -> bool:
        return not any(self.rows.values())


@dataclass(frozen=True)
class Line:
    """One row in both versions; None where it is not in that one."""

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
    was, now = (_rows(workspace, version, row_ids) for version in (found.before, found.after))
    return [Line(row_id, was.get(row_id), now.get(row_id)) for row_id in row_ids]


def _rows(workspace: Workspace, dataset: Dataset, row_ids: Sequence[int]) -> dict[int, Any]:
    from pyarrow import parquet

    file = workspace.dataset(dataset.id, dataset.version).rows
    table = parquet.read_table(file, filters=[("row_id", "in", list(row_ids))])
    return {row["row_id"]: row for row in table.to_pylist()}


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
    rows = {
        "added": ids[~np.isin(ids, others)],
        "gone": others[~np.isin(others, ids)],
        "relabelled": common[_unlike(_truths(first, old), _truths(second, new))],
        "reworded": common[_unlike(first["text"].to_pylist(), second["text"].to_pylist())],
        "moved": common[_unlike(first["split"].to_pylist(), second["split"].to_pylist())],
    }
    return Differences(old, new, {kind: tuple(found.tolist()) for kind, found in rows.items()})


def _read(workspace: Workspace, dataset: Dataset) -> "pa.Table":
    from pyarrow import parquet

    columns = ["row_id", "split", "text", "labels", *TASKS[dataset.task].columns]
    return parquet.read_table(workspace.dataset(dataset.id, dataset.version).rows, columns=columns)


def _truths(table: "pa.Table", dataset: Dataset) -> Sequence[Any]:
    cells = table.to_pydict()
    columns = {name: cells[name] for name in TASKS[dataset.task].columns}
    rows = Usable(cells["text"], list(map(tuple, cells["labels"])), columns)
    return truth_of(dataset.task).answers(rows)


def _unlike(first: Sequence[Any], second: Sequence[Any]) -> NDArray[np.bool_]:
    return np.array([a != b for a, b in zip(first, second, strict=True)], dtype=bool)
