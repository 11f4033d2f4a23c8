"""The predictions of a run's splits by themselves, for what needs no texts: curves and decisions.

So they can be looked at when the data set is gone. Files are read once and the last few kept.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple, cast

from engine.evaluation.predictions import read_predictions
from engine.evaluation.report import SPLITS, Report
from engine.tasks import make_task
from engine.tasks.labelled import LabelPredictions, LabelTask
from engine.workspace import Workspace

KEPT = 4


class Source(NamedTuple):
    """A predictions file as it is now, and what it speaks of."""

    path: Path
    written: int
    task: str
    labels: tuple[str, ...]
    positive: str | None

    def make_task(self) -> LabelTask:
        return cast(LabelTask, make_task(self.task, self.labels, self.positive))


def source_of(workspace: Workspace, report: Report, split: str) -> Source | None:
    """What the best weights said of a split, by the default rule; None where it has no rows."""
    if "best" not in report.splits.get(split, {}):
        return None
    path = workspace.run(report.run).predictions(split, "best")
    written = path.stat().st_mtime_ns if path.is_file() else 0
    return Source(path, written, report.task, report.labels, report.positive)


@lru_cache(maxsize=KEPT)
def read_source(source: Source) -> LabelPredictions:
    """Raises WorkspaceError where the file is damaged."""
    _, predictions = read_predictions(source.path, source.make_task())
    found: LabelPredictions = predictions
    return found


def read_splits(workspace: Workspace, report: Report) -> dict[str, LabelPredictions]:
    """What was said of each split that has rows. Raises WorkspaceError."""
    sources = {split: source_of(workspace, report, split) for split in SPLITS}
    return {split: read_source(source) for split, source in sources.items() if source}
