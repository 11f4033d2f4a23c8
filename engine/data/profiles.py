"""What the columns of a table look like, from a sample of their cells."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from engine.data.labels import are_flags, spell
from engine.data.splits import split_of
from engine.text import Message

_SAMPLE_ROWS = 3000
_ID_NAMES = frozenset("id ids index idx uuid guid key nr no number 编号 序号".split())
_SPLIT_NAMES = frozenset("split splits set subset fold partition 划分 数据划分".split())
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class Profile:
    """What a sample of a column's cells looks like."""

    name: str
    cells: list[Any]

    @cached_property
    def values(self) -> list[str]:
        return [text for cell in self.cells if (text := spell(cell)).strip()]

    @cached_property
    def distinct(self) -> int:
        return len(set(self.values))

    @cached_property
    def words(self) -> float:
        """Words in the average cell; three Chinese characters count as two words."""
        counts = [len(v.split()) + len(_WIDE.findall(v)) / 1.5 for v in self.values]
        return sum(counts) / len(counts) if counts else 0.0

    @cached_property
    def numeric(self) -> bool:
        return all(re.fullmatch(r"\s*[-+]?\d[\d.,]*([eE][-+]?\d+)?\s*", v) for v in self.values)

    @cached_property
    def lists(self) -> bool:
        """Most are; the others may be names that stand for themselves."""
        filled = [cell for cell in self.cells if cell is not None]
        return sum(isinstance(cell, list) for cell in filled) > len(filled) / 2

    @cached_property
    def objects(self) -> bool:
        return any(isinstance(cell, dict) for cell in self.cells)

    @cached_property
    def flags(self) -> bool:
        return are_flags(self.cells) and len(self.values) > 0.9 * len(self.cells)

    @property
    def unique(self) -> bool:
        return self.distinct == len(self.values) > 1

    def named(self, names: Sequence[str] | frozenset[str]) -> bool:
        return plain_name(self.name) in names

    def names_an_id(self) -> bool:
        return bool(name_words(self.name) & _ID_NAMES) and (self.unique or self.numeric)


def profile(table: pd.DataFrame) -> list[Profile]:
    """A profile of every column."""
    step = max(1, len(table) // _SAMPLE_ROWS)
    sample = table.iloc[::step]
    return [Profile(str(name), sample[name].tolist()) for name in table.columns]


def is_split(profile: Profile) -> bool:
    """Nearly all cells name a split, or most in a column called so; rows of the others are reported
    as dropped, not passed over."""
    counts = Counter(split_of(value) for value in profile.values)
    named = counts.keys() - {None}
    odd = 0.5 if profile.named(_SPLIT_NAMES) else 0.1
    return len(named) > 1 and "train" in named and counts[None] <= odd * counts.total()


def why_ignored(profile: Profile) -> Message:
    if not profile.values:
        return Message("data.why_empty")
    if profile.distinct == 1:
        return Message("data.why_constant", {"value": profile.values[0][:40]})
    if profile.names_an_id():
        return Message("data.why_id")
    if profile.numeric:
        return Message("data.why_numbers")
    if profile.unique and profile.words < 2:
        return Message("data.why_id")
    return Message("data.why_other")


def plain_name(name: str) -> str:
    """`Text_1`, `text-b` and ` TEXT ` all as `text`."""
    joined = re.sub(r"[\W_]+", "_", name.strip().casefold()).strip("_")
    return re.sub(r"_?\d+$|_[ab]$", "", joined) or joined


def name_words(name: str) -> set[str]:
    parts = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    return set(re.split(r"[\W_]+", parts.casefold()))
