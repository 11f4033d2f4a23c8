"""A linear model over the features of texts, for every task that gives labels to texts."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from engine.tasks.labelled import LabelPredictions, LabelTask
from engine.tasks.scores import Bools, Floats

Make = Callable[[], Any]
"""A fresh scikit-learn classifier with a `decision_function`."""

_SURE = 20.0
"""Margin of what training rows leave no doubt of: a label that all of them have, or none."""


def answers(
    task: LabelTask, make: Make, train: Any, learned: Bools, test: Any, truth: Bools
) -> LabelPredictions:
    """What the classifier says of the rows of `test`, learned from `train` with the labels
    `learned` (rows, labels).

    Its margins are taken for logits: the decisions are its own, the probabilities are in its order
    but not calibrated.
    """
    logits = margins(task, make, train, learned, test)
    probabilities = task.probabilities(logits)
    return LabelPredictions(truth, task.decide(probabilities), probabilities)


def margins(task: LabelTask, make: Make, train: Any, learned: Bools, test: Any) -> Floats:
    """How far each row of `test` is on the side of each label, (rows, labels); -inf for a label of
    one a row that no row learned from has."""
    with warnings.catch_warnings():
        from sklearn.exceptions import ConvergenceWarning

        # the last digits are of no interest here, and labels that few rows have are labels
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.filterwarnings("ignore", "The number of unique classes")
        return (_of_each if task.several else _of_one)(make, train, learned, test)


def _of_each(make: Make, train: Any, learned: Bools, test: Any) -> Floats:
    """One model a label, against the rest."""
    columns = []
    for label in learned.T:
        if label.all() or not label.any():
            columns.append(np.full(test.shape[0], _SURE if label.all() else -_SURE))
        else:
            columns.append(make().fit(train, label).decision_function(test))
    return np.column_stack(columns)


def _of_one(make: Make, train: Any, learned: Bools, test: Any) -> Floats:
    """One label a row; one that no training row has is never said."""
    labels = learned.argmax(axis=1)
    found = np.unique(labels)
    margins = np.full((test.shape[0], learned.shape[1]), -np.inf)
    if len(found) == 1:
        margins[:, found] = 0.0
        return margins
    model = make().fit(train, labels)
    said = model.decision_function(test)
    margins[:, model.classes_] = np.column_stack([-said / 2, said / 2]) if said.ndim == 1 else said
    return margins
