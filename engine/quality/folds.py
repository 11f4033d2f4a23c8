"""Rows dealt into folds, and the line in which the rows of a label come to be learned from.

Every row is answered once by a model that has not learned from it, nor from an equal text.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.tasks.scores import Bools, Floats

FOLDS = 5

Indices = NDArray[np.int64]


def strata(truth: Bools) -> Indices:
    """A number a row, (rows,), of truth (rows, labels): its rarest label; 0 where it has none."""
    order = np.argsort(-truth.sum(axis=0), kind="stable")
    rank = np.zeros(truth.shape[1], np.int64)
    rank[order] = np.arange(1, truth.shape[1] + 1)
    return np.asarray((truth * rank).max(axis=1, initial=0), np.int64)


def deal(kinds: Indices, groups: Indices, seed: int, folds: int = FOLDS) -> Indices:
    """The fold of each row, (rows,): each has the same share of each kind of row, and rows of one
    group are in one fold. There are no more folds than groups."""
    codes, distinct = pd.factorize(groups)
    first = np.flatnonzero(~pd.Series(codes).duplicated().to_numpy())
    chance = np.random.default_rng(seed).random(len(distinct))
    fold_of = np.zeros(len(distinct), np.int64)
    fold_of[np.lexsort((chance, kinds[first]))] = np.arange(len(distinct)) % folds
    return np.asarray(fold_of[codes])


def line(kinds: Indices, seed: int) -> Floats:
    """The place of each row among those of its kind, by chance, from 0 up to but not 1, (rows,).
    Those below a share are that share of each kind, and all they are below a smaller share too;
    the first row of a kind is always there."""
    order = np.lexsort((np.random.default_rng(seed).random(len(kinds)), kinds))
    _, start, count = np.unique(kinds[order], return_index=True, return_counts=True)
    places = (np.arange(len(kinds)) - np.repeat(start, count)) / np.repeat(count, count)
    found = np.empty(len(kinds))
    found[order] = places
    return found
