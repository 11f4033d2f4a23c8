"""Predictions of labels, for tests that make up truth and decisions."""

from typing import Any

import numpy as np

from engine.tasks.labelled import LabelPredictions, LabelTask


def said(truth: Any, decided: Any, probabilities: Any = None) -> LabelPredictions:
    return LabelPredictions(truth, decided, decided if probabilities is None else probabilities)


def drawn(task: LabelTask, rows: int = 300, noise: float = 0.25, seed: int = 0) -> LabelPredictions:
    """Rows whose labels are more or less well told apart."""
    rng = np.random.default_rng(seed)
    if task.several:
        truth = rng.random((rows, len(task.labels))) < 0.2
    else:
        truth = np.arange(len(task.labels)) == rng.integers(0, len(task.labels), rows)[:, None]
    scores = np.clip(truth * 0.6 + rng.normal(0.2, noise, truth.shape), 0.001, 0.999)
    found = scores if task.several else scores / scores.sum(axis=1, keepdims=True)
    found = found.astype(np.float32)
    return said(truth, task.decide(found), found)
