"""What is sought among the rows of a data set. Plain values, so that it can stand in an address."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from engine.data.clean import clean

LONGEST = 300
"""Characters of a field: a link must fit into an address."""
_DIGEST = 16


def in_address(value: Any) -> str:
    """As much of a text as an address can hold; nothing of what is no text."""
    text: str = clean(value[:LONGEST]) if isinstance(value, str) else ""
    return text


def short(label: Any) -> str:
    """A label as an address has it: a long one is its beginning and a digest, so that it still
    means one label. A page knows only one kind of line end."""
    text: str = clean(label) if isinstance(label, str) else ""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(text) <= LONGEST:
        return text
    digest = hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]
    return f"{text[: LONGEST - _DIGEST - 1]}…{digest}"


@dataclass(frozen=True)
class Sought:
    """All that is set must hold; whatever is given becomes valid: what cannot be meant counts as
    not set."""

    find: str = ""
    """Characters that stand in the text or another column, in either case."""
    having: str = ""
    """A label, as `short` has it."""
    among: str = ""
    """A split."""
    problem: str = ""
    """A finding of the quality check, as `webui.workbench.base.named` calls it."""
    chosen: str = ""
    """A set of rows that was picked by hand, such as by a lasso: the id it is kept by."""
    order: str = ""
    """What the rows are sorted by; a `-` before it turns the order round."""

    def __post_init__(self) -> None:
        for field in fields(self):
            fit = short if field.name == "having" else in_address
            object.__setattr__(self, field.name, fit(getattr(self, field.name)))

    def __bool__(self) -> bool:
        return self != Sought(order=self.order)

    def but(self, **changes: Any) -> Self:
        return replace(self, **changes)

    def to_query(self) -> dict[str, str]:
        """Only what is set."""
        given = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in given.items() if value}

    @classmethod
    def from_query(cls, query: Mapping[str, Any]) -> Self:
        """Names that are none of its fields are passed over."""
        names = [field.name for field in fields(cls) if field.name in query]
        return cls(**{name: query[name] for name in names})
