"""A run as the registry holds it."""

from dataclasses import dataclass
from enum import StrEnum

from engine.text import Message


class State(StrEnum):
    QUEUED = "queued"
    PREPARING = "preparing"
    RUNNING = "running"
    FINISHED = "finished"
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"

    @property
    def active(self) -> bool:
        return self in (State.QUEUED, State.PREPARING, State.RUNNING)


class Request(StrEnum):
    """What a user asked of an active run."""

    STOP_AND_KEEP = "keep"
    STOP_AND_DISCARD = "discard"


@dataclass(frozen=True)
class Run:
    id: str
    name: str
    dataset: str
    dataset_version: int
    state: State
    reason: Message | None
    """Why it failed, stopped or was interrupted, for the user."""
    request: Request | None
    created: float
    """Seconds since 1970, as all times here."""
    started: float | None
    ended: float | None
    attempt: int
    """1 at first; each retry or resume adds one."""
    batch_limit: int | None
    """Upper bound of rows in one forward pass, set after an out-of-memory failure."""
    pid: int | None
    pid_created: float | None
    heartbeat: float | None
