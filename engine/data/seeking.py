"""What is sought among the rows of a data set. Plain values, so that it can stand in an address."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

LONGEST = 300
"""Characters of a field: a link must fit into an address."""


@dataclass(frozen=True)
class Sought:
    """All that is set must hold; whatever is given becomes valid: what cannot be meant counts as
    not set."""

    find: str = ""
    """Characters that stand in the text or another column, in either case."""
    having: str = ""
    """A label."""
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
            value = getattr(self, field.name)
            text = value[:LONGEST] if isinstance(value, str) else ""
            object.__setattr__(self, field.name, "".join(c for c in text if c.isprintable()))

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
