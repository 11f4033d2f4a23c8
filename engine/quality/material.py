"""What finders look at: one version of a data set and what is computed of it once for all of them.

Whatever is costly is made when it is first asked for.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.alike import alike_groups
from engine.data.dataset import EXTRA, Dataset, load_rows
from engine.data.truths import Usable, truth_of
from engine.quality.near import Near, find_near
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
    def asked(self) -> list[str]:
        """What a row asks: its question where it has one on its text, else the text."""
        return list(map(str, self.rows["question" if "question" in self.rows else "text"]))

    @cached_property
    def truths(self) -> NDArray[np.int64]:
        """A number a row, (rows,): equal where the same is right for them."""
        columns = {name: self.rows[name].tolist() for name in self.dataset.make_task().columns}
        answers = truth_of(self.dataset.task).answers(Usable(self.texts, self.labels, columns))
        numbers: dict[Hashable, int] = {}
        return np.array([numbers.setdefault(answer, len(numbers)) for answer in answers], np.int64)

    @cached_property
    def near(self) -> Near:
        """Rows whose `asked` is the same or nearly the same, about the same text."""
        about = np.zeros(len(self.rows), np.int64)
        if "question" in self.rows:
            about = alike_groups(self.texts)
        return find_near(self.asked, self.truths, about)

    @cached_property
    def splits(self) -> NDArray[np.object_]:
        """train, validation or test, (rows,)."""
        return self.rows["split"].to_numpy(object)

    def extra(self, column: str) -> list[str]:
        """The cells of a column that was kept without a role."""
        return list(map(str, self.rows[EXTRA + column]))
