"""Two runs side by side: what they were told differently, how they differ, and on which rows.

Scores are compared row by row where both were asked about the same rows, be it of another version
of the data set: then the labels of the newer version are the truth for both. Otherwise each keeps
its own interval, which says much less. Reads recipes, reports and predictions files; no model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from engine.data.dataset import Dataset, load_dataset
from engine.errors import RunError, WorkspaceError
from engine.evaluation import report as reports
from engine.evaluation.figures import figures
from engine.evaluation.paired import Paired, compare
from engine.evaluation.pairs import read_pairs
from engine.evaluation.report import Figures, Report
from engine.tasks import AnyTask, make_task
from engine.text import Message
from engine.training.recipe import Recipe
from engine.training.sweep import apart
from engine.workspace import Workspace


@dataclass(frozen=True, eq=False)
class RowByRow:
    """What both runs said of the rows they were both asked about, in the order of the newer one."""

    paired: Paired
    own: Any
    """The task's predictions; so the other's."""
    other: Any
    places: Sequence[int]
    """Where each row stands in the predictions of `Comparison.judge`."""
    gained: tuple[int, ...]
    """Rows that were wrong in the other run and are right in this one."""
    lost: tuple[int, ...]
    """Rows that were right in the other run and are wrong in this one."""
    corrected: int
    """Rows whose truth is another in the newer version of the data set."""
    figures: tuple[Figures, Figures] | None
    """Of both on these rows, where those of their reports are of other rows or another truth."""


@dataclass(frozen=True)
class Comparison:
    """A run held against another one."""

    own: Report
    other: Report
    split: str
    settings: tuple[tuple[str, Any, Any], ...] | None
    """(setting, this run's value, the other's) where they differ, None standing for a setting that
    is of no use there; None where a recipe cannot be read (any more)."""
    rows: RowByRow | None
    unpaired: Message | None
    """Why they cannot be compared row by row."""

    @property
    def scores(self) -> tuple[str, ...]:
        """Scores that both have, the one that stands for this run first."""
        own, other = (dict(found["intervals"]) if found else {} for found in self.figures)
        return tuple(n for n in dict.fromkeys([self.own.headline, *own]) if n in own and n in other)

    @property
    def figures(self) -> tuple[Figures | None, Figures | None]:
        """Of this run and of the other one, on the same rows where there are such."""
        if self.rows is not None and self.rows.figures is not None:
            return self.rows.figures
        own, other = (report.splits.get(self.split, {}).get("best") for report in self.both)
        return own, other

    @property
    def both(self) -> tuple[Report, Report]:
        return self.own, self.other

    @property
    def judge(self) -> Report:
        """The run whose data set has the truth for both."""
        return self.both[_newer(self.own, self.other)]


def compare_runs(workspace: Workspace, run: str, other: str, split: str = "test") -> Comparison:
    """Raises WorkspaceError where one has no results, RunError where they did not learn the same
    kind of thing."""
    if run == other:
        raise RunError("compare.same_run", run=run)
    own, against = (reports.load(workspace.run(run_id)) for run_id in (run, other))
    if own.task != against.task:
        learnt, instead = (Message(f"cli.task.{report.task}") for report in (own, against))
        raise RunError("compare.other_task", run=run, other=other, own=learnt, against=instead)
    settings = settings_apart(workspace, own, against)
    unpaired = _why_unpaired(workspace, own, against, split)
    rows = None if unpaired else _row_by_row(workspace, own, against, split)
    if rows is None and unpaired is None:
        unpaired = Message("compare.other_rows")
    return Comparison(own, against, split, settings, rows, unpaired)


def settings_apart(
    workspace: Workspace, own: Report, other: Report
) -> tuple[tuple[str, Any, Any], ...] | None:
    """(setting, the one's value, the other's) where they differ; None where a recipe cannot be
    read."""
    try:
        first, second = (
            Recipe.from_json(workspace.run(report.run).recipe.read_text("utf-8"))
            for report in (own, other)
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return tuple((name, *values) for name, values in apart(first, second).items())


def _why_unpaired(workspace: Workspace, own: Report, other: Report, split: str) -> Message | None:
    """What keeps them from being compared row by row, as far as the records tell."""
    for report in (own, other):
        if "best" not in report.splits.get(split, {}):
            return Message("compare.no_rows", {"run": report.run})
    if own.dataset != other.dataset and not _equal_data(workspace, own, other):
        return Message("compare.other_data")
    same = (own.labels, own.positive) == (other.labels, other.positive)
    if not same and _renamed(workspace, own, other) is None:
        return Message("compare.other_labels")
    return None


def _renamed(workspace: Workspace, own: Report, other: Report) -> dict[str, str] | None:
    """Labels of the older run → what they are called in the data of the newer one, where that was
    made of the data of the older one."""
    newer, older = (own, other) if _newer(own, other) == 0 else (other, own)
    line = lineage(workspace, older, newer)
    if not line:
        return None
    names = {name: name for name in older.labels}
    for version in line:
        names = {name: version.renamed.get(now, now) for name, now in names.items()}
    return {name: now for name, now in names.items() if name != now}


def lineage(workspace: Workspace, older: Report, newer: Report) -> list[Dataset] | None:
    """The versions of the data set that were made since the one the older run learnt from, the
    oldest first; None where the newer run did not learn from what became of that."""
    if older.dataset != newer.dataset:
        return None
    line: list[Dataset] = []
    version: int | None = newer.dataset_version
    try:
        while version is not None and version > older.dataset_version:
            line.append(load_dataset(workspace, newer.dataset, version))
            version = line[-1].parent
    except WorkspaceError:
        return None
    return line[::-1] if version == older.dataset_version else None


def _equal_data(workspace: Workspace, *both: Report) -> bool:
    """Whether two data sets were made of the same file in the same way."""
    try:
        first, second = (
            load_dataset(workspace, report.dataset, report.dataset_version).fingerprint
            for report in both
        )
    except WorkspaceError:
        return False
    return first == second


def _newer(own: Report, other: Report) -> int:
    """Which of the two has the newer version of the data set: 0 or 1, 0 where none has."""
    return int(own.dataset == other.dataset and other.dataset_version > own.dataset_version)


def _row_by_row(workspace: Workspace, own: Report, other: Report, split: str) -> RowByRow | None:
    """None where they have no rows in common. Raises WorkspaceError for a damaged file."""
    first, second = (workspace.run(r.run).predictions(split, "best") for r in (own, other))
    written = [path.stat().st_mtime_ns if path.is_file() else 0 for path in (first, second)]
    kinds = tuple((report.task, report.labels, report.positive) for report in (own, other))
    renamed = tuple((_renamed(workspace, own, other) or {}).items())
    return _held_against(first, second, *written, _newer(own, other), kinds, renamed)


@lru_cache(maxsize=4)
def _held_against(
    own: Path,
    other: Path,
    _own_written: int,
    _other_written: int,
    judge: int,
    kinds: tuple[tuple[str, tuple[str, ...], str | None], ...],
    renamed: tuple[tuple[str, str], ...],
) -> RowByRow | None:
    first, second = (make_task(*kind) for kind in kinds)
    task: AnyTask = (first, second)[judge]
    pairs = read_pairs(own, other, (first, second), judge, dict(renamed))
    if not len(pairs.places):
        return None
    right, was_right = task.right(pairs.own), task.right(pairs.other)
    gained, lost = (
        tuple(np.flatnonzero(flips).tolist()) for flips in (right & ~was_right, was_right & ~right)
    )
    both = None
    if pairs.corrected or pairs.left_out or first.labels != second.labels:
        both = figures(task, pairs.own), figures(task, pairs.other)
    every = np.arange(len(pairs.places))
    return RowByRow(
        compare(task, pairs.own, pairs.other, (every, every)),
        pairs.own,
        pairs.other,
        pairs.places.tolist(),
        gained,
        lost,
        pairs.corrected,
        both,
    )
