"""The figures of one predictions file: scores, intervals and what else the task tells, for JSON.

rows         how many
<score>      each of `Task.score_counts` by its name
per_class    label → precision, recall, f1, support, predicted, intervals; empty without labels
intervals    score → [low, high]: bootstrap 95 % over rows
...          `Task.details`: confusion, kinds of error
"""

from typing import Any

from engine.evaluation.intervals import RESAMPLES, Intervals, bootstrap
from engine.tasks import AnyTask
from engine.tasks.scores import Tally


def figures(task: AnyTask, predictions: Any) -> dict[str, Any]:
    """All figures of one predictions file, ready for JSON."""
    return scored(task, task.tally(predictions)) | task.details(predictions)


def scored(task: AnyTask, tally: Tally[Any], resamples: int = RESAMPLES) -> dict[str, Any]:
    """The scores of some rows with their intervals, of all and of each label."""
    counts = tally.counts()
    scores = {name: float(score) for name, score in task.score_counts(counts).items()}
    intervals, of_labels = bootstrap(task, tally, resamples=resamples)
    per_class = {
        label: {**numbers, "intervals": _lists(intervals)}
        for (label, numbers), intervals in zip(
            task.per_class(counts).items(), of_labels, strict=True
        )
    }
    return {
        "rows": tally.rows,
        **scores,
        "per_class": per_class,
        "intervals": _lists(intervals),
    }


def _lists(intervals: Intervals) -> dict[str, list[float]]:
    return {name: list(interval) for name, interval in intervals.items()}
