"""`predict`: texts in (and questions about them), out what the model says of each."""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from engine.cli.output import Output, Steps, to_json
from engine.cli.parser import Commands, workspace_of
from engine.errors import DataError, RunError
from engine.models.manual import read_manual
from engine.runs.registry import Registry
from engine.runs.run import Run
from engine.text import translate
from engine.workspace import Workspace

if TYPE_CHECKING:  # torch takes seconds, pandas half a one
    from engine.data.reading import ReadingReport
    from engine.inference.predictor import Predictor
    from engine.inference.quick import Quick

Asked = dict[str, str]
"""What a prediction is asked of: a text, and a question where the task takes one."""

BATCH = 1024
"""Rows predicted before their lines come out: enough to sort by length."""
TOLD = 20
"""Row numbers that are told of rows without an answer."""
SUFFIXES = frozenset((".csv", ".jsonl"))
"""Of files that predictions can be written to."""

QUIET = {"TRANSFORMERS_VERBOSITY": "error", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
"""Read when transformers is imported; loading a model of ours needs no comment."""


def add(commands: Commands) -> None:
    predicting = commands.add("predict", predict)
    predicting.add("RUN")
    predicting.add("FILE")
    predicting.add("--to", metavar="OUT")
    predicting.add("--doubtful-first", action="store_true")


def predict(arguments: argparse.Namespace, output: Output) -> int:
    workspace = workspace_of(arguments)
    run = Registry(workspace).get(arguments.RUN)
    folder = workspace.run(run.id).model
    if not folder.is_dir():
        raise RunError("cli.no_model", run=run.id, state=run.state.word)
    if arguments.to:
        return _to_file(workspace, run, arguments.FILE, arguments, output)
    rows = _rows(workspace, run, arguments.FILE, read_manual(folder).task, output)
    be_quiet()
    from engine.inference.predictor import load_predictor

    found = _predictions(load_predictor(folder), rows, output)
    if output.as_json:
        output.result({"id": run.id, "predictions": list(found)})
    else:
        for prediction in found:
            output.line(to_json(prediction))
    return 0


def be_quiet() -> None:
    """Before torch and transformers are imported."""
    os.environ.update(QUIET)
    from engine.models.hardware import calm

    calm()


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
    from engine.data.reading import read_table
    from engine.inference.asking import ask, choose, trained_on

    table, reading = read_table(path)
    _tell_dropped(reading, output)
    roles = trained_on(workspace, run.dataset, run.dataset_version)
    asked = ask(table, task, choose(table, task, roles, path.name))
    return [dict(zip(asked, row, strict=True)) for row in zip(*asked.values(), strict=True)]


def _tell_dropped(reading: "ReadingReport", output: Output) -> None:
    if reading.rows_dropped:
        numbers = [str(dropped.row) for dropped in reading.dropped[:TOLD]]
        dropped = reading.rows_dropped
        output.progress(translate("cli.predict_dropped", count=dropped, rows=numbers))


def _to_file(
    workspace: Workspace, run: Run, file: str, arguments: argparse.Namespace, output: Output
) -> int:
    """As the page predicts a file: every row comes back with its own columns."""
    path, out = Path(file), Path(arguments.to)
    if not path.is_file():
        raise DataError("cli.no_file", found=file)
    if out.suffix.lower() not in SUFFIXES:
        raise DataError("cli.predict_suffix", file=out.name, known=sorted(SUFFIXES))
    from engine.inference.asking import choose, read_rows, trained_on
    from engine.inference.batch import Batch, predict_table

    folder = workspace.run(run.id).model
    task = read_manual(folder).task
    table, reading = read_rows(path)
    _tell_dropped(reading, output)
    roles = trained_on(workspace, run.dataset, run.dataset_version)
    batch = Batch(choose(table, task, roles, path.name), arguments.doubtful_first)
    del table
    quick = _quick(workspace, folder)
    counts = predict_table(quick, quick.task, path, batch, out, Steps(output))
    output.say(
        "cli.predicted", file=str(out), predicted=counts.predicted, empty=counts.empty,
        rate=f"{counts.predicted / max(counts.seconds, 1e-3):,.1f}",
    )  # fmt: skip
    if counts.review is not None:
        output.say("cli.predicted_review", review=counts.review)
    output.result({"id": run.id} | counts.to_dict() | {"file": str(out)})
    return 0


def _quick(workspace: Workspace, folder: Path) -> "Quick":
    be_quiet()
    from engine.inference.predictor import load_predictor
    from engine.inference.quick import Quick
    from engine.models import hardware

    return Quick(load_predictor(folder), hardware.load(workspace))


def _batches(rows: Iterable[Asked]) -> Iterator[list[Asked]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch
