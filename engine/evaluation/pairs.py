"""Two predictions files brought together: the rows that both were asked about, judged by one truth.

Runs on two versions of a data set have rows in common, of which some may have been corrected in
between: what a row was when the older run was trained is no measure of either. Knows no model.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from engine.evaluation.paired import in_common
from engine.evaluation.predictions import read_predictions
from engine.tasks import AnyTask


@dataclass(frozen=True, eq=False)
class Pairs:
    """What both say of each row."""

    own: Any
    """The task's predictions; so the other's."""
    other: Any
    places: NDArray[np.intp]
    """Where each row stands in the file whose truth it is."""
    corrected: int
    """Rows that have another truth in the other file."""
    left_out: int
    """Rows of the longer file that the other one lacks."""


def read_pairs(
    own: Path, other: Path, tasks: tuple[AnyTask, AnyTask], judge: int, renamed: Mapping[str, str]
) -> Pairs:
    """`judge`, 0 or 1, is the file whose truth, whose labels and whose order count; the other one
    calls the labels of `renamed` otherwise. Raises WorkspaceError where one is damaged."""
    task = tasks[judge]
    tables = [_read(path, each) for path, each in zip((own, other), tasks, strict=True)]
    if tasks[0].labels != tasks[1].labels:
        tables[1 - judge] = _translated(tables[1 - judge], tasks[1 - judge], task, renamed)
    ids = [table["row_id"].to_numpy() for table in tables]
    places = in_common(ids[judge], ids[1 - judge])
    for which, at in zip((judge, 1 - judge), places, strict=True):
        tables[which] = tables[which].take(pa.array(at)).combine_chunks()
    truth, was = tables[judge]["truth"], tables[1 - judge]["truth"]
    corrected = 0
    if not truth.equals(was):
        pairs = zip(truth.to_pylist(), was.to_pylist(), strict=True)
        corrected = sum(right != before for right, before in pairs)
        column = tables[1 - judge].schema.get_field_index("truth")
        tables[1 - judge] = tables[1 - judge].set_column(column, "truth", truth)
    said, told = (task.record.from_columns(table) for table in tables)
    return Pairs(said, told, places[0], corrected, max(map(len, ids)) - len(truth))


def _translated(
    table: pa.Table, older: AnyTask, newer: AnyTask, renamed: Mapping[str, str]
) -> pa.Table:
    said = older.in_words_of(newer, older.record.from_columns(table), renamed)
    return pa.table({"row_id": table["row_id"]} | said.columns())


def _read(path: Path, task: AnyTask) -> pa.Table:
    import pyarrow.parquet as pq

    read_predictions(path, task)  # says what is wrong with it
    return pq.read_table(path)
