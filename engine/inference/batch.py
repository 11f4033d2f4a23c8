"""A whole file predicted: the file comes back with what the model says of each of its rows.

Rows go through the model and out to the disk in chunks, so that beside the table, as it was read,
nothing grows with their number. Every row comes back: one that lacks its text says so.
"""

import csv
import heapq
import io
import json
import os
import random
import tempfile
import time
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
import pandas as pd

from engine.data.alike import is_blank
from engine.data.guarding import guard
from engine.data.labels import spell
from engine.data.reading import ReadingReport
from engine.errors import DataError
from engine.inference.asking import Asking, ask, read_rows
from engine.tasks import AnyTask

CHUNK = 2048
"""Rows whose order by length is known at once."""
FIRST, FEWEST, GOAL = 64, 4, 2.0
"""Rows predicted at a time at first; then as many as take about GOAL seconds, FEWEST at least."""
JSON_FORMS = ("json", "jsonl")
SUFFIXES = {".csv": "csv", ".jsonl": "jsonl"}
COLUMNS = {"labels": "prediction", "probabilities": "probability", "spans": "mentions"}
"""What a task says → the column it stands in, where that has another name."""
EMPTY, ROW = "empty", "row"
REVIEWED, LOOKED_AT, DOUBT = 20, 300, 0.005
"""The least sure rows that are told of, how many characters of each, and the least doubt of one
that is worth it."""

Row = tuple[str, ...]
"""What is asked of a row: its text, and a question where the task takes one."""
Cells = dict[str, Any]
Tell = Callable[[int, int], None]
"""Called with the rows that are done, and all there are."""


class Predicts(Protocol):
    """A Predictor, or a Quick one."""

    def predict(self, texts: Sequence[str], questions: Sequence[str] = ()) -> Any: ...


@dataclass(frozen=True)
class Batch:
    """How a file is to be predicted."""

    asking: Asking
    doubtful_first: bool = False
    """The least sure rows first, for review; otherwise the order of the file."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Batch":
        asking = record["asking"]
        return cls(
            Asking(tuple(asking["text"]), asking["question"]), bool(record["doubtful_first"])
        )


@dataclass(frozen=True)
class Doubtful:
    """A row that a person should look at first."""

    row: int
    """Its number, as the file counts."""
    text: str
    """The beginning of what was asked: the question, where there is one, before the text."""
    said: tuple[str, ...]
    doubt: float
    """How likely the answer is wrong, 0 to 1, as the model sees it."""


@dataclass(frozen=True)
class Answer:
    """What is said of one row."""

    cells: Cells
    said: tuple[str, ...] = ()
    doubt: float = -1.0
    """-1 where there is no answer."""


@dataclass(frozen=True)
class Counts:
    """What became of the rows of a file: `predicted` and `empty` ones came back, `dropped` ones
    could not be read."""

    file: str
    """Name of the file that came back."""
    predicted: int = 0
    empty: int = 0
    dropped: int = 0
    review: int | None = None
    """Predicted rows that should go to a person; None where the model has no band for that."""
    seconds: float = 0.0
    doubtful: tuple[Doubtful, ...] = ()
    """The REVIEWED least sure ones, the least sure first."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def form_of(report: ReadingReport) -> str:
    """The form a file comes back in: JSON Lines for either kind of JSON, else CSV."""
    return "jsonl" if report.format in JSON_FORMS else "csv"


def predict_table(
    predicts: Predicts,
    task: AnyTask,
    path: Path,
    batch: Batch,
    out: Path,
    tell: Tell,
    name: str | None = None,
) -> Counts:
    """Predict every row of a file (`name`, where it was called otherwise) and write `out`, whole or
    not at all; its name says whether as CSV or as JSON Lines. Raises DataError."""
    table, report = read_rows(path, name)
    _check(table, batch.asking, report.name)
    tell(0, len(table))
    begun = time.monotonic()
    work = _Work(predicts, task, table, batch, report.name)
    form = SUFFIXES.get(out.suffix.lower(), form_of(report))
    temporary = out.with_name(f".{out.name}.tmp")
    out.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with temporary.open("wb") as file:
            if batch.doubtful_first:
                with tempfile.TemporaryFile(dir=out.parent) as draft:
                    counts = work.write(draft, form, tell)
                    work.reorder(draft, file)
            else:
                counts = work.write(file, form, tell)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    seconds = time.monotonic() - begun
    return Counts(out.name, **counts, dropped=report.rows_dropped, seconds=seconds)


def _check(table: pd.DataFrame, asking: Asking, file: str) -> None:
    wanted = [*asking.text, *filter(None, [asking.question])]
    missing = [name for name in wanted if name not in table.columns]
    if missing or not asking.text:
        columns = list(map(str, table.columns))
        raise DataError("batch.no_column", file=file, missing=missing, columns=columns)


class _Work:
    """One file on its way."""

    def __init__(
        self, predicts: Predicts, task: AnyTask, table: pd.DataFrame, batch: Batch, file: str
    ) -> None:
        self.predicts, self.task, self.table, self.batch = predicts, task, table, batch
        self.said = self._said(file)
        self.names = [str(name) for name in table.columns]
        for name in [*self.said, EMPTY, *([ROW] if batch.doubtful_first else [])]:
            self.names.append(_free(name, self.names))
        self.together = FIRST
        """Rows that are predicted at a time."""
        self.random = random.Random(0)
        self.starts: list[int] = []
        """Where each line begins in the order of the file; and how doubtful it is."""
        self.doubts: list[float] = []
        self.doubtful: list[Doubtful] = []

    def write(self, file: BinaryIO, form: str, tell: Tell) -> dict[str, Any]:
        """All rows in the order of the file."""
        line = _csv_line if form == "csv" else partial(_json_line, self.names)
        if form == "csv":
            file.write(BOM_UTF8 + _csv_line(self.names))  # spreadsheets go by the mark
        predicted = review = 0
        for part, asked in self._chunks():
            answers, numbers = self._answer(asked, tell), part.index.tolist()
            cells = zip(*(part[name].tolist() for name in part), strict=True)
            for number, row, answer in zip(numbers, cells, answers, strict=True):
                self.starts.append(file.tell())
                file.write(line([*row, *self._cells(answer.cells, number)]))
                predicted += EMPTY not in answer.cells
                review += bool(answer.cells.get("review"))
            self.doubts += [answer.doubt for answer in answers]
            self._keep_doubtful(numbers, asked, answers)
        empty = len(self.table) - predicted
        has_band = "review" in self.said
        return {
            "predicted": predicted,
            "empty": empty,
            "review": review if has_band else None,
            "doubtful": tuple(self.doubtful),
        }

    def reorder(self, written: BinaryIO, file: BinaryIO) -> None:
        """What was written, the least sure rows first and those without an answer last."""
        bounds = [*self.starts, written.tell()]
        written.seek(0)
        file.write(written.read(bounds[0]))
        for row in np.argsort(-np.array(self.doubts), kind="stable").tolist():
            written.seek(bounds[row])
            file.write(written.read(bounds[row + 1] - bounds[row]))

    def _keep_doubtful(
        self, numbers: Sequence[int], asked: Sequence[Row], answers: Sequence[Answer]
    ) -> None:
        found = zip(numbers, asked, answers, strict=True)
        self.doubtful += [
            Doubtful(number, _beginning("\n".join(reversed(row))), answer.said, answer.doubt)
            for number, row, answer in found
            if answer.doubt >= DOUBT
        ]
        self.doubtful = heapq.nlargest(REVIEWED, self.doubtful, key=lambda row: row.doubt)

    def _chunks(self) -> Iterator[tuple[pd.DataFrame, list[Row]]]:
        """Some rows of the table after the other, with what is asked of each."""
        for start in range(0, len(self.table), CHUNK):
            part = self.table.iloc[start : start + CHUNK]
            asked = ask(part, self.task.kind, self.batch.asking)
            yield part, list(zip(*(asked[name] for name in self.task.asks), strict=True))

    def _said(self, file: str) -> list[str]:
        """The columns an answer fills, told by the first row that can be answered."""
        for _, asked in self._chunks():
            for row in asked:
                if not self._lacks(row):
                    said = self.predicts.predict(*([cell] for cell in row))
                    return list(self._flat(said, 0, row[0]))
        raise DataError("batch.no_texts", file=file, columns=list(self.batch.asking.text))

    def _lacks(self, row: Row) -> list[str]:
        pairs = zip(self.task.asks, row, strict=True)
        return [name for name, cell in pairs if is_blank(cell)]

    def _answer(self, asked: list[Row], tell: Tell) -> list[Answer]:
        """What is said of each row of a chunk.

        Rows of like length go together, for padding costs time; in which order such groups come is
        drawn by lot, so that the rate so far is the rate of the rest.
        """
        answers = [Answer({EMPTY: self._lacks(row)}) for row in asked]
        full = [row for row, answer in enumerate(answers) if not answer.cells[EMPTY]]
        full.sort(key=lambda row: sum(map(len, asked[row])))
        groups = [full[i : i + self.together] for i in range(0, len(full), self.together)]
        self.random.shuffle(groups)
        done, begun = len(self.starts) + len(asked) - len(full), time.monotonic()
        for group in groups:
            columns = zip(*(asked[row] for row in group), strict=True)
            said = self.predicts.predict(*(list(column) for column in columns))
            doubts = self.task.doubt(said).tolist()
            for place, row in enumerate(group):
                text = asked[row][0]
                words = self.task.verdict(said, place, text)
                answers[row] = Answer(self._flat(said, place, text), words, doubts[place])
            done += len(group)
            tell(done, len(self.table))
        rate = len(full) / max(time.monotonic() - begun, 1e-3)
        self.together = min(max(round(rate * GOAL), FEWEST), CHUNK)
        return answers

    def _flat(self, predictions: Any, row: int, text: str) -> Cells:
        """What the task says of a row as cells: each probability has a column of its own, and each
        mention its words."""
        cells: Cells = {}
        for key, value in self.task.say(predictions, row).items():
            name = COLUMNS.get(key, key)
            if isinstance(value, Mapping):
                cells |= {f"{name}: {label}": number for label, number in value.items()}
            elif key == "labels" and not self.task.several:
                cells[name] = value[0]
            elif key == "spans":
                cells[name] = [{"text": text[s["start"] : s["end"]], **s} for s in value]
            else:
                cells[name] = value
        return cells

    def _cells(self, answer: Cells, number: int) -> list[Any]:
        cells = [answer.get(name) for name in self.said]
        cells.append("|".join(answer.get(EMPTY, ())))
        return [*cells, number] if self.batch.doubtful_first else cells


def _beginning(text: str) -> str:
    return text if len(text) <= LOOKED_AT else f"{text[:LOOKED_AT]}…"


def _free(name: str, taken: Sequence[str]) -> str:
    """`name`, told apart from a column of the file that is called so."""
    free, copy = name, 2
    while free in taken:
        free, copy = f"{name} ({copy})", copy + 1
    return free


def _csv_line(cells: Iterable[Any]) -> bytes:
    line = io.StringIO(newline="")
    csv.writer(line, lineterminator="\n").writerow([guard(_spelt(cell)) for cell in cells])
    return line.getvalue().encode("utf-8", "replace")


def _spelt(cell: Any) -> str:
    """Names are joined as the import takes them apart; other lists are JSON."""
    names = isinstance(cell, list) and all(isinstance(name, str) for name in cell)
    if names and not any("|" in name for name in cell):
        return "|".join(cell)
    return spell(cell)


def _json_line(names: Sequence[str], cells: Iterable[Any]) -> bytes:
    row = dict(zip(names, cells, strict=True))
    return f"{json.dumps(row, ensure_ascii=False, default=str)}\n".encode("utf-8", "replace")
