"""`predict`: texts in, labels and probabilities out."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.cli.output import Output, to_json
from engine.cli.parser import Commands, workspace_of
from engine.errors import DataError, RunError, WorkspaceError
from engine.runs.registry import Registry
from engine.runs.run import Run
from engine.text import translate
from engine.workspace import Workspace

if TYPE_CHECKING:  # torch takes seconds, pandas half a one
    from engine.inference.predictor import Predictor

BATCH = 1024
"""Texts predicted before their lines come out: enough to sort by length."""

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
    texts = _texts(workspace, run, arguments.FILE, output)

    os.environ.update(QUIET)
    from engine.models.hardware import calm

    calm()
    from engine.inference.predictor import load_predictor

    found = _predictions(load_predictor(folder), texts)
    if output.as_json:
        output.result({"id": run.id, "predictions": list(found)})
    else:
        for prediction in found:
            output.line(to_json(prediction))
    return 0


def _predictions(predictor: "Predictor", texts: Iterable[str]) -> Iterator[dict[str, Any]]:
    for batch in _batches(texts):
        said = predictor.predict(batch)
        for row, text in enumerate(batch):
            yield {"text": text} | predictor.task.say(said, row)


def _texts(workspace: Workspace, run: Run, file: str, output: Output) -> Iterable[str]:
    """The texts of standard input or a file. A file is read before the model is loaded."""
    if file == "-":
        return _lines(sys.stdin.buffer)
    path = Path(file)
    if not path.is_file():
        raise DataError("cli.no_file", found=file)
    if path.suffix.lower() == ".txt":
        return _lines(path.open("rb"))
    return _column(workspace, run, path, output)


def _lines(stream: BinaryIO) -> Iterator[str]:
    """One text a line, empty lines included, so that line and answer keep step."""
    for number, line in enumerate(stream):
        text = line.decode("utf-8", errors="replace").rstrip("\r\n")
        yield text.removeprefix("\ufeff") if number == 0 else text


def _column(workspace: Workspace, run: Run, path: Path, output: Output) -> list[str]:
    """The texts of a table: the columns the data set was made of, or else what looks like text."""
    from engine.data.cells import join_texts
    from engine.data.reading import read_table
    from engine.data.roles import guess_roles

    table, reading = read_table(path)
    if reading.rows_dropped:
        numbers = [str(dropped.row) for dropped in reading.dropped[:20]]
        count = reading.rows_dropped
        output.progress(translate("cli.predict_dropped", count=count, rows=numbers))
    columns = _trained_on(workspace, run)
    if not columns or not set(columns) <= set(table.columns):
        one = len(table.columns) == 1
        columns = tuple(table.columns) if one else guess_roles(table).roles.text
    if not columns:
        raise DataError("cli.no_text_column", file=path.name, columns=list(table.columns))
    return join_texts(table, columns)


def _trained_on(workspace: Workspace, run: Run) -> tuple[str, ...]:
    """The text columns of the run's data set; none if that has been deleted."""
    from engine.data.dataset import load_dataset

    try:
        return load_dataset(workspace, run.dataset, run.dataset_version).roles.text
    except WorkspaceError:
        return ()


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    remaining = iter(texts)
    while batch := list(islice(remaining, BATCH)):
        yield batch
