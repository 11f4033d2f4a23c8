"""`labels.json` of a model folder: how to read what the model puts out. Needs no torch."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engine.errors import ModelError


@dataclass(frozen=True)
class Manual:
    """What `labels.json` holds."""

    task: str
    labels: tuple[str, ...]
    positive: str | None
    max_length: int
    output: str = "labels"
    """What it puts out: labels, tags, span or text."""
    reading: Mapping[str, Any] = field(default_factory=dict)
    """How texts are read and answers written, beside `max_length`."""


def read_manual(folder: Path) -> Manual:
    """Raises ModelError where the folder holds no finished model."""
    try:
        record = json.loads((folder / "labels.json").read_text("utf-8"))
    except (OSError, ValueError):
        raise ModelError("models.no_model_folder") from None
    return Manual(**record | {"labels": tuple(record["labels"])})
