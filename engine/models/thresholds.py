"""`thresholds.json` of a model folder: where the model decides and what it leaves to a person.

Whoever predicts reads it anew, so a point saved now is obeyed by the next prediction. Needs no
torch.
"""

import json
from pathlib import Path

from engine.errors import ModelError
from engine.models.manual import read_manual
from engine.tasks.operating_point import OperatingPoint
from engine.workspace import write_atomically

FILE = "thresholds.json"


def read_point(folder: Path) -> OperatingPoint:
    """The operating point of a model; the default one where none was saved. Raises ModelError."""
    path = folder / FILE
    if not path.is_file():
        return OperatingPoint()
    labels = len(read_manual(folder).labels)
    try:
        record = json.loads(path.read_text("utf-8"))
    except ValueError:
        raise ModelError("decisions.unreadable", labels=labels) from None
    return OperatingPoint.from_record(record, labels)


def write_point(folder: Path, point: OperatingPoint) -> None:
    """Write it whole or not at all. Raises ModelError where it does not fit the model."""
    record = point.to_record()
    OperatingPoint.from_record(record, len(read_manual(folder).labels))
    write_atomically(folder / FILE, json.dumps(record, ensure_ascii=False, indent=2))
