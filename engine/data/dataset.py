"""A data set: rows and what is known of them, on disk and immutable.

`rows.parquet` holds one line a row with the columns

    row_id   int64          unique in the data set, also in every predictions file
    split    string         train, validation or test
    text     string         what the model reads
    labels   list<string>   one name for single-label tasks, any number for multi-label

and the columns that its task adds (`Task.columns`), in file order. Columns of the file that have
no role are kept as `extra.<name>` (string, empty where nothing stood): no model reads them, results
can be filtered by them. `dataset.json` is the `Dataset` record below.
"""

import json
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from engine.errors import WorkspaceError
from engine.tasks import AnyTask, make_task
from engine.text import Message
from engine.workspace import Workspace, fsync_folder, new_id

if TYPE_CHECKING:
    import pyarrow as pa

SPLITS = ("train", "validation", "test")
EXTRA = "extra."
"""Before the name of a column that was kept without a role: it can be called as it likes."""


@dataclass(frozen=True)
class Roles:
    """What each column of a table is for; a column named nowhere is ignored."""

    text: tuple[str, ...]
    label: tuple[str, ...]
    split: str | None = None
    question: str | None = None
    """Of question answering: `text` is the context then, and `label` the answer."""

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> "Roles":
        question = record.get("question")  # data sets older than question answering lack it
        return cls(tuple(record["text"]), tuple(record["label"]), record["split"], question)

    def columns(self) -> list[str]:
        """Every column that is used, once."""
        single = filter(None, [self.question, self.split])
        return list(dict.fromkeys([*self.text, *self.label, *single]))


@dataclass(frozen=True)
class Dataset:
    """One version of a data set, as `dataset.json` holds it."""

    id: str
    version: int
    name: str
    task: str
    labels: tuple[str, ...]
    positive: str | None
    roles: Roles
    rows: Mapping[str, int]
    """Rows of each split."""
    counts: Mapping[str, Mapping[str, int]]
    """split → label → rows that carry it."""
    fingerprint: str
    """SHA-256 of rows.parquet's content: equal data, equal fingerprint."""
    created: float
    """Seconds since 1970."""
    notes: tuple[Message, ...] = ()
    """What the importer wants known: dropped rows, texts in two splits, rare labels, …"""
    parent: int | None = None
    """The version it was made from; None for what was imported."""
    reasons: tuple[Message, ...] = ()
    """What is other than in its parent."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """label of its parent → what it is called here, of those that were renamed or merged."""
    note: str = ""
    """What whoever made it from its parent wrote down."""
    extra: tuple[str, ...] = ()
    """Columns of the file that were kept without a role; data sets older than that have none."""
    author: str = ""
    """Who made it: a login of the page, or a user of the system; "" where that is not known."""

    @property
    def key(self) -> str:
        """Which version of which data set it is."""
        return f"{self.id}/{self.version}"

    def make_task(self) -> AnyTask:
        return make_task(self.task, self.labels, self.positive)

    def to_json(self) -> str:
        record = asdict(self)
        for name in _MESSAGES:
            record[name] = [message.to_dict() for message in getattr(self, name)]
        return json.dumps(record, ensure_ascii=False, indent=2)

    @classmethod
    def from_json(cls, text: str) -> "Dataset":
        record: dict[str, Any] = json.loads(text)
        record["roles"] = Roles.from_dict(record["roles"])
        record["labels"] = tuple(record["labels"])
        for name in _MESSAGES:
            record[name] = tuple(map(Message.from_dict, record.get(name, ())))
        record["extra"] = tuple(record.get("extra", ()))
        return cls(**record)


_MESSAGES = ("notes", "reasons")
"""Fields of the record that hold messages."""


def load_dataset(workspace: Workspace, dataset_id: str, version: int | None = None) -> Dataset:
    """The record of a data set; without a version the newest. Raises WorkspaceError."""
    newest = newest_version(workspace, dataset_id)
    record = workspace.dataset(dataset_id, newest if version is None else version).record
    if not record.is_file():
        raise WorkspaceError(
            "data.unknown_version", found=dataset_id, version=version, newest=newest
        )
    return Dataset.from_json(record.read_text("utf-8"))


@contextmanager
def reading(name: str) -> Iterator[None]:
    """Raises WorkspaceError where the rows of the data set `name` are gone, or are no rows."""
    import pyarrow as pa

    try:
        yield
    except (OSError, pa.ArrowException):
        raise WorkspaceError("table.rows_gone", name=name) from None


def read_table(workspace: Workspace, dataset: Dataset) -> "pa.Table":
    """All rows of a data set as Arrow has them. Raises WorkspaceError where they are gone."""
    from pyarrow import parquet

    with reading(dataset.name):
        return parquet.read_table(workspace.dataset(dataset.id, dataset.version).rows)


def load_rows(
    workspace: Workspace, dataset: Dataset, columns: Sequence[str] | None = None
) -> pd.DataFrame:
    """The rows of a data set, columns as above; all of them unless some are named."""
    path = workspace.dataset(dataset.id, dataset.version).rows
    with reading(dataset.name):
        return pd.read_parquet(path, columns=None if columns is None else list(columns))


def sample_rows(workspace: Workspace, dataset: Dataset, split: str, most: int) -> pd.DataFrame:
    """At most `most` rows of a split, evenly taken, without extra columns. However many there are
    in all, only these become Python objects."""
    import pyarrow as pa
    from pyarrow import parquet

    with reading(dataset.name):
        file = parquet.ParquetFile(workspace.dataset(dataset.id, dataset.version).rows)
    columns = [name for name in file.schema_arrow.names if not name.startswith(EXTRA)]
    splits = file.read(["split"])["split"].to_numpy()
    places = np.flatnonzero(splits == split)
    places, begin, taken = places[:: max(1, -(-len(places) // most))], 0, []
    for batch in file.iter_batches(columns=columns):
        end = begin + batch.num_rows
        taken.append(batch.take(places[(begin <= places) & (places < end)] - begin))
        begin = end
    return pa.Table.from_batches(taken).to_pandas()


def first_texts(workspace: Workspace, dataset: Dataset, count: int) -> list[str]:
    """Texts of the first rows, without reading the others."""
    from pyarrow import parquet

    with reading(dataset.name):
        file = parquet.ParquetFile(workspace.dataset(dataset.id, dataset.version).rows)
    batch = next(file.iter_batches(count, columns=["text"]), None)
    return batch["text"].to_pylist() if batch else []


def columns_of(rows: pd.DataFrame) -> dict[str, list[Any]]:
    """Rows as lists, column by column: what tasks and models are given."""
    return {str(name): rows[name].tolist() for name in rows}


def newest_version(workspace: Workspace, dataset_id: str) -> int:
    return version_numbers(workspace, dataset_id)[-1]


def version_numbers(workspace: Workspace, dataset_id: str) -> list[int]:
    """The versions of a data set, oldest first. Raises WorkspaceError where there is none."""
    folder = workspace.dataset(dataset_id, 1).root.parent
    versions = [int(path.parent.name[1:]) for path in folder.glob("v*/dataset.json")]
    if not versions:
        raise WorkspaceError("data.unknown_dataset", found=dataset_id)
    return sorted(versions)


def list_datasets(workspace: Workspace) -> list[Dataset]:
    """The newest version of every data set, newest first."""
    ids = {path.parent.parent.name for path in workspace.datasets.glob("*/v*/dataset.json")}
    found = [load_dataset(workspace, dataset_id) for dataset_id in ids]
    return sorted(found, key=lambda dataset: dataset.created, reverse=True)


def free_name(workspace: Workspace, wanted: str) -> str:
    """`wanted`, with a number behind it where another data set has that name."""
    taken = {dataset.name for dataset in list_datasets(workspace)}
    stem = re.sub(r" \(\d+\)$", "", wanted)
    number, free = 2, wanted
    while free in taken:
        free = f"{stem} ({number})"
        number += 1
    return free


def delete_dataset(workspace: Workspace, dataset_id: str) -> None:
    """Remove all versions of a data set; runs that used them keep their results.

    The folder is renamed out of the way first, so that it is gone at once or not at all.
    """
    folder = workspace.dataset(dataset_id, newest_version(workspace, dataset_id)).root.parent
    workspace.trash.mkdir(mode=0o700, parents=True, exist_ok=True)
    trashed = workspace.trash / new_id(dataset_id)
    folder.rename(trashed)
    fsync_folder(workspace.datasets)
    shutil.rmtree(trashed, ignore_errors=True)
    shutil.rmtree(workspace.quality(dataset_id), ignore_errors=True)
