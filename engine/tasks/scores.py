"""Scores from booleans (rows, labels): counted once per label, then averaged.

Counting hits, truths and finds per label is all that any of these scores needs, which keeps a
thousand bootstrap resamples cheap.
"""

import numpy as np
from numpy.typing import NDArray

from engine.tasks.base import Bools


def label_scores(truth: Bools, decided: Bools) -> dict[str, float]:
    """Accuracy, balanced accuracy, and precision, recall and F1 averaged in the usual ways.

    A label with neither truths nor finds scores 0, as scikit-learn's `zero_division=0`; a label
    without true rows is left out of the balanced accuracy, as scikit-learn leaves it out.
    """
    rows, _ = truth.shape
    hits = (truth & decided).sum(axis=0).astype(float)
    true, found = truth.sum(axis=0).astype(float), decided.sum(axis=0).astype(float)
    precision, recall = _ratio(hits, found), _ratio(hits, true)
    f1 = _ratio(2 * hits, true + found)
    single = bool((truth.sum(axis=1) == 1).all() and (decided.sum(axis=1) == 1).all())
    specificity = _ratio(rows - true - found + hits, rows - true)
    balanced = recall if single else (recall + specificity) / 2
    seen = true > 0
    return {
        "accuracy": float((truth == decided).all(axis=1).mean()) if rows else 0.0,
        "balanced_accuracy": float(balanced[seen].mean()) if seen.any() else 0.0,
        "macro_f1": float(f1.mean()),
        "micro_f1": float(_ratio(2 * hits.sum(), true.sum() + found.sum())),
        "weighted_f1": float(_ratio((f1 * true).sum(), true.sum())),
        "macro_precision": float(precision.mean()),
        "macro_recall": float(recall.mean()),
    }


def per_label(truth: Bools, decided: Bools) -> list[dict[str, float]]:
    """Precision, recall, F1, support (true rows) and predicted (found rows) of each label."""
    hits = (truth & decided).sum(axis=0).astype(float)
    true, found = truth.sum(axis=0).astype(float), decided.sum(axis=0).astype(float)
    columns = zip(
        _ratio(hits, found),
        _ratio(hits, true),
        _ratio(2 * hits, true + found),
        true,
        found,
        strict=True,
    )
    return [
        {"precision": float(p), "recall": float(r), "f1": float(f), "support": int(t), "predicted": int(n)}
        for p, r, f, t, n in columns
    ]


def _ratio(above: NDArray[np.floating] | float, below: NDArray[np.floating] | float) -> NDArray[np.floating]:
    above, below = np.asarray(above, dtype=float), np.asarray(below, dtype=float)
    return np.divide(above, below, out=np.zeros_like(above), where=below > 0)
