"""Changes to many rows of a data set, which wait to become part of its next version.

What is done by one button — taking rows out, merging labels, sharing the rows out anew — is one
change; what a person says of a single row is a correction (`corrections.py`). Both wait in the same
draft and are put in together.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.text import Message

KINDS = ("relabel", "drop", "rename", "drop_label", "cut_words", "divide")
"""relabel: {"rows": {row id: [label, …]}}, also to labels there were none of so far;
drop: {"rows": [row id, …]};
rename: {"labels": [label, …], "to": label}, which merges where several are named or `to` is one;
drop_label: {"label": label}: the rows that carry it alone go, of the others only the label;
cut_words: {"words": [word, …]}: taken out of every text;
divide: {"by": "group" or "time", "column": an extra column}: the rows are shared out anew."""


@dataclass(frozen=True)
class Change:
    """One change of many rows, and why."""

    kind: str
    """One of KINDS."""
    asks: Mapping[str, Any]
    """What of what, as KINDS says."""
    reason: Message
    """What it puts right, in words for the list of the draft and of the version."""
    created: float = 0.0
    """Seconds since 1970."""
    key: str = field(default="")
    """Its name in the draft: a second one of the same key takes its place."""
