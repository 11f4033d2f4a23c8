"""What a model's probabilities are worth: PR and ROC curves, calibration, temperature scaling.

All from the predictions file. Curves are thinned by their shape, so that a figure of 100,000 rows
is as light as one of a hundred.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from engine.tasks.labelled import LabelPredictions, LabelTask
from engine.tasks.scores import Bools, Floats

POINTS = 250
"""Points of a thinned curve."""
BINS = 15
"""Of equal width, as in Guo et al."""
HONEST = 0.05
"""Calibration error up to which probabilities can be taken at their word."""
SURE = 1e-7
"""Probabilities are held this far from 0 and 1: there a logit would be infinite."""
FIT_CELLS = 2_000_000
"""Probabilities a temperature is fitted on at most: the fit asks for all of them 30 times."""


@dataclass(frozen=True, eq=False)
class Curve:
    """A curve from one threshold to the next, and the area below it."""

    x: Floats
    y: Floats
    thresholds: Floats
    """The threshold of each point; infinite where nothing reaches it."""
    area: float
    true: int
    """Rows with the label."""
    rows: int


@dataclass(frozen=True, eq=False)
class Reliability:
    """How often what was said with a probability is true, in bins of the probability."""

    edges: Floats
    said: Floats
    """Mean probability of each bin, NaN for an empty one."""
    found: Floats
    """Share that was true."""
    counts: NDArray[np.int64]
    error: float
    """Expected calibration error: |said - found|, weighted by the counts."""

    @property
    def upper(self) -> "Reliability":
        """From probabilities of about 0.5 on. Where labels stand alone nearly all of them lie near
        0, and what is said of those hides what is said of the labels that are given."""
        return _measured(self, self.edges[:-1] >= 0.5 - 1 / BINS)

    @property
    def verdict(self) -> str:
        """Whether as much is said as is true: honest, overconfident or underconfident."""
        if self.error <= HONEST:
            return "honest"
        held = self.counts > 0
        more = ((self.said[held] - self.found[held]) * self.counts[held]).sum()
        return "overconfident" if more > 0 else "underconfident"


def precision_recall(truth: Bools, scores: Floats) -> Curve | None:
    """Precision (y) by recall (x) of one label; None without true rows. The area is the average
    precision, which unlike a trapezium promises nothing between the points."""
    from sklearn.metrics import average_precision_score, precision_recall_curve

    if not truth.any():
        return None
    precision, recall, thresholds = precision_recall_curve(truth, scores)
    area = float(average_precision_score(truth, scores))
    kept = _thinned(recall, precision)
    thresholds = np.append(thresholds, np.inf)
    return Curve(
        recall[kept], precision[kept], thresholds[kept], area, int(truth.sum()), len(truth)
    )


def roc(truth: Bools, scores: Floats) -> Curve | None:
    """True positive rate (y) by false positive rate (x) of one label, and the AUC; None where all
    rows have the label or none."""
    from sklearn.metrics import roc_auc_score, roc_curve

    if truth.all() or not truth.any():
        return None
    false, found, thresholds = roc_curve(truth, scores)
    kept = _thinned(false, found)
    area = float(roc_auc_score(truth, scores))
    return Curve(false[kept], found[kept], thresholds[kept], area, int(truth.sum()), len(truth))


def _thinned(x: Floats, y: Floats) -> NDArray[np.intp]:
    """At most POINTS of the points, evenly along the way the curve goes, ends included."""
    if len(x) <= POINTS:
        return np.arange(len(x))
    way = np.concatenate([[0.0], np.cumsum(np.abs(np.diff(x)) + np.abs(np.diff(y)))])
    marks = np.linspace(0, way[-1], POINTS)
    return np.unique(np.append(np.searchsorted(way, marks).clip(0, len(x) - 1), len(x) - 1))


def reliability(
    task: LabelTask, predictions: LabelPredictions, temperature: float = 1.0
) -> Reliability:
    """Where a row has one label: of the most probable one. Else of every label of every row."""
    probabilities = scaled(task, np.asarray(predictions.probabilities), temperature)
    if task.several:
        return in_bins(probabilities.ravel(), predictions.truth.ravel())
    best = probabilities.argmax(axis=1)
    rows = np.arange(len(best))
    return in_bins(probabilities[rows, best], predictions.truth[rows, best])


def in_bins(said: Floats, true: Bools) -> Reliability:
    """ECE with bins of equal width that hold their upper end (Guo et al. 2017, equation 3)."""
    bins = np.ceil(said * BINS).astype(int).clip(1, BINS) - 1
    counts = np.bincount(bins, minlength=BINS)
    with np.errstate(invalid="ignore"):
        mean = np.bincount(bins, said, BINS) / counts
        share = np.bincount(bins, true, BINS) / counts
    found = Reliability(np.linspace(0, 1, BINS + 1), mean, share, counts, 0.0)
    return _measured(found, counts >= 0)


def _measured(found: Reliability, bins: Bools) -> Reliability:
    """With its error, of these bins alone."""
    counts = np.where(bins, found.counts, 0)
    gaps = np.abs(found.said - found.found)
    error = float((gaps[counts > 0] * counts[counts > 0]).sum() / max(1, counts.sum()))
    return replace(found, counts=counts, error=error)


def temperature(task: LabelTask, predictions: LabelPredictions) -> float:
    """The one number that logits are best divided by: it minimises the negative log-likelihood of
    these rows (Guo et al. 2017, On Calibration of Modern Neural Networks, section 4.2).

    The order of labels and rows stays as it is, and with it every curve; only how sure the model
    says it is changes.
    """
    from scipy.optimize import minimize_scalar

    probabilities = np.asarray(predictions.probabilities, dtype=np.float64)
    step = max(1, -(-probabilities.size // FIT_CELLS))
    truth, logits = predictions.truth[::step], _logits(task, probabilities[::step])

    def loss(log_temperature: float) -> float:
        said = task.probabilities(logits / np.exp(log_temperature)).clip(SURE, 1 - SURE)
        of_truth = np.where(truth, said, 1 - said) if task.several else said[truth]
        return float(-np.log(of_truth).mean())

    found = minimize_scalar(loss, bounds=(-3, 3), method="bounded", options={"xatol": 1e-4})
    return float(np.exp(found.x))


def scaled(task: LabelTask, probabilities: Floats, temperature: float) -> Floats:
    """Probabilities as they would be with their logits divided by the temperature."""
    if temperature == 1:
        return probabilities
    return task.probabilities(_logits(task, probabilities.astype(np.float64)) / temperature)


def _logits(task: LabelTask, probabilities: Floats) -> Floats:
    """Logits that give these probabilities; a softmax has them up to a constant a row."""
    sure = probabilities.clip(SURE, 1 - SURE)
    return np.log(sure) - np.log1p(-sure) if task.several else np.log(sure)
