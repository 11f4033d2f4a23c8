"""Any number of labels a row, none included."""

import numpy as np
from numpy.typing import NDArray

from engine.tasks.base import Bools, Floats, Task
from engine.tasks.scores import label_scores


class MultiLabel(Task):
    kind = "multilabel"
    loss = "sigmoid"

    def probabilities(self, logits: Floats) -> Floats:
        return 1 / (1 + np.exp(-logits))

    def decide(self, probabilities: Floats, thresholds: Floats | None = None) -> Bools:
        return probabilities >= (0.5 if thresholds is None else thresholds)

    def scores(self, truth: Bools, decided: Bools) -> dict[str, float]:
        """Accuracy is the share of rows whose whole label set is right.

        `..._with_none` counts "no label" as one more class, as LexGLUE scores UNFAIR-ToS
        (Chalkidis et al., ACL 2022); balanced accuracy is the mean over labels of the one-vs-rest
        balanced accuracy.
        """
        scores = label_scores(truth, decided)
        with_none = label_scores(_with_none(truth), _with_none(decided))
        scores["macro_f1_with_none"] = with_none["macro_f1"]
        scores["micro_f1_with_none"] = with_none["micro_f1"]
        return scores

    def confusion(self, truth: Bools, decided: Bools) -> NDArray[np.int64]:
        both = (truth & decided).sum(axis=0)
        only_truth = (truth & ~decided).sum(axis=0)
        only_decided = (~truth & decided).sum(axis=0)
        neither = (~truth & ~decided).sum(axis=0)
        return np.stack([neither, only_decided, only_truth, both], axis=1).reshape(-1, 2, 2)


def _with_none(labels: Bools) -> Bools:
    return np.column_stack([labels, ~labels.any(axis=1)])
