"""How a run may be asked to end, and how it ended: what child and supervisor tell each other."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from engine.text import Message

Kind = Literal["finished", "stopped", "discarded", "failed", "out_of_memory"]


class Request(StrEnum):
    """What a user asked of an active run."""

    STOP_AND_KEEP = "keep"
    STOP_AND_DISCARD = "discard"


@dataclass(frozen=True)
class Outcome:
    kind: Kind
    message: Message | None = None
