"""What is asked of the rows of a file: which columns hold the texts, and questions about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from engine.data.cells import join_texts
from engine.data.dataset import Roles, load_dataset
from engine.data.encodings import detect_encoding
from engine.data.reading import ReadingReport, read_table
from engine.data.roles import guess_roles
from engine.data.truths import truth_of
from engine.errors import DataError, WorkspaceError
from engine.tasks import TASKS
from engine.workspace import Workspace

QUESTIONS = frozenset(("question", "questions", "问题"))
"""Names a column of questions goes by."""

Asked = Mapping[str, Sequence[str]]
"""`text`, and `question` where the task takes one → one entry a row."""


@dataclass(frozen=True)
class Asking:
    """The columns that are read of a table; several of text are joined."""

    text: tuple[str, ...]
    question: str | None = None


def read_rows(path: Path, name: str | None = None) -> tuple[pd.DataFrame, ReadingReport]:
    """A file as the import reads it. But where a .txt has one text a line, every line is a row:
    none is taken for a header or left out for being empty. Raises DataError."""
    name = name or path.name
    table, report = read_table(path, name)
    plain = report.delimiter is None and report.format == "csv"
    if Path(name).suffix.lower() != ".txt" or not plain:
        return table, report
    codec = detect_encoding(path.read_bytes()).codec
    with path.open(encoding=codec, errors="replace") as file:
        lines = [line.rstrip("\n").replace("\0", "") for line in file]
    lines[0] = lines[0].removeprefix("\ufeff")
    numbers = pd.RangeIndex(1, len(lines) + 1)
    return pd.DataFrame({"text": pd.Series(lines, numbers, dtype=object)}), report


def trained_on(workspace: Workspace, dataset: str, version: int) -> Roles | None:
    """The roles of a run's data set; None if that has been deleted."""
    try:
        return load_dataset(workspace, dataset, version).roles
    except WorkspaceError:
        return None


def choose(table: pd.DataFrame, task: str, roles: Roles | None, file: str) -> Asking:
    """The columns the data set was made of, or else what looks like them. Raises DataError."""
    question = None
    if "question" in TASKS[task].asks:
        question = _question_column(table, roles, file)
        table = table.drop(columns=[question])
    return Asking(_text_columns(table, roles, file), question)


def ask(table: pd.DataFrame, task: str, asking: Asking) -> Asked:
    """What is asked of each row of `table`, which may be a part of the file's."""
    asked = {"text": truth_of(task).texts(table, asking.text)}
    if asking.question is not None:
        asked["question"] = join_texts(table, (asking.question,))
    return asked


def _text_columns(table: pd.DataFrame, roles: Roles | None, file: str) -> tuple[str, ...]:
    if roles and roles.text and set(roles.text) <= set(table.columns):
        return roles.text
    one = len(table.columns) == 1
    columns = tuple(table.columns) if one else guess_roles(table).roles.text
    if not columns:
        raise DataError("cli.no_text_column", file=file, columns=list(table.columns))
    return columns


def _question_column(table: pd.DataFrame, roles: Roles | None, file: str) -> str:
    if roles and roles.question in table.columns:
        return str(roles.question)
    named = [name for name in table.columns if str(name).strip().lower() in QUESTIONS]
    if not named:
        raise DataError("cli.no_question_column", file=file, columns=list(table.columns))
    return str(named[0])
