"""The models the page proposes, with what a novice needs to choose: assets/models.yaml.

Each entry is checked when it is read, so that what a test accepts is what the page shows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from engine.models.shape import Shape

FILE = Path(__file__).parents[2] / "assets" / "models.yaml"
TASKS = ("classification", "tokens", "question_answering", "text_to_text")
KINDS = ("encoder", "decoder", "encoder_decoder")
MULTI = "multi"
"""In the place of a language: a hundred and more."""


@dataclass(frozen=True)
class KnownModel:
    id: str
    """What the setting `model` is set to"""
    title: str
    family: str
    kind: str
    parameters: int
    shape: Shape
    max_length: int
    tasks: tuple[str, ...]
    languages: tuple[str, ...]
    licence: str
    gated: bool
    """Its terms must be accepted on its page before it can be fetched"""
    when: Mapping[str, str]
    """One line on when to choose it, a language of the page each"""


@cache
def known_models() -> tuple[KnownModel, ...]:
    """All of them, in the order in which they are shown."""
    entries = yaml.load(FILE.read_text("utf-8"), yaml.CSafeLoader)
    return tuple(_read(entry) for entry in entries)


def languages_of(name: str) -> tuple[str, ...]:
    """What a model is made for, by its id; empty where that is not known."""
    return next((model.languages for model in known_models() if model.id == name), ())


def _read(entry: dict[str, Any]) -> KnownModel:
    lists = {name: tuple(entry[name]) for name in ("tasks", "languages")}
    return KnownModel(**entry | lists | {"shape": Shape(**entry["shape"])})
