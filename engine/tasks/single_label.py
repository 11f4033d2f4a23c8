"""One label a row: binary (with a positive class) and multi-class."""

import numpy as np
from numpy.typing import NDArray

from engine.tasks.base import Bools, Floats, Task
from engine.tasks.scores import label_scores


class MultiClass(Task):
    kind = "multiclass"
    loss = "softmax"

    def probabilities(self, logits: Floats) -> Floats:
        exponent = np.exp(logits - logits.max(axis=1, keepdims=True))
        return exponent / exponent.sum(axis=1, keepdims=True)

    def decide(self, probabilities: Floats, thresholds: Floats | None = None) -> Bools:
        """The most probable label; with thresholds the one furthest above its own, relatively."""
        ranked = probabilities if thresholds is None else probabilities / thresholds
        return np.arange(len(self.labels)) == ranked.argmax(axis=1)[:, None]

    def scores(self, truth: Bools, decided: Bools) -> dict[str, float]:
        return label_scores(truth, decided)

    def confusion(self, truth: Bools, decided: Bools) -> NDArray[np.int64]:
        return truth.astype(np.int64).T @ decided.astype(np.int64)


class Binary(MultiClass):
    kind = "binary"

    def scores(self, truth: Bools, decided: Bools) -> dict[str, float]:
        scores = label_scores(truth, decided)
        column = self.labels.index(self.positive) if self.positive else 1
        hits = int((truth[:, column] & decided[:, column]).sum())
        true, found = int(truth[:, column].sum()), int(decided[:, column].sum())
        scores["precision"] = hits / found if found else 0.0
        scores["recall"] = hits / true if true else 0.0
        scores["f1"] = 2 * hits / (true + found) if true + found else 0.0
        return scores
