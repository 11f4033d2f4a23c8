"""The predictions of a run's splits by themselves, for what needs no texts: curves and decisions.

So they can be looked at when the data set is gone. Files are read once and the last few kept.
"""

from functools import lru_cache
from pathlib import Path

from engine.evaluation.predictions import read_predictions
from engine.evaluation.report import SPLITS, Report
from engine.tasks import make_task
from engine.tasks.labelled import LabelPredictions
from engine.workspace import Workspace

KEPT = 4


def read_probabilities(workspace: Workspace, report: Report, split: str) -> LabelPredictions | None:
    """What the best weights said of a split, by the default rule; None where it has no rows.
    Raises WorkspaceError where the file is damaged."""
    path = workspace.run(report.run).predictions(split, "best")
    if "best" not in report.splits.get(split, {}):
        return None
    written = path.stat().st_mtime_ns if path.is_file() else 0
    return _read(path, written, report.task, report.labels, report.positive)


def read_splits(workspace: Workspace, report: Report) -> dict[str, LabelPredictions]:
    """What was said of each split that has rows. Raises WorkspaceError."""
    found = {split: read_probabilities(workspace, report, split) for split in SPLITS}
    return {split: said for split, said in found.items() if said is not None}


@lru_cache(maxsize=KEPT)
def _read(
    path: Path, _written: int, task: str, labels: tuple[str, ...], positive: str | None
) -> LabelPredictions:
    _, predictions = read_predictions(path, make_task(task, labels, positive))
    found: LabelPredictions = predictions
    return found
