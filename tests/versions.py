"""Data sets to be changed."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from engine.data.changes import Change
from engine.data.corrections import Correction
from engine.data.dataset import EXTRA, Dataset, load_rows
from engine.data.versions import next_version
from engine.workspace import Workspace
from tests.shaped import Row

SPLITS = ("train", "validation", "test")


def many(labels: Sequence[str], rows: int) -> list[Row]:
    """`row 0`, `row 1`, … with the labels in turn: three fifths train, then a fifth each."""
    split_of = ["train", "train", "train", "validation", "test"]
    return [
        {"split": split_of[5 * i // rows], "text": f"row {i}", "labels": [labels[i % len(labels)]]}
        for i in range(rows)
    ]


def with_extra(
    workspace: Workspace, dataset: Dataset, column: str, cells: Sequence[str]
) -> Dataset:
    """The same data set with a column that was kept without a role."""
    folder = workspace.dataset(dataset.id, dataset.version)
    table = parquet.read_table(folder.rows).append_column(EXTRA + column, pa.array(cells))
    parquet.write_table(table, folder.rows)
    changed = replace(dataset, extra=(*dataset.extra, column))
    folder.record.write_text(changed.to_json(), "utf-8")
    return changed


def rows_of(workspace: Workspace, dataset: Dataset) -> pd.DataFrame:
    """By their ids."""
    return load_rows(workspace, dataset).set_index("row_id")


def made_of(
    workspace: Workspace, dataset: Dataset, *changed: Change, fixes: Sequence[Correction] = ()
) -> Dataset:
    """The next version with these changes."""
    return next_version(workspace, dataset.id, fixes, changed=changed)


def labels_of(rows: pd.DataFrame) -> dict[int, list[str]]:
    """By the ids of rows."""
    return {row_id: list(names) for row_id, names in rows["labels"].items()}
