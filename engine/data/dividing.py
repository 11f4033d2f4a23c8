"""Rows shared out anew so that whole groups stay together, or so that training comes first in time.

The parts keep the sizes they had. Everything is deterministic.
"""

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.alike import alike_groups
from engine.data.dataset import SPLITS
from engine.data.labels import Names
from engine.data.plan import SplitPlan
from engine.data.splits import assign
from engine.errors import DataError

SEED = 13
MOST_FOLDS = 20
"""More make the parts no more exact than 5 %, and take longer."""
ENOUGH = 0.5
"""Of the cells that hold something, the share that must read as times."""

Codes = NDArray[np.int64]
"""Per row the place of its part in SPLITS."""


def divide(
    by: str,
    column: str,
    cells: Sequence[str],
    texts: Sequence[str],
    labels: Sequence[Names],
    rows: Mapping[str, int],
) -> list[str]:
    """The new split of each row; `cells` are those of the column, `rows` the sizes to keep.

    By "group" all rows of one value come to one part, with each part's share of every label as even
    as can be; a row with an empty cell stays with those of the same text. By "time" the oldest rows
    train and the newest test, rows of the same time together; what cannot be read as a time counts
    as the oldest. Rows of a label that none is left to train of go to training, with their group.
    Raises DataError where the column cannot divide the rows.
    """
    shares = np.array([rows[split] for split in SPLITS], dtype=float)
    shares /= shares.sum()
    if by == "group":
        groups = group_codes(cells, texts)
        if groups.max(initial=-1) + 1 < len(SPLITS):
            raise DataError("versions.few_groups", column=column, found=len(set(groups.tolist())))
        dealt = _by_group(groups, labels, shares)
    else:
        groups = np.arange(len(cells))
        dealt = _by_time(times(cells, column), shares, column)
    return [SPLITS[part] for part in _none_untrained(dealt, groups, labels).tolist()]


def group_codes(cells: Sequence[str], texts: Sequence[str]) -> Codes:
    """One number a row, the same for equal cells, or for equal texts where the cell is empty."""
    alone = alike_groups(texts)
    keys = [
        str(cell).strip() or f"\x1e{number}"
        for cell, number in zip(cells, alone.tolist(), strict=True)
    ]
    return np.asarray(pd.factorize(np.array(keys, dtype=object))[0], dtype=np.int64)


def times(cells: Sequence[str], column: str) -> NDArray[np.float64]:
    """Numbers that grow with time, (rows,); -inf for what cannot be read.

    Numbers stay what they are (years, seconds since 1970, 20240131), all else is read as dates.
    Raises DataError where less than half of the cells read so.
    """
    written = pd.Series([str(cell).strip() for cell in cells], dtype=object)
    filled = int((written != "").sum())
    found = pd.to_numeric(written, errors="coerce")
    if found.notna().sum() < ENOUGH * filled:
        found = _dates(written)
    if not filled or found.notna().sum() < ENOUGH * filled:
        example = next((cell for cell in written if cell), "")[:60]
        raise DataError("versions.no_times", column=column, found=example)
    return found.fillna(-np.inf).to_numpy(float)


def _dates(written: pd.Series) -> pd.Series:
    """Seconds since 1970, in the form (day or month first) that reads most cells."""
    plain = written.str.replace("[年月]", "-", regex=True).str.replace("日", "")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a form cannot be told from the first cell
        read = [
            pd.to_datetime(plain, errors="coerce", utc=True, **how)
            for how in ({}, {"dayfirst": True}, {"format": "mixed"})
        ]
    best = max(read, key=lambda found: found.notna().sum())
    return (best - pd.Timestamp(0, tz="UTC")).dt.total_seconds()


def _by_group(groups: Codes, labels: Sequence[Names], shares: NDArray[np.float64]) -> Codes:
    """Rows that are a group of their own are dealt out as an import does it, the others by folds
    (sklearn's StratifiedGroupKFold) that are then given to the parts."""
    many = np.bincount(groups)[groups] > 1
    dealt = np.zeros(len(groups), dtype=np.int64)
    single = np.flatnonzero(~many)
    if len(single):
        none = np.full(len(single), None, dtype=object)
        train, validation, test = shares.tolist()
        plan = SplitPlan("ratios", train, validation, test, SEED)
        names = [labels[row] for row in single.tolist()]
        splits = assign(none, names, np.arange(len(single)), plan)
        dealt[single] = [SPLITS.index(split) for split in splits]
    together = np.flatnonzero(many)
    if len(set(groups[together].tolist())) >= len(shares):
        kinds = _rarest([labels[row] for row in together.tolist()])
        dealt[together] = _deal_folds(_folds(groups[together], kinds, shares), shares)
    return dealt


def _folds(groups: Codes, kinds: Codes, shares: NDArray[np.float64]) -> Codes:
    """The fold of each row: as many folds as make the shares whole numbers of them."""
    from sklearn.model_selection import StratifiedGroupKFold

    def error(count: int) -> tuple[float, int]:
        wanted = shares * count
        return round(float(np.abs(wanted - wanted.round()).sum()) / count, 2), count

    count = min(len(np.unique(groups)), min(range(len(shares), MOST_FOLDS + 1), key=error))
    if np.bincount(kinds).max() < count:  # no label has a row for each fold
        kinds = np.zeros_like(kinds)
    folds = np.zeros(len(groups), dtype=np.int64)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that a label is rarer than there are folds
        cut = StratifiedGroupKFold(count, shuffle=True, random_state=SEED)
        for number, (_, held) in enumerate(cut.split(kinds, kinds, groups)):
            folds[held] = number
    return folds


def _deal_folds(folds: Codes, shares: NDArray[np.float64]) -> Codes:
    """The largest fold first, each to the part with most room left; no part stays empty."""
    sizes = np.bincount(folds)
    room, empty = (shares * len(folds)).tolist(), set(range(len(shares)))
    part_of = np.zeros(len(sizes), dtype=np.int64)
    order = np.argsort(-sizes, kind="stable").tolist()
    for place, fold in enumerate(order):
        open_parts = empty if len(order) - place <= len(empty) else range(len(shares))
        part = max(open_parts, key=lambda part: (round(room[part], 6), -part))
        part_of[fold] = part
        room[part] -= sizes[fold]
        empty.discard(part)
    return np.asarray(part_of[folds], dtype=np.int64)


def _rarest(labels: Sequence[Names]) -> Codes:
    """The rarest label of each row as a number, to be shared out evenly by it."""
    total = Counter(name for names in labels for name in names)
    rarest = [min(names, key=lambda name: (total[name], name), default="") for names in labels]
    return np.asarray(pd.factorize(np.array(rarest, dtype=object))[0], dtype=np.int64)


def _by_time(found: NDArray[np.float64], shares: NDArray[np.float64], column: str) -> Codes:
    """Cut where the time changes, as near to the shares as can be."""
    values, codes = np.unique(found, return_inverse=True)
    if len(values) < len(shares):
        raise DataError("versions.few_times", column=column, found=len(values))
    before = np.cumsum(np.bincount(codes)) / len(found)
    dealt = np.zeros(len(found), dtype=np.int64)
    start = 0
    for part in range(1, len(shares)):
        last = len(values) - (len(shares) - part)
        ends = before[start:last]
        start += 1 + int(np.argmin(np.abs(ends - shares[:part].sum())))
        dealt[codes >= start] = part
    return dealt


def _none_untrained(dealt: Codes, groups: Codes, labels: Sequence[Names]) -> Codes:
    """Groups with a label that no training row has go to training."""
    trained = {name for row in np.flatnonzero(dealt == 0).tolist() for name in labels[row]}
    for row in np.flatnonzero(dealt > 0).tolist():
        if any(name not in trained for name in labels[row]):
            moved = groups == groups[row]
            dealt[moved] = 0
            trained.update(name for i in np.flatnonzero(moved).tolist() for name in labels[i])
    return dealt
