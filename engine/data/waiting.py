"""What the draft of a data set does to single rows: which go, and which get other labels.

The draft is put in by `engine.data.versions`; this tells beforehand what becomes of rows that are
looked at. What it does to texts, to marks in them and to splits is not told.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any

from engine.data import changes, corrections
from engine.data.changes import Change, now_called
from engine.data.corrections import Correction
from engine.data.dataset import Dataset
from engine.data.labels import Names
from engine.data.truths import truth_of
from engine.workspace import Workspace


@dataclass(frozen=True)
class Fate:
    """What becomes of a row."""

    now: Names
    """Its labels or answers in the version."""
    right: Names
    """Those it will have."""
    gone: bool = False
    """Whether it will be taken out."""

    def __bool__(self) -> bool:
        return self.gone or self.now != self.right


@dataclass(frozen=True, eq=False)
class Waiting:
    """The draft of a data set."""

    task: str
    changes: Sequence[Change]
    """Oldest first."""
    corrections: Mapping[int, Correction]
    """Those of rows, by their ids."""

    def fate(self, row: Mapping[str, Any]) -> Fate:
        """What becomes of a saved row. Changes come first and then corrections, as in a version."""
        truth, row_id = truth_of(self.task), row["row_id"]
        now = truth.right(row) if truth.correctable else tuple(row["labels"])
        right, gone, called = now, False, dict[str, str]()
        for change, dropped in self._steps:
            gone = gone or row_id in dropped
            if change.kind == "relabel" and row_id in change.asks["rows"]:
                right = now_called(change.asks["rows"][row_id], called)
            elif change.kind == "rename":
                to = change.asks["to"]
                merged = {
                    name: to for name in now_called(change.asks["labels"], called) if name != to
                }
                right = tuple(dict.fromkeys(merged.get(name, name) for name in right))
                called |= merged
                called.pop(to, None)
            elif change.kind == "drop_label":
                (label,) = now_called([change.asks["label"]], called)
                left = tuple(name for name in right if name != label)
                gone = gone or (left != right and not left and not truth.bare)
                right = left
        corrected = self.corrections.get(row_id)
        return Fate(now, now_called(corrected.right, called) if corrected else right, gone)

    def settles(self, row: Mapping[str, Any], suggested: Sequence[str]) -> bool:
        """Whether a saved row ends up the same with the labels suggested for it as with its own, by
        changes of many rows: it goes, or one label gets the name of the other."""
        fate, other = (
            self._of_many.fate(each) for each in (row, {**row, "labels": list(suggested)})
        )
        return fate.gone or set(fate.right) == set(other.right)

    @cached_property
    def _of_many(self) -> "Waiting":
        """Without what was said of single rows; one for all rows, which are asked about in turn."""
        return replace(self, corrections={})

    @cached_property
    def _steps(self) -> list[tuple[Change, frozenset[int]]]:
        """Each change with the rows it takes out by their ids."""
        none = frozenset[int]()
        return [
            (change, frozenset(change.asks["rows"]) if change.kind == "drop" else none)
            for change in self.changes
        ]


def waiting(workspace: Workspace, dataset: Dataset) -> Waiting:
    """The draft of a data set as it stands."""
    return _waiting(workspace, dataset.id, dataset.task, stamp(workspace, dataset.id))


def stamp(workspace: Workspace, dataset_id: str) -> tuple[int, ...]:
    """Changes with the draft."""
    folders = workspace.changes(dataset_id), workspace.corrections(dataset_id)
    return tuple(folder.stat().st_mtime_ns if folder.is_dir() else 0 for folder in folders)


@lru_cache(maxsize=4)
def _waiting(workspace: Workspace, dataset_id: str, task: str, _: tuple[int, ...]) -> Waiting:
    corrected = corrections.drafted(workspace, dataset_id)
    of_rows = {each.row_id: each for each in corrected if each.row_id is not None}
    return Waiting(task, changes.drafted(workspace, dataset_id), of_rows)


def relabel(workspace: Workspace, dataset: Dataset, rights: Mapping[int, Sequence[str]]) -> None:
    """Give these rows other labels, in one change; what was said of them singly before no longer
    counts. Raises DataError for what cannot be the truth of a row."""
    changes.put(workspace, dataset.id, changes.make("relabel", {"rows": dict(rights)}))
    _forget(workspace, dataset, rights.keys())


def spare(workspace: Workspace, dataset: Dataset, row_ids: Iterable[int]) -> None:
    """Take back what the draft does to these very rows; what it does to whole labels stays."""
    spared = set(row_ids)
    for change in changes.drafted(workspace, dataset.id):
        if change.kind not in ("drop", "relabel", "tag"):
            continue
        name = "places" if change.kind == "tag" else "rows"
        asked = change.asks[name]
        left = [each for each in asked if (each[0] if name == "places" else each) not in spared]
        if not left:
            changes.undo(workspace, dataset.id, change.key)
        elif len(left) < len(asked):
            kept = {row: asked[row] for row in left} if change.kind == "relabel" else left
            fewer = changes.make(change.kind, {name: kept}, change.key)
            changes.put(workspace, dataset.id, replace(fewer, created=change.created))
    _forget(workspace, dataset, spared)


def _forget(workspace: Workspace, dataset: Dataset, row_ids: Container[int]) -> None:
    for correction in corrections.drafted(workspace, dataset.id):
        if correction.row_id is not None and correction.row_id in row_ids:
            corrections.undo(workspace, dataset.id, correction.key)
