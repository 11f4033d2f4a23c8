"""What finders look at: one version of a data set and what is computed of it once for all of them.

Whatever is costly is made when it is first asked for.
"""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.alike import alike_groups
from engine.data.dataset import EXTRA, Dataset, load_rows
from engine.data.truths import Usable, truth_of
from engine.quality.near import Near, find_near
from engine.tasks.labelled import LabelTask
from engine.tasks.scores import Bools, Floats
from engine.workspace import Workspace

Tell = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


NEIGHBOURS = 10
"""Neighbours of each row."""


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

    @cached_property
    def vectors(self) -> NDArray[np.float32]:
        """What each text looks like to the bundled encoder: (rows, width), of length 1."""
        from engine.quality.embedding import embed

        return embed(self.workspace, self.dataset.id, self.texts, self.tell)

    @cached_property
    def neighbours(self) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Places of the rows whose texts are most alike, the most alike first, and their cosines,
        both (rows, NEIGHBOURS), or as many as there are other rows."""
        from engine.quality.neighbours import nearest

        return nearest(self.vectors, NEIGHBOURS)

    @property
    def words(self) -> Any:
        """TF-IDF of words, or of characters where words are not set apart: sparse (rows, terms)."""
        return self._terms[0]

    @property
    def vocabulary(self) -> NDArray[np.object_]:
        """The terms of `words`, (terms,)."""
        return self._terms[1]

    @cached_property
    def _terms(self) -> tuple[Any, NDArray[np.object_]]:
        from engine.quality.terms import words

        return words(self.texts)

    @cached_property
    def truth(self) -> Bools:
        """Which labels each row carries, (rows, labels of the data set)."""
        truth: Bools = cast(LabelTask, self.dataset.make_task()).truth(self.labels)
        return truth

    @cached_property
    def outside(self) -> Floats | None:
        """How probable each label is for each row, as models see it that have learned neither from
        the row nor from a copy of it: (rows, labels). None where rows have no labels of their own,
        or there is too little to learn from."""
        task = self.dataset.make_task()
        if not isinstance(task, LabelTask):
            return None
        from scipy.sparse import hstack

        from engine.models.hardware import usable_cores
        from engine.quality.outside import Seen, outside
        from engine.quality.terms import letters

        words = hstack([self.words, letters(self.texts)], format="csr")
        seen = Seen(self.vectors, words, self.truth, self.near.families)
        return outside(task, seen, usable_cores(), self.tell)

    def extra(self, column: str) -> list[str]:
        """The cells of a column that was kept without a role."""
        return list(map(str, self.rows[EXTRA + column]))
