"""What a task is, and the registry of them.

A task knows how labels become targets, how logits become probabilities and decisions, and how
decisions are scored. It works on numpy arrays only (no torch, no model), so the page, the report
and the training loop ask the same object. Adding a task is one file and one line below.
"""

from typing import Any

from engine.tasks.answering import QuestionAnswering, TextToText
from engine.tasks.base import Task
from engine.tasks.multi_label import MultiLabel
from engine.tasks.single_label import Binary, MultiClass
from engine.tasks.token_labels import TokenLabels

AnyTask = Task[Any, Any]

TASKS: dict[str, type[AnyTask]] = {
    task.kind: task
    for task in (Binary, MultiClass, MultiLabel, TokenLabels, QuestionAnswering, TextToText)
}


def make_task(kind: str, labels: tuple[str, ...], positive: str | None = None) -> AnyTask:
    """The task `kind` over `labels` (their order is the order of every array's label axis)."""
    return TASKS[kind](labels, positive)


__all__ = ["TASKS", "AnyTask", "Task", "make_task"]
