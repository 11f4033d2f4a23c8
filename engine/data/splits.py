"""Which rows train, which validate, which test: ready-made, or shared out in equal proportions.

Everything is deterministic by its seed. A split of a row is one of `SPLITS`; of the texts only
`groups` is known here, one number a row that is the same for texts that look the same.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.dataset import SPLITS
from engine.data.plan import SplitPlan

Labels = Sequence[tuple[str, ...]]
Splits = NDArray[np.object_]
Indices = NDArray[np.int64]

FEW_TEXTS = 10
"""Different texts a part below which texts that repeat are not kept together."""
_WORDS = {
    "train": "train training trn learn fit 训练 训练集 train_split".split(),
    "validation": "validation valid val dev develop development devel 验证 验证集 开发集".split(),
    "test": "test testing tst eval evaluation heldout holdout 测试 测试集".split(),
}
_SPLIT_OF = {word: split for split, words in _WORDS.items() for word in words}


def split_of(value: str) -> str | None:
    """The split a cell of a split column names: `Dev` is validation."""
    return _SPLIT_OF.get(value.strip().casefold())


def assign(
    given: Splits, labels: Labels, groups: Indices, plan: SplitPlan, together: bool = False
) -> Splits:
    """The split of each row. `given` names ready-made ones; None there means: to be shared out.

    With ready-made splits only what is missing is carved, out of the training rows. Rows of equal
    text stay `together` even where there are few texts.
    """
    splits = given.copy()
    if plan.kind == "ratios":
        splits[:] = None
    open_rows = np.flatnonzero(splits == None)  # noqa: E711
    if plan.kind == "ratios":
        shares = {split: plan.ratio(split) for split in SPLITS}
    else:
        splits[open_rows] = "train"
        missing = [split for split in SPLITS[1:] if not (splits == split).any()]
        shares = {split: plan.ratio(split) for split in ("train", *missing)}
        open_rows = np.flatnonzero(splits == "train")
    parts = [split for split in SPLITS if shares.get(split)]
    if len(parts) > 1 and len(open_rows):
        weights = np.array([shares[split] for split in parts])
        open_labels = [labels[row] for row in open_rows.tolist()]
        shares_of = weights / weights.sum()
        dealt = _deal(open_labels, groups[open_rows], shares_of, plan.seed, together)
        splits[open_rows] = np.array(parts, dtype=object)[dealt]
    elif len(open_rows):
        splits[open_rows] = parts[0] if parts else "train"
    return splits


def overlapping(splits: Splits, groups: Indices) -> dict[str, NDArray[np.bool_]]:
    """“train/test” and so on → which rows of the first have a text that stands in the second."""
    found = {}
    for first, second in (("train", "test"), ("train", "validation"), ("validation", "test")):
        stands = np.zeros(groups.max(initial=-1) + 1, dtype=bool)
        stands[groups[splits == second]] = True
        found[f"{first}/{second}"] = (splits == first) & stands[groups]
    return found


def cap(splits: Splits, labels: Labels, most: Mapping[str, int], seed: int) -> NDArray[np.bool_]:
    """Which rows to keep so that no label has more than `most[split]` rows in a split.

    Rows are picked by chance, those of rare labels first; rows without a label count as one label.
    """
    keep = np.ones(len(labels), dtype=bool)
    total = Counter(name for names in labels for name in names or ("",))
    for split, limit in most.items():
        rows = np.random.default_rng(seed).permutation(np.flatnonzero(splits == split)).tolist()
        rows.sort(key=lambda row: min(total[name] for name in labels[row] or ("",)))
        used: Counter[str] = Counter()
        for row in rows:
            names = labels[row] or ("",)
            if all(used[name] < limit for name in names):
                used.update(names)
            else:
                keep[row] = False
    return keep


def _deal(
    labels: Labels, groups: Indices, shares: NDArray[np.float64], seed: int, together: bool
) -> Indices:
    """The part (index into `shares`) of each row; rows of equal text go to the same part.

    Where there are only a few texts, rows are dealt out one by one instead: kept together they
    could not be shared out evenly. Those that must stay `together` are while every part gets one.
    """
    codes, distinct = pd.factorize(groups)
    few = 1 if together else FEW_TEXTS
    if len(distinct) < few * len(shares) and len(distinct) < len(groups):
        codes = np.arange(len(groups))
    heads = [labels[row] for row in np.flatnonzero(~pd.Series(codes).duplicated()).tolist()]
    several = any(len(names) != 1 for names in heads)
    dealt = (_deal_label_sets if several else _deal_labels)(heads, shares, seed)
    return _none_untrained(dealt[codes], labels)


def _deal_labels(labels: Labels, shares: NDArray[np.float64], seed: int) -> Indices:
    """One label a row: each label's rows in the given shares, totals exact to a row.

    The rows stand in line label by label, and every 1/share-th is taken. Labels too small for that
    give one row to each part, the last first, and keep at least one for training.
    """
    rng = np.random.default_rng(seed)
    rows_of: dict[str, list[int]] = {}
    for row, names in enumerate(labels):
        rows_of.setdefault(names[0], []).append(row)
    dealt = np.zeros(len(labels), dtype=np.int64)
    line: list[int] = []
    for name in sorted(rows_of):
        rows = rng.permutation(rows_of[name]).tolist()
        if len(rows) * shares.min() >= 1:
            line += rows
            continue
        for part in range(len(shares) - 1, 0, -1):
            count = max(1, round(len(rows) * shares[part]))
            taken = rows[: min(count, max(0, len(rows) - 1))]
            dealt[taken] = part
            rows = rows[len(taken) :]
    left = np.array(line, dtype=np.int64)
    for part in range(len(shares) - 1, 0, -1):
        share = shares[part] / shares[: part + 1].sum()
        marks = np.floor(np.arange(len(left) + 1) * share + rng.random())
        taken_mask = np.diff(marks) > 0
        dealt[left[taken_mask]] = part
        left = left[~taken_mask]
    return dealt


def _deal_label_sets(labels: Labels, shares: NDArray[np.float64], seed: int) -> Indices:
    """Any number of labels a row: iterative stratification (Sechidis et al., ECML 2011).

    The label with the fewest rows left is dealt out first, each row to the part that lacks most of
    it; rows without labels fill the parts up.
    """
    rng = np.random.default_rng(seed)
    rows_of: dict[str, list[int]] = {}
    for row in rng.permutation(len(labels)).tolist():
        for name in labels[row]:
            rows_of.setdefault(name, []).append(row)
    parts = range(len(shares))
    wanted = {name: [len(rows) * share for share in shares] for name, rows in rows_of.items()}
    room = [len(labels) * share for share in shares]
    left = {name: len(rows) for name, rows in rows_of.items()}
    dealt = np.full(len(labels), -1, dtype=np.int64)
    while left:
        rarest = min(left, key=lambda name: (left[name], name))
        for row in rows_of[rarest]:
            if dealt[row] >= 0:
                continue
            need = wanted[rarest]
            part = max(parts, key=lambda p: (need[p], room[p], -p))
            dealt[row] = part
            room[part] -= 1
            for name in labels[row]:
                wanted[name][part] -= 1
                left[name] -= 1
        del left[rarest]
    _fill_up(dealt, room, rng)
    return dealt


def _fill_up(dealt: Indices, room: Sequence[float], rng: np.random.Generator) -> None:
    rest = rng.permutation(np.flatnonzero(dealt < 0))
    space = np.maximum(np.array(room), 0)
    if not len(rest):
        return
    share = np.cumsum(space) / space.sum() if space.sum() else np.ones(len(space))
    ends = np.round(share * len(rest)).astype(int)
    if len(rest) == len(dealt) >= len(space):  # no labels at all: each part gets a row or more
        ends = np.minimum(ends, len(rest) - np.arange(len(space))[::-1])
        ends = np.maximum(ends, np.arange(1, len(space) + 1))
    for part, (start, end) in enumerate(zip([0, *ends[:-1]], ends, strict=True)):
        dealt[rest[start:end]] = part


def _none_untrained(dealt: Indices, labels: Labels) -> Indices:
    """Rows of a label that no training row has go to training."""
    trained = {name for row in np.flatnonzero(dealt == 0).tolist() for name in labels[row]}
    for row in np.flatnonzero(dealt > 0).tolist():
        if any(name not in trained for name in labels[row]):
            dealt[row] = 0
            trained.update(labels[row])
    return dealt
