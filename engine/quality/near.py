"""Texts that are nearly the same: what is equal but for case and punctuation, what differs in one
word, and long texts of which little differs.

Whether one word makes another text of it depends on the word: "an exchange" and "the exchange" say
the same, "a fear of slime" and "a fear of food" do not. So the words that two texts share must
weigh more than what parts them, rare words weighing more (IDF; Spärck Jones 1972), and more so
where many texts differ in that place, which is a pattern with a gap and no copy, or where the truth
of the two differs. Long texts are proposed by MinHash (Broder 1997) of three words in a row and
compared letter by letter. Knows texts only.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from engine.data.alike import alike_key
from engine.tasks.words import ALONE, spaced

SHARED, SHARED_ADDED = 0.72, 0.62
"""Least share of the weight of two texts that lies in the words they have in common, where the rest
is one word for another, or one word more. These and the following were chosen on question, chat and
news data with planted copies (benchmarks/near_duplicates.py)."""
SHARED_PATTERN = 0.9
"""The same where more than PATTERN texts differ in that word, or where their truth differs."""
PATTERN = 3
LEAST_SHARED = {True: 3, False: 6}
"""Words, or characters of a script without spaces, that two short texts must have in common."""
TYPING_ERROR = 0.7
"""From this likeness of two words on, one is the other mistyped, and weighs less the more alike."""
SAME_LETTERS = 0.9
"""Least likeness of the letters of two long texts."""
LONG = 12
"""Words from which on a text is long."""
MOST_MASKED = 64
"""Words up to which one word is left out at a time."""
READ = 2000
"""Words read of a text."""
BANDS, HASHES = 12, 2
"""Of MinHash: texts that share half of their shingles are proposed with 97 % probability."""
BESIDE = 4
"""Places apart up to which all in a bucket are compared; further ones only with its first."""
_WORD = re.compile(rf"[{ALONE}]|(?:(?![{ALONE}])\w)+")
_BASE = np.uint64(0x9E3779B97F4A7C15)

Ids = NDArray[np.int64]
Pairs = NDArray[np.int64]
"""(pairs, 2): places of two texts."""


@dataclass(frozen=True)
class _Words:
    """Words as numbers in one flat array: text i has `ids[starts[i]:starts[i + 1]]`."""

    texts: list[str]
    """Each as its words with one space between them: equal ones differ in case and signs only."""
    ids: Ids
    starts: Ids
    known: list[str]
    """Each number's word."""
    weights: NDArray[np.float64]
    """Each number's weight."""
    by_spaces: bool

    @property
    def lengths(self) -> Ids:
        return np.diff(self.starts)


def plain(text: str) -> str:
    """A text without case and punctuation; what has neither letters nor digits as it stands."""
    key = alike_key(text)
    return " ".join(_WORD.findall(key)[:READ]) or key


@dataclass(frozen=True)
class Near:
    """Which of some texts are the same, and nearly the same."""

    same: Ids
    """A number a text, (texts,), counted up from 0 by first appearance: equal for those that are
    the same but for case and punctuation."""
    pairs: Pairs
    """Pairs of such numbers whose texts are nearly the same, each once, the smaller first."""

    @cached_property
    def families(self) -> Ids:
        """A number a text, (texts,): equal for all that are held together by pairs."""
        from scipy.sparse import coo_array
        from scipy.sparse.csgraph import connected_components

        count = int(self.same.max(initial=-1)) + 1
        links = coo_array((np.ones(len(self.pairs), bool), tuple(self.pairs.T)), (count, count))
        return np.asarray(connected_components(links, directed=False)[1], np.int64)[self.same]


def find_near(texts: Sequence[str], truths: Ids, about: Ids) -> Near:
    """What is nearly the same among texts.

    `truths`, (texts,): other numbers stand for other truths, which speak against a copy; `about`,
    (texts,): only texts of the same number are compared.
    """
    plains = list(map(plain, texts))
    numbers: dict[tuple[str, int], int] = {}
    keys = zip((text.replace(" ", "") for text in plains), about.tolist(), strict=True)
    same = np.fromiter((numbers.setdefault(key, len(numbers)) for key in keys), np.int64)
    if len(numbers) < 2:
        return Near(same, np.zeros((0, 2), np.int64))
    first = np.unique(same, return_index=True)[1]
    words = _words([plains[place] for place in first.tolist()])
    pairs = [_one_word(words, about[first], truths[first]), _long(words, about[first])]
    return Near(same, np.unique(np.sort(np.concatenate(pairs), axis=1), axis=0))


def _words(texts: list[str]) -> _Words:
    numbers: dict[str, int] = {}
    rows = [[numbers.setdefault(word, len(numbers)) for word in t.split(" ")] for t in texts]
    lengths = np.fromiter(map(len, rows), np.int64)
    ids = np.fromiter((number for row in rows for number in row), np.int64, lengths.sum())
    texts_of = np.repeat(np.arange(len(texts)), lengths)
    once = np.unique(texts_of * len(numbers) + ids) % len(numbers)
    counts = np.bincount(once, minlength=len(numbers))
    weights = np.log((1 + len(texts)) / (1 + counts)) + 1
    starts = np.concatenate([[0], np.cumsum(lengths)])
    return _Words(texts, ids, starts, list(numbers), weights, spaced(texts))


@dataclass(frozen=True)
class _Cuts:
    """Short texts, each with some of it left out. All arrays are (cuts,)."""

    keys: NDArray[np.uint64]
    """Equal where what is left is equal."""
    owners: Ids
    """The text it is of."""
    places: Ids
    """Where in all the words that which is left out begins."""
    widths: Ids
    """How many words are left out: 0 for a text that is whole."""

    def take(self, chosen: Ids) -> "_Cuts":
        rest = (values[chosen] for values in (self.owners, self.places, self.widths))
        return _Cuts(self.keys[chosen], *rest)


def _one_word(words: _Words, about: Ids, truth: Ids) -> Pairs:
    """Pairs of short texts of which one word differs, is missing or was added: what is left
    without that word is equal."""
    cuts = _cuts(words)
    cuts = cuts.take(np.argsort(cuts.keys, kind="stable"))
    bucket, sizes = _buckets(cuts.keys)
    left, right = _beside(bucket)
    fits = cuts.owners[left] != cuts.owners[right]
    fits &= about[cuts.owners[left]] == about[cuts.owners[right]]
    left, right = left[fits], right[fits]
    a, b = cuts.owners[left], cuts.owners[right]
    share = _shared(words, cuts.take(left), cuts.take(right))
    harder = (sizes[left] > PATTERN) | (truth[a] != truth[b])
    added = (cuts.widths[left] == 0) | (cuts.widths[right] == 0)
    near = share >= np.where(harder, SHARED_PATTERN, np.where(added, SHARED_ADDED, SHARED))
    return np.stack([a[near], b[near]], axis=1)


def _cuts(words: _Words) -> _Cuts:
    """Each short text whole, without each of its words, and of what is written without spaces also
    without each two characters."""
    widest = 1 if words.by_spaces else 2
    fits = words.lengths >= LEAST_SHARED[words.by_spaces]
    chosen = np.flatnonzero(fits & (words.lengths <= MOST_MASKED * widest))
    lengths = words.lengths[chosen]
    owners = np.repeat(chosen, lengths)
    begins = np.repeat(np.cumsum(lengths) - lengths, lengths)
    ends = begins + np.repeat(lengths, lengths)
    inner = np.arange(len(owners)) - begins
    places = words.starts[owners] + inner
    powers = np.cumprod(np.full(MOST_MASKED * widest, _BASE), dtype=np.uint64)
    hashes = _hashed(words.ids[places].astype(np.uint64)) * powers[inner]
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(hashes, dtype=np.uint64)])
    of_whole = np.cumsum(lengths)
    keys = [sums[of_whole] - sums[of_whole - lengths]]
    parts = [(chosen, words.starts[chosen], np.zeros(len(chosen), np.int64))]
    for width in range(1, widest + 1):
        at = np.flatnonzero(inner + width <= ends - begins)
        shift = np.uint64(pow(int(_BASE), -width, 2**64))
        keys.append(sums[at] - sums[begins[at]] + (sums[ends[at]] - sums[at + width]) * shift)
        parts.append((owners[at], places[at], np.full(len(at), width)))
    return _Cuts(np.concatenate(keys), *map(np.concatenate, zip(*parts, strict=True)))


def _shared(words: _Words, left: _Cuts, right: _Cuts) -> NDArray[np.float64]:
    """The share of the weight of two texts, (pairs,), that lies in what they have in common. A
    word that was put in the place of another weighs as much as the more common of the two."""
    sums = np.concatenate([[0.0], np.cumsum(words.weights[words.ids])])
    out = [sums[cut.places + cut.widths] - sums[cut.places] for cut in (left, right)]
    both = (left.widths > 0) & (right.widths > 0)
    parting = np.where(both, np.minimum(*out), np.maximum(*out))
    single = np.flatnonzero((left.widths == 1) & (right.widths == 1))
    parting[single] *= 1 - _likeness(words, left.places[single], right.places[single])
    whole = sums[words.starts[left.owners + 1]] - sums[words.starts[left.owners]]
    shared = whole - out[0]
    few = words.lengths[left.owners] - left.widths < LEAST_SHARED[words.by_spaces]
    share: NDArray[np.float64] = shared / np.maximum(shared + parting, 1e-9)
    share[few] = 0
    return share


def _likeness(words: _Words, left: Ids, right: Ids) -> NDArray[np.float64]:
    """How alike two words are where one is the other mistyped, else 0: numbers never are."""
    from rapidfuzz import process
    from rapidfuzz.distance import Indel

    alone = np.array([not word.isalpha() for word in words.known], dtype=bool)
    a, b = words.ids[left], words.ids[right]
    spelt = [[words.known[number] for number in side.tolist()] for side in (a, b)]
    found = process.cpdist(*spelt, scorer=Indel.normalized_similarity, dtype=np.float64)
    found[(found < TYPING_ERROR) | alone[a] | alone[b]] = 0
    return np.asarray(found)


def _long(words: _Words, about: Ids) -> Pairs:
    """Pairs of long texts whose letters are nearly all the same."""
    from rapidfuzz import process
    from rapidfuzz.distance import Indel

    proposed = [np.zeros((0, 2), np.int64)]
    long = np.flatnonzero(words.lengths >= LONG)
    for keys in _bands(words, long):
        order = np.argsort(keys, kind="stable")
        left, right = _beside(_buckets(keys[order])[0])
        pairs = np.sort(np.stack([long[order[left]], long[order[right]]], axis=1), axis=1)
        proposed.append(pairs[about[pairs[:, 0]] == about[pairs[:, 1]]])
    pairs = np.unique(np.concatenate(proposed), axis=0)
    sides = [[words.texts[place] for place in side.tolist()] for side in pairs.T]
    alike = process.cpdist(
        *sides, scorer=Indel.normalized_similarity, score_cutoff=SAME_LETTERS, workers=-1
    )
    return np.asarray(pairs[np.asarray(alike) >= SAME_LETTERS])


def _bands(words: _Words, long: Ids) -> Iterator[NDArray[np.uint64]]:
    """A key a text and band: equal for two texts with a probability that rises steeply with how
    many runs of three words they share."""
    if not len(long):
        return
    hashed = _hashed(words.ids.astype(np.uint64))
    three = hashed[:-2] * _BASE * _BASE + hashed[1:-1] * _BASE + hashed[2:]
    counts = words.lengths[long] - 2
    begins = np.cumsum(counts) - counts
    inner = np.arange(counts.sum()) - np.repeat(begins, counts)
    shingles = three[np.repeat(words.starts[long], counts) + inner]
    random = np.random.default_rng(0)
    for _ in range(BANDS):
        keys = np.zeros(len(long), np.uint64)
        for salt in random.integers(1, 2**63, HASHES, dtype=np.uint64):
            keys = keys * _BASE + np.minimum.reduceat(_hashed(shingles ^ salt), begins)
        yield keys


def _buckets(keys: NDArray[np.uint64]) -> tuple[Ids, Ids]:
    """Of sorted keys: a number for each that equal ones share, and how many share it."""
    number = np.cumsum(np.concatenate([[0], keys[1:] != keys[:-1]]))
    return number, np.bincount(number, minlength=1)[number]


def _beside(bucket: Ids) -> tuple[Ids, Ids]:
    """Places of pairs in one bucket: each with the first of it, and with those close to it."""
    every = np.arange(len(bucket))
    first = np.searchsorted(bucket, bucket)
    far = np.flatnonzero(every - first > BESIDE)
    found = [np.stack([first[far], far])]
    for apart in range(1, BESIDE + 1):
        left = np.flatnonzero(bucket[apart:] == bucket[:-apart])
        found.append(np.stack([left, left + apart]))
    left, right = np.concatenate(found, axis=1)
    return left, right


def _hashed(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Numbers spread over all 64 bits (the finaliser of splitmix64; Steele et al., OOPSLA 2014)."""
    values = (values + _BASE) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
