"""One label a row: binary (with a positive class) and multi-class."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.tasks.labelled import LabelTask, false_alarms_and_misses
from engine.tasks.operating_point import NEVER, Cut, OperatingPoint, band_of
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
    mistakes: ClassVar[tuple[str, ...]] = ("wrong",)

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

    def in_band(self, probabilities: Floats, decided: Bools, band: Floats) -> Bools:
        """A person looks where the label decided on is in doubt."""
        inside = (probabilities >= band[:, 0]) & (probabilities < band[:, 1])
        return np.asarray((inside & decided).any(axis=1))

    def mistake_costs(self, truth: Bools, decided: Bools, costs: Mapping[str, float]) -> Floats:
        return costs["wrong"] * (truth != decided).any(axis=1)

    def reach(self, probabilities: Floats, point: OperatingPoint, label: str) -> Floats:
        """How far the label is above the best of the others, seen from its own threshold."""
        column = self.labels.index(label)
        ranked = probabilities / np.maximum(self._thresholds(point), _LEAST_THRESHOLD)
        ranked[:, column] = _LEAST_THRESHOLD
        reached: Floats = probabilities[:, column] / ranked.max(axis=1)
        return reached

    def cut(self, point: OperatingPoint, label: str) -> Cut:
        """Only the sum of all thresholds is free here, so it is 1; `low` is 0, for the label
        decided on is doubtful from below alone."""
        column = self.labels.index(label)
        high = 0.0 if point.band is None else point.band[column][1]
        return Cut(float(self._thresholds(point)[column]), 0.0, high)

    def with_cut(self, point: OperatingPoint, label: str, cut: Cut) -> OperatingPoint:
        column = self.labels.index(label)
        thresholds = self._thresholds(point)
        thresholds[column] = max(cut.threshold, _LEAST_THRESHOLD)
        highs = [cut.high if name == label else self.cut(point, name).high for name in self.labels]
        return replace(
            point,
            thresholds=tuple((thresholds / thresholds.sum()).tolist()),
            band=band_of([0.0] * len(highs), highs),
        )

    def _thresholds(self, point: OperatingPoint) -> Floats:
        if point.thresholds is None:
            return np.full(len(self.labels), 1 / len(self.labels))
        return np.array(point.thresholds, dtype=float)

    def score_counts(self, counts: Counts) -> dict[str, Floats]:
        return label_scores(counts, one_label_a_row=True)

    def confusion(self, truth: Bools, decided: Bools) -> NDArray[np.int64]:
        labels = len(self.labels)
        cells = truth.argmax(axis=1) * labels + decided.argmax(axis=1)
        return np.bincount(cells, minlength=labels**2).reshape(labels, labels)


class Binary(MultiClass):
    kind = "binary"
    has_positive = True
    with_more_labels = MultiClass.kind
    metrics = (*LabelTask.metrics, "f1")
    headline = "f1"
    mistakes = LabelTask.mistakes
    watched: ClassVar[tuple[str, ...]] = ("f1", "macro_f1", "accuracy")

    def metric(self, score: str) -> Message:
        name = super().metric(score)
        if self.positive and score in OF_POSITIVE:
            return Message("report.of_positive", {"metric": name, "label": self.positive})
        return name

    @property
    def sought(self) -> int:
        """The place of the positive label."""
        return self.labels.index(self.positive) if self.positive else 1

    @property
    def cuttable(self) -> tuple[str, ...]:
        """One threshold parts two labels: that of the positive one."""
        return (self.labels[self.sought],)

    def mistake_costs(self, truth: Bools, decided: Bools, costs: Mapping[str, float]) -> Floats:
        """Seen from the positive label, the only one whose alarms and misses are counted."""
        column = slice(self.sought, self.sought + 1)
        return false_alarms_and_misses(truth[:, column], decided[:, column], costs)

    def reach(self, probabilities: Floats, point: OperatingPoint, label: str) -> Floats:
        return probabilities[:, self.sought]

    def cut(self, point: OperatingPoint, label: str) -> Cut:
        """The band lies around the threshold: below it the other label is decided on, and is in
        doubt where the positive one is above `low`."""
        threshold = float(self._thresholds(point)[self.sought])
        if point.band is None:
            return Cut.at(threshold)
        low, high = 1 - point.band[1 - self.sought][1], point.band[self.sought][1]
        return Cut(threshold, min(max(low, 0.0), threshold), max(high, threshold))

    def with_cut(self, point: OperatingPoint, label: str, cut: Cut) -> OperatingPoint:
        def of_both(positive: float, other: float) -> tuple[float, float]:
            return (other, positive) if self.sought else (positive, other)

        cut = cut.settled()
        high = cut.high if cut.high > cut.threshold else 0.0
        beside = 1 - cut.low if cut.low < cut.threshold else 0.0
        beside = beside if cut.low > 0 else NEVER * (beside > 0)
        thresholds = of_both(float(cut.threshold), float(max(0, 1 - cut.threshold)))
        return replace(point, thresholds=thresholds, band=band_of((0, 0), of_both(high, beside)))

    def score_counts(self, counts: Counts) -> dict[str, Floats]:
        positive = (score[..., self.sought] for score in label_f1(counts))
        named = dict(zip(("precision", "recall", "f1"), positive, strict=True))
        return super().score_counts(counts) | named
