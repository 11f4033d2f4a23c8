"""Any number of labels a row, none included."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.tasks.labelled import LabelPredictions, LabelTask, false_alarms_and_misses
from engine.tasks.operating_point import Cut, OperatingPoint, band_of
from engine.tasks.row_facts import BELOW, RIGHT, WRONG
from engine.tasks.scores import Bools, Counts, Floats, Tally, count_labels, label_scores


class MultiLabel(LabelTask):
    kind = "multilabel"
    loss = "sigmoid"
    several = True
    words: ClassVar[Mapping[str, str]] = {"accuracy": "exact_match"}
    outcomes: ClassVar[tuple[str, ...]] = (RIGHT, WRONG, BELOW)

    def probabilities(self, logits: Floats) -> Floats:
        return np.exp(-np.logaddexp(0, -logits))

    def decide(self, probabilities: Floats, thresholds: Floats | None = None) -> Bools:
        return probabilities >= (0.5 if thresholds is None else thresholds)

    def confidence(self, decided: Bools, probabilities: Floats) -> Floats:
        sure: Floats = np.where(decided, probabilities, 1 - probabilities).min(axis=1, initial=1)
        return sure

    def in_band(self, probabilities: Floats, decided: Bools, band: Floats) -> Bools:
        """A person looks where any label is in doubt."""
        inside: Bools = (probabilities >= band[:, 0]) & (probabilities < band[:, 1])
        return np.asarray(inside.any(axis=1))

    def mistake_costs(self, truth: Bools, decided: Bools, costs: Mapping[str, float]) -> Floats:
        return false_alarms_and_misses(truth, decided, costs)

    def reach(self, probabilities: Floats, point: OperatingPoint, label: str) -> Floats:
        return probabilities[:, self.labels.index(label)]

    def cut(self, point: OperatingPoint, label: str) -> Cut:
        column = self.labels.index(label)
        threshold = 0.5 if point.thresholds is None else point.thresholds[column]
        low, high = (threshold, threshold) if point.band is None else point.band[column]
        return Cut(threshold, low, high).settled()

    def with_cut(self, point: OperatingPoint, label: str, cut: Cut) -> OperatingPoint:
        cut = cut.settled()
        cuts = [cut if name == label else self.cut(point, name) for name in self.labels]
        band = band_of([each.low for each in cuts], [each.high for each in cuts])
        thresholds = tuple(float(each.threshold) for each in cuts)
        return replace(point, thresholds=thresholds, band=band)

    def tally(self, predictions: LabelPredictions) -> Tally[Counts]:
        """With one more label, last: "no label"."""
        return count_labels(_with_none(predictions.truth), _with_none(predictions.decided))

    def score_counts(self, counts: Counts) -> dict[str, Floats]:
        """Accuracy is the share of rows whose whole label set is right.

        `..._with_none` counts "no label" as one more class, as LexGLUE scores UNFAIR-ToS
        (Chalkidis et al., ACL 2022); balanced accuracy is the mean over labels of the one-vs-rest
        balanced accuracy.
        """
        scores = label_scores(counts.first(len(self.labels)), one_label_a_row=False)
        with_none = label_scores(counts, one_label_a_row=False)
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
