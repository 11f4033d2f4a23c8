"""What was found in a data set: one record a finding, which the page shows as a card."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.data.changes import Change
from engine.text import Message


@dataclass(frozen=True)
class Finding:
    """Something about the data that a person should know before training on them."""

    kind: str
    """The finder's name, one of `finders.FINDERS`."""
    what: Message
    """What was found, with how many."""
    why: Message
    """Why it matters, and what it does to a model or to its score."""
    rows: tuple[int, ...] = ()
    """Ids of the rows it is about, the most serious first."""
    weight: float = 0.5
    """How serious, 0 to 1: 1 makes scores meaningless, 0 is only worth knowing."""
    fixes: tuple[Change, ...] = ()
    """What a button each would do, the recommended one first; none where a person must decide."""
    suggested: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    """row id → the labels it should probably have; such rows can be gone through one by one."""
    groups: tuple[tuple[int, ...], ...] = ()
    """Row ids that belong together, such as the copies of one text."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """Figures behind it, for whoever scripts the engine."""
