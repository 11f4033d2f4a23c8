"""`predict`: texts in (and questions about them), out what the model says of each."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.cli.output import Output, to_json
from engine.cli.parser import Commands, workspace_of
from engine.errors import DataError, RunError, WorkspaceError
from engine.models.manual import read_manual
from engine.runs.registry import Registry
from engine.runs.run import Run
from engine.text import translate
from engine.workspace import Workspace

if TYPE_CHECKING:  # torch takes seconds, pandas half a one
    import pandas as pd

    from engine.data.dataset import Roles
    from engine.inference.predictor import Predictor

Asked = dict[str, str]
"""What a prediction is asked of: a text, and a question where the task takes one."""

BATCH = 1024
"""Rows predicted before their lines come out: enough to sort by length."""
TOLD = 20
"""Row numbers that are told of rows without an answer."""
QUESTIONS = frozenset(("question", "questions", "问题"))
"""Names a column of questions goes by."""

QUIET = {"TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
"""Read when transformers is imported; loading a model of ours needs no comment."""


def add(commands: Commands) -> None:
    predicting = commands.add("predict", predict)
    predicting.add("RUN")
    predicting.add("FILE")


def predict(arguments: argparse.Namespace, output: Output) -> int:
    workspace = workspace_of(arguments)
    run = Registry(workspace).get(arguments.RUN)
    folder = workspace.run(run.id).model
    if not folder.is_dir():
        raise RunError("cli.no_model", run=run.id, state=run.state.word)
    rows = _rows(workspace, run, arguments.FILE, read_manual(folder).task, output)

    os.environ.update(QUIET)
    from engine.models.hardware import calm

    calm()
    from engine.inference.predictor import load_predictor

    found = _predictions(load_predictor(folder), rows, output)
    if output.as_json:
        output.result({"id": run.id, "predictions": list(found)})
    else:
        for prediction in found:
            output.line(to_json(prediction))
    return 0


def _predictions(
    predictor: "Predictor", rows: Iterable[Asked], output: Output
) -> Iterator[dict[str, Any]]:
    """A row that lacks what is asked for is not predicted but says so, so that all keep step."""
    from engine.data.alike import is_blank

    asks = predictor.task.asks
    lines, empty = 0, []
    for batch in _batches(rows):
        lacks = [[name for name in asks if is_blank(row[name])] for row in batch]
        asked = [row for row, lack in zip(batch, lacks, strict=True) if not lack]
        said = predictor.predict(*([row[name] for row in asked] for name in asks)) if asked else ()
        numbers = count()
        for row, lack in zip(batch, lacks, strict=True):
            lines += 1
            if lack:
                empty.append(lines)
            yield row | ({"empty": lack} if lack else predictor.task.say(said, next(numbers)))
    if empty:
        output.progress(translate("cli.predict_empty", count=len(empty), rows=empty[:TOLD]))


def _rows(workspace: Workspace, run: Run, file: str, task: str, output: Output) -> Iterable[Asked]:
    """The rows of standard input or a file. A file is read before the model is loaded."""
    from engine.tasks import TASKS  # needs numpy

    path = Path(file)
    if file != "-" and not path.is_file():
        raise DataError("cli.no_file", found=file)
    if file != "-" and path.suffix.lower() != ".txt":
        return _of_table(workspace, run, path, task, output)
    asks = TASKS[task].asks
    if len(asks) > 1:
        raise DataError("cli.needs_table", columns=list(asks))
    return ({"text": line} for line in _lines(sys.stdin.buffer if file == "-" else path.open("rb")))


def _lines(stream: BinaryIO) -> Iterator[str]:
    """One text a line, empty lines included, so that line and answer keep step."""
    for number, line in enumerate(stream):
        text = line.decode("utf-8", errors="replace").rstrip("\r\n")
        yield text.removeprefix("\ufeff") if number == 0 else text


def _of_table(workspace: Workspace, run: Run, path: Path, task: str, output: Output) -> list[Asked]:
    from engine.data.cells import join_texts
    from engine.data.reading import read_table
    from engine.data.truths import truth_of
    from engine.tasks import TASKS

    table, reading = read_table(path)
    if reading.rows_dropped:
        numbers = [str(dropped.row) for dropped in reading.dropped[:TOLD]]
        dropped = reading.rows_dropped
        output.progress(translate("cli.predict_dropped", count=dropped, rows=numbers))
    roles = _trained_on(workspace, run)
    questions: tuple[str, ...] = ()
    if "question" in TASKS[task].asks:
        questions = (_question_column(table, roles, path),)
    texts = _text_columns(table.drop(columns=list(questions)), roles, path)
    rows = [{"text": text} for text in truth_of(task).texts(table, texts)]
    if not questions:
        return rows
    asked = join_texts(table, questions)
    return [row | {"question": question} for row, question in zip(rows, asked, strict=True)]


def _text_columns(table: "pd.DataFrame", roles: "Roles | None", path: Path) -> tuple[str, ...]:
    """The columns the data set was made of, or else what looks like text."""
    from engine.data.roles import guess_roles

    if roles and roles.text and set(roles.text) <= set(table.columns):
        return roles.text
    one = len(table.columns) == 1
    columns = tuple(table.columns) if one else guess_roles(table).roles.text
    if not columns:
        raise DataError("cli.no_text_column", file=path.name, columns=list(table.columns))
    return columns


def _question_column(table: "pd.DataFrame", roles: "Roles | None", path: Path) -> str:
    """The column the data set's questions came from, or else one of that name."""
    if roles and roles.question in table.columns:
        return str(roles.question)
    named = [name for name in table.columns if str(name).strip().lower() in QUESTIONS]
    if not named:
        raise DataError("cli.no_question_column", file=path.name, columns=list(table.columns))
    return str(named[0])


def _trained_on(workspace: Workspace, run: Run) -> "Roles | None":
    """The roles of the run's data set; None if that has been deleted."""
    from engine.data.dataset import load_dataset

    try:
        return load_dataset(workspace, run.dataset, run.dataset_version).roles
    except WorkspaceError:
        return None


def _batches(rows: Iterable[Asked]) -> Iterator[list[Asked]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch
