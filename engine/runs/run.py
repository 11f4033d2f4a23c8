"""A run as the registry holds it."""

from dataclasses import dataclass
from enum import StrEnum

from engine.text import Message
from engine.training.outcome import Request

__all__ = ["Request", "Run", "State"]


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

    @property
    def word(self) -> Message:
        """What the state is called, for the user."""
        return Message(f"runs.state.{self}")


@dataclass(frozen=True)
class Run:
    id: str
    name: str
    dataset: str
    dataset_version: int
    state: State
    reason: Message | None
    """Why it ended as it did, or is tried again, for the user."""
    request: Request | None
    created: float
    """Seconds since 1970, as all times here."""
    started: float | None
    """When the newest attempt started."""
    ended: float | None
    attempt: int
    """1 at first; each retry or resume adds one."""
    batch_limit: int | None
    """Upper bound of rows in one forward pass, set after an out-of-memory failure."""
    pid: int | None
    """The child process that holds the lease; None unless preparing or running."""
    pid_created: str | None
    """Tells that process from any other that ever had its pid (`machine.birth`)."""
    heartbeat: float | None
    devices: int = 1
    """How many GPUs it asks for."""
    gpus: tuple[int, ...] = ()
    """The GPUs it holds; none at work means the whole machine, as on one without GPUs."""
    group: str | None = None
    """Name of the group it was queued with."""

    @property
    def word(self) -> Message:
        """What its state is called, for the user; one that is to stop says so."""
        stopping = self.request is not None and self.state.active
        return Message("runs.state.stopping") if stopping else self.state.word
