"""What was taken for what: counts of the filtered rows, the worst confusions among them, and an
order that puts like beside like.

Knows the facts of rows; no file, no model.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from engine.evaluation.filters import NO_LABEL, OTHER
from engine.evaluation.rows import SplitRows
from engine.tasks.scores import Bools, Floats

Matrix = NDArray[np.int64]


class Confused(NamedTuple):
    """What was taken for what, as a filter names it (`Filter.truth`, `Filter.decided`)."""

    truth: str
    decided: str
    times: int
    """Rows; of mentions, mentions."""
    of: int
    """How often the true label occurs, or, where none is true, how often the other was said."""


def names(rows: SplitRows) -> tuple[str, ...]:
    """What the lines and columns of `crossed` are called in a filter."""
    nothing = () if rows.facts.pairs is None else (NO_LABEL,)
    return (*rows.task.labels, *nothing)


def worst(rows: SplitRows, mask: Bools, most: int = 3) -> list[Confused]:
    """The most frequent confusions among the masked rows.

    Where a row may have several labels, also labels that were missed or wrongly said, whatever
    stood in their place; but not where a pair of labels tells of the same rows.
    """
    counts, called = crossed(rows, mask), names(rows)
    true, said = counts.sum(axis=1), counts.sum(axis=0)
    alone: list[Confused] = []
    if rows.task.several:
        hits, missed, added, _ = one_against_rest(rows, mask).T
        true, said = hits + missed, hits + added
        for place, name in enumerate(called):
            alone.append(Confused(name, OTHER, int(missed[place]), int(true[place])))
            alone.append(Confused(OTHER, name, int(added[place]), int(said[place])))
    pairs = [
        Confused(
            called[was],
            called[taken],
            int(counts[was, taken]),
            int(said[taken] if called[was] == NO_LABEL else true[was]),
        )
        for was, taken in np.argwhere(counts).tolist()
        if was != taken
    ]
    told = {(place, pair[place], pair.times) for pair in pairs for place in (0, 1)}
    alone = [
        each
        for each in alone
        if each.times and not told & {(place, each[place], each.times) for place in (0, 1)}
    ]
    return sorted([*pairs, *alone], key=lambda each: -each.times)[:most]


def crossed(rows: SplitRows, mask: Bools) -> Matrix:
    """How often each label (down) was said to be each (across), among the masked rows.

    One label a row: the confusion matrix. Several: on the diagonal how often a label was found, off
    it how often one was missed in a row where the other was said wrongly. Mentions: with nothing as
    one more label, last, for what was missed and what is spurious.
    """
    facts = rows.facts
    if facts.pairs is not None:
        size = facts.truth.shape[1] + 1
        pairs = facts.pairs[mask[facts.pairs[:, 0]]]
        cells = np.bincount(pairs[:, 1] * size + pairs[:, 2], minlength=size**2)
        return cells.reshape(size, size).astype(np.int64)
    missed, added = facts.missed[mask], facts.added[mask]
    both = np.flatnonzero(missed.any(axis=1) & added.any(axis=1))
    found = missed[both].astype(np.float32).T @ added[both].astype(np.float32)
    hits = (facts.truth[mask] & facts.decided[mask]).sum(axis=0)
    return found.astype(np.int64) + np.diag(hits)


def one_against_rest(rows: SplitRows, mask: Bools) -> Matrix:
    """Of each label (labels, 4): found, missed, said wrongly, neither true nor said."""
    facts = rows.facts
    missed, added = facts.missed[mask].sum(axis=0), facts.added[mask].sum(axis=0)
    hits = (facts.truth[mask] & facts.decided[mask]).sum(axis=0)
    neither = int(mask.sum()) - hits - missed - added
    return np.stack([hits, missed, added, neither], axis=1)


def together(rows: SplitRows, mask: Bools) -> Matrix:
    """In how many of the masked rows two labels are true side by side, (labels, labels); on the
    diagonal the rows of one."""
    truth = rows.facts.truth[mask]
    carrying = truth[truth.any(axis=1)].astype(np.float32)
    return np.asarray(carrying.T @ carrying).astype(np.int64)


def similar_order(matrix: NDArray[np.integer]) -> list[int]:
    """An order of the labels in which those that are confused stand side by side.

    Average linkage over the share of rows that two labels exchange, leaves ordered so that
    neighbours are alike (Bar-Joseph et al. 2001). Labels that are never confused come last.
    """
    likeness = _likeness(matrix)
    confused = np.flatnonzero(likeness.any(axis=1))
    others = np.flatnonzero(~likeness.any(axis=1)).tolist()
    if len(confused) < 3:
        return [*confused.tolist(), *others]
    from scipy.cluster.hierarchy import leaves_list, linkage, optimal_leaf_ordering
    from scipy.spatial.distance import squareform

    distance = squareform(1 - likeness[np.ix_(confused, confused)], checks=False)
    tree = linkage(distance, "average")
    leaves = leaves_list(optimal_leaf_ordering(tree, distance))
    return [*confused[leaves].tolist(), *others]


def _likeness(matrix: NDArray[np.integer]) -> Floats:
    """The share of two labels' rows that were taken for the other, 0 to 1, symmetric."""
    counts = np.asarray(matrix, dtype=float)
    rows = counts.sum(axis=1)
    exchanged = counts + counts.T
    likeness: Floats = np.divide(
        exchanged, rows[:, None] + rows, out=np.zeros_like(counts), where=exchanged > 0
    )
    np.fill_diagonal(likeness, 0)
    return np.minimum(likeness, 1)
