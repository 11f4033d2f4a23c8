"""A new version of a data set: its newest one with changes and corrections put in, or an older one
as it was. No version ever changes.

A corrected row keeps its number and its split. A text that was typed goes to training, unless the
data set has it already, in which case those rows are corrected: a test text must not be learnt.
"""

import os
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.data import changes, checks, confirmed
from engine.data.alike import alike_groups
from engine.data.changes import Change, fewest_labels
from engine.data.corrections import Correction, drafted, settle
from engine.data.dataset import (
    SPLITS,
    Dataset,
    load_dataset,
    read_table,
    version_numbers,
)
from engine.data.differences import names_since
from engine.data.editing import Edit
from engine.data.saving import fingerprint, system_user
from engine.data.splits import overlapping
from engine.data.truths import truth_of
from engine.data.truths.base import Usable
from engine.errors import DataError, WorkspaceError
from engine.tasks import TASKS
from engine.text import Message
from engine.workspace import DatasetFolder, Workspace, fsync_folder, write_atomically

if TYPE_CHECKING:
    import pyarrow as pa

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


def apply_draft(
    workspace: Workspace, dataset_id: str, note: str = "", author: str | None = None
) -> Dataset:
    """Make the draft the next version, and empty it. Raises DataError."""
    changed, corrected = changes.drafted(workspace, dataset_id), drafted(workspace, dataset_id)
    made = next_version(workspace, dataset_id, corrected, note, changed, author)
    changes.settle(workspace, dataset_id, changed)
    settle(workspace, dataset_id, corrected)
    confirmed.follow(workspace, dataset_id, made.renamed)
    return made


def next_version(
    workspace: Workspace,
    dataset_id: str,
    corrections: Sequence[Correction],
    note: str = "",
    changed: Sequence[Change] = (),
    author: str | None = None,
) -> Dataset:
    """The newest version with these changes, in their order, and then these corrections, as a
    version of its own; without an author it is by the system's user.

    Raises DataError where nothing would be other than before, where a change or a correction does
    not fit the data set, or where what is left could not be trained on: fewer than two labels, a
    split without rows, no training row of a label that others carry.
    """
    parent = load_dataset(workspace, dataset_id)
    table = read_table(workspace, parent)
    edit = Edit(parent, table, _next_id(workspace, dataset_id))
    reasons = [change.reason for change in changed if edit.put_in(change)]
    corrected = [edit.correct(correction) for correction in corrections]
    reasons += _corrected(edit, set().union(*corrected) - edit.added)
    if not reasons:
        raise DataError("versions.nothing_new", name=parent.name, version=parent.version)
    rows = edit.kept()
    if not len(rows):
        raise DataError("versions.nothing_left", name=parent.name)
    made = _record(parent, edit, rows, note, author)
    made = replace(made, reasons=tuple(reasons))
    _save(workspace, made, rows)
    return made


def restore(
    workspace: Workspace, dataset_id: str, number: int, note: str = "", author: str | None = None
) -> Dataset:
    """A version as it was, as the newest one: nothing is overwritten. Raises WorkspaceError where
    there is none of this number, DataError where it is the newest already or was just put back."""
    old, last = load_dataset(workspace, dataset_id, number), load_dataset(workspace, dataset_id)
    newest, why = last.version, Message("versions.restored", {"version": number})
    if number == newest or (last.parent == number and last.reasons == (why,)):
        raise DataError("versions.is_newest", version=number, name=old.name)
    made = replace(
        old,
        version=newest + 1,
        created=time.time(),
        parent=number,
        reasons=(why,),
        renamed={},
        note=_note(note),
        author=system_user() if author is None else author,
    )
    rows = read_table(workspace, old)
    _save(workspace, made, rows)
    names = names_since(workspace, old, last)
    labels = zip(rows["row_id"].to_pylist(), rows["labels"].to_pylist(), strict=True)
    confirmed.follow_back(workspace, dataset_id, dict(labels), names)
    return made


def _next_id(workspace: Workspace, dataset_id: str) -> int:
    """A row id that no version has used: predictions of runs on any of them tell rows by it."""
    from pyarrow import parquet

    highest = -1
    for number in version_numbers(workspace, dataset_id):
        table = parquet.read_table(workspace.dataset(dataset_id, number).rows, columns=["row_id"])
        highest = max(highest, *table["row_id"].to_numpy(), -1)
    return int(highest) + 1


def _record(
    parent: Dataset, edit: Edit, rows: "pa.Table", note: str, author: str | None
) -> Dataset:
    columns: dict[str, list[Any]] = rows.to_pydict()
    own = {name: columns[name] for name in TASKS[parent.task].columns}
    found = Usable(columns["text"], list(map(tuple, columns["labels"])), own)
    splits = columns["split"]
    problems = checks.check_splits(np.array(splits, dtype=object), found.labels)
    if problems:
        raise DataError("data.not_ready", problems=problems)
    counters: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    for split, counted in zip(splits, edit.truth.count(found), strict=True):
        counters[split].update(counted)
    labels = _labels_left(parent, edit, counters)
    task, positive = edit.task(labels)
    counts = {split: {name: counters[split][name] for name in labels} for split in SPLITS}
    sizes = Counter(splits)
    return replace(
        parent,
        version=parent.version + 1,
        task=task,
        labels=labels,
        positive=positive,
        rows={split: sizes[split] for split in SPLITS},
        counts=counts,
        fingerprint=fingerprint(pd.DataFrame(columns, dtype=object)),
        created=time.time(),
        notes=_notes(found, splits, counts, edit),
        parent=parent.version,
        renamed=edit.renamed(),
        note=_note(note),
        author=system_user() if author is None else author,
    )


def _note(note: str) -> str:
    return " ".join(note.split())[:LONGEST_NOTE]


def _labels_left(
    parent: Dataset, edit: Edit, counters: Mapping[str, Counter[str]]
) -> tuple[str, ...]:
    """The labels that rows carry; those nobody carried before stay as they were."""
    carried = {name for counter in counters.values() for name in counter}
    idle = {name for name in parent.labels if not any(c.get(name) for c in parent.counts.values())}
    left = tuple(name for name in edit.labels if name in carried or name in idle)
    if parent.labels and len(left) < fewest_labels(parent.task):
        raise DataError("versions.too_few_labels", labels=list(left), count=len(left))
    return left


def _corrected(edit: Edit, places: Set[int]) -> list[Message]:
    """How many rows were corrected in each split, and how many texts came to training."""
    splits = Counter(edit.columns["split"][place] for place in places)
    reasons = [
        Message(f"versions.changed_{split}", {"rows": splits[split]})
        for split in SPLITS
        if splits[split]
    ]
    if edit.added:
        reasons.append(Message("versions.added", {"rows": len(edit.added)}))
    return reasons


def _notes(
    found: Usable, splits: Sequence[str], counts: Mapping[str, Mapping[str, int]], edit: Edit
) -> tuple[Message, ...]:
    """What an import of these rows would want known, and where test scores are of other rows, or
    of other truths, than those of the version before."""
    truth, asked = edit.truth, alike_groups(edit.truth.questions(found))
    shared = overlapping(np.array(splits, dtype=object), alike_groups(found.texts))
    overlap = {pair: int(mask.sum()) for pair, mask in shared.items()}
    now = edit.columns["split"]
    tested = sum(now[place] == "test" for place in edit.changed - edit.gone)
    other = len(edit.tested() ^ edit.tested_before)
    return (
        *([Message("versions.test_changed", {"rows": tested})] if tested else []),
        *([Message("versions.test_other", {"rows": other})] if other else []),
        *checks.rare_labels(counts, truth.shape),
        *checks.overlap_warnings(overlap, dropped=False),
        *checks.conflict_warnings(asked, truth.answers(found), truth.shape),
        *truth.warn(found, edit.parent.task),
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
