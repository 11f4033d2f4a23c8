"""Which of a data set's pins a run's model holds to: `pins.json` in the run's folder.

A run is scored on them at its end, by its own child process, and older ones when somebody asks.
What was said under another operating point (thresholds.json) is no longer what would be said, so
it counts as not scored. Is given a predictor; loads no model itself.
"""

import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

from engine.data.pins import Pin, pins
from engine.tasks import AnyTask
from engine.workspace import RunFolder, Workspace, write_atomically

BATCH = 64
"""Texts predicted at once."""


class Predicts(Protocol):
    """What of a loaded model is needed."""

    @property
    def task(self) -> AnyTask: ...

    def predict(self, texts: Sequence[str], questions: Sequence[str] = ()) -> Any: ...


@dataclass(frozen=True)
class Outcome:
    """How a model does on one pin."""

    holds: bool
    said: tuple[str, ...]
    """What it says of the pin's text."""
    other: tuple[str, ...] = ()
    """What it says of the other text, where there is one."""


@dataclass(frozen=True)
class Held:
    """How many of the pins there are hold, of those the model was scored on."""

    held: int
    scored: int
    pins: int


Outcomes = Mapping[str, Outcome]
"""Id of a pin → how the model does on it."""


def score_pins(
    workspace: Workspace, folder: RunFolder, dataset_id: str, predictor: Predicts
) -> Outcomes:
    """Score a model on all pins of its data set and keep what comes out."""
    found = {pin.id: pin for pin in pins(workspace, dataset_id)}
    outcomes = dict(zip(found, outcomes_of(predictor, list(found.values())), strict=True))
    record = {
        "operating_point": _operating_point(folder),
        "time": time.time(),
        "outcomes": {pin: asdict(outcome) for pin, outcome in outcomes.items()},
    }
    if found or folder.pins.is_file():
        write_atomically(folder.pins, json.dumps(record, ensure_ascii=False))
    return outcomes


def outcomes_of(predictor: Predicts, found: Sequence[Pin]) -> list[Outcome]:
    """How a model does on each pin."""
    task = predictor.task
    texts = [text for pin in found for text in pin.texts]
    questions = [pin.question for pin in found for _ in pin.texts]
    verdicts: list[tuple[str, ...]] = []
    gists: list[tuple[str, ...]] = []
    for start in range(0, len(texts), BATCH):
        part = texts[start : start + BATCH]
        asked = questions[start : start + BATCH] if "question" in task.asks else ()
        said = predictor.predict(part, asked)
        verdicts += [task.verdict(said, row, text) for row, text in enumerate(part)]
        gists += [task.gist(said, row, text) for row, text in enumerate(part)]
    outcomes, place = [], 0
    for pin in found:
        if pin.other is None:
            holds = task.agrees(pin.expected or (), verdicts[place])
            outcomes.append(Outcome(holds, verdicts[place]))
        else:
            holds = task.agrees(gists[place], gists[place + 1])
            outcomes.append(Outcome(holds, verdicts[place], verdicts[place + 1]))
        place += len(pin.texts)
    return outcomes


def read_outcomes(folder: RunFolder) -> Outcomes:
    """What is known of a run; nothing where it was not scored, or under another operating point."""
    try:
        record = json.loads(folder.pins.read_text("utf-8"))
        if record["operating_point"] != _operating_point(folder):
            return {}
        return {pin: _outcome(said) for pin, said in record["outcomes"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return {}


def held(workspace: Workspace, folder: RunFolder, dataset_id: str) -> Held | None:
    """How a run stands with the pins its data set has now; None where there are none."""
    there = pins(workspace, dataset_id)
    return count_held(read_outcomes(folder), there) if there else None


def count_held(outcomes: Outcomes, there: Sequence[Pin]) -> Held:
    known = [outcomes[pin.id] for pin in there if pin.id in outcomes]
    return Held(sum(outcome.holds for outcome in known), len(known), len(there))


def _outcome(said: Mapping[str, Any]) -> Outcome:
    return Outcome(bool(said["holds"]), tuple(said["said"]), tuple(said["other"]))


def _operating_point(folder: RunFolder) -> str:
    """Changes when what the model decides does: by its thresholds and its band for a person."""
    try:
        record = json.loads((folder.model / "thresholds.json").read_text("utf-8"))
        decides = [record.get("thresholds"), record.get("band")]
    except (OSError, ValueError, AttributeError):
        decides = [None, None]
    return hashlib.sha256(json.dumps(decides).encode()).hexdigest()[:16]
