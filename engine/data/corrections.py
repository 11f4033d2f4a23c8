"""Corrections that wait to become the next version of a data set.

Each is a file of its own, named after what it corrects, so that correcting twice replaces, undoing
removes, and neither can lose what somebody else does at the same time.
"""

import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from engine.data.alike import is_blank
from engine.data.dataset import Dataset, load_dataset
from engine.data.truths import truth_of
from engine.errors import DataError
from engine.workspace import Workspace, write_atomically

LONGEST = 100_000
"""Characters of a text that was typed; a row has the text it was imported with."""


@dataclass(frozen=True)
class Correction:
    """What is right for a row of a data set, or for a text that somebody typed."""

    text: str
    right: tuple[str, ...]
    said: tuple[str, ...] = ()
    """What was wrong: the model's answer, or the label the row has."""
    question: str = ""
    row_id: int | None = None
    """The row it corrects; None for a text that was typed."""
    created: float = field(default_factory=time.time)

    @property
    def key(self) -> str:
        """What it corrects, as a name: a second one of the same key takes its place."""
        if self.row_id is not None:
            return f"row-{self.row_id}"
        asked = f"{self.question}\x1e{self.text}".encode()
        return f"text-{hashlib.sha256(asked).hexdigest()[:16]}"

    @classmethod
    def from_json(cls, text: str) -> "Correction":
        record: dict[str, Any] = json.loads(text)
        for name in ("right", "said"):
            record[name] = tuple(record[name])
        return cls(**record)


def put(workspace: Workspace, dataset_id: str, correction: Correction) -> None:
    """Add a correction to the draft. Raises DataError for what cannot be the truth of a row."""
    check(load_dataset(workspace, dataset_id), correction)
    record = json.dumps(asdict(correction), ensure_ascii=False)
    write_atomically(_file(workspace, dataset_id, correction.key), record)


def check(dataset: Dataset, correction: Correction) -> None:
    """Raises DataError for what cannot be the truth of a row of this data set."""
    truth, task = truth_of(dataset.task), dataset.make_task()
    if not truth.correctable:
        raise DataError("versions.not_correctable")
    typed = correction.row_id is None
    if typed and (is_blank(correction.text) or len(correction.text) > LONGEST):
        raise DataError("versions.bad_text", limit=LONGEST)
    fault = truth.fault(correction.right, task)
    if fault:
        raise DataError(fault.key, **fault.params)


def drafted(workspace: Workspace, dataset_id: str) -> list[Correction]:
    """The draft, oldest first; what cannot be read is passed over."""
    found = []
    for path in workspace.corrections(dataset_id).glob("*.json"):
        correction = _read(path)
        if correction is not None and path == _file(workspace, dataset_id, correction.key):
            found.append(correction)
    return sorted(found, key=lambda correction: (correction.created, correction.key))


def _read(path: Path) -> Correction | None:
    try:
        found = Correction.from_json(path.read_text("utf-8"))
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return None
    texts = (found.text, found.question, *found.right, *found.said)
    plain = isinstance(found.row_id, int | None) and isinstance(found.created, int | float)
    return found if plain and all(isinstance(text, str) for text in texts) else None


def undo(workspace: Workspace, dataset_id: str, key: str) -> None:
    """Take one correction out of the draft; one that is not there may have been undone before."""
    for correction in drafted(workspace, dataset_id):
        if correction.key == key:
            _file(workspace, dataset_id, key).unlink(missing_ok=True)


def settle(workspace: Workspace, dataset_id: str, done: Sequence[Correction]) -> None:
    """Empty the draft of what is done; what was corrected otherwise meanwhile stays."""
    for correction in drafted(workspace, dataset_id):
        if correction in done:
            _file(workspace, dataset_id, correction.key).unlink(missing_ok=True)


def _file(workspace: Workspace, dataset_id: str, key: str) -> Path:
    return workspace.corrections(dataset_id) / f"{key}.json"
