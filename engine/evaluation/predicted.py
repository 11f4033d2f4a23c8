"""A predictions file beside the rows it speaks of: what one looks at row by row.

Files are read once and kept, the last few of them: looking on costs next to nothing. Columns become
Python lists only when somebody asks for them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Dataset, load_dataset
from engine.errors import WorkspaceError
from engine.evaluation.predictions import read_predictions, read_tokens
from engine.evaluation.report import Report
from engine.tasks import make_task
from engine.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

KEPT = 4
"""Two splits of two runs."""


class Columns(Mapping[str, Sequence[Any]]):
    """Rows of a data set, column by column, as `columns_of` gives them."""

    def __init__(self, table: "pa.Table") -> None:
        self.table = table
        self._read: dict[str, Sequence[Any]] = {}

    def __getitem__(self, name: str) -> Sequence[Any]:
        if name not in self._read:
            self._read[name] = self.table[name].to_pylist()
        return self._read[name]

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def __iter__(self) -> Iterator[str]:
        return iter(self.table.column_names)

    def __len__(self) -> int:
        return self.table.num_columns


@dataclass(frozen=True, eq=False)
class Said:
    """What the best checkpoint said of a split, without the rows themselves."""

    row_ids: NDArray[np.int64]
    predictions: Any
    """The task's record."""
    tokens: NDArray[np.int32] | None
    """Tokens of each row as the model read it; runs before that was noted have none."""


@dataclass(frozen=True, eq=False)
class Predicted:
    """The rows of a split, and what the best checkpoint said of them."""

    row_ids: Sequence[int]
    rows: Mapping[str, Sequence[Any]]
    """Column of the data set → one entry a prediction."""
    predictions: Any
    """The task's record."""


def read_predicted(workspace: Workspace, report: Report, split: str) -> Predicted:
    """Raises WorkspaceError where the file is damaged or the data set has been deleted."""
    rows = rows_of(workspace, report, split)
    said = read_said(workspace, report, split)
    return Predicted(said.row_ids.tolist(), rows, said.predictions)


def read_said(workspace: Workspace, report: Report, split: str) -> Said:
    """The predictions alone. Raises WorkspaceError where the file is damaged."""
    path = workspace.run(report.run).predictions(split, "best")
    return _said(path, _written(path), report.task, report.labels, report.positive)


def dataset_of(workspace: Workspace, report: Report) -> Dataset:
    """Raises WorkspaceError where it has been deleted."""
    try:
        return load_dataset(workspace, report.dataset, report.dataset_version)
    except WorkspaceError:
        raise WorkspaceError("report.rows_gone") from None


def rows_of(workspace: Workspace, report: Report, split: str) -> Columns:
    """The rows of the predictions, in their order. Raises WorkspaceError where they are gone."""
    dataset = dataset_of(workspace, report)
    path = workspace.run(report.run).predictions(split, "best")
    return _rows(workspace, path, _written(path), dataset.id, dataset.version, split)


def _written(path: Path) -> int:
    return path.stat().st_mtime_ns if path.is_file() else 0


@lru_cache(maxsize=KEPT)
def _said(
    path: Path, _written: int, task: str, labels: tuple[str, ...], positive: str | None
) -> Said:
    row_ids, predictions = read_predictions(path, make_task(task, labels, positive))
    return Said(row_ids, predictions, read_tokens(path))


@lru_cache(maxsize=KEPT)
def _rows(
    workspace: Workspace, path: Path, _written: int, dataset_id: str, version: int, split: str
) -> Columns:
    """Of the rows of the data set only those of the split are read, and brought into order."""
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyarrow import parquet

    try:
        wanted = parquet.read_table(path, columns=["row_id"])["row_id"].combine_chunks()
    except (OSError, pa.ArrowInvalid, KeyError):
        raise WorkspaceError("report.bad_predictions", file=path.name) from None
    file = workspace.dataset(dataset_id, version).rows
    table = parquet.read_table(file, filters=[("split", "=", split)])
    places = pc.index_in(wanted, value_set=table["row_id"].combine_chunks())
    if places.null_count:
        raise WorkspaceError("report.bad_predictions", file=path.name)
    return Columns(table.take(places))
