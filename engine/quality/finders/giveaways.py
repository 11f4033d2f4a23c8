"""Words that give the label away: written into the text by whoever, or whatever, labelled it.

That a word of the subject goes with its label is what a model is to learn. A word is suspected
only where it is far beyond that: in nearly all rows of a label and hardly any other, or, if it
looks like a mark (`REFUND:`, `[refund]`, `cat_7`), in a good part of them.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.data.changes import Change
from engine.quality.findings import Finding
from engine.quality.material import Material
from engine.quality.telling import ids, listed, quoted
from engine.text import Message

KIND = "giveaways"
MOST_ROWS = 30_000
"""Rows that are counted: more change no share that matters."""
LONGEST = 3000
"""Characters of a text that are looked at."""
FEW = 10
"""Rows with a word, and rows of a label, below which nothing can be said of them."""
PRECISE = 0.95
"""Share of the rows with a word that have the label."""
COVERED = 0.95
COVERED_IN_PLACE = 0.8
COVERED_BY_MARK = 0.3
"""Share of the label's rows that have the word: any word, one that begins or ends nearly every
text it stands in, and one that looks like a mark."""
PRECISE_IN_PLACE = 0.99
SURELY = 0.8
"""Precision that must hold also at the lower end of its 95 % interval."""
BEYOND = 0.9
"""Part of the way from the label's share among all rows to 1 that the precision must be."""
FIXED = 0.9
"""Share of a word's rows that it begins, or ends, from which its place is fixed."""
MOST = 12
"""Words on one card."""
SAME_ROWS = 0.9
"""Share of rows in common from which two words are one mark."""
NUMBERED = 0.95
"""Share of the texts that begin, or end, with a number of their own."""
_APART = re.compile(r"[\W_]+")
_TRIM = ".,;!?。，；！？\"'“”‘’"
_BRACKETED = re.compile(
    r"[\[【<{（(《〈][^\s\[\]【】<>{}（）()《》〈〉][^\[\]【】<>{}（）()《》〈〉\n]{0,38}[\]】>}）)》〉]"
)
_HEADING = re.compile(r"^\s*([^\s:：][^:：\n]{0,38}[:：])(?!//)")
_MARK = re.compile(
    r"[^\W_].*[:：=|>\]】}）)》〉]$|^[\[【<{#@|].*[^\W_]|[^\W\d_]+[_|=/~^]+\w|^[A-Z]{1,6}[-_]?\d+$"
)
_NUMBER = re.compile(r"^[\[(#]*[\w./-]*\d[\w./-]*[\])]*[:.,]?$")


@dataclass(frozen=True)
class Giveaway:
    """A word and the label it goes with."""

    word: str
    label: str
    precision: float
    """Share of the rows with the word that have the label."""
    coverage: float
    """Share of the label's rows that have the word."""


def find(material: Material) -> list[Finding]:
    found = [_numbered(material)]
    if material.dataset.make_task().shape == "labels":
        words = giveaways(material.texts, material.labels)
        found.append(_finding(material, words) if words else None)
    return [finding for finding in found if finding]


def giveaways(texts: Sequence[str], labels: Sequence[Sequence[str]]) -> list[Giveaway]:
    """The suspected words, of each label the one that tells most first."""
    places = np.random.default_rng(0).permutation(len(texts))[:MOST_ROWS].tolist()
    marks = {place: marks_of(texts[place]) for place in places}
    held = Counter(mark for found in marks.values() for mark in found)
    rows = Counter(name for place in places for name in labels[place])
    pairs: Counter[tuple[str, str]] = Counter()
    for place, found in marks.items():
        frequent = [mark for mark in found if held[mark] >= FEW]
        for name in labels[place]:
            pairs.update((mark, name) for mark in frequent)
    suspected = [
        Giveaway(mark, name, hits / held[mark], hits / rows[name])
        for (mark, name), hits in pairs.items()
        if rows[name] >= FEW and _gives_away(mark, hits, held[mark], rows[name], len(places))
    ]
    suspected = [f for f in suspected if _is_unnatural(f, [texts[place] for place in places])]
    suspected.sort(key=lambda found: (-found.precision * found.coverage, -len(found.word)))
    return _distinct(suspected, marks)[:MOST]


def marks_of(text: str) -> set[str]:
    """Words between spaces, what stands in brackets, and what stands before the first colon."""
    read = text[:LONGEST]
    found = {word for word in _words(text) if len(word) <= 40}
    found.update(_BRACKETED.findall(read))
    found.update(_HEADING.findall(read))
    return found


def _gives_away(word: str, hits: int, held: int, rows: int, total: int) -> bool:
    precision, base = hits / held, rows / total
    covered = COVERED_BY_MARK if _MARK.search(word) else COVERED_IN_PLACE
    return (
        hits >= covered * rows
        and precision >= max(PRECISE, base + BEYOND * (1 - base))
        and _at_least(hits, held) >= SURELY
    )


def _is_unnatural(found: Giveaway, texts: Sequence[str]) -> bool:
    """Whether a word is more than a word of the subject, such as those of the label's name are."""
    if _MARK.search(found.word):
        return True
    if found.coverage >= COVERED and found.word.casefold() not in _names(found.label):
        return True
    held = [words for text in texts if found.word in (words := _words(text))]
    at_ends = (sum(words[end] == found.word for words in held) for end in (0, -1))
    return found.precision >= PRECISE_IN_PLACE and max(at_ends) >= FIXED * len(held)


def _names(label: str) -> list[str]:
    return _APART.split(label.casefold())


def _words(text: str) -> list[str]:
    """Words between spaces, without the marks around them."""
    return [word for raw in text[:LONGEST].split() if (word := raw.strip(_TRIM))]


def _at_least(hits: int, total: int) -> float:
    """The lower end of the 95 % interval of a share (Wilson 1927)."""
    z, share = 1.96, hits / total
    centre = share + z * z / (2 * total)
    margin = z * np.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return float((centre - margin) / (1 + z * z / total))


def _distinct(found: list[Giveaway], marks: Mapping[int, set[str]]) -> list[Giveaway]:
    """Without words that stand in the rows of one before them: `REFUND:` and `refund: late`."""
    wanted = {each.word for each in found}
    rows: dict[str, set[int]] = {word: set() for word in wanted}
    for place, held in marks.items():
        for word in held & wanted:
            rows[word].add(place)
    kept: list[Giveaway] = []
    for each in found:
        own = rows[each.word]
        if all(len(own & rows[other.word]) < SAME_ROWS * len(own) for other in kept):
            kept.append(each)
    return kept


def _finding(material: Material, words: list[Giveaway]) -> Finding:
    wanted = {found.word for found in words}
    places = [i for i, text in enumerate(material.texts) if wanted & marks_of(text)]
    told = listed([_told(found) for found in words])
    names = [quoted(found.word) for found in words]
    fix = Change(
        "cut_words",
        {"words": [found.word for found in words]},
        Message("quality.giveaways_fix", {"names": names}),
    )
    return Finding(
        KIND,
        Message("quality.giveaways", {"words": len(words), "told": told}),
        Message("quality.giveaways_why"),
        ids(material, places),
        0.8,
        (fix,),
        facts={"words": {f.word: [f.label, f.precision, f.coverage] for f in words}},
    )


def _told(found: Giveaway) -> Message:
    params = {
        "word": quoted(found.word),
        "name": quoted(found.label),
        "precision": round(100 * found.precision),
        "coverage": round(100 * found.coverage),
    }
    return Message("quality.giveaways_word", params)


def _numbered(material: Material) -> Finding | None:
    """Texts that begin or end with a number of their own, as from an id column."""
    texts = material.texts
    if len(texts) < FEW:
        return None
    for end, words in (("begin", list(_ends(texts, 0))), ("end", list(_ends(texts, -1)))):
        numbers = [word for word in words if len(word) <= 40 and _NUMBER.match(word)]
        if min(len(numbers), len(set(numbers))) >= NUMBERED * len(texts):
            params = {"example": numbers[0]}
            key = f"quality.giveaways_{end}"
            why = Message("quality.giveaways_number_why")
            return Finding(KIND, Message(key, params), why, weight=0.4, facts={"about": "number"})
    return None


def _ends(texts: Sequence[str], place: int) -> Iterator[str]:
    for text in texts:
        words = (text[:100] if place == 0 else text[-100:]).split()
        yield words[place] if len(words) > 1 else ""
