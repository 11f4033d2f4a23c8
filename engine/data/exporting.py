"""A version of a data set as a file that an import reads as the same rows again.

Columns are called as in the file the data came from, where each had one of its own; the split of
each row is a column too. What a spreadsheet would run is made harmless (`guarding.py`).
"""

import csv
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.data.dataset import EXTRA, Dataset, read_table
from engine.data.guarding import guard
from engine.data.truths import truth_of
from engine.data.truths.base import Usable
from engine.errors import DataError
from engine.tasks import TASKS
from engine.workspace import Workspace

Columns = Mapping[str, Sequence[Any]]


def export(workspace: Workspace, dataset: Dataset, target: Path) -> None:
    """Write all rows of a version to `target`, whole or not at all, in the form its ending names.
    Raises DataError for another ending than those of FORMATS, and for a place among the data sets
    themselves: no version ever changes."""
    write = FORMATS.get(target.suffix.lower())
    if write is None:
        raise DataError("versions.no_format", found=target.name, formats=list(FORMATS))
    if workspace.datasets.resolve() in target.resolve().parents:
        raise DataError("versions.among_versions", found=str(target))
    aside = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    try:
        write(columns_of(workspace, dataset), aside)
        aside.replace(target)
    finally:
        aside.unlink(missing_ok=True)


def columns_of(workspace: Workspace, dataset: Dataset) -> dict[str, list[Any]]:
    """Name → cells, ready to be written: text, what is asked, truth, split, extra columns."""
    cells = read_table(workspace, dataset).to_pydict()
    own = {name: cells[name] for name in TASKS[dataset.task].columns}
    rows = Usable(cells["text"], list(map(tuple, cells["labels"])), own)
    written = truth_of(dataset.task).written(rows, dataset.task) | {"split": cells["split"]}
    roles, extra = dataset.roles, dataset.extra
    names: dict[str, tuple[str | None, ...]] = {"text": roles.text, "label": roles.label}
    names |= {"question": (roles.question,), "split": (roles.split,)}
    columns: dict[str, list[Any]] = {}
    for role, column in written.items():
        (name,) = names[role] if len(names[role]) == 1 else (None,)
        columns[name or _free(role, [*extra, *columns])] = column
    return columns | {name: cells[EXTRA + name] for name in extra}


def _free(name: str, taken: Sequence[str]) -> str:
    """`name`, told apart from a column that is called so already."""
    return _free(f"{name}_", taken) if name in taken else name


def _write_csv(columns: Columns, path: Path) -> None:
    with path.open("w", encoding="utf-8", errors="replace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([guard(name) for name in columns])
        for row in zip(*columns.values(), strict=True):
            writer.writerow([guard(_spelt(cell)) for cell in row])


def _write_jsonl(columns: Columns, path: Path) -> None:
    with path.open("w", encoding="utf-8", errors="replace") as file:
        for row in zip(*columns.values(), strict=True):
            file.write(json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) + "\n")


def _write_parquet(columns: Columns, path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table(dict(columns)), path)


def _spelt(cell: Any) -> str:
    if cell is None:
        return ""
    return cell if isinstance(cell, str) else json.dumps(cell, ensure_ascii=False)


FORMATS: dict[str, Callable[[Columns, Path], None]] = {
    ".csv": _write_csv,
    ".jsonl": _write_jsonl,
    ".parquet": _write_parquet,
}
"""Ending of a file → what writes it."""
