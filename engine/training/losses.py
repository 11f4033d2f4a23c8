"""Losses, summed over rows (or words) so that any split into micro-batches adds up."""

from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from engine.tasks.labelled import LabelTask
from engine.training.recipe import Recipe

Loss = Callable[[Tensor, Tensor], Tensor]
"""Logits (rows, labels) and truth (rows, labels) as floats → sum over rows of the row's loss."""

IGNORED = -100
"""Target of a place that does not count."""
HEAVIEST = 20.0
"""Balanced weights stop here: a label with three rows must not outweigh all others together."""


def label_loss(task: LabelTask, recipe: Recipe, truth: NDArray[np.bool_]) -> Loss:
    """The loss a recipe asks for; `truth` of the training rows sets balanced weights."""
    weights = torch.tensor(label_weights(task, recipe, truth), dtype=torch.float32)
    gamma = recipe.focal_gamma if recipe.loss == "focal" else 0.0
    smoothing = recipe.label_smoothing
    if task.loss == "sigmoid":
        return lambda logits, truth: _sigmoid(logits, truth, weights, gamma, smoothing)
    return lambda logits, truth: _softmax(logits, truth, weights, gamma, smoothing)


def label_weights(task: LabelTask, recipe: Recipe, truth: NDArray[np.bool_]) -> NDArray[np.float64]:
    """One weight a label; 1 where nothing is asked.

    Balanced: rows / (labels x rows of the label) for one label a row, as scikit-learn; the square
    root of negatives over positives for each label alone.
    """
    rows, labels = truth.shape
    counts = np.maximum(truth.sum(axis=0), 1)
    if recipe.class_weights == "own":
        return np.array([recipe.own_weights.get(label, 1.0) for label in task.labels])
    if recipe.class_weights == "balanced":
        if task.loss == "sigmoid":
            return np.minimum(np.sqrt((rows - counts) / counts), HEAVIEST)
        return np.minimum(rows / (labels * counts), HEAVIEST)
    return np.ones(labels)


def choice_loss(logits: Tensor, targets: Tensor, smoothing: float = 0.0) -> Tensor:
    """Cross-entropy of one choice (targets ≥ 0) at each place; negative targets do not count."""
    return functional.cross_entropy(
        logits.flatten(0, -2).float(),
        targets.flatten(),
        ignore_index=IGNORED,
        reduction="sum",
        label_smoothing=smoothing,
    )


def _softmax(logits: Tensor, truth: Tensor, weights: Tensor, gamma: float, smooth: float) -> Tensor:
    """Cross-entropy; for gamma > 0 focal loss (Lin et al. 2017)."""
    target = truth * (1 - smooth) + smooth / truth.shape[1]
    log_p = functional.log_softmax(logits, dim=1)
    row = -(target * log_p).sum(1)
    if gamma:
        row = row * (1 - (truth * log_p.exp()).sum(1)) ** gamma
    return (row * (truth @ weights.to(truth.device))).sum()


def _sigmoid(logits: Tensor, truth: Tensor, weights: Tensor, gamma: float, smooth: float) -> Tensor:
    """Binary cross-entropy averaged over labels; a weight counts a label's positives that often."""
    target = truth * (1 - smooth) + smooth / 2
    each = functional.binary_cross_entropy_with_logits(
        logits, target, pos_weight=weights.to(truth.device), reduction="none"
    )
    if gamma:
        p = torch.sigmoid(logits)
        each = each * (truth * (1 - p) + (1 - truth) * p) ** gamma
    return each.mean(1).sum()
