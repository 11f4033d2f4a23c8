"""What happens in a run, as an append-only file of JSON lines.

Charts, ETA, report, command line and page all read this one file. Each line is one `write`, so a
reader sees whole lines and at most one torn last line, which it ignores until it is whole.

Event types and their fields beside `type` and `time` (seconds since 1970):

    attempt     number: 1 at first; a retry or resume starts the next
    phase       phase: preparing, tokenising, training, evaluating, saving, comparing
    plan        steps, steps_an_epoch, rows, batch_size (rows of one forward pass),
                effective_batch, device, device_name, precision, notes: [Message],
                scores {name: Message}: those to follow, the one that stands for the run first
    before      the untrained model on validation: loss, metrics {name: number}, rows
    step        step, epoch (a float), learning_rate, losses (that of each step since the last such
                event), loss (their mean, null without one), rows_per_second, tokens, pad_share,
                eta (seconds of training left)
    evaluation  step, epoch, loss, metrics {name: number}, rows, best (bool: the best so far)
    checkpoint  step
    resumed     step: steps and evaluations after it that were written before are superseded
    note        message: Message
    end         outcome: finished, stopped, discarded, failed or out_of_memory;
                message: Message or null
"""

import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.text import Message

Event = dict[str, Any]

_EARLIER = {name: Message(f"report.metric.{name}") for name in ("macro_f1", "accuracy")}
"""Of runs begun before plans named their scores: all of them gave labels to texts."""


@dataclass(frozen=True)
class EventLog:
    """Appends to and reads one run's events file."""

    path: Path

    def write(self, type_: str, **fields: Any) -> None:
        event = {"time": round(time.time(), 3), "type": type_} | fields
        line = json.dumps(event, ensure_ascii=False, allow_nan=False).encode() + b"\n"
        descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, b"\n" + line if _torn(self.path) else line)
        finally:
            os.close(descriptor)

    def read(self) -> list[Event]:
        """All events in order, without what a resumed run has superseded."""
        content = self.path.read_bytes() if self.path.exists() else b""
        return without_superseded(_parse(content))

    def since(self, position: int) -> tuple[list[Event], int]:
        """The events in the whole lines from byte `position` on, and where the next ones begin."""
        if not self.path.is_file():
            return [], position
        with self.path.open("rb") as file:
            file.seek(position)
            content = file.read()
        end = content.rfind(b"\n") + 1
        return list(_parse(content[:end])), position + end


def followed(events: Sequence[Event]) -> dict[str, Message]:
    """The scores to draw and tell, with what they are called; the first stands for the run."""
    plans = [event for event in events if event["type"] == "plan" and "scores" in event]
    named = plans[-1]["scores"] if plans else {}
    return {name: Message.from_dict(words) for name, words in named.items()} or _EARLIER


def steps_of(events: Sequence[Event]) -> dict[str, int]:
    """The steps of a run's `best` and `last` weights; empty before the first step."""
    made = [e["step"] for e in events if e["type"] in ("step", "evaluation", "checkpoint")]
    best = [e["step"] for e in events if e["type"] == "evaluation" and e.get("best")]
    return {"best": (best or made)[-1], "last": made[-1]} if made else {}


def _torn(path: Path) -> bool:
    with path.open("rb") as file:
        if not file.seek(0, os.SEEK_END):
            return False
        file.seek(-1, os.SEEK_END)
        return file.read(1) != b"\n"


def _parse(content: bytes) -> Iterator[Event]:
    for line in content.split(b"\n"):
        try:
            event = json.loads(line)
        except ValueError:
            continue  # the torn line of a killed writer
        if isinstance(event, dict) and "type" in event:
            yield event


def without_superseded(events: Iterable[Event]) -> list[Event]:
    """`events` less the steps, evaluations and ends that were undone by a later `resumed`."""
    kept: list[Event] = []
    for event in events:
        if event["type"] == "resumed":
            kept = [e for e in kept if e.get("step", 0) <= event["step"] and e["type"] != "end"]
        kept.append(event)
    return kept
