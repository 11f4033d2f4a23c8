"""The one shape of all truths: what a row's right answer looks like, from cells to a saved row.

A truth guesses which columns hold it, reads them, says what is wrong with them, and which rows
belong together. It knows no file, no split and no page.
"""

from abc import ABC, abstractmethod
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pandas as pd

from engine.data.cells import join_texts
from engine.data.dataset import Roles
from engine.data.labels import LabelForm, Names, spell
from engine.data.roles import Guess
from engine.tasks import AnyTask
from engine.text import Message

Remarks = list[tuple[int, Message]]
"""(row, what is to be said of it)"""


@dataclass(frozen=True)
class Facts:
    """What the cells of the used columns say, row by row. All sequences have the same length."""

    texts: list[str]
    labels: list[Names | Message]
    """The labels of a row, or the reason to leave it out."""
    columns: dict[str, list[Any]] = field(default_factory=dict)
    """What a saved row of this shape holds besides text and labels."""
    form: LabelForm | None = None
    mended: Remarks = field(default_factory=list)
    left_out: Remarks = field(default_factory=list)


@dataclass(frozen=True)
class Usable:
    """The rows that can be used, in file order. All sequences have the same length."""

    texts: list[str]
    labels: list[Names]
    columns: dict[str, list[Any]]
    form: LabelForm | None = None

    def take(self, rows: Sequence[int]) -> "Usable":
        """These rows only."""
        columns = {name: [cells[row] for row in rows] for name, cells in self.columns.items()}
        texts, labels = [self.texts[row] for row in rows], [self.labels[row] for row in rows]
        return replace(self, texts=texts, labels=labels, columns=columns)


class Truth(ABC):
    """One shape of truth; `shape` is that of its tasks."""

    shape: ClassVar[str]
    together: ClassVar[bool] = False
    """Whether rows of one text must never be torn apart, however few texts there are."""
    correctable: ClassVar[bool] = False
    """Whether the truth of a row can be said again in a few words, as `right` says it."""
    cuttable: ClassVar[bool] = False
    """Whether words can be taken out of a text without harm to its truth."""
    bare: ClassVar[bool] = False
    """Whether a row that lost its only label is still worth learning from."""

    @abstractmethod
    def guess(self, table: pd.DataFrame, task: str | None) -> Guess | None:
        """Roles for the columns, where the table looks like this shape or `task` is asked for."""

    @abstractmethod
    def fits(self, table: pd.DataFrame, roles: Roles) -> bool:
        """Whether the columns with these roles plainly hold this shape."""

    @abstractmethod
    def check_roles(self, table: pd.DataFrame, roles: Roles, task: str | None) -> list[Message]:
        """Problems that keep rows from being read at all."""

    def columns(self, table: pd.DataFrame, roles: Roles) -> list[str]:
        """The columns that `read` looks at."""
        return roles.columns()

    @abstractmethod
    def read(self, table: pd.DataFrame, roles: Roles, task: str | None) -> Facts:
        """Every row of `table`, usable or not."""

    def texts(self, table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
        """The text of each row, where there is no truth to be read with it."""
        return join_texts(table, columns)

    def merged(self, rows: Usable, merges: Mapping[str, str]) -> Usable:
        """With labels renamed; a row that carries both forms of one keeps one."""
        labels = [tuple(dict.fromkeys(merges.get(n, n) for n in names)) for names in rows.labels]
        return replace(rows, labels=labels)

    def without(self, rows: Usable, label: str) -> Usable:
        """With one label taken off every row that carries it."""
        kept = [tuple(name for name in names if name != label) for names in rows.labels]
        return replace(rows, labels=kept)

    @abstractmethod
    def guess_task(self, rows: Usable, roles: Roles) -> tuple[str, Message]:
        """The task the rows are made for, and why."""

    @abstractmethod
    def check(self, rows: Usable, roles: Roles, task: str) -> list[Message]:
        """Problems of the rows themselves and of the task with them."""

    def warn(self, rows: Usable, task: str) -> list[Message]:
        """What should be known of the rows."""
        return []

    def show(self, cell: Any) -> str:
        """A cell as a person reads it."""
        return spell(cell)

    def count(self, rows: Usable) -> Sequence[Iterable[str]]:
        """What the label counts of a split are made of, row by row."""
        return rows.labels

    def questions(self, rows: Usable) -> list[str]:
        """What is asked of each row: rows that ask the same repeat each other."""
        return rows.texts

    @abstractmethod
    def answers(self, rows: Usable) -> Sequence[Hashable]:
        """What is answered in each row, to be compared where the same is asked."""

    @abstractmethod
    def written(self, rows: Usable, task: str) -> dict[str, list[Any]]:
        """Text, label and question, each where there is one, as cells that `read` understands."""

    def right(self, row: Mapping[str, Any]) -> Names:
        """What is right for a saved row: its labels, or its answers."""
        raise NotImplementedError(self.shape)

    def fault(self, right: Names, task: AnyTask) -> Message | None:
        """What keeps `right` from being the truth of a row."""
        raise NotImplementedError(self.shape)

    def corrected(self, row: Mapping[str, Any], right: Names) -> dict[str, Any]:
        """The row with another truth."""
        raise NotImplementedError(self.shape)
