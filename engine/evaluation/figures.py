"""The figures of one predictions file: scores, intervals and confusions, ready for JSON.

rows         how many
<score>      each of `Task.scores` by its name
per_class    label → precision, recall, f1, support, predicted, intervals
intervals    score → [low, high]: bootstrap 95 % over rows
confusion    single-label: counts[truth][decided]; multi-label: one [[TN, FP], [FN, TP]] a label
"""

from typing import Any

from engine.evaluation.intervals import Intervals, bootstrap
from engine.evaluation.predictions import Predictions
from engine.tasks import Task
from engine.tasks.scores import per_label


def figures(task: Task, predictions: Predictions) -> dict[str, Any]:
    """All figures of one predictions file, ready for JSON."""
    truth, decided = predictions.truth, predictions.decided
    tally = task.tally(truth, decided)
    counts = tally.counts()
    scores = {name: float(score) for name, score in task.score_counts(counts).items()}
    intervals, of_labels = bootstrap(task, tally)
    numbers_of_labels = per_label(counts.first(len(task.labels)))
    per_class = {
        label: {**numbers, "intervals": _lists(intervals)}
        for label, numbers, intervals in zip(task.labels, numbers_of_labels, of_labels, strict=True)
    }
    return {
        "rows": len(truth),
        **scores,
        "per_class": per_class,
        "intervals": _lists(intervals),
        "confusion": task.confusion(truth, decided).tolist(),
    }


def _lists(intervals: Intervals) -> dict[str, list[float]]:
    return {name: list(interval) for name, interval in intervals.items()}
