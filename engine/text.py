"""The translation table: every sentence a user can read, English beside Chinese.

The table is `assets/text/<area>.yaml`; a key is `<area>.<name>` and holds one text a language.
Knows nothing of the page: a `Message` is stored in records as key and parameters and is put into
words where it is shown, in the reader's language.

Placeholders are `str.format` fields plus three specs, for plurals, for ordinal numbers and for
large numbers in round words: `{rows:,} {rows:row|rows}`, `{place:th}` (2nd), `{parameters:about}`
(23 million, 2300 万).
"""

import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Self

import yaml

LANGUAGES = {"en": "English", "zh": "简体中文"}
TEXT_FOLDER = Path(__file__).parent.parent / "assets" / "text"


@dataclass(frozen=True)
class Message:
    """A sentence not yet put into words. A parameter may itself be a Message or a list of them."""

    key: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: str = "en") -> str:
        return translate(self.key, language, **self.params)

    def to_dict(self) -> dict[str, Any]:
        return {"key": self.key, "params": {k: _to_plain(v) for k, v in self.params.items()}}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        return cls(data["key"], {k: _from_plain(v) for k, v in data["params"].items()})


def translate(key: str, language: str = "en", **params: Any) -> str:
    """The text of `key` in `language`; raises KeyError for a key the table does not hold."""
    spoken = {name: _speak(value, language) for name, value in params.items()}
    return _FORMATTERS[language].vformat(table()[key][language], (), spoken)


@cache
def table() -> dict[str, dict[str, str]]:
    """key → {language: text}, read once."""
    return {
        f"{path.stem}.{name}": texts
        for path in sorted(TEXT_FOLDER.glob("*.yaml"))
        for name, texts in yaml.load(path.read_text("utf-8"), yaml.CSafeLoader).items()
    }


class _Formatter(string.Formatter):
    def __init__(self, language: str) -> None:
        self._about = {"en": _about, "zh": _about_in_chinese}[language]

    def format_field(self, value: Any, format_spec: str) -> str:
        if "|" in format_spec:
            one, many = format_spec.split("|")
            return one if value == 1 else many
        if format_spec == "th":
            return _ordinal(value)
        if format_spec == "about":
            return self._about(value)
        return str(super().format_field(value, format_spec))


def _ordinal(number: int) -> str:
    """English, of a whole number: 1st, 2nd, 11th."""
    last = 0 if number % 100 in (11, 12, 13) else number % 10
    return f"{number}{('th', 'st', 'nd', 'rd')[last] if last < 4 else 'th'}"


def _about(number: float) -> str:
    """English: 23 million, 1.2 billion."""
    if number >= 0.9995e9:
        return f"{number / 1e9:.1f}".removesuffix(".0") + " billion"
    return f"{number / 1e6:,.0f} million" if number >= 0.5e6 else f"{number:,.0f}"


def _about_in_chinese(number: float) -> str:
    """In steps of ten thousand (万) and of a hundred million (亿): 2300 万, 12 亿."""
    if number >= 0.995e8:
        return f"{number / 1e8:.1f}".removesuffix(".0") + " 亿"
    if number >= 1e6:
        return f"{round(number / 1e6)}00 万"
    return f"{number / 1e4:.0f} 万" if number >= 1e4 else f"{number:,.0f}"


_FORMATTERS = {language: _Formatter(language) for language in LANGUAGES}


def _speak(value: Any, language: str) -> Any:
    if isinstance(value, Message):
        return value.text(language)
    if isinstance(value, Sequence) and not isinstance(value, str):
        separator = "、" if language == "zh" else ", "
        if any(isinstance(item, Message) for item in value):
            separator = " "
        return separator.join(str(_speak(item, language)) for item in value)
    return value


def _to_plain(value: Any) -> Any:
    if isinstance(value, Message):
        return value.to_dict()
    if isinstance(value, list | tuple):
        return [_to_plain(item) for item in value]
    return value


def _from_plain(value: Any) -> Any:
    if isinstance(value, dict) and value.keys() == {"key", "params"}:
        return Message.from_dict(value)
    if isinstance(value, list):
        return [_from_plain(item) for item in value]
    return value
