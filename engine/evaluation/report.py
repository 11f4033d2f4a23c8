"""The report of a run: every figure of its results, computed from its predictions files alone.

`report.json` is the `Report` record below. `splits` is split → weights → figures: `test.best` are
the figures to quote, `last` those of the last step's weights, `before` those of the untrained
model; a pair without predictions, or without rows, is left out. Knows no model.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engine.data.dataset import Dataset
from engine.errors import WorkspaceError
from engine.evaluation.intervals import bootstrap
from engine.evaluation.predictions import Predictions, read_predictions
from engine.tasks import Task
from engine.tasks.scores import per_label
from engine.workspace import RunFolder, write_atomically

SPLITS = ("test", "validation")
WEIGHTS = ("best", "last", "before")

Figures = Mapping[str, Any]
"""`rows`, each of `Task.scores` by name, and

per_class   label → precision, recall, f1, support, predicted, f1_interval
intervals   score → (low, high): bootstrap 95 % over rows
confusion   single-label: counts[truth][decided]; multi-label: label → [[TN, FP], [FN, TP]]
"""


@dataclass(frozen=True)
class Report:
    """One run's results, as `report.json` holds them."""

    run: str
    dataset: str
    dataset_version: int
    task: str
    labels: tuple[str, ...]
    positive: str | None
    splits: Mapping[str, Mapping[str, Figures]]

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Report":
        record = json.loads(text)
        record["labels"] = tuple(record["labels"])
        return cls(**record)


def build_report(folder: RunFolder, dataset: Dataset) -> Report:
    """The figures of every predictions file the run has left."""
    task = dataset.make_task()
    splits: dict[str, dict[str, Figures]] = {}
    for split in SPLITS:
        for weights in WEIGHTS:
            path = folder.predictions(split, weights)
            if not path.is_file():
                continue
            predictions = read_predictions(path)
            if len(predictions.row_ids):
                splits.setdefault(split, {})[weights] = figures(task, predictions)
    return Report(
        folder.root.name,
        dataset.id,
        dataset.version,
        dataset.task,
        dataset.labels,
        dataset.positive,
        splits,
    )


def figures(task: Task, predictions: Predictions) -> Figures:
    """All figures of one predictions file."""
    truth, decided = predictions.truth, predictions.decided
    tally = task.tally(truth, decided)
    counts = tally.counts()
    scores = {name: float(score) for name, score in task.score_counts(counts).items()}
    intervals, f1_intervals = bootstrap(task, tally)
    per_class = {
        label: {**numbers, "f1_interval": list(interval)}
        for label, numbers, interval in zip(
            task.labels, per_label(counts.first(len(task.labels))), f1_intervals, strict=True
        )
    }
    return {
        "rows": len(truth),
        **scores,
        "per_class": per_class,
        "intervals": {name: list(interval) for name, interval in intervals.items()},
        "confusion": task.confusion(truth, decided).tolist(),
    }


def save(folder: RunFolder, report: Report) -> None:
    """Write `report.json`, whole or not at all."""
    write_atomically(folder.report, report.to_json())


def load(folder: RunFolder) -> Report:
    """Read `report.json`. Raises WorkspaceError when the run has left none."""
    if not folder.report.is_file():
        raise WorkspaceError("report.none", run=folder.root.name)
    return Report.from_json(folder.report.read_text("utf-8"))
