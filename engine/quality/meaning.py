"""What a column without a role can be, by its name and its cells: times, or groups of rows."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.data.dividing import times
from engine.data.profiles import name_words
from engine.errors import DataError

FEW_GROUPS = 8
"""A column with fewer different values is no group but a property."""
BIGGEST = 0.2
"""Share of the rows above which a value is no group."""
PER_GROUP = 1.2
"""Rows a value must have on average."""
SMALL_GROUPS = 0.02
"""Share of the rows that a value may have on average where the name of the column says nothing."""
FILLED = 0.5
LONGEST = 80
"""Characters of a cell that can name a group or a time."""
MANY_TIMES = 10
READABLE = 0.9
"""Share of the cells of a column of times that can be read."""
_GROUPS = frozenset(
    "author user customer client speaker sender account member person patient thread "
    "conversation dialog dialogue document doc article session ticket "
    "作者 用户 客户 发送者 账号 患者 病人 会话 对话 文档 文章 工单 订单".split()
)
_PERHAPS = frozenset("id case order source url 来源 编号".split())
"""Names of groups where these are small: they can be properties, too."""
_TIMES = frozenset(
    "date time datetime timestamp year created updated sent posted published received "
    "日期 时间 年份".split()
)
_SPANS = ((1900, 2100), (19000101, 21001231), (5e8, 4e9), (5e11, 4e12))
"""Numbers that can be years, days written as 20240131, and seconds or milliseconds since 1970."""
_SAMPLE = 200
"""Cells that tell what a column holds."""
_DATE = re.compile(
    r"\d{4}[-/.年]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}|\d{1,2}:\d{2}|[A-Za-z]{3,9}\.? \d"
)
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


@dataclass(frozen=True)
class Groups:
    """Which rows belong together: a number a row, -1 where none is named."""

    codes: NDArray[np.int64]
    named: bool
    """Whether the column is called after what rows can have in common."""


def time_of(column: str, cells: Sequence[str]) -> NDArray[np.float64] | None:
    """The times in a column, as numbers that grow with time, not finite where none can be read;
    None where it holds no times."""
    filled = [cell for cell in cells if cell]
    sample = filled[:: max(1, len(filled) // _SAMPLE)]
    if len(filled) < FILLED * len(cells) or not sample or not _are_times(column, sample):
        return None
    found = times(cells, column)
    readable = np.isfinite(found)
    enough = readable.sum() >= READABLE * len(filled)
    return found if enough and len(np.unique(found[readable])) >= MANY_TIMES else None


def _are_times(column: str, sample: Sequence[str]) -> bool:
    dated = sum(len(cell) <= LONGEST and bool(_DATE.search(cell)) for cell in sample)
    numbers = [float(cell) for cell in sample if _NUMBER.fullmatch(cell)]
    in_span = max(sum(low <= number <= high for number in numbers) for low, high in _SPANS)
    named = _called(column, _TIMES) and in_span >= READABLE * len(sample)
    if not named and dated < READABLE * len(sample):
        return False
    try:
        return bool(np.isfinite(times(sample, column)).mean() >= READABLE)
    except DataError:
        return False


def groups_of(column: str, cells: Sequence[str], truths: NDArray[np.int64]) -> Groups | None:
    """The groups that a column names; None where it holds something else, such as a property of
    rows or, by `truths`, the label in other words."""
    values = np.array([cell[: LONGEST + 1] for cell in cells], dtype=str)
    distinct, codes, counts = np.unique(values, return_inverse=True, return_counts=True)
    names, sizes = distinct[distinct != ""], counts[distinct != ""]
    total = int(sizes.sum())
    if total < FILLED * len(cells) or len(sizes) < FEW_GROUPS or total < PER_GROUP * len(sizes):
        return None
    if sizes.max() > BIGGEST * len(cells) or max(map(len, names.tolist())) > LONGEST:
        return None
    small = bool(sizes.mean() <= SMALL_GROUPS * len(cells))
    named = _called(column, _GROUPS | _PERHAPS if small else _GROUPS)
    if not named and (not small or all(map(_NUMBER.fullmatch, names.tolist()))):
        return None
    if _is_label(codes, truths):
        return None
    return Groups(np.where(values == "", -1, codes).astype(np.int64), named)


def _called(column: str, names: frozenset[str]) -> bool:
    """Whether one of the names is a word of the column's own; Chinese has no spaces around it."""
    inside = (name in column for name in names if not name.isascii())
    return not names.isdisjoint(name_words(column)) or any(inside)


def _is_label(codes: NDArray[np.int64], truths: NDArray[np.int64]) -> bool:
    """Whether nearly every value has one label and every label one value."""
    pairs = set(zip(codes.tolist(), truths.tolist(), strict=True))
    return len(pairs) <= 1.1 * len(set(truths.tolist()))
