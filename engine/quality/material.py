"""What finders look at: one version of a data set and what is computed of it once for all of them.

Whatever is costly is made when it is first asked for.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.dataset import EXTRA, Dataset, load_rows
from engine.workspace import Workspace

Tell = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


def silent(done: int, total: int) -> None:
    """Tells nobody."""


@dataclass(frozen=True, eq=False)
class Material:
    workspace: Workspace
    dataset: Dataset
    tell: Tell = silent

    @cached_property
    def rows(self) -> pd.DataFrame:
        """All rows, in the order of the file; columns as `engine.data.dataset` says."""
        return load_rows(self.workspace, self.dataset)

    @cached_property
    def row_ids(self) -> NDArray[np.int64]:
        return self.rows["row_id"].to_numpy(np.int64)

    @cached_property
    def texts(self) -> list[str]:
        return list(map(str, self.rows["text"]))

    @cached_property
    def labels(self) -> list[tuple[str, ...]]:
        """Those of each row; () where it has none, or the task knows no labels of whole texts."""
        return [tuple(names) for names in self.rows["labels"]]

    @cached_property
    def splits(self) -> NDArray[np.object_]:
        """train, validation or test, (rows,)."""
        return self.rows["split"].to_numpy(object)

    def extra(self, column: str) -> list[str]:
        """The cells of a column that was kept without a role."""
        return list(map(str, self.rows[EXTRA + column]))
