"""Asking models: what a person wrote becomes texts and questions, and these an answer."""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.data.alike import is_blank
from engine.models.manual import read_manual
from engine.tasks import TASKS, AnyTask
from webui.page import Page
from webui.views.shapes import SHAPES, Asked, Shape

if TYPE_CHECKING:  # torch takes seconds
    from engine.inference.predictor import Predictor

MOST_TEXTS = 200
SLOW = 1000
"""Milliseconds from which on an answer does not follow what is typed."""
Row = Mapping[str, tuple[str, ...]]
"""`text`, and `question` where the task takes one, of all that is asked at once."""


def task_of(page: Page, run: str) -> type[AnyTask]:
    """What the model of a run was trained for."""
    return TASKS[read_manual(page.workspace.run(run).model).task]


def shape_of(task: type[AnyTask] | AnyTask) -> Shape[Any]:
    return SHAPES[task.shape]


def written(task: type[AnyTask] | AnyTask, text: str, question: str) -> Row:
    """What is asked: one text, or one a line; nothing where it is blank."""
    lines = text.splitlines() if shape_of(task).line_by_line else [text]
    row = {"text": tuple(line.strip() for line in lines if not is_blank(line))}
    if "question" in task.asks:
        row["question"] = () if is_blank(question) else (question.strip(),)
    return row


def missing(row: Row) -> str:
    """The names of what is not there, joined."""
    return "_".join(name for name, given in row.items() if not given)


def asked(predictor: "Predictor", run: str, row: Row) -> Asked[Any]:
    """What the model of a run says, and how long that took."""
    texts, questions = row["text"][:MOST_TEXTS], row.get("question", ())
    start = time.perf_counter()
    predictions = predictor.predict(texts, questions)
    spent = 1000 * (time.perf_counter() - start)
    said = shape_of(predictor.task).said(predictor, predictions)
    return Asked(run, texts, questions, said, spent, len(row["text"]) - len(texts))


def is_slow(predictor: "Predictor", row: Row, before: Asked[Any] | None) -> bool:
    """Whether an answer would come too late while somebody types, by how long the last took."""
    if predictor.writes:
        return True
    if before is None:
        return False
    return before.milliseconds / len(before.texts) * len(row["text"]) > SLOW
