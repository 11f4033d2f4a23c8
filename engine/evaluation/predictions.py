"""The predictions file: what a model said of each row, beside what is true.

Everything that looks at results reads this file; no model is needed for it. Parquet columns:

    row_id         int64                 as in rows.parquet of the data set
    truth          list<int32>           positions in the data set's label list
    decided        list<int32>
    probabilities  list<float32>[labels] one a label, in that order
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from engine.errors import WorkspaceError
from engine.tasks.scores import Bools
from engine.workspace import fsync_folder


@dataclass(frozen=True)
class Predictions:
    """Rows in file order; truth, decided and probabilities have shape (rows, labels)."""

    row_ids: NDArray[np.int64]
    truth: Bools
    decided: Bools
    probabilities: NDArray[np.float32]


def write_predictions(
    path: Path, row_ids: ArrayLike, truth: Bools, decided: Bools, probabilities: ArrayLike
) -> None:
    """Write the file whole or not at all; a reader never sees half of it."""
    import pyarrow.parquet as pq

    values = np.ascontiguousarray(probabilities, dtype=np.float32)
    table = pa.table(
        {
            "row_id": pa.array(np.asarray(row_ids, dtype=np.int64)),
            "truth": _label_lists(truth),
            "decided": _label_lists(decided),
            "probabilities": pa.FixedSizeListArray.from_arrays(
                pa.array(values.ravel()), values.shape[1]
            ),
        }
    )
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    with temporary.open("wb") as file:
        pq.write_table(table, file, compression="zstd")
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    fsync_folder(path.parent)


def read_predictions(path: Path) -> Predictions:
    """Read a file that `write_predictions` wrote. Raises WorkspaceError for any other."""
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path).combine_chunks()
        probabilities = table["probabilities"].combine_chunks()
        labels = probabilities.type.list_size
        return Predictions(
            row_ids=table["row_id"].to_numpy(),
            truth=_booleans(table["truth"], labels),
            decided=_booleans(table["decided"], labels),
            probabilities=probabilities.flatten().to_numpy().reshape(-1, labels),
        )
    except (OSError, pa.ArrowInvalid, KeyError, AttributeError, IndexError):
        raise WorkspaceError("report.bad_predictions", file=path.name) from None


def _label_lists(booleans: Bools) -> pa.ListArray:
    ends = np.cumsum(booleans.sum(axis=1), dtype=np.int32)
    offsets = np.concatenate([np.zeros(1, dtype=np.int32), ends])
    positions = np.nonzero(booleans)[1].astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(positions))


def _booleans(column: pa.ChunkedArray, labels: int) -> Bools:
    lists = column.combine_chunks()
    per_row = np.diff(lists.offsets.to_numpy())
    booleans = np.zeros((len(lists), labels), dtype=bool)
    booleans[np.repeat(np.arange(len(lists)), per_row), lists.flatten().to_numpy()] = True
    return booleans
