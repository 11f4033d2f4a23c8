"""Rows whose label is probably wrong: confident learning (Northcutt, Jiang & Chuang 2021, JAIR 70).

A label's threshold is how sure the model is of it, on average, in the rows that carry it. A row is
doubtful when the model is at least that sure of another label, and less sure of the given one than
such rows usually are. It needs predictions of rows the model has not learned from, as those of
validation and test are. Knows numbers only.
"""

import numpy as np

from engine.tasks.scores import Bools, Floats


def doubtful(truth: Bools, probabilities: Floats, several: bool) -> Bools:
    """Which rows are doubtful, (rows,), of truth and probabilities (rows, labels); with `several`
    labels a row each label is judged by itself, as one of two."""
    if several:
        return np.asarray(_each_by_itself(truth, probabilities).any(axis=1))
    sure = _mean(probabilities, truth)
    confident = np.where(probabilities >= sure, probabilities, -1.0)
    likely = confident.argmax(axis=1)
    rows = np.arange(len(truth))
    own = np.where(truth, probabilities, 0).max(axis=1, initial=0)
    below = (truth & (probabilities < sure)).any(axis=1)
    other = (confident[rows, likely] > own) & ~truth[rows, likely]
    return np.asarray(other & below)


def _each_by_itself(truth: Bools, probabilities: Floats) -> Bools:
    """(rows, labels): the model is as sure of the opposite as it is where the opposite is true."""
    yes, no = _mean(probabilities, truth), _mean(1 - probabilities, ~truth)
    given = truth & (1 - probabilities >= no) & (probabilities < yes)
    missing = ~truth & (probabilities >= yes) & (1 - probabilities < no)
    both = truth.any(axis=0) & (~truth).any(axis=0)  # a label of one kind has nothing to compare
    return np.asarray((given | missing) & both)


def _mean(values: Floats, over: Bools) -> Floats:
    """Of each label over the rows picked; above 1, so never reached, where there are none."""
    rows = over.sum(axis=0)
    sums = np.where(over, values, 0).sum(axis=0, dtype=float)
    mean: Floats = np.divide(sums, rows, out=np.full(len(rows), 2.0), where=rows > 0)
    return mean
