"""What each column of a table is for, guessed from its name and its values, with the reason.

Only guesses; whether the roles can be used is the importer's to check.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd

from engine.data.dataset import Roles
from engine.data.labels import are_flags, spell
from engine.data.splits import split_of
from engine.text import Message

_SAMPLE_ROWS = 3000
LABEL_NAMES = (
    "label labels category categories class classes target targets intent intents sentiment "
    "emotion topic topics tag tags y type polarity stance rating stars score annotation gold "
    "标签 类别 分类 类型 情感 意图 主题 标注 label_text label_name class_label category_name"
).split()
_STRONG_TEXT_NAMES = frozenset(
    "text texts sentence sentences content body message messages review reviews comment tweet "
    "document utterance clause question answer description abstract article post premise "
    "hypothesis transcript email query input prompt 文本 内容 正文 句子 评论 文章 描述 问题".split()
)
_WEAK_TEXT_NAMES = frozenset("title subject headline summary heading 标题 题目 主题 摘要".split())
_ID_NAMES = frozenset("id ids index idx uuid guid key nr no number 编号 序号".split())
_SPLIT_NAMES = frozenset("split splits set subset fold partition 划分 数据划分".split())
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


@dataclass(frozen=True)
class Guess:
    """The roles, and for every column the reason for its own."""

    roles: Roles
    reasons: dict[str, Message]


@dataclass(frozen=True)
class _Profile:
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
        return bool(self.cells) and all(isinstance(c, list) for c in self.cells if c is not None)

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
        return _plain(self.name) in names

    def names_an_id(self) -> bool:
        return bool(_words(self.name) & _ID_NAMES) and (self.unique or self.numeric)


def guess_roles(table: pd.DataFrame) -> Guess:
    """Roles for the columns of `table`; a role nothing fits is left empty."""
    step = max(1, len(table) // _SAMPLE_ROWS)
    sample = table.iloc[::step]
    profiles = [_Profile(str(name), sample[name].tolist()) for name in table.columns]
    split = next((profile for profile in profiles if _is_split(profile)), None)
    rest = [profile for profile in profiles if profile is not split and profile.values]
    labels, label_reason = _choose_labels(rest)
    texts = _choose_texts([profile for profile in rest if profile not in labels])
    reasons = {profile.name: _why_ignored(profile) for profile in profiles}
    reasons |= {profile.name: _why_text(profile) for profile in texts}
    reasons |= {profile.name: label_reason(profile) for profile in labels}
    if split:
        reasons[split.name] = Message("data.why_split", {"values": sorted(set(split.values))[:5]})
    roles = Roles(
        tuple(profile.name for profile in texts),
        tuple(profile.name for profile in labels),
        split.name if split else None,
    )
    return Guess(roles, reasons)


def _is_split(profile: _Profile) -> bool:
    """Nearly all cells name a split, or most in a column called so; rows of the others are reported
    as dropped, not passed over."""
    counts = Counter(split_of(value) for value in profile.values)
    named = counts.keys() - {None}
    odd = 0.5 if profile.named(_SPLIT_NAMES) else 0.1
    return len(named) > 1 and "train" in named and counts[None] <= odd * counts.total()


def _choose_labels(profiles: list[_Profile]) -> tuple[list[_Profile], Any]:
    candidates = [profile for profile in profiles if _could_be_label(profile)]
    named = [profile for profile in candidates if profile.named(LABEL_NAMES)]
    if named:
        best = min(named, key=lambda profile: LABEL_NAMES.index(_plain(profile.name)))
        return [_readable_twin(best, candidates)], _why_label_name
    flags = [profile for profile in candidates if profile.flags and not profile.names_an_id()]
    if len(flags) > 1:
        return flags, _why_label_flag
    others = [profile for profile in candidates if not profile.names_an_id()]
    if others:
        return [max(others, key=_label_likeness)], _why_label_few
    misfits = [profile for profile in profiles if profile.named(LABEL_NAMES)]
    return misfits[:1], _why_label_name


def _label_likeness(profile: _Profile) -> tuple[bool, bool, bool, int]:
    named = bool(_words(profile.name) & set(LABEL_NAMES))
    return profile.lists, named, not profile.numeric, -profile.distinct


def _could_be_label(profile: _Profile) -> bool:
    """Few values that repeat, and short ones; lists of names always."""
    if profile.lists:
        return profile.words < 100
    few = profile.distinct <= max(20, len(profile.values) / 2) and not profile.unique
    return few and profile.words <= 8 and (profile.distinct > 1 or profile.named(LABEL_NAMES))


def _readable_twin(best: _Profile, candidates: list[_Profile]) -> _Profile:
    """The column that says in words what `best` says in numbers, if there is one."""
    if not best.numeric:
        return best
    for other in candidates:
        pairs = len(set(zip(map(spell, best.cells), map(spell, other.cells), strict=True)))
        if not other.numeric and pairs == best.distinct == other.distinct:
            return other
    return best


def _choose_texts(profiles: list[_Profile]) -> list[_Profile]:
    free = [profile for profile in profiles if _could_be_text(profile)]
    strong = [profile for profile in free if profile.named(_STRONG_TEXT_NAMES)]
    weak = [profile for profile in free if profile.named(_WEAK_TEXT_NAMES)]
    if strong:
        return [profile for profile in free if profile in strong or profile in weak]
    long = [profile for profile in free if _is_prose(profile) or profile in weak]
    return long or sorted(free, key=lambda profile: -profile.words)[:1]


def _could_be_text(profile: _Profile) -> bool:
    values = profile.numeric or profile.flags or profile.names_an_id()
    return not (values or profile.lists or profile.objects)


def _is_prose(profile: _Profile) -> bool:
    varied = profile.distinct >= 0.3 * len(profile.values)
    return profile.words >= 3 and varied and len(profile.values) >= 0.5 * len(profile.cells)


def _why_text(profile: _Profile) -> Message:
    if profile.named(_STRONG_TEXT_NAMES | _WEAK_TEXT_NAMES):
        return Message("data.why_text_name", {"words": round(profile.words)})
    return Message("data.why_text_long", {"words": round(profile.words)})


def _why_label_name(profile: _Profile) -> Message:
    if profile.lists:
        return Message("data.why_label_list")
    return Message("data.why_label_name", {"count": profile.distinct})


def _why_label_flag(profile: _Profile) -> Message:
    return Message("data.why_label_flag", {"values": sorted(set(profile.values))})


def _why_label_few(profile: _Profile) -> Message:
    if profile.lists:
        return Message("data.why_label_list")
    return Message("data.why_label_few", {"count": profile.distinct})


def _why_ignored(profile: _Profile) -> Message:
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


def _plain(name: str) -> str:
    """`Text_1`, `text-b` and ` TEXT ` all as `text`."""
    joined = re.sub(r"[\W_]+", "_", name.strip().casefold()).strip("_")
    return re.sub(r"_?\d+$|_[ab]$", "", joined) or joined


def _words(name: str) -> set[str]:
    parts = re.sub(r"([a-z])([A-Z])", r"\1 \2", name)
    return set(re.split(r"[\W_]+", parts.casefold()))
