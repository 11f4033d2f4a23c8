"""From files and a plan to what would be saved, and to the saved data set.

`inspect` guesses whatever the plan leaves open and reports everything the user should see before
saving; `import_dataset` saves exactly that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from engine.data.dataset import Dataset, Roles
from engine.data.plan import Plan, Sources, SplitPlan
from engine.data.reading import DroppedRow, ReadingReport
from engine.text import Message
from engine.workspace import Workspace

__all__ = ["Column", "Inspection", "Plan", "Roles", "Sources", "SplitPlan", "Twins"]


@dataclass(frozen=True)
class Column:
    """A column of the table and what it is for."""

    name: str
    role: str
    """text, label, split or ignore."""
    reason: Message


@dataclass(frozen=True)
class Twins:
    """Labels that differ only in case, spaces or Unicode form."""

    spelling: str
    """The most frequent form, which the others could be merged into."""
    forms: Mapping[str, int]
    """label as written → rows that carry it, `spelling` first."""

    def merges(self) -> dict[str, str]:
        """What to add to `Plan.merges`."""
        return {form: self.spelling for form in self.forms if form != self.spelling}


@dataclass(frozen=True)
class Inspection:
    """What would be saved under `plan`, and all there is to know about it."""

    plan: Plan
    """Complete: what was open has been guessed (only `task`, `positive` may stay None)."""
    reports: Mapping[str, ReadingReport]
    """train, validation, test → how that file was read."""
    columns: tuple[Column, ...]
    table: pd.DataFrame
    """The first 50 rows as strings; the index holds row numbers."""
    task: str | None
    task_reason: Message | None
    labels: tuple[str, ...]
    positive: str | None
    rows: Mapping[str, int]
    """split → rows."""
    counts: Mapping[str, Mapping[str, int]]
    """split → label → rows that carry it."""
    prepared: pd.DataFrame
    """The rows as they would be saved: row_id, split, text, labels (tuples)."""
    twins: tuple[Twins, ...] = ()
    overlap: Mapping[str, int] = field(default_factory=dict)
    """“train/test”, “train/validation”, “validation/test” → rows of the first also in the second."""
    duplicates: int = 0
    """Rows whose text stands in an earlier row of the same split."""
    dropped: tuple[DroppedRow, ...] = ()
    """The first 100 rows left out for an empty text or label or an unknown split."""
    rows_dropped: int = 0
    rare: tuple[Message, ...] = ()
    """Labels with too few rows; they stand in `warnings` as well."""
    problems: tuple[Message, ...] = ()
    """What must be settled before saving."""
    warnings: tuple[Message, ...] = ()


def inspect(sources: Sources, plan: Plan | None = None) -> Inspection:
    """Everything the user should see before saving. Raises DataError for a file without a table."""
    raise NotImplementedError


def import_dataset(workspace: Workspace, sources: Sources, plan: Plan | None = None) -> Dataset:
    """Save what `inspect` shows. Raises DataError with its problems while there are any."""
    raise NotImplementedError
