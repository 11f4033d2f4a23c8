"""A filter: which rows of a split are looked at. Plain values, so that it can stand in an address.

Knows what can be asked, not which rows it is true of: `rows.SplitRows.mask` answers it. All fields
that are set must hold. `truth` and `decided` together are a confusion: the one was true and not
said, the other was said and is not true; of mentions, that one of the first type was taken for the
second, and NO_LABEL is what was missed or is spurious.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from engine.data.seeking import in_address, short

NO_LABEL = "∅"
"""In place of a label: none at all."""
OTHER = "≠"
"""In place of one of two labels: the other one was missed, or was said without being true."""
MOST_LENGTH = 10**9


@dataclass(frozen=True)
class Filter:
    """Whatever is given becomes a valid filter: what cannot be meant counts as not set."""

    outcome: str = ""
    """One of `Task.outcomes`."""
    truth: str = ""
    """A true label as `seeking.short` has it, NO_LABEL, or OTHER."""
    decided: str = ""
    """A label that was said, NO_LABEL, or OTHER."""
    kind: str = ""
    """A kind of error: one of `Task.errors`."""
    least: float | None = None
    """Confidence, 0 to 1, from here"""
    most: float | None = None
    """to here, the end included."""
    shortest: int | None = None
    """Length of the text, in `SplitRows.unit`, from here"""
    longest: int | None = None
    """to here, the end included."""
    column: str = ""
    """An extra column of the data, which holds exactly"""
    value: str = ""
    words: str = ""
    """Characters that stand in the text, in either case."""
    alert: str = ""
    """The rows an alert speaks of, where nothing else says which: one of `SplitRows.named`."""

    def __post_init__(self) -> None:
        keep = object.__setattr__
        for name in ("outcome", "kind", "column", "value", "words", "alert"):
            keep(self, name, in_address(getattr(self, name)))
        for name in ("truth", "decided"):
            keep(self, name, short(getattr(self, name)))
        for name in ("least", "most"):
            keep(self, name, _share(getattr(self, name)))
        for name in ("shortest", "longest"):
            keep(self, name, _length(getattr(self, name)))
        if not self.column:
            keep(self, "value", "")

    def __bool__(self) -> bool:
        return self != Filter()

    @property
    def count(self) -> int:
        """How many things are asked for; a range is one, and so is a column with its value."""
        given = self.to_query().keys()
        together = {"most": "least", "longest": "shortest", "value": "column"}
        return len({together.get(name, name) for name in given})

    def but(self, **changes: Any) -> Self:
        return replace(self, **changes)

    def to_query(self) -> dict[str, str]:
        """Only what is set."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _written(value) for name, value in given.items() if value not in ("", None)}

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> Self:
        """What stands in an address or comes from a field; names that are no filter are passed
        over."""
        return cls(**{name: query[name] for name in FIELDS if name in query})


FIELDS = tuple(field.name for field in fields(Filter))


def _share(value: Any) -> float | None:
    number = _number(value)
    return round(number, 4) if number is not None and 0 <= number <= 1 else None


def _length(value: Any) -> int | None:
    number = _number(value)
    return int(number) if number is not None and 0 <= number <= MOST_LENGTH else None


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
