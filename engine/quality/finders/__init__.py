"""Finders, all of one shape:

find(material)      the findings of one kind, each a card of the page; none where all is well, or
                    where the task has nothing of the kind
"""

from types import ModuleType

from engine.quality.finders import copies, giveaways, shares, spelling, texts

FINDERS: dict[str, ModuleType] = {
    "shares": shares,
    "spelling": spelling,
    "texts": texts,
    "giveaways": giveaways,
    "copies": copies,
}
"""Name → module; in the order in which they run, the quick ones first."""
