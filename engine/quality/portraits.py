"""What the texts of each label look like: the most typical ones, those at its border with another
label, and those that look like it but carry another.

Made by the quality check and kept beside its findings; the page reads it.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from engine.data.dataset import Dataset
from engine.workspace import Workspace, write_atomically

FORMAT = 1
"""Goes up when portraits are made otherwise or the record looks different."""


class Beside(NamedTuple):
    """A text that lies between two labels."""

    row: int
    """Its id."""
    label: str
    """The label on the other side."""


@dataclass(frozen=True)
class Portrait:
    """Texts of one label, each sort with the best example first."""

    prototypes: tuple[int, ...] = ()
    """Ids of its most typical rows."""
    borderline: tuple[Beside, ...] = ()
    """Rows of it that look nearly as much like another label."""
    counter: tuple[Beside, ...] = ()
    """Rows that look like it but carry another label instead."""


def keep(workspace: Workspace, dataset: Dataset, made: Mapping[str, Portrait]) -> None:
    """Keep the portraits of a version, by its labels."""
    record = {
        "format": FORMAT,
        "fingerprint": dataset.fingerprint,
        "portraits": {label: asdict(portrait) for label, portrait in made.items()},
    }
    path = workspace.portraits(dataset.id, dataset.version)
    write_atomically(path, json.dumps(record, ensure_ascii=False))


def load(workspace: Workspace, dataset: Dataset) -> dict[str, Portrait] | None:
    """The portraits of this very version; None where they have not been made."""
    try:
        path = workspace.portraits(dataset.id, dataset.version)
        record = json.loads(path.read_text("utf-8"))
        if (record["format"], record["fingerprint"]) != (FORMAT, dataset.fingerprint):
            return None
        return {label: _read(found) for label, found in record["portraits"].items()}
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _read(record: dict[str, Any]) -> Portrait:
    beside = {
        name: tuple(Beside(int(row), str(label)) for row, label in record[name])
        for name in ("borderline", "counter")
    }
    return Portrait(tuple(map(int, record["prototypes"])), **beside)
