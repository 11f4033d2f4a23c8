"""How far a run is, from its events. Knows nothing of Gradio.

Events are read anew only when their file has grown, so looking again costs next to nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from engine.text import Message
from engine.training.events import Event, EventLog


@dataclass(frozen=True)
class Progress:
    phase: str | None = None
    step: int = 0
    steps: int = 0
    epoch: float | None = None
    rows_per_second: float | None = None
    eta: float | None = None
    """Seconds left, as the run itself reckons."""
    best: Mapping[str, float] | None = None
    """Scores on validation of the best checkpoint so far."""
    device: str | None = None
    precision: str | None = None
    reasons: tuple[Message, ...] = ()
    """Why it trains as it does."""
    notes: tuple[Message, ...] = ()
    """What happened that the user should know."""

    @property
    def share(self) -> float:
        return min(self.step / self.steps, 1.0) if self.steps else 0.0


def events_of(path: Path) -> tuple[Event, ...]:
    """The events of one run."""
    return _read(path, size(path))


def size(path: Path) -> int:
    """Bytes of the events file: it only grows, so this tells old from new."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def progress(events: Sequence[Event]) -> Progress:
    """The newest word of the events on everything."""
    phase = _last("phase", events)
    plan = _last("plan", events)
    step = _last("step", events)
    best = [e for e in events if e["type"] == "evaluation" and e.get("best")]
    notes = [e["message"] for e in events if e["type"] == "note"]
    return Progress(
        phase=phase.get("phase"),
        step=step.get("step", 0),
        steps=plan.get("steps", 0),
        epoch=step.get("epoch"),
        rows_per_second=step.get("rows_per_second"),
        eta=step.get("eta"),
        best=best[-1]["metrics"] if best else None,
        device=plan.get("device"),
        precision=plan.get("precision"),
        reasons=tuple(Message.from_dict(reason) for reason in plan.get("notes", [])),
        notes=tuple(Message.from_dict(note) for note in notes),
    )


def duration(seconds: float) -> str:
    """`0:51`, `12:05`, `1:03:20`."""
    minutes, rest = divmod(max(round(seconds), 0), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def _last(kind: str, events: Sequence[Event]) -> Event:
    return next((event for event in reversed(events) if event["type"] == kind), {})


@lru_cache(maxsize=32)
def _read(path: Path, _size: int) -> tuple[Event, ...]:
    return tuple(EventLog(path).read())
