"""The figures of one predictions file: scores, intervals and confusions, ready for JSON.

rows         how many
<score>      each of `Task.scores` by its name
per_class    label → precision, recall, f1, support, predicted, f1_interval
intervals    score → [low, high]: bootstrap 95 % over rows
confusion    single-label: counts[truth][decided]; multi-label: one [[TN, FP], [FN, TP]] a label
"""

from typing import Any

from engine.evaluation.intervals import bootstrap
from engine.evaluation.predictions import Predictions
from engine.tasks import Task
from engine.tasks.scores import per_label


def figures(task: Task, predictions: Predictions) -> dict[str, Any]:
    """All figures of one predictions file, ready for JSON."""
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
