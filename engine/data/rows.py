"""Tables and roles → the usable rows with their truth, and given splits, row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.alike import is_blank
from engine.data.dataset import EXTRA, Roles
from engine.data.labels import Names, spell
from engine.data.report import Drops
from engine.data.splits import split_of
from engine.data.truths.base import Facts, Remarks, Truth, Usable
from engine.text import Message

MOST_EXTRA = 100
"""Columns without a role that are kept: enough to slice by, and 2,000 flags do no harm."""


@dataclass(frozen=True)
class Rows:
    """The usable rows of an import, in file order, and what became of the others."""

    usable: Usable
    given: NDArray[np.object_]
    """The ready-made split of each row, None where there is none."""
    drops: Drops
    mended: Drops
    """Marks of usable rows that were put right."""
    left_out: Drops
    """Marks of usable rows that cannot be used."""


def build_rows(
    tables: Mapping[str, pd.DataFrame],
    names: Mapping[str, str],
    roles: Roles,
    truth: Truth,
    task: str | None,
) -> Rows:
    """All rows of all files that have a text, a truth and, with a split column, a known split.

    `tables` and `names` go by split; with several files the split of a row is its file's.
    """
    columns = truth.columns(next(iter(tables.values())), roles)
    every = dict.fromkeys(name for table in tables.values() for name in table)
    spare = [name for name in every if name not in {*columns, *roles.columns()}]
    parts = [table.reindex(columns=[*columns, *spare]) for table in tables.values()]
    pooled = pd.concat(parts, ignore_index=True)
    numbers = np.concatenate([table.index.to_numpy() for table in tables.values()]).tolist()
    files = [split for split, table in tables.items() for _ in range(len(table))]
    shown = [names[split] if len(tables) > 1 else "" for split in files]
    facts = truth.read(pooled[columns], roles, task)
    given = _given(pooled, roles, files if len(tables) > 1 else None)
    drops = Drops()
    kept: list[int] = []
    for row, (text, labels, split) in enumerate(zip(facts.texts, facts.labels, given, strict=True)):
        reason = _why_not(text, labels, split, roles)
        if reason is None:
            kept.append(row)
        else:
            drops.add(numbers[row], reason, shown[row])
    splits = np.empty(len(kept), dtype=object)
    splits[:] = [None if given[row] == "" else given[row] for row in kept]

    def told(remarks: Remarks) -> Drops:
        told, usable = Drops(), set(kept)
        for row, remark in remarks:
            if row in usable:
                told.add(numbers[row], remark, shown[row])
        return told

    usable = _usable(facts, kept, _extra(pooled, spare))
    return Rows(usable, splits, drops, told(facts.mended), told(facts.left_out))


def _extra(table: pd.DataFrame, names: Sequence[str]) -> dict[str, list[str]]:
    """The columns without a role as text, by the name they are saved under. One that is empty or
    holds lists or objects cannot be sliced by, and is left out."""
    found: dict[str, list[str]] = {}
    for name in names:
        cells = table[name].tolist()
        if len(found) == MOST_EXTRA:
            break
        if not any(isinstance(cell, (list, dict)) for cell in cells):
            said = [spell(cell).strip() for cell in cells]
            found |= {f"{EXTRA}{name}": said} if any(said) else {}
    return found


def _usable(facts: Facts, kept: Sequence[int], extra: Mapping[str, list[str]]) -> Usable:
    labels: list[Names] = [
        names for row in kept if not isinstance(names := facts.labels[row], Message)
    ]
    every = facts.columns | dict(extra)
    columns = {name: [cells[row] for row in kept] for name, cells in every.items()}
    return Usable([facts.texts[row] for row in kept], labels, columns, facts.form)


def _given(table: pd.DataFrame, roles: Roles, files: Sequence[str] | None) -> Sequence[str | None]:
    """The ready-made split of each row; "" where there is none, None where it is not understood."""
    if files is not None:
        return files
    if roles.split is None:
        return [""] * len(table)
    return [split_of(spell(cell)) for cell in table[roles.split].tolist()]


def _why_not(text: str, labels: Names | Message, split: str | None, roles: Roles) -> Message | None:
    if is_blank(text):
        return labels if isinstance(labels, Message) else _no_text(roles)
    if isinstance(labels, Message):
        return labels
    if split is None:
        return Message("data.row_bad_split", {"column": roles.split})
    return None


def _no_text(roles: Roles) -> Message:
    return Message("data.row_no_text", {"columns": roles.text})
