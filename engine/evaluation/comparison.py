"""Two runs side by side: what they were told differently, how they differ, and on which rows.

Scores are compared row by row where both were asked about the same rows; otherwise each keeps its
own interval, which says much less. Reads recipes, reports and predictions files; no model.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from engine.data.dataset import load_dataset
from engine.errors import RunError, WorkspaceError
from engine.evaluation import report as reports
from engine.evaluation.paired import Paired, compare, in_common
from engine.evaluation.predictions import read_predictions
from engine.evaluation.report import Report
from engine.tasks import AnyTask, make_task
from engine.text import Message
from engine.training.recipe import Recipe
from engine.training.sweep import apart
from engine.workspace import Workspace

Place = tuple[int, int]
"""Of a row in the predictions of this run, and in those of the other one."""


@dataclass(frozen=True, eq=False)
class RowByRow:
    """What both runs said of the rows they were both asked about."""

    paired: Paired
    own: Any
    """The task's predictions; so the other's."""
    other: Any
    gained: tuple[Place, ...]
    """Rows that were wrong in the other run and are right in this one."""
    lost: tuple[Place, ...]
    """Rows that were right in the other run and are wrong in this one."""


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
        figures = [report.splits.get(self.split, {}).get("best") for report in self.both]
        own, other = (dict(found["intervals"]) if found else {} for found in figures)
        return tuple(n for n in dict.fromkeys([self.own.headline, *own]) if n in own and n in other)

    @property
    def both(self) -> tuple[Report, Report]:
        return self.own, self.other


def compare_runs(workspace: Workspace, run: str, other: str, split: str = "test") -> Comparison:
    """Raises WorkspaceError where one has no results, RunError where they did not learn the same
    kind of thing."""
    if run == other:
        raise RunError("compare.same_run", run=run)
    own, against = (reports.load(workspace.run(run_id)) for run_id in (run, other))
    if own.task != against.task:
        learnt, instead = (Message(f"cli.task.{report.task}") for report in (own, against))
        raise RunError("compare.other_task", run=run, other=other, own=learnt, against=instead)
    settings = _settings(workspace, own, against)
    unpaired = _why_unpaired(workspace, own, against, split)
    rows = None if unpaired else _row_by_row(workspace, own, against, split)
    if rows is None and unpaired is None:
        unpaired = Message("compare.other_rows")
    return Comparison(own, against, split, settings, rows, unpaired)


def _settings(
    workspace: Workspace, own: Report, other: Report
) -> tuple[tuple[str, Any, Any], ...] | None:
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
    if (own.labels, own.positive) != (other.labels, other.positive):
        return Message("compare.other_labels")
    versions = [(report.dataset, report.dataset_version) for report in (own, other)]
    if versions[0] != versions[1] and not _equal_data(workspace, versions):
        return Message("compare.other_data")
    return None


def _equal_data(workspace: Workspace, versions: list[tuple[str, int]]) -> bool:
    try:
        first, second = (load_dataset(workspace, *version).fingerprint for version in versions)
    except WorkspaceError:
        return False
    return first == second


def _row_by_row(workspace: Workspace, own: Report, other: Report, split: str) -> RowByRow | None:
    """None where they have no rows in common. Raises WorkspaceError for a damaged file."""
    files = [workspace.run(report.run).predictions(split, "best") for report in (own, other)]
    written = [path.stat().st_mtime_ns if path.is_file() else 0 for path in files]
    return _held_against(
        files[0], files[1], written[0], written[1], own.task, own.labels, own.positive
    )


@lru_cache(maxsize=4)
def _held_against(
    own: Path,
    other: Path,
    _own_written: int,
    _other_written: int,
    kind: str,
    labels: tuple[str, ...],
    positive: str | None,
) -> RowByRow | None:
    task: AnyTask = make_task(kind, labels, positive)
    own_ids, said = read_predictions(own, task)
    other_ids, told = read_predictions(other, task)
    places = in_common(own_ids, other_ids)
    first, second = places
    if not len(first):
        return None
    right, was_right = task.right(said)[first], task.right(told)[second]
    pairs = list(zip(first.tolist(), second.tolist(), strict=True))
    gained, lost = (
        tuple(pair for pair, flipped in zip(pairs, flips.tolist(), strict=True) if flipped)
        for flips in (right & ~was_right, was_right & ~right)
    )
    return RowByRow(compare(task, said, told, places), said, told, gained, lost)
