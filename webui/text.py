"""Texts of the page: the engine's translation table, bound to the reader's language."""

from collections.abc import Mapping
from typing import Any

from engine.text import LANGUAGES, Message, table, translate

__all__ = ["LANGUAGES", "either", "known", "numbers", "say", "t"]


def t(key: str, language: str, **params: Any) -> str:
    """The text of `page.<key>`, or of the full key where another area owns it."""
    full = key if key in table() else f"page.{key}"
    return translate(full, language, **params)


def say(message: Message | None, language: str) -> str:
    return message.text(language) if message else ""


def known(key: str) -> bool:
    return key in table() or f"page.{key}" in table()


def either(key: str, fallback: str, language: str) -> str:
    """The text of `key` where the table holds it, else `fallback` as it is."""
    return t(key, language) if known(key) else fallback


def numbers(values: Mapping[str, int]) -> str:
    """Counts side by side, as `962 / 120 / 121`."""
    return " / ".join(f"{value:,}" for value in values.values())
