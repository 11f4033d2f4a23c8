"""Pins: what every model of a data set must get right, as its owner says.

A pin holds a text to an answer (“this must be Complaint”), or to the answer of another text (“must
not change when Anna becomes Ahmed”). All of a data set's are its named test set, whatever its
versions; each is a file of its own. Whether a run holds to them: `engine.evaluation.pins`.
"""

import json
import time
from dataclasses import asdict, dataclass, field
from typing import Any

from engine.data.alike import alike_key, is_blank
from engine.data.dataset import load_dataset
from engine.data.truths import truth_of
from engine.errors import DataError
from engine.workspace import Workspace, new_id, write_atomically

LONGEST = 20_000
"""Characters of a pinned text."""
MOST = 500
"""Pins of one data set: every run is scored on all of them."""


@dataclass(frozen=True)
class Pin:
    text: str
    expected: tuple[str, ...] | None = None
    """What must be said of `text`; None where `other` is given instead."""
    other: str | None = None
    """A text that must get the same answer."""
    question: str = ""
    """What is asked of both texts, where the task takes a question."""
    id: str = field(default_factory=lambda: new_id("pin"))
    created: float = field(default_factory=time.time)

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.text,) if self.other is None else (self.text, self.other)

    @classmethod
    def from_json(cls, text: str) -> "Pin":
        record: dict[str, Any] = json.loads(text)
        expected = record["expected"]
        return cls(**record | {"expected": None if expected is None else tuple(expected)})


def add(workspace: Workspace, dataset_id: str, pin: Pin) -> Pin:
    """Keep a pin. One that asks the same as an earlier one takes its place. Raises DataError."""
    _check(workspace, dataset_id, pin)
    there = pins(workspace, dataset_id)
    same = [old for old in there if _asks(old) == _asks(pin)]
    if len(there) - len(same) >= MOST:
        raise DataError("pins.too_many", limit=MOST)
    record = json.dumps(asdict(pin), ensure_ascii=False)
    write_atomically(workspace.pins(dataset_id) / f"{pin.id}.json", record)
    for old in same:
        remove(workspace, dataset_id, old.id)
    return pin


def remove(workspace: Workspace, dataset_id: str, pin_id: str) -> None:
    """Forget a pin; one that is not there may have been removed before."""
    for pin in pins(workspace, dataset_id):
        if pin.id == pin_id:
            (workspace.pins(dataset_id) / f"{pin.id}.json").unlink(missing_ok=True)


def pins(workspace: Workspace, dataset_id: str) -> list[Pin]:
    """The pins of a data set, oldest first; what cannot be read is passed over."""
    found = []
    for path in workspace.pins(dataset_id).glob("*.json"):
        try:
            pin = Pin.from_json(path.read_text("utf-8"))
        except (OSError, ValueError, TypeError, KeyError):
            continue
        if pin.id == path.stem:
            found.append(pin)
    return sorted(found, key=lambda pin: (pin.created, pin.id))


def can_be_said(task: str) -> bool:
    """Whether somebody can say what must be said; marks inside a text can be kept as they are."""
    return truth_of(task).correctable


def _asks(pin: Pin) -> tuple[str, ...]:
    other = "" if pin.other is None else alike_key(pin.other)
    return alike_key(pin.text), alike_key(pin.question), other


def _check(workspace: Workspace, dataset_id: str, pin: Pin) -> None:
    dataset = load_dataset(workspace, dataset_id)
    task = dataset.make_task()
    if any(is_blank(text) or len(text) > LONGEST for text in pin.texts):
        raise DataError("pins.bad_text", limit=LONGEST)
    if "question" in task.asks and is_blank(pin.question):
        raise DataError("pins.no_question")
    if pin.other is not None and pin.other.strip() == pin.text.strip():
        raise DataError("pins.same_text")
    if pin.expected is not None and can_be_said(dataset.task):
        fault = truth_of(dataset.task).fault(pin.expected, task)
        if fault:
            raise DataError(fault.key, **fault.params)
