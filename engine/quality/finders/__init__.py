"""Finders, all of one shape:

find(material)      the findings of one kind, each a card of the page; none where all is well, or
                    where the task has nothing of the kind
"""

from types import ModuleType

from engine.quality.finders import (
    answers,
    columns,
    conflicts,
    copies,
    giveaways,
    labels,
    leaks,
    outliers,
    overlap,
    portraits,
    shares,
    spelling,
    tags,
    texts,
    truncation,
)

FINDERS: dict[str, ModuleType] = {
    "shares": shares,
    "spelling": spelling,
    "texts": texts,
    "giveaways": giveaways,
    "columns": columns,
    "tags": tags,
    "answers": answers,
    "truncation": truncation,
    "copies": copies,
    "leaks": leaks,
    "conflicts": conflicts,
    "outliers": outliers,
    "labels": labels,
    "overlap": overlap,
    "portraits": portraits,
}
"""Name → module; in the order in which they run, the quick ones first."""
