"""One label in two spellings: other case, hyphen or plural, or a slip of a finger."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise

from engine.data.alike import alike_key
from engine.data.changes import Change
from engine.quality.findings import Finding
from engine.quality.material import Material
from engine.quality.telling import ids, named
from engine.text import Message

KIND = "spelling"
LONG_WORD = 6
"""Letters from which one wrong letter is more likely a slip than another word."""
VERY_LONG_WORD = 10
"""The same of two wrong letters."""
SLIPS = 0.2
"""Share of the rows of the right spelling above which a name is no slip of a finger."""
_APART = re.compile(r"[\s_\-–—./&+]+")
_NO_PLURAL = ("ss", "us", "is", "as", "news")
_OPPOSED = re.compile(r"^(hyper|hypo|pre|post|inter|intra|over|under|micro|macro)")


def find(material: Material) -> list[Finding]:
    counts: Counter[str] = Counter()
    for split in material.dataset.counts.values():
        counts.update(split)
    return [_finding(material, group, counts) for group in spellings(counts)]


def spellings(counts: Counter[str]) -> list[list[str]]:
    """Labels that are one written in several ways, the most frequent way of each first."""
    bare: defaultdict[str, list[str]] = defaultdict(list)
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        bare[_bare(name)].append(name)
    groups = {key: names for key, names in bare.items() if key}
    for rare, right in _slips(groups, counts):
        if rare in groups and right in groups:
            groups[right] += groups.pop(rare)
    return [group for group in groups.values() if len(group) > 1]


def _bare(name: str) -> str:
    """A name without case, separators and the s of an English plural."""
    words = _APART.sub(" ", alike_key(name)).split()
    return " ".join(_singular(word) for word in words)


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    plural = len(word) > 3 and word.endswith("s") and not word.endswith(_NO_PLURAL)
    return word[:-1] if plural else word


def _slips(groups: dict[str, list[str]], counts: Counter[str]) -> Iterator[tuple[str, str]]:
    """Rare names that are a frequent one but for a letter or two, the frequent one behind them.

    Also names that differ only in where their words begin (`topup`, `top up`).
    """
    rows = {key: sum(counts[name] for name in names) for key, names in groups.items()}
    keys = sorted(groups, key=lambda key: -rows[key])
    together = sorted(keys, key=lambda key: (key.replace(" ", ""), -rows[key]))
    for right, other in pairwise(together):
        if right.replace(" ", "") == other.replace(" ", ""):
            yield other, right
    for place, right in enumerate(keys):
        for other in keys[place + 1 :]:
            if rows[other] <= SLIPS * rows[right] and _is_slip(right.split(), other.split()):
                yield other, right


def _is_slip(right: Sequence[str], other: Sequence[str]) -> bool:
    """Whether one long word differs by a letter or two that say nothing: neither a number, nor
    the beginning of the word, which turns its meaning around."""
    if len(right) != len(other):
        return False
    unlike = [(a, b) for a, b in zip(right, other, strict=True) if a != b]
    if len(unlike) != 1:
        return False
    ((a, b),) = unlike
    shorter = min(len(a), len(b))
    if shorter < LONG_WORD or a[0] != b[0] or any(map(str.isdigit, a + b)):
        return False
    if _OPPOSED.match(a) and _OPPOSED.match(b):
        return False
    from rapidfuzz.distance import OSA

    most = 2 if shorter >= VERY_LONG_WORD else 1
    return OSA.distance(a, b, score_cutoff=most) <= most


def _finding(material: Material, group: Sequence[str], counts: Counter[str]) -> Finding:
    right, *others = group
    params = {"right": right, "others": named(others), "rows": sum(counts[o] for o in others)}
    wrong = set(others)
    places = (i for i, names in enumerate(material.labels) if wrong.intersection(names))
    fix = Change(
        "rename",
        {"labels": others, "to": right},
        Message("quality.spelling_fix", params),
    )
    spelt = [f"{name} ({counts[name]:,})" for name in group]
    return Finding(
        KIND,
        Message("quality.spelling", {"names": named(spelt)}),
        Message("quality.spelling_why"),
        ids(material, places),
        0.7,
        (fix,),
        facts={"labels": {name: counts[name] for name in group}},
    )
