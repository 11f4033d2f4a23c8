"""Texts that cannot teach much: nothing in them, next to nothing, cut off, in another language."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.alike import alike_groups
from engine.quality.findings import Finding
from engine.quality.languages import foreign
from engine.quality.material import Material
from engine.quality.telling import MOST_NAMED, drop, ids, listed
from engine.text import Message, table

KIND = "texts"
ENOUGH = 20
"""Characters of the usual text from which three are very short."""
SHORT = 3
MOST_SHORT = 0.05
"""Share of very short texts above which they are the nature of the data."""
LEAST_LIMIT = 40
"""Characters from which a longest length can be a limit."""
MANY = 8
"""Different texts of one length, and times as many as are a little shorter, that show a limit."""
NEAR = 10
FINISHED = 0.5
"""Share of the texts of that length that end as sentences do, above which nothing was cut."""
CUT_LENGTH = 0.85
"""Of the greatest length of the texts that end in dots: so long are most of those that were cut."""
MOST_CUT = 0.8
_NOTHING = frozenset(
    "n/a na nan none null nil empty unknown tbd xxx - 无 空 暂无 没有 未知".split()
)
_CONTENT = re.compile(r"[^\W_]|[^\x00-\u24ff\u3000-\u303f\uff00-\uffef\s]")
"""A letter or digit, or a sign such as an emoji."""
_END = re.compile(r"[.!?。！？…～~][\"'”’»」』)\]）】\s]*$")
_DOTS = re.compile(r"(…|\.\.\.)[\])）】]?$")
_SMILEY = re.compile(r"[:;=8xX][-'^o]?[()DPpOo/\\|\[\]<>]|\^[_.-]?\^|<3")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


def find(material: Material) -> list[Finding]:
    empty = _empty(material.texts)
    short = [place for place in _short(material) if place not in set(empty)]
    cut, length = _at_limit(material.texts)
    dots = [place for place in _cut_with_dots(material.texts) if place not in set(cut)]
    found = [
        _finding(material, "empty", empty, 0.4),
        _finding(material, "short", short, 0.2),
        _finding(material, "cut", cut, 0.4, length=length),
        _finding(material, "dots", dots, 0.4),
        *_foreign(material),
    ]
    return [finding for finding in found if finding]


def _finding(
    material: Material, name: str, places: list[int], weight: float, **facts: Any
) -> Finding | None:
    """`facts` are figures of the sentence, too."""
    return _told(material, name, places, weight, facts, facts) if places else None


def _told(
    material: Material,
    name: str,
    places: Sequence[int],
    weight: float,
    params: Mapping[str, Any],
    facts: Mapping[str, Any],
) -> Finding:
    rows, told = ids(material, places), {"rows": len(places), **params}
    reason = Message(f"quality.texts_{name}_fix", told)
    return Finding(
        KIND,
        Message(f"quality.texts_{name}", told),
        Message(f"quality.texts_{name}_why"),
        rows,
        weight,
        (drop(rows, reason),),
        facts={"about": name, **facts},
    )


def _empty(texts: list[str]) -> list[int]:
    """Where nothing stands but punctuation, or, where texts are long, a word that says that
    nothing does."""
    fillers = _NOTHING if _usual(texts) >= ENOUGH else frozenset()
    bare = (text.strip(" .()[]<>").casefold() for text in texts)
    return [
        place
        for place, (text, word) in enumerate(zip(texts, bare, strict=True))
        if word in fillers or not (_CONTENT.search(text) or _SMILEY.search(text))
    ]


def _short(material: Material) -> list[int]:
    """Texts of up to three letters where the usual one is long; Chinese says more with each."""
    texts = material.texts
    if (
        material.dataset.make_task().shape != "labels"
        or np.median([len(text) for text in texts]) < ENOUGH
    ):
        return []
    found = [
        place
        for place, text in enumerate(texts)
        if len(text) <= 4 * SHORT and len(_WIDE.sub("xx", "".join(text.split()))) <= SHORT
    ]
    return found if len(found) <= MOST_SHORT * len(texts) else []


def _at_limit(texts: list[str]) -> tuple[list[int], int]:
    """Unfinished texts of exactly the greatest length, in characters or bytes, which many share;
    and that length. A space at the end of a text that was cut there is gone by now."""
    for lengths in (_lengths(texts), _lengths([text.encode() for text in texts])):
        limit = int(lengths.max(initial=0))
        at_limit = np.flatnonzero(lengths >= limit - 1)
        distinct = len(set(alike_groups([texts[place] for place in at_limit.tolist()]).tolist()))
        below = int(((lengths >= limit - 1 - 2 * NEAR) & (lengths < limit - 1)).sum()) / NEAR
        if limit < LEAST_LIMIT or distinct < MANY * max(1, below):
            continue
        unfinished = [place for place in at_limit.tolist() if not _END.search(texts[place])]
        if len(unfinished) >= FINISHED * len(at_limit):
            return unfinished, limit
    return [], 0


def _usual(texts: list[str]) -> float:
    return float(np.median(_lengths(texts))) if texts else 0.0


def _lengths(texts: list[str] | list[bytes]) -> NDArray[np.int64]:
    return np.fromiter(map(len, texts), dtype=np.int64)


def _cut_with_dots(texts: list[str]) -> list[int]:
    """Texts that end in dots, where nearly all that do are as long as texts get: somebody who
    leaves a sentence open does so at any length."""
    ending = [place for place, text in enumerate(texts) if _DOTS.search(text)]
    lengths = _lengths([texts[place] for place in ending])
    longest = int(lengths.max(initial=0))
    usual = np.percentile(_lengths(texts), 75) if texts else 0
    at_limit = lengths >= CUT_LENGTH * longest
    if longest < LEAST_LIMIT or longest < usual or at_limit.mean() < MOST_CUT:
        return []
    found = [place for place, cut in zip(ending, at_limit.tolist(), strict=True) if cut]
    return found if len(set(alike_groups(texts[place] for place in found).tolist())) >= MANY else []


def _foreign(material: Material) -> list[Finding]:
    told = foreign(material.texts)
    if told is None or not told.found:
        return []
    counts = Counter(told.found.values())
    names = [_counted(code, rows) for code, rows in counts.most_common(MOST_NAMED)]
    params = {"main": _language(told.main), "languages": listed(names)}
    facts = {"main": told.main, "languages": dict(counts)}
    return [_told(material, "foreign", list(told.found), 0.5, params, facts)]


def _counted(code: str, rows: int) -> Message:
    return Message("quality.texts_language_rows", {"name": _language(code), "rows": rows})


def _language(code: str) -> Message | str:
    key = f"quality.language_{code}"
    return Message(key) if key in table() else code
