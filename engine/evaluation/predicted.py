"""A predictions file beside the rows it speaks of: what one looks at row by row.

Files are read once and kept, the last few of them: looking on costs next to nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.data.dataset import Dataset, columns_of, load_dataset, load_rows
from engine.errors import WorkspaceError
from engine.evaluation.predictions import read_predictions
from engine.evaluation.report import Report
from engine.workspace import Workspace

KEPT = 2


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
    try:
        dataset = load_dataset(workspace, report.dataset, report.dataset_version)
    except WorkspaceError:
        raise WorkspaceError("report.rows_gone") from None
    path = workspace.run(report.run).predictions(split, "best")
    written = path.stat().st_mtime_ns if path.is_file() else 0
    return _read(workspace, path, written, dataset.id, dataset.version)


@lru_cache(maxsize=KEPT)
def _read(
    workspace: Workspace, path: Path, _written: int, dataset_id: str, version: int
) -> Predicted:
    dataset: Dataset = load_dataset(workspace, dataset_id, version)
    row_ids, predictions = read_predictions(path, dataset.make_task())
    rows = load_rows(workspace, dataset).set_index("row_id").loc[row_ids]
    return Predicted(row_ids.tolist(), columns_of(rows), predictions)
