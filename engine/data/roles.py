"""What each column of a table is for, guessed from its name and its values, with the reason.

Only guesses; whether the roles can be used is the importer's to check.
"""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from engine.data.dataset import Roles
from engine.data.labels import spell
from engine.data.profiles import Profile, is_split, name_words, plain_name, why_ignored
from engine.data.profiles import profile as profile_of
from engine.text import Message

LABEL_NAMES = (
    "label labels category categories class classes target targets intent intents sentiment "
    "emotion topic topics tag tags y type polarity stance rating stars score annotation gold "
    "标签 类别 分类 类型 情感 意图 主题 标注 label_text label_name class_label category_name"
).split()
_STRONG_TEXT_NAMES = frozenset(
    "text texts sentence sentences content body message messages review reviews comment tweet "
    "document utterance clause question answer description abstract article post premise "
    "hypothesis transcript email query input prompt passage context paragraph "
    "文本 内容 正文 句子 评论 文章 描述 问题".split()
)
_WEAK_TEXT_NAMES = frozenset("title subject headline summary heading 标题 题目 主题 摘要".split())


@dataclass(frozen=True)
class Guess:
    """The roles, and for every column the reason for its own."""

    roles: Roles
    reasons: dict[str, Message]
    certainty: int = 0
    """How plain it is: 5 the values show it, 4 a name and fitting values, 3 names, 2 values alone,
    1 nothing else fits, 0 a role is missing."""


def guess_roles(table: pd.DataFrame) -> Guess:
    """Roles for the columns of `table`; a role nothing fits is left empty."""
    profiles = profile_of(table)
    split = next((profile for profile in profiles if is_split(profile)), None)
    rest = [profile for profile in profiles if profile is not split and profile.values]
    labels, label_reason = _choose_labels(rest)
    texts = _choose_texts([profile for profile in rest if profile not in labels])
    reasons = {profile.name: why_ignored(profile) for profile in profiles}
    reasons |= {profile.name: _why_text(profile) for profile in texts}
    reasons |= {profile.name: label_reason(profile) for profile in labels}
    if split:
        reasons[split.name] = Message("data.why_split", {"values": sorted(set(split.values))[:5]})
    roles = Roles(
        tuple(profile.name for profile in texts),
        tuple(profile.name for profile in labels),
        split.name if split else None,
    )
    return Guess(roles, reasons, _certainty(labels) if texts else 0)


def _certainty(labels: list[Profile]) -> int:
    if not any(map(_could_be_label, labels)):
        return 0
    return 4 if any(profile.named(LABEL_NAMES) for profile in labels) else 2


def _choose_labels(profiles: list[Profile]) -> tuple[list[Profile], Any]:
    candidates = [profile for profile in profiles if _could_be_label(profile)]
    named = [profile for profile in candidates if profile.named(LABEL_NAMES)]
    if named:
        best = min(named, key=lambda profile: LABEL_NAMES.index(plain_name(profile.name)))
        return [_readable_twin(best, candidates)], _why_label_name
    flags = [profile for profile in candidates if profile.flags and not profile.names_an_id()]
    if len(flags) > 1:
        return flags, _why_label_flag
    others = [profile for profile in candidates if not profile.names_an_id()]
    if others:
        return [max(others, key=_label_likeness)], _why_label_few
    misfits = [profile for profile in profiles if profile.named(LABEL_NAMES)]
    return misfits[:1], _why_label_name


def _label_likeness(profile: Profile) -> tuple[bool, bool, bool, int]:
    named = bool(name_words(profile.name) & set(LABEL_NAMES))
    return profile.lists, named, not profile.numeric, -profile.distinct


def _could_be_label(profile: Profile) -> bool:
    """Few values that repeat, and short ones; lists of names always."""
    if profile.lists:
        return profile.words < 100
    few = profile.distinct <= max(20, len(profile.values) / 2) and not profile.unique
    return few and profile.words <= 8 and (profile.distinct > 1 or profile.named(LABEL_NAMES))


def _readable_twin(best: Profile, candidates: list[Profile]) -> Profile:
    """The column that says in words what `best` says in numbers, if there is one."""
    if not best.numeric:
        return best
    for other in candidates:
        pairs = len(set(zip(map(spell, best.cells), map(spell, other.cells), strict=True)))
        if not other.numeric and pairs == best.distinct == other.distinct:
            return other
    return best


def _choose_texts(profiles: list[Profile]) -> list[Profile]:
    free = [profile for profile in profiles if _could_be_text(profile)]
    strong = [profile for profile in free if profile.named(_STRONG_TEXT_NAMES)]
    weak = [profile for profile in free if profile.named(_WEAK_TEXT_NAMES)]
    if strong:
        return [profile for profile in free if profile in strong or profile in weak]
    long = [profile for profile in free if _is_prose(profile) or profile in weak]
    return long or sorted(free, key=lambda profile: -profile.words)[:1]


def _could_be_text(profile: Profile) -> bool:
    values = profile.numeric or profile.flags or profile.names_an_id()
    return not (values or profile.lists or profile.objects)


def _is_prose(profile: Profile) -> bool:
    varied = profile.distinct >= 0.3 * len(profile.values)
    return profile.words >= 3 and varied and len(profile.values) >= 0.5 * len(profile.cells)


def _why_text(profile: Profile) -> Message:
    if profile.named(_STRONG_TEXT_NAMES | _WEAK_TEXT_NAMES):
        return Message("data.why_text_name", {"words": round(profile.words)})
    return Message("data.why_text_long", {"words": round(profile.words)})


def _why_label_name(profile: Profile) -> Message:
    if profile.lists:
        return Message("data.why_label_list")
    return Message("data.why_label_name", {"count": profile.distinct})


def _why_label_flag(profile: Profile) -> Message:
    return Message("data.why_label_flag", {"values": sorted(set(profile.values))})


def _why_label_few(profile: Profile) -> Message:
    if profile.lists:
        return Message("data.why_label_list")
    return Message("data.why_label_few", {"count": profile.distinct})
