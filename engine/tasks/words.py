"""A text cut into words, the units that carry token labels.

Training and prediction must cut alike, so both cut here. A word is a run of letters and digits; a
character of a script written without spaces (Chinese, Japanese, Thai, …) is a word of its own, as
is every punctuation mark. Korean has spaces, yet endings stick to its nouns: syllable by syllable.
"""

import re
import unicodedata
from collections.abc import Sequence

ALONE = (
    r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
    r"\uf900-\ufaff\U00020000-\U0003ffff"
)
"""Characters that are words of their own, as part of a regular expression."""
_MARKS = "".join(c for c in map(chr, range(0x300, 0x10000)) if unicodedata.category(c)[0] == "M")
"""Vowel signs and accents that are no letters by themselves: Hindi, Arabic and Hebrew with their
vowels, é written as two characters. They stay with the letter before them, as joiners do."""
_LETTER = rf"(?![{ALONE}])\w[{_MARKS}\u200c\u200d]*"
_WORD = re.compile(rf"[{ALONE}]|(?:{_LETTER})+|[^\w\s]")
_NO_SPACE_AFTER = frozenset("([{«“‘$£€#@/\\-–—'’")
_NO_SPACE_BEFORE = frozenset(".,;:!?%)]}»”’'/\\-–—、。，；：！？）】》")
_STANDS_ALONE = re.compile(f"[{ALONE}]")
_LOOKED_AT = 200
"""Texts, and characters of each, that tell how a language is written."""


def split_words(text: str) -> list[tuple[int, int]]:
    """(start, end) of each word of `text`, in characters."""
    return [match.span() for match in _WORD.finditer(text)]


def spaced(texts: Sequence[str]) -> bool:
    """Whether spaces set the words of these texts apart, as far as the letters of the first ones
    tell."""
    letters = [char for text in texts[:_LOOKED_AT] for char in text[:_LOOKED_AT] if char.isalpha()]
    alone = sum(_STANDS_ALONE.match(letter) is not None for letter in letters)
    return 2 * alone <= len(letters)


def join_words(words: list[str]) -> tuple[str, list[int]]:
    """Words as running text, and where each starts.

    Tokens of a corpus had spaces between them, or not: nobody wrote down which. A space is left
    out where ordinary writing has none, so that the model reads in training what it reads later.
    """
    pieces: list[str] = []
    starts: list[int] = []
    length = 0
    for before, word in zip(["", *words], words, strict=False):
        gap = " " if before and word and not _sticks(before, word) else ""
        starts.append(length + len(gap))
        pieces.append(gap + word)
        length += len(gap) + len(word)
    return "".join(pieces), starts


def _sticks(before: str, word: str) -> bool:
    if _STANDS_ALONE.match(before[-1]) and _STANDS_ALONE.match(word[0]):
        return True
    opens = len(before) == 1 and before in _NO_SPACE_AFTER
    return opens or (len(word) == 1 and word in _NO_SPACE_BEFORE)
