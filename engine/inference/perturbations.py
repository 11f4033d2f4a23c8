"""Small changes of a text that should not change what it is about: typos, case, punctuation, …

Each is a list of edits, so that one can say what stood where, and where everything stands now. A
change that does not apply to a text (no digits in it, no known name, another language) has none.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from random import Random

from engine.evaluation.robustness import Edit
from engine.tasks.words import ALONE

Perturbation = Callable[[str, Random], list[Edit]]

WORDS_A_TYPO = 10
"""One typo in so many words, at least one a text."""
HAN_A_TYPO = 30
"""Likewise in characters of Chinese."""
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_HAN_LETTER = re.compile(f"[{_HAN}]")
_LONG_WORD = re.compile(rf"(?:(?![{ALONE}])[^\W\d_]){{4,}}")
_HAN_PAIR = re.compile(f"(?=([{_HAN}]{{2}}))")
_WORD = re.compile(r"[^\W\d_]+")
_MARK = re.compile(r"(?<!\d)[.,;:!?…]+|[.,;:!?…]+(?!\d)|[，。；：！？、]+")
_DIGITS = re.compile(r"[0-9]+")
_ENGLISH = frozenset("the and of to is in for a with on my it was this are you i not have".split())
_FIRST_NAMES = (
    "Anna Maria Sarah Emma Laura Julia Emily Fatima Aisha Mei Priya Yuki Olga Ingrid "
    "John David Michael James Robert Peter Paul Thomas Daniel Ahmed Mohammed Omar Wei Raj Ivan "
    "Carlos Diego Kenji Lars Tariq"
).split()
_SURNAMES = "Smith Jones Miller Brown Garcia Nguyen Kim Khan Ivanov Rossi Okafor Larsen".split()
_CHINESE_NAMES = "张伟 王芳 李娜 刘洋 陈静 杨明 赵磊 黄丽 周杰 吴敏 徐强 孙婷 马超 朱琳".split()
_CHINESE_SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡林郭何高罗"
_NAME = re.compile(rf"\b({'|'.join(_FIRST_NAMES)})\b")
_TITLED = re.compile(r"\b(?:Mr|Mrs|Ms|Dr)\.? ([A-Z][a-z]+)\b")
_CHINESE_NAME = re.compile("|".join(_CHINESE_NAMES))
_CHINESE_TITLED = re.compile(f"([{_CHINESE_SURNAMES}])(?:先生|女士|小姐|老师|经理|医生|总)")
SENTENCES = {
    "en": ("This was written this week.", "Thank you for reading.", "I wrote this on my phone."),
    "zh": ("以上写于本周。", "感谢您的阅读。", "这段话是用手机写的。"),
}
"""Sentences that say nothing of a text's subject."""


def typos(text: str, random: Random) -> list[Edit]:
    """Two letters swapped, one left out or one doubled, never the first of a word."""
    words = [match.span() for match in _LONG_WORD.finditer(text)]
    pairs = [match.start() for match in _HAN_PAIR.finditer(text)]
    many = len(_WORD.findall(text))
    chosen = random.sample(words, min(len(words), max(1, many // WORDS_A_TYPO)))
    edits = [_mistyped(text, *span, random) for span in chosen]
    slips = random.sample(pairs, min(len(pairs), max(1, len(pairs) // HAN_A_TYPO)))
    edits += [Edit(at, at + 2, text[at + 1] + text[at]) for at in slips]
    return _apart(edits, text)


def case(text: str, random: Random) -> list[Edit]:
    """All in small letters; a text that is so already, in capitals."""
    change = str.lower if text != text.lower() else str.upper
    words = (match.span() for match in _WORD.finditer(text))
    return _apart((Edit(start, end, change(text[start:end])) for start, end in words), text)


def punctuation(text: str, random: Random) -> list[Edit]:
    """Without its marks; a text that has none gets a full stop."""
    marks = [Edit(*match.span(), "") for match in _MARK.finditer(text)]
    if marks or not text.strip():
        return marks
    end = len(text.rstrip())
    return [Edit(end, end, "。" if _HAN_LETTER.match(text[end - 1]) else ".")]


def sentence(text: str, random: Random) -> list[Edit]:
    """One more sentence at the end, in the text's language where that is known."""
    language = _language(text)
    if not language:
        return []
    added = random.choice(SENTENCES[language])
    end = len(text.rstrip())
    return [Edit(end, end, added if language == "zh" else f" {added}")]


def names(text: str, random: Random) -> list[Edit]:
    """Common first names, and surnames after a title, become others."""
    found = [
        *_swapped(_NAME.finditer(text), _FIRST_NAMES, random),
        *_swapped(_TITLED.finditer(text), _SURNAMES, random),
        *_swapped(_CHINESE_NAME.finditer(text), _CHINESE_NAMES, random),
        *_swapped(_CHINESE_TITLED.finditer(text), _CHINESE_SURNAMES, random),
    ]
    return _apart(found, text)


def numbers(text: str, random: Random) -> list[Edit]:
    """Every number becomes another with as many digits."""
    found = (match.span() for match in _DIGITS.finditer(text))
    edits = (Edit(start, end, _another(text[start:end], random)) for start, end in found)
    return _apart(edits, text)


PERTURBATIONS: dict[str, Perturbation] = {
    "typos": typos,
    "case": case,
    "punctuation": punctuation,
    "sentence": sentence,
    "names": names,
    "numbers": numbers,
}


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text after its edits, which stand in order and apart."""
    pieces, at = [], 0
    for edit in edits:
        pieces += [text[at : edit.start], edit.put]
        at = edit.end
    return "".join([*pieces, text[at:]])


def moved(edits: Sequence[Edit], offset: int, end: bool = False) -> int:
    """Where what begins at an offset (or ends there, with `end`) begins or ends after the edits."""
    by = 0
    for edit in edits:
        replaces = edit.end > edit.start
        if edit.start > offset or (edit.start == offset and (end or replaces)):
            break
        if edit.end > offset:
            return by + edit.start + (len(edit.put) if end else 0)
        by += len(edit.put) - (edit.end - edit.start)
    return offset + by


def _mistyped(text: str, start: int, end: int, random: Random) -> Edit:
    """The whole word, so that one sees what it has become."""
    at = random.randrange(start + 1, end - 1)
    first, second = text[at], text[at + 1]
    ways = [first + first + second, second]
    if first != second:
        ways.append(second + first)
    return Edit(start, end, text[start:at] + random.choice(ways) + text[at + 2 : end])


def _swapped(found: Iterable[re.Match[str]], others: Sequence[str], random: Random) -> list[Edit]:
    """The last group of each match, or all of it where there is none, becomes another name."""
    edits = []
    for match in found:
        group = match.lastindex or 0
        choices = [other for other in others if other != match[group]]
        edits.append(Edit(*match.span(group), random.choice(choices)))
    return edits


def _another(digits: str, random: Random) -> str:
    """Other digits, each in its place; a first one that is not 0 stays so."""
    first = [d for d in "123456789" if d != digits[0]] if digits[0] != "0" else ["0"]
    rest = [random.choice([d for d in "0123456789" if d != digit]) for digit in digits[1:]]
    return "".join([random.choice(first), *rest])


def _apart(edits: Iterable[Edit], text: str) -> list[Edit]:
    """In order, without those that change nothing or overlap one before."""
    kept: list[Edit] = []
    for edit in sorted(edits):
        changes = text[edit.start : edit.end] != edit.put
        if changes and (not kept or edit.start >= kept[-1].end):
            kept.append(edit)
    return kept


def _language(text: str) -> str:
    letters = sum(map(str.isalpha, text))
    if letters and len(_HAN_LETTER.findall(text)) >= letters / 2:
        return "" if re.search("[\u3040-\u30ff]", text) else "zh"
    words = [word.lower() for word in _WORD.findall(text)]
    common = sum(word in _ENGLISH for word in words)
    return "en" if common and common >= len(words) / 20 else ""
