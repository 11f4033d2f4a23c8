"""What an import would save, as the page and the command line show it before it is saved."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from engine.data.plan import Plan
from engine.data.report import DroppedRow, Drops, ReadingReport
from engine.text import Message


@dataclass(frozen=True)
class Column:
    """A column of the table and what it is for."""

    name: str
    role: str
    """text, question, label, split or ignore."""
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
    """With roles, split and name filled in; `task` and `positive` stay as the user left them."""
    reports: Mapping[str, ReadingReport]
    """train, validation, test → how that file was read."""
    columns: tuple[Column, ...]
    table: pd.DataFrame
    """The first 50 rows as strings; the index holds row numbers."""
    prepared: pd.DataFrame
    """The rows as they would be saved: row_id, split, text, labels (tuples), and what the shape
    of the task adds."""
    rows: Mapping[str, int]
    """split → rows."""
    counts: Mapping[str, Mapping[str, int]]
    """split → label → rows that carry it, or for token labels entities of it."""
    task: str | None = None
    task_reason: Message | None = None
    labels: tuple[str, ...] = ()
    positive: str | None = None
    shape: str = "labels"
    """The shape of the task's truth, a key of `TRUTHS`."""
    twins: tuple[Twins, ...] = ()
    overlap: Mapping[str, int] = field(default_factory=dict)
    """“train/test”, “train/validation”, “validation/test” → rows of the first with a text that
    stands in the second."""
    duplicates: int = 0
    """Rows whose text stands in an earlier row of the same split."""
    dropped: tuple[DroppedRow, ...] = ()
    """The first 100 rows left out for an empty text or label or an unknown split."""
    rows_dropped: int = 0
    mended: Drops = field(default_factory=Drops)
    """Marks and tags that were put right."""
    left_out: Drops = field(default_factory=Drops)
    """Marks that cannot be used, of rows that were kept."""
    rare: tuple[Message, ...] = ()
    """Labels with too few rows; they stand in `warnings` as well."""
    problems: tuple[Message, ...] = ()
    """What must be settled before saving."""
    warnings: tuple[Message, ...] = ()
