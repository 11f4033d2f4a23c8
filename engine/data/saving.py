"""An inspected import → a data set on disk, whole or not at all."""

import getpass
import hashlib
import json
import os
import re
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from engine.data.dataset import EXTRA, Dataset, free_name
from engine.data.inspection import Inspection
from engine.data.plan import Sources
from engine.errors import WorkspaceError
from engine.tasks import TASKS
from engine.workspace import DatasetFolder, Workspace, fsync_folder, new_id, write_atomically

if TYPE_CHECKING:
    import pyarrow as pa


_AT_ONCE = 100_000
"""Rows that stand in memory a second time while they are written."""


def save(
    workspace: Workspace, sources: Sources, found: Inspection, author: str | None = None
) -> Dataset:
    """Write version 1 of a new data set: rows, record and the files as they were uploaded.

    Without an author it is by the system's user. A name that another data set has gets a number
    behind it. All is written to a folder aside, which is then renamed. Raises WorkspaceError if
    the disk does not take it.
    """
    workspace.create()
    by = system_user() if author is None else author
    dataset = _record(found, free_name(workspace, found.plan.name), by)
    aside = workspace.cache / f"import-{dataset.id}"
    folder = DatasetFolder(aside / "v1")
    try:
        folder.source.mkdir(mode=0o700, parents=True)
        for split, path in sources.paths().items():
            shutil.copyfile(path, folder.source / f"{split}{_suffix(sources.name(split))}")
        for split, path in sources.labels.items():
            suffix = _suffix(sources.labels_name(split))
            shutil.copyfile(path, folder.source / f"{split}_labels{suffix}")
        _write_rows(found.prepared, found.task or "", folder.rows)
        write_atomically(folder.record, dataset.to_json())
        aside.rename(workspace.datasets / dataset.id)
        fsync_folder(workspace.datasets)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise WorkspaceError("data.cannot_save", reason=error.strerror or str(error)) from None
    return dataset


def fingerprint(rows: pd.DataFrame) -> str:
    """SHA-256 over all that is learned from: every column but a row's number and the extra ones."""
    digest = hashlib.sha256()
    first = ("split", "text", "labels")
    learned = set(rows) - set(_extra_columns(rows))
    others = [rows[name] for name in sorted(learned - {"row_id", *first})]
    columns = [rows[name] for name in first]
    for split, text, labels, *more in zip(*columns, *others, strict=True):
        added = [json.dumps(cell, ensure_ascii=False) for cell in more]
        digest.update("\x1e".join([split, text, *labels, *added]).encode() + b"\x1d")
    return digest.hexdigest()


def system_user() -> str:
    """Who runs this program, as the system calls them; "" where it has no name for them."""
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        return ""


def _extra_columns(rows: pd.DataFrame) -> list[str]:
    return [name for name in rows if name.startswith(EXTRA)]


def _suffix(name: str) -> str:
    suffix = Path(name).suffix
    return suffix if re.fullmatch(r"\.[A-Za-z0-9]{1,8}", suffix) else ""


def _record(found: Inspection, name: str, author: str) -> Dataset:
    roles, _ = found.plan.settled()
    return Dataset(
        id=new_id(name),
        version=1,
        name=name,
        task=found.task or "",
        labels=found.labels,
        positive=found.positive,
        roles=roles,
        rows=found.rows,
        counts=found.counts,
        fingerprint=fingerprint(found.prepared),
        created=time.time(),
        notes=found.warnings,
        extra=tuple(name.removeprefix(EXTRA) for name in _extra_columns(found.prepared)),
        author=author,
    )


def _arrow_type(name: str) -> "pa.DataType":
    """`int64`, `string`, `list<string>`, … as the type it names."""
    import pyarrow as pa

    inner = name.removeprefix("list<").removesuffix(">")
    kind = pa.type_for_alias(inner)
    return kind if inner == name else pa.list_(kind)


def _write_rows(rows: pd.DataFrame, task: str, path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    columns = {"row_id": "int64", "split": "string", "text": "string", "labels": "list<string>"}
    types = columns | dict(TASKS[task].columns) | dict.fromkeys(_extra_columns(rows), "string")
    schema = pa.schema({name: _arrow_type(kind) for name, kind in types.items()})
    with path.open("wb") as file:
        with parquet.ParquetWriter(file, schema) as writer:
            for start in range(0, len(rows), _AT_ONCE):
                some = rows.iloc[start : start + _AT_ONCE]
                cells = {name: some[name].tolist() for name in schema.names}
                writer.write_table(pa.table(cells, schema=schema))
        file.flush()
        os.fsync(file.fileno())
