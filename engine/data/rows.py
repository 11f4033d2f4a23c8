"""Tables and roles → texts, labels and given splits, row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.alike import is_blank
from engine.data.dataset import Roles
from engine.data.labels import LabelForm, Names, find_form, label_sets, spell
from engine.data.report import Drops
from engine.data.splits import split_of
from engine.text import Message


@dataclass(frozen=True)
class Rows:
    """The usable rows of an import, in file order. All sequences have the same length."""

    texts: list[str]
    labels: list[Names]
    given: NDArray[np.object_]
    """The ready-made split of each row, None where there is none."""
    form: LabelForm
    drops: Drops

    def merged(self, merges: Mapping[str, str]) -> "Rows":
        """With labels renamed; a row that carries both forms of one keeps one."""
        if not merges:
            return self
        labels = [tuple(dict.fromkeys(merges.get(n, n) for n in names)) for names in self.labels]
        return Rows(self.texts, labels, self.given, self.form, self.drops)


def build_rows(
    tables: Mapping[str, pd.DataFrame], names: Mapping[str, str], roles: Roles, task: str | None
) -> Rows:
    """All rows of all files that have a text, a label and, with a split column, a known split.

    `tables` and `names` go by split; with several files the split of a row is its file's.
    """
    columns = list(dict.fromkeys([*roles.text, *roles.label, *filter(None, [roles.split])]))
    pooled = pd.concat([table[columns] for table in tables.values()], ignore_index=True)
    numbers = np.concatenate([table.index.to_numpy() for table in tables.values()]).tolist()
    files = [split for split, table in tables.items() for _ in range(len(table))]
    form = find_form(pooled, roles.label, task)
    sets = label_sets(pooled, roles.label, form)
    texts = join_texts(pooled, roles.text)
    given = _given(pooled, roles, files if len(tables) > 1 else None)
    drops = Drops()
    kept: list[int] = []
    for row, (text, labels, split) in enumerate(zip(texts, sets, given, strict=True)):
        reason = _why_not(text, labels, split, roles)
        if reason is None:
            kept.append(row)
        else:
            drops.add(numbers[row], reason, names[files[row]] if len(tables) > 1 else "")
    usable: list[Names] = [names_ for row in kept if not isinstance(names_ := sets[row], Message)]
    kept_splits = [None if given[row] == "" else given[row] for row in kept]
    splits = np.empty(len(kept), dtype=object)
    splits[:] = kept_splits
    return Rows([texts[row] for row in kept], usable, splits, form, drops)


def join_texts(table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """The text of each row: its text columns in table order, one a line, blank ones left out."""
    parts = [[spell(cell).strip() for cell in table[column].tolist()] for column in columns]
    if len(parts) == 1:
        return parts[0]
    return ["\n".join(filter(None, cells)) for cells in zip(*parts, strict=True)]


def _given(table: pd.DataFrame, roles: Roles, files: Sequence[str] | None) -> Sequence[str | None]:
    """The ready-made split of each row; "" where there is none, None where it is not understood."""
    if files is not None:
        return files
    if roles.split is None:
        return [""] * len(table)
    return [split_of(spell(cell)) for cell in table[roles.split].tolist()]


def _why_not(text: str, labels: Names | Message, split: str | None, roles: Roles) -> Message | None:
    if is_blank(text):
        return Message("data.row_no_text", {"columns": roles.text})
    if isinstance(labels, Message):
        return labels
    if split is None:
        return Message("data.row_bad_split", {"column": roles.split})
    return None
