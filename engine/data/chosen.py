"""Sets of rows that somebody chose by hand, such as by a lasso: kept in the cache under an id, so
that an address can name them.

The id follows from the rows: choosing the same ones again gives the same address.
"""

import hashlib
import io
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Dataset
from engine.errors import WorkspaceError
from engine.workspace import Workspace, write_atomically

MOST = 50
"""Sets that are kept of a data set: the newest."""


def keep(workspace: Workspace, dataset: Dataset, row_ids: Iterable[int]) -> str:
    """Keep these rows of a data set; gives the id to call them by."""
    rows = np.unique(np.fromiter(row_ids, dtype=np.int64))
    written = io.StringIO()
    np.savetxt(written, rows, fmt="%d")
    key = hashlib.sha256(rows.tobytes()).hexdigest()[:16]
    file = workspace.chosen(dataset.id, key)
    write_atomically(file, written.getvalue())
    newest_last = sorted(file.parent.glob("*.txt"), key=lambda path: path.stat().st_mtime_ns)
    for old in newest_last[:-MOST]:
        old.unlink(missing_ok=True)
    return key


def rows_of(workspace: Workspace, dataset: Dataset, key: str) -> NDArray[np.int64] | None:
    """Ids of the rows, in order; None where the set is gone or never was."""
    try:
        written = workspace.chosen(dataset.id, key).read_text("utf-8")
        return np.array(written.split(), dtype=np.int64)
    except (OSError, ValueError, WorkspaceError):
        return None
