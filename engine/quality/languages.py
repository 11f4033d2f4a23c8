"""In which language texts are written: by their script, then by a classifier where that is open.

The classifier is py3langid (Lui & Baldwin, ACL 2012, in the fork kept by A. Barbaresi). On short
texts it errs, so it is asked only about texts that hold few of the words that are common in the
data, and believed only where it is sure.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LONGEST = 400
"""Characters of a text that tell its language."""
SAMPLE = 1000
"""Texts that tell in which languages the data are."""
OWN = 0.1
"""Share of the texts from which a language belongs to the data."""
MOST = 0.2
"""Share of the texts in other languages above which the data are simply of many languages."""
SURE = 0.95
ALONE = 0.99
"""How sure the classifier must be, and of a language that no two other texts are in."""
SEVERAL = 3
FEW_WORDS = 3
FEW_LETTERS = 12
"""Texts of less can be names, codes or greetings of any language."""
COMMON = 0.1
"""Share of the texts that hold a word from which it is common."""
FAMILIAR = 0.25
"""Share of common words from which a text is in a language of the data."""
_SCRIPTS = {
    "latin": r"a-zA-Z\u00aa\u00ba\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff",
    "greek": r"\u0370-\u03ff\u1f00-\u1fff",
    "cyrillic": r"\u0400-\u052f",
    "hebrew": r"\u0590-\u05ff",
    "arabic": r"\u0600-\u06ff\u0750-\u077f",
    "indic": r"\u0900-\u0dff",
    "thai": r"\u0e00-\u0e7f",
    "kana": r"\u3040-\u30ff",
    "han": r"\u3400-\u4dbf\u4e00-\u9fff",
    "hangul": r"\uac00-\ud7af",
}
_LETTERS = {name: re.compile(f"[{letters}]") for name, letters in _SCRIPTS.items()}
_UNSPACED = frozenset(("han", "kana", "thai"))
_NAMES_AND_CODES = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[@#]\w+|\w*\d\w*")
_WORD = re.compile(r"[^\W\d_]+")
_KANA_SHARE = 0.3
"""Of its East Asian letters, from which a text with Chinese characters is Japanese."""


@dataclass(frozen=True)
class Foreign:
    """Which texts are in a language that is not of the data: place → code of the language."""

    main: str
    """The most frequent language of the data."""
    found: Mapping[int, str]


def foreign(texts: Sequence[str]) -> Foreign | None:
    """The texts in another language than most; None where the data are of many languages, or too
    short to tell."""
    bare = [_NAMES_AND_CODES.sub(" ", text[:LONGEST]) for text in texts]
    scripts = [_script(text) for text in bare]
    own_scripts = _common(scripts)
    if not own_scripts:
        return None
    classifier = _Classifier()
    readable = [i for i, text in enumerate(bare) if scripts[i] and _is_readable(text, scripts[i])]
    places = _spread(len(readable))
    sample = [classifier.say(bare[readable[place]])[0] for place in places.tolist()]
    own = _common(sample)
    if not own:
        return None
    odd = [i for i in readable if scripts[i] not in own_scripts]
    strange = _unfamiliar(bare, [i for i in readable if scripts[i] in own_scripts])
    found = {i: classifier.say(bare[i])[0] for i in odd}
    found |= classifier.sure(bare, strange, own)
    found = {i: code for i, code in found.items() if code not in own}
    if len(found) > MOST * len(texts):
        return None
    return Foreign(own[0], found)


def _script(text: str) -> str:
    """The script that most letters are of; "" where none is known."""
    if text.isascii():
        return "latin" if _LETTERS["latin"].search(text) else ""
    counts = {name: len(letters.findall(text)) for name, letters in _LETTERS.items()}
    if counts["kana"] >= _KANA_SHARE * (counts["han"] + counts["kana"]):
        counts["kana"] += counts["han"]
    most = max(counts, key=lambda name: counts[name])
    return most if counts[most] else ""


def _common(names: Iterable[str]) -> list[str]:
    """Those of at least a tenth of the texts, the most frequent first; none if they are not most
    of them."""
    counts = Counter(name for name in names if name)
    own = [name for name, count in counts.most_common() if count >= OWN * counts.total()]
    covered = sum(counts[name] for name in own)
    return own if covered >= (1 - MOST) * counts.total() else []


def _is_readable(text: str, script: str) -> bool:
    if script in _UNSPACED:
        return len(_LETTERS[script].findall(text)) >= FEW_LETTERS / 2
    words = _WORD.findall(text)
    return len(words) >= FEW_WORDS and sum(map(len, words)) >= FEW_LETTERS


def _spread(count: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(0, max(count - 1, 0), min(count, SAMPLE)).astype(np.int64))


def _unfamiliar(texts: Sequence[str], places: Sequence[int]) -> list[int]:
    """The texts of which few words are common in all of them."""
    words = {i: set(_WORD.findall(texts[i].casefold())) for i in places}
    held = Counter(word for found in words.values() for word in found)
    common = {word for word, count in held.items() if count >= COMMON * len(places)}
    return [i for i, found in words.items() if len(found & common) < FAMILIAR * len(found)]


class _Classifier:
    def __init__(self) -> None:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        self._model = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

    def say(self, text: str) -> tuple[str, float]:
        """The most probable language of a text, and its probability."""
        code, probability = self._model.classify(" ".join(text.casefold().split()))
        return str(code), float(probability)

    def sure(
        self, texts: Sequence[str], places: Sequence[int], own: Sequence[str]
    ) -> dict[int, str]:
        """place → language, where there is no doubt. Once it is known which other languages there
        are, only these and the data's own come into question, which tells short texts apart."""
        first = {i: self.say(texts[i]) for i in places}
        counts = Counter(code for code, sure in first.values() if sure >= SURE and code not in own)
        several = [code for code, count in counts.items() if count >= SEVERAL]
        found = {i: code for i, (code, sure) in first.items() if sure >= ALONE}
        if several:
            self._model.set_languages([*own, *several])
            again = {i: self.say(texts[i]) for i in places if i not in found}
            found |= {i: code for i, (code, sure) in again.items() if sure >= SURE}
            self._model.set_languages(None)
        return found
