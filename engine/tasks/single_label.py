"""One label a row: binary (with a positive class) and multi-class."""

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.tasks.labelled import LabelTask
from engine.tasks.scores import Bools, Counts, Floats, label_f1, label_scores
from engine.text import Message

OF_POSITIVE = ("f1", "precision", "recall")
"""Scores of the positive class of a binary task."""
_LEAST_THRESHOLD = 1e-6
"""A threshold of 0 would divide by it; this still lets its label win against any other."""


class MultiClass(LabelTask):
    kind = "multiclass"
    loss = "softmax"
    smoothing = 0.1

    def probabilities(self, logits: Floats) -> Floats:
        exponent = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities: Floats = exponent / exponent.sum(axis=1, keepdims=True)
        return probabilities

    def decide(self, probabilities: Floats, thresholds: Floats | None = None) -> Bools:
        """The most probable label; with thresholds the one furthest above its own, relatively."""
        ranked = probabilities
        if thresholds is not None:
            ranked = probabilities / np.maximum(thresholds, _LEAST_THRESHOLD)
        decided: Bools = np.arange(len(self.labels)) == ranked.argmax(axis=1)[:, None]
        return decided

    def confidence(self, decided: Bools, probabilities: Floats) -> Floats:
        confidence: Floats = np.where(decided, probabilities, 0).max(axis=1, initial=0)
        return confidence

    def score_counts(self, counts: Counts) -> dict[str, Floats]:
        return label_scores(counts, one_label_a_row=True)

    def confusion(self, truth: Bools, decided: Bools) -> NDArray[np.int64]:
        labels = len(self.labels)
        cells = truth.argmax(axis=1) * labels + decided.argmax(axis=1)
        return np.bincount(cells, minlength=labels**2).reshape(labels, labels)


class Binary(MultiClass):
    kind = "binary"
    has_positive = True
    metrics = (*LabelTask.metrics, "f1")
    headline = "f1"
    watched: ClassVar[tuple[str, ...]] = ("f1", "macro_f1", "accuracy")

    def metric(self, score: str) -> Message:
        name = super().metric(score)
        if self.positive and score in OF_POSITIVE:
            return Message("report.of_positive", {"metric": name, "label": self.positive})
        return name

    def score_counts(self, counts: Counts) -> dict[str, Floats]:
        column = self.labels.index(self.positive) if self.positive else 1
        positive = (score[..., column] for score in label_f1(counts))
        named = dict(zip(("precision", "recall", "f1"), positive, strict=True))
        return super().score_counts(counts) | named
