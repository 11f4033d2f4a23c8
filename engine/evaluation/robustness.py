"""What a check of robustness found, as `robustness.json` of a run holds it. Knows no model."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from engine.errors import WorkspaceError
from engine.workspace import RunFolder, write_atomically


class Edit(NamedTuple):
    """Characters `start` to `end` of a text become `put`."""

    start: int
    end: int
    put: str


@dataclass(frozen=True)
class Rate:
    """Rows that changed their answer, of those that were changed."""

    flips: int
    rows: int
    low: float
    high: float
    """The share's 95 % interval (Wilson 1927)."""

    @property
    def share(self) -> float:
        return self.flips / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Example:
    """A row whose answer changed, and how the text was changed."""

    row_id: int
    text: str
    edits: tuple[Edit, ...]
    before: tuple[str, ...]
    """What was said, in words; likewise after."""
    after: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """One way to change texts, and what came of it."""

    rate: Rate
    per_class: Mapping[str, Rate]
    """What was said at first → the rate among those rows; "" where that was nothing."""
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Robustness:
    """What `robustness.json` holds."""

    run: str
    split: str
    rows: int
    of: int
    """Rows that were looked at, of all in the split."""
    seed: int
    made: float
    """Seconds since 1970."""
    outcomes: Mapping[str, Outcome]
    """Name of a perturbation → what came of it, where it applied to any row."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, text: str) -> "Robustness":
        record = json.loads(text)
        outcomes = {name: _outcome(found) for name, found in record["outcomes"].items()}
        return cls(**record | {"outcomes": outcomes})


def save(folder: RunFolder, found: Robustness) -> None:
    write_atomically(folder.robustness, json.dumps(found.to_dict(), ensure_ascii=False))


def load(folder: RunFolder) -> Robustness | None:
    """What the last check found; None before there was one. Raises WorkspaceError."""
    try:
        return Robustness.from_json(folder.robustness.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):
        raise WorkspaceError("robustness.damaged") from None


def outdated(folder: RunFolder) -> bool:
    """Whether model or operating point are newer than the check."""
    decides = [folder.model / name for name in ("labels.json", "thresholds.json")]
    newest = max((path.stat().st_mtime for path in decides if path.is_file()), default=0.0)
    return folder.robustness.stat().st_mtime < newest


def _outcome(record: Mapping[str, Any]) -> Outcome:
    per_class = {name: Rate(**rate) for name, rate in record["per_class"].items()}
    examples = tuple(
        Example(
            found["row_id"],
            found["text"],
            tuple(Edit(*edit) for edit in found["edits"]),
            tuple(found["before"]),
            tuple(found["after"]),
        )
        for found in record["examples"]
    )
    return Outcome(Rate(**record["rate"]), per_class, examples)
