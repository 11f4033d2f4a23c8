"""Predictions files: what a model said about every row of a split, beside the truth.

One Parquet file for each split and each set of weights, written by the run, read by the report and
by whoever looks at results. `row_id` is the data set's; the other columns are the task's own (see
`Task.record`): for labels `truth` and `decided` hold positions in the label list, for spans the
mentions, for answers the texts. Knows no model.
"""

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from engine.errors import WorkspaceError
from engine.tasks import AnyTask
from engine.tasks.base import Predictions
from engine.workspace import fsync_folder

_FACTS = "facts"
"""Key in the metadata of the file."""


def write_predictions(
    path: Path,
    row_ids: ArrayLike,
    predictions: Predictions,
    facts: Mapping[str, int] | None = None,
    tokens: ArrayLike | None = None,
) -> None:
    """Write the file whole or not at all; a reader never sees half of it.

    `facts` go along with the file: numbers that say how the predictions came about. `tokens` is
    how many tokens of each row the model read, where it reads a row in one go.
    """
    import pyarrow.parquet as pq

    row_id = pa.array(np.asarray(row_ids, dtype=np.int64))
    columns = {"row_id": row_id} | predictions.columns()
    if tokens is not None:
        columns["tokens"] = pa.array(np.asarray(tokens, dtype=np.int32))
    table = pa.table(columns)
    if facts is not None:
        table = table.replace_schema_metadata({_FACTS: json.dumps(dict(facts))})
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    with temporary.open("wb") as file:
        pq.write_table(table, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    fsync_folder(path.parent)


def read_predictions(path: Path, task: AnyTask) -> tuple[NDArray[np.int64], Any]:
    """Row ids and the task's predictions, in file order. Raises WorkspaceError for a file that
    `write_predictions` did not write."""
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path).combine_chunks()
        return table["row_id"].to_numpy(), task.record.from_columns(table)
    except (OSError, pa.ArrowInvalid, KeyError, AttributeError, IndexError, TypeError):
        raise WorkspaceError("report.bad_predictions", file=path.name) from None


def read_facts(path: Path) -> dict[str, int]:
    """What went along with a predictions file; nothing for most."""
    import pyarrow.parquet as pq

    said = pq.read_schema(path).metadata or {}
    facts: dict[str, int] = json.loads(said.get(_FACTS.encode(), b"{}"))
    return facts


def read_tokens(path: Path) -> NDArray[np.int32] | None:
    """Tokens of each row as the model read it; None where that was not noted."""
    from pyarrow import parquet

    if "tokens" not in parquet.read_schema(path).names:
        return None
    return np.asarray(parquet.read_table(path, columns=["tokens"])["tokens"].to_numpy())
