"""What a page holds: which tab, data set, run, upload and rows it shows. Nothing else.

The selection stands in the address as a query string, so a link or a refresh opens the same view.
Knows nothing of Gradio.
"""

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from threading import Lock
from typing import Any, ClassVar, Self
from urllib.parse import parse_qsl, urlencode

from engine.data.clean import clean
from engine.data.seeking import Sought
from engine.evaluation.filters import Filter

TABS = ("data", "train", "runs", "results", "playground", "export")
SPLITS = ("test", "validation")
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_PICK = re.compile(r"[a-z0-9_]{0,20}")
_PAGE = re.compile(r"[1-9][0-9]{0,8}")
_WHOLE = re.compile(r"[0-9]{1,18}")
_MAX_ID = 80
ARRIVED = 3.0
"""Seconds after which what one event has changed is known to all others."""
_NOT_IN_ADDRESS = {"address": False}
_TAB_OF = {
    "bench": "data",
    "sought": "data",
    "view": "results",
    "filter": "results",
    "split": "results",
    "trying": "playground",
}
"""What only one tab has."""


@dataclass(frozen=True)
class Selection:
    tab: str = "data"
    dataset: str | None = None
    run: str | None = None
    upload: str | None = None
    """The file being set up on the data tab, until it is saved as a data set."""
    other: str | None = None
    """The run that the selected one is compared with."""
    split: str = "test"
    """Which rows the results tab shows."""
    view: str = "overview"
    """Which view of the results is in sight; what none is called stands for the first."""
    pick: str = ""
    """A part of the results that was chosen: a kind of error, the number of a label."""
    filter: Filter = field(default=Filter(), metadata=_NOT_IN_ADDRESS)
    """Which rows the results tab looks at; its own fields stand in the address beside these."""
    sought: Sought = field(default=Sought(), metadata=_NOT_IN_ADDRESS)
    """Which rows of a saved data set are looked at; its own fields stand in the address too."""
    leaf: int = 1
    """Which page of single rows is in sight. (In an address `page` is a word of Gradio's.)"""
    bench: str = "overview"
    """Which view of a saved data set is in sight; what none is called stands for the first."""
    trying: str = "ask"
    """Which view of the playground is in sight; what none is called stands for the first."""
    shown: int = field(default=10, metadata=_NOT_IN_ADDRESS)
    """How many single rows the results tab shows."""
    model: str = field(default="bundled", metadata=_NOT_IN_ADDRESS)
    """The model chosen on the train tab: its tokenizer counts the text lengths."""

    def __post_init__(self) -> None:
        keep = object.__setattr__
        for name in ("dataset", "run", "other", "upload"):
            keep(self, name, checked_id(getattr(self, name)))
        keep(self, "leaf", _number(self.leaf))
        keep(self, "tab", self.tab if self.tab in TABS else TABS[0])
        keep(self, "pick", self.pick if _PICK.fullmatch(self.pick) else "")
        keep(self, "view", self.view if _PICK.fullmatch(self.view) else "overview")
        keep(self, "bench", self.bench if _PICK.fullmatch(self.bench) else "overview")
        keep(self, "trying", self.trying if _PICK.fullmatch(self.trying) else "ask")
        keep(self, "split", self.split if self.split in SPLITS else SPLITS[0])

    def but(self, **changes: Any) -> Self:
        """With other values. What only one tab has is chosen there, though the click that turned to
        the tab may still be on its way. Another data set has labels of its own."""
        tab = next((_TAB_OF[name] for name in changes if name in _TAB_OF), self.tab)
        if changes.get("dataset", self.dataset) != self.dataset:
            changes.setdefault("sought", self.sought.but(having=""))
        return replace(self, **{"tab": tab} | changes)

    def to_query(self) -> str:
        """Only what differs from the default, so that a fresh page has a clean address."""
        default = Selection()
        values = {name: getattr(self, name) for name in _in_address()}
        changed = {k: v for k, v in values.items() if v != getattr(default, k)}
        return urlencode(changed | self.filter.to_query() | self.sought.to_query())

    @classmethod
    def from_query(cls, query: str | Mapping[str, str]) -> Self:
        """Whatever stands in the address becomes a valid selection."""
        given = dict(parse_qsl(query.lstrip("?")) if isinstance(query, str) else query)
        known: dict[str, Any] = {name: given[name] for name in _in_address() if name in given}
        return cls(**known, filter=Filter.from_query(given), sought=Sought.from_query(given))


@dataclass
class Place:
    """Where one visitor is: the same object all the time, also for events at once.

    An event works with the selection it began with; another may have ended meanwhile. What it
    changes is changed in the newest one, so that neither undoes the other.
    """

    selection: Selection | None = None
    """The newest; None until there was one."""
    since: float = 0.0
    _one_at_a_time: ClassVar[Lock] = Lock()

    def turn(self, before: Selection | None, after: Selection) -> Selection:
        """The newest selection with all that differs from `before` in `after`."""
        with self._one_at_a_time:
            newest = self.selection or before
            if newest is None or before is None:
                self.selection = after
            else:
                names = [each.name for each in fields(Selection)]
                values = {name: getattr(after, name) for name in names}
                changes = {n: v for n, v in values.items() if v != getattr(before, n)}
                self.selection = replace(newest, **changes)
            self.since = time.monotonic()
            return self.selection

    def known(self, given: Selection) -> Selection:
        """The newest selection, where the one that Gradio gives is still an older one. At first it
        is right to do so: all else that it gives an event is of the same moment."""
        late = time.monotonic() - self.since > ARRIVED
        return self.selection if self.selection is not None and late else given


def _in_address() -> list[str]:
    return [f.name for f in fields(Selection) if f.metadata.get("address", True)]


def _number(value: Any) -> int:
    """A page there could be; whatever else is written stands for the first."""
    written = str(value)
    return int(written) if _PAGE.fullmatch(written) else 1


def whole(written: Any) -> int | None:
    """What a button sends as a number; None for what no button of the page sends."""
    return int(written) if _WHOLE.fullmatch(str(written)) else None


def texts(packed: Any) -> list[str] | None:
    """What a button sends as a list of texts; None for what no button of the page sends."""
    try:
        found = json.loads(packed)
    except (ValueError, TypeError, RecursionError):
        return None
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        return None
    return [clean(text) for text in found]


def checked_id(value: Any) -> str | None:
    """`value` if it has the form of an id, else None."""
    if isinstance(value, str) and len(value) <= _MAX_ID and _ID.fullmatch(value):
        return value
    return None
