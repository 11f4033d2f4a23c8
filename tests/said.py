"""Predictions of labels, for tests that make up truth and decisions."""

from typing import Any

from engine.tasks.labelled import LabelPredictions


def said(truth: Any, decided: Any, probabilities: Any = None) -> LabelPredictions:
    return LabelPredictions(truth, decided, decided if probabilities is None else probabilities)
