"""The most frequent label, whatever the text says: what any model must beat to be of use.

With several labels a row, each label as most training rows have it, which mostly is "no label".
"""

from typing import cast

import numpy as np

from engine.baselines.problem import Limits, Problem
from engine.tasks.labelled import LabelPredictions, LabelTask

MADE = "1"
_RARE = 1e-6


def limits(problem: Problem) -> Limits:
    return Limits(len(problem.train["text"]), len(problem.test["text"]))


def predict(problem: Problem) -> LabelPredictions:
    task = cast(LabelTask, problem.task)
    share = np.clip(task.truth(problem.train["labels"]).mean(axis=0), _RARE, 1 - _RARE)
    truth = task.truth(problem.test["labels"])
    logits = np.log(share / (1 - share)) if task.several else np.log(share)
    probabilities = task.probabilities(np.tile(logits, (len(truth), 1)))
    return LabelPredictions(truth, task.decide(probabilities), probabilities)
