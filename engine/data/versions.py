"""A new version of a data set: its newest one with corrections put in. No version ever changes.

A corrected row keeps its number and its split. A text that was typed goes to training, unless the
data set has it already, in which case those rows are corrected: a test text must not be learnt.
"""

import os
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.data import checks
from engine.data.alike import alike_groups, alike_key
from engine.data.corrections import Correction, check, drafted, settle
from engine.data.dataset import SPLITS, Dataset, load_dataset, version_numbers
from engine.data.saving import fingerprint
from engine.data.splits import overlapping
from engine.data.truths import truth_of
from engine.data.truths.base import Usable
from engine.errors import DataError, WorkspaceError
from engine.tasks import TASKS
from engine.text import Message
from engine.workspace import DatasetFolder, Workspace, fsync_folder, write_atomically

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]
LONGEST_NOTE = 500


def versions(workspace: Workspace, dataset_id: str) -> list[Dataset]:
    """All versions of a data set, newest first."""
    numbers = version_numbers(workspace, dataset_id)
    return [load_dataset(workspace, dataset_id, number) for number in reversed(numbers)]


def rights(
    workspace: Workspace, dataset: Dataset, row_ids: Sequence[int]
) -> dict[int, tuple[str, ...]]:
    """What is right for these rows in this version, by their ids."""
    from pyarrow import parquet

    file, truth = workspace.dataset(dataset.id, dataset.version).rows, truth_of(dataset.task)
    table = parquet.read_table(file, filters=[("row_id", "in", list(row_ids))])
    return {row["row_id"]: truth.right(row) for row in table.to_pylist()}


def apply_draft(workspace: Workspace, dataset_id: str, note: str = "") -> Dataset:
    """Make the draft of corrections the next version, and empty it. Raises DataError."""
    draft = drafted(workspace, dataset_id)
    made = next_version(workspace, dataset_id, draft, note)
    settle(workspace, dataset_id, draft)
    return made


def next_version(
    workspace: Workspace, dataset_id: str, corrections: Sequence[Correction], note: str = ""
) -> Dataset:
    """The newest version with these corrections as a version of its own.

    Raises DataError where nothing would be other than before, where a correction does not fit the
    data set, or where no training row would be left of a label that others carry.
    """
    import pyarrow as pa
    from pyarrow import parquet

    parent = load_dataset(workspace, dataset_id)
    for correction in corrections:
        check(parent, correction)
    table = parquet.read_table(workspace.dataset(parent.id, parent.version).rows)
    edit = _Edit(table.to_pylist(), table.schema, parent.task)
    for correction in corrections:
        edit.put_in(correction)
    if not edit.changed and not edit.added:
        raise DataError("versions.nothing_new", name=parent.name, version=parent.version)
    made = _record(parent, edit, note)
    _save(workspace, made, pa.Table.from_pylist(edit.rows, schema=table.schema))
    return made


class _Edit:
    """The rows of a version while they are corrected."""

    def __init__(self, rows: list[Row], schema: "pa.Schema", task: str) -> None:
        self.rows, self.task, self.truth = rows, task, truth_of(task)
        self.changed: set[int] = set()
        """Places of the rows whose truth is another now."""
        self.added: set[int] = set()
        self._blank: Row = {
            field.name: "" if str(field.type) == "string" else None for field in schema
        } | {"labels": []}
        self._place_of = {row["row_id"]: place for place, row in enumerate(rows)}
        self._asking: dict[str, list[int]] = {}
        """What is asked, as it looks to a reader → the places of the rows that ask it."""
        for place, asked in enumerate(self.truth.questions(usable(rows, task))):
            self._asking.setdefault(alike_key(asked), []).append(place)

    def put_in(self, correction: Correction) -> None:
        for place in self._places(correction):
            if self.truth.right(self.rows[place]) == correction.right:
                continue
            self.rows[place] = self.truth.corrected(self.rows[place], correction.right)
            if place not in self.added:
                self.changed.add(place)

    def _places(self, correction: Correction) -> list[int]:
        """The rows a correction is of; a text that none has becomes one."""
        if correction.row_id is not None:
            return [self._place_of[i] for i in (correction.row_id,) if i in self._place_of]
        row = self._blank | {"text": correction.text.strip(), "split": "train"}
        if "question" in row:
            row["question"] = correction.question.strip()
        (asked,) = self.truth.questions(usable([row], self.task))
        places = self._asking.setdefault(alike_key(asked), [])
        if not places:
            places.append(len(self.rows))
            self.added.add(len(self.rows))
            row["row_id"] = 1 + max(self._place_of, default=-1)
            self._place_of[row["row_id"]] = len(self.rows)
            self.rows.append(self.truth.corrected(row, correction.right))
        return places


def usable(rows: Sequence[Row], task: str) -> Usable:
    """Saved rows as an import has them before they are saved."""
    columns = {name: [row[name] for row in rows] for name in TASKS[task].columns}
    labels = [tuple(row["labels"]) for row in rows]
    return Usable([row["text"] for row in rows], labels, columns)


def _record(parent: Dataset, edit: _Edit, note: str) -> Dataset:
    found, splits = usable(edit.rows, parent.task), [row["split"] for row in edit.rows]
    problems = checks.check_splits(np.array(splits, dtype=object), found.labels)
    if problems:
        raise DataError("data.not_ready", problems=problems)
    counters: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    for split, counted in zip(splits, edit.truth.count(found), strict=True):
        counters[split].update(counted)
    counts = {split: {name: counters[split][name] for name in parent.labels} for split in SPLITS}
    rows = Counter(splits)
    return replace(
        parent,
        version=parent.version + 1,
        rows={split: rows[split] for split in SPLITS},
        counts=counts,
        fingerprint=fingerprint(pd.DataFrame(edit.rows, dtype=object)),
        created=time.time(),
        notes=_notes(found, splits, counts, edit),
        parent=parent.version,
        reasons=_reasons(edit),
        note=" ".join(note.split())[:LONGEST_NOTE],
    )


def _reasons(edit: _Edit) -> tuple[Message, ...]:
    """How many rows were corrected in each split, and how many texts came to training."""
    changed = Counter(edit.rows[place]["split"] for place in edit.changed)
    reasons = [
        Message(f"versions.changed_{split}", {"rows": changed[split]})
        for split in SPLITS
        if changed[split]
    ]
    if edit.added:
        reasons.append(Message("versions.added", {"rows": len(edit.added)}))
    return tuple(reasons)


def _notes(
    found: Usable, splits: Sequence[str], counts: Mapping[str, Mapping[str, int]], edit: _Edit
) -> tuple[Message, ...]:
    """What an import of these rows would want known, and that scores on changed test rows are of
    other rows than before."""
    truth, asked = edit.truth, alike_groups(edit.truth.questions(found))
    shared = overlapping(np.array(splits, dtype=object), alike_groups(found.texts))
    overlap = {pair: int(mask.sum()) for pair, mask in shared.items()}
    tested = sum(edit.rows[place]["split"] == "test" for place in edit.changed)
    return (
        *([Message("versions.test_changed", {"rows": tested})] if tested else []),
        *checks.rare_labels(counts, truth.shape),
        *checks.overlap_warnings(overlap, dropped=False),
        *checks.conflict_warnings(asked, truth.answers(found), truth.shape),
        *truth.warn(found, edit.task),
    )


def _save(workspace: Workspace, made: Dataset, rows: "pa.Table") -> None:
    """Write a version aside and rename it into place: it is there whole, or another was first."""
    from pyarrow import parquet

    aside = DatasetFolder(workspace.cache / f"version-{made.id}-{secrets.token_hex(4)}")
    target = workspace.dataset(made.id, made.version).root
    try:
        aside.root.mkdir(mode=0o700, parents=True)
        with aside.rows.open("wb") as file:
            parquet.write_table(rows, file)
            file.flush()
            os.fsync(file.fileno())
        write_atomically(aside.record, made.to_json())
        aside.root.rename(target)
        fsync_folder(target.parent)
    except OSError as error:
        shutil.rmtree(aside.root, ignore_errors=True)
        if target.exists():
            raise DataError("versions.taken", version=made.version, name=made.name) from None
        raise WorkspaceError("data.cannot_save", reason=error.strerror or str(error)) from None
