"""What all finders say alike: which rows, which names, and the button that takes rows out."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from engine.data.changes import Change
from engine.quality.material import Material
from engine.text import Message

MOST_NAMED = 8
"""Names that a sentence can hold."""
LONGEST_NAME = 60


def ids(material: Material, places: Iterable[int] | NDArray[np.integer]) -> tuple[int, ...]:
    """The ids of the rows at these places."""
    chosen = np.fromiter((int(place) for place in places), dtype=np.int64)
    return tuple(material.row_ids[chosen].tolist())


def named(names: Sequence[str]) -> list[str]:
    """As many as a sentence can hold, each of readable length."""
    short = [quoted(name) for name in names[:MOST_NAMED]]
    return [*short, "…"] if len(names) > MOST_NAMED else short


def quoted(name: str) -> str:
    """A name or word of readable length."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def listed(parts: Sequence[Message]) -> Message:
    """Messages as a list in a sentence, of which there is at least one."""
    first, *rest = parts
    return Message("quality.and", {"first": first, "rest": listed(rest)}) if rest else first


def drop(rows: Sequence[int], reason: Message) -> Change:
    """Takes rows out, by their ids."""
    return Change("drop", {"rows": list(rows)}, reason)
