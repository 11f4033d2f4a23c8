"""Looks for everything that is wrong with a version of a data set, and keeps what was found.

A finder that fails is told of and loses none of the others.
"""

import json
import logging
import time
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.data.changes import Change
from engine.data.dataset import Dataset
from engine.errors import TunesmithError
from engine.quality.finders import FINDERS
from engine.quality.findings import Finding
from engine.quality.material import Material, Tell, silent
from engine.text import Message
from engine.workspace import Workspace, write_atomically

FORMAT = 6
"""Goes up when finders find other things or the record looks different: kept results are made
anew."""
_PARTS = 100
"""What the work of one finder counts as, in progress."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Findings:
    """All that was found in one version."""

    findings: tuple[Finding, ...]
    """The most serious first."""
    failed: tuple[Message, ...] = ()
    """What could not be looked for, and why."""
    seconds: float = 0.0
    """How long it took."""


def check(workspace: Workspace, dataset: Dataset, tell: Tell = silent) -> Findings:
    """Everything the finders find; what was found before is not looked for again unless one of
    them failed."""
    known = load(workspace, dataset)
    if known is not None and not known.failed:
        return known
    begun = time.monotonic()
    found: list[Finding] = []
    failed: list[Message] = []
    progress = _Progress(tell, len(FINDERS))
    material = Material(workspace, dataset, progress)
    for kind, finder in FINDERS.items():
        try:
            found += finder.find(material)
        except Exception as error:  # whatever it is: the others still find theirs
            _log.exception("cannot look for %s", kind)
            failed.append(_why(kind, error))
        progress.next()
    found.sort(key=lambda finding: -finding.weight)
    made = Findings(tuple(found), tuple(failed), time.monotonic() - begun)
    record = _to_dict(made) | {"format": FORMAT, "fingerprint": dataset.fingerprint}
    text = json.dumps(record, ensure_ascii=False, default=_plain)
    write_atomically(workspace.findings(dataset.id, dataset.version), text)
    return _from_dict(json.loads(text))


def load(workspace: Workspace, dataset: Dataset) -> Findings | None:
    """What was found in this very version; None where nobody has looked yet, or not as it is done
    now."""
    try:
        path = workspace.findings(dataset.id, dataset.version)
        record = json.loads(path.read_text("utf-8"))
        if (record["format"], record["fingerprint"]) != (FORMAT, dataset.fingerprint):
            return None
        return _from_dict(record)
    except (OSError, ValueError, TypeError, KeyError):
        return None


class _Progress:
    """Tells how far all finders together are; each counts as much as another. Whatever is counted
    on the way takes half of what is left of its finder's part."""

    def __init__(self, tell: Tell, finders: int) -> None:
        self._report, self._total = tell, finders * _PARTS
        self._begin = self._at = 0
        self._end = _PARTS
        tell(0, self._total)

    def __call__(self, done: int, total: int) -> None:
        if not done:
            self._begin = self._at
        self._at = self._begin + (self._end - self._begin) * done // (2 * max(1, total))
        self._report(self._at, self._total)

    def next(self) -> None:
        self._at = self._begin = self._end
        self._end += _PARTS
        self._report(self._at, self._total)


def _why(kind: str, error: Exception) -> Message:
    reason = error.message if isinstance(error, TunesmithError) else type(error).__name__
    return Message("quality.failed", {"name": Message(f"quality.name_{kind}"), "reason": reason})


def _to_dict(found: Findings) -> dict[str, Any]:
    return {
        "findings": [
            asdict(finding)
            | {
                "what": finding.what.to_dict(),
                "why": finding.why.to_dict(),
                "fixes": [
                    asdict(change) | {"reason": change.reason.to_dict()} for change in finding.fixes
                ],
            }
            for finding in found.findings
        ],
        "failed": [message.to_dict() for message in found.failed],
        "seconds": found.seconds,
    }


def _from_dict(record: dict[str, Any]) -> Findings:
    return Findings(
        tuple(map(_finding, record["findings"])),
        tuple(map(Message.from_dict, record["failed"])),
        record["seconds"],
    )


def _finding(record: dict[str, Any]) -> Finding:
    record["what"], record["why"] = (Message.from_dict(record[name]) for name in ("what", "why"))
    record["rows"] = tuple(record["rows"])
    record["groups"] = tuple(map(tuple, record["groups"]))
    record["suggested"] = {int(row): tuple(names) for row, names in record["suggested"].items()}
    record["fixes"] = tuple(map(_change, record["fixes"]))
    return Finding(**record)


def _change(record: dict[str, Any]) -> Change:
    return Change(**record | {"reason": Message.from_dict(record["reason"])})


def _plain(value: Any) -> Any:
    """Numbers as numpy has them, for JSON."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} cannot be kept")
