"""What belongs to each label, as the owner of a data set wrote it for whoever labels texts.

A line a label, of all versions of a data set; each is a file of its own, named after its label, so
that two people who write at once lose nothing.
"""

import hashlib
import json
from pathlib import Path

from engine.data.changes import LONGEST_LABEL
from engine.errors import DataError
from engine.workspace import Workspace, write_atomically

LONGEST = 1000
"""Characters of a line."""


def lines(workspace: Workspace, dataset_id: str) -> dict[str, str]:
    """Label → its line; what cannot be read is passed over."""
    found = {}
    for path in workspace.guidance(dataset_id).glob("*.json"):
        try:
            record = json.loads(path.read_text("utf-8"))
            found[str(record["label"])] = str(record["line"])
        except (OSError, ValueError, TypeError, KeyError):
            continue
    return found


def write(workspace: Workspace, dataset_id: str, label: str, line: str) -> None:
    """Keep the line of a label; an empty one takes it away. Raises DataError."""
    words = " ".join(line.split())
    if len(words) > LONGEST or len(label) > LONGEST_LABEL:
        raise DataError("labels.long_line", limit=LONGEST, found=len(words))
    file = _file(workspace, dataset_id, label)
    if words:
        write_atomically(file, json.dumps({"label": label, "line": words}, ensure_ascii=False))
    else:
        file.unlink(missing_ok=True)


def _file(workspace: Workspace, dataset_id: str, label: str) -> Path:
    name = hashlib.sha256(label.encode("utf-8", "surrogatepass")).hexdigest()[:16]
    return workspace.guidance(dataset_id) / f"{name}.json"
