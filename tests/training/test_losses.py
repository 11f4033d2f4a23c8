"""Losses against torch's and scikit-learn's own, and against cases worked out by hand."""

import numpy as np
import pytest
import torch
from sklearn.utils.class_weight import compute_class_weight
from torch.nn import functional

from engine.tasks import make_task
from engine.training.losses import label_loss, label_weights
from tests.tiny import recipe

LABELS = ("a", "b", "c")
SINGLE, MULTI = make_task("multiclass", LABELS), make_task("multilabel", LABELS)
TRUTH = np.eye(3, dtype=bool)[[0, 0, 0, 0, 1, 1, 2, 0]]
LOGITS = torch.randn(8, 3, generator=torch.Generator().manual_seed(0))


class Data:
    id, version = "d", 1


def chosen(**changes):
    return recipe(Data, "bundled", **changes)


def ours(task, **changes) -> float:
    loss = label_loss(task, chosen(**changes), TRUTH)
    return float(loss(LOGITS, torch.from_numpy(TRUTH.astype(np.float32)))) / len(TRUTH)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_is_torchs(smoothing):
    target = torch.from_numpy(TRUTH.argmax(1))
    expected = functional.cross_entropy(LOGITS, target, label_smoothing=smoothing)
    assert ours(SINGLE, label_smoothing=smoothing) == pytest.approx(float(expected), rel=1e-5)


def test_binary_cross_entropy_is_torchs():
    truth = torch.from_numpy(TRUTH.astype(np.float32))
    expected = functional.binary_cross_entropy_with_logits(LOGITS, truth)
    assert ours(MULTI) == pytest.approx(float(expected), rel=1e-5)


def test_balanced_weights_are_scikit_learns():
    expected = compute_class_weight("balanced", classes=np.arange(3), y=TRUTH.argmax(1))
    weights = label_weights(SINGLE, chosen(class_weights="balanced"), TRUTH)
    np.testing.assert_allclose(weights, expected)


def test_own_weights_go_to_their_labels():
    weights = label_weights(SINGLE, chosen(class_weights="own", own_weights={"b": 3.0}), TRUTH)
    assert weights.tolist() == [1.0, 3.0, 1.0]


def test_a_weight_multiplies_the_rows_of_its_label():
    plain, heavy = ours(SINGLE), ours(SINGLE, class_weights="own", own_weights={"c": 5.0})
    row = functional.cross_entropy(LOGITS[6:7], torch.tensor([2]))
    assert heavy - plain == pytest.approx(4 * float(row) / 8, rel=1e-4)


@pytest.mark.parametrize("task", [SINGLE, MULTI])
def test_focal_loss_with_gamma_0_is_cross_entropy_and_less_beyond(task):
    plain = ours(task)
    assert ours(task, loss="focal", focal_gamma=0.0) == pytest.approx(plain)
    assert ours(task, loss="focal", focal_gamma=2.0) < plain


def test_focal_loss_by_hand():
    """p = 0.8 for the truth: 0.2² x -ln 0.8 (Lin et al. 2017, eq. 4)."""
    logits = torch.log(torch.tensor([[0.8, 0.1, 0.1]]))
    loss = label_loss(SINGLE, chosen(loss="focal"), TRUTH)
    assert float(loss(logits, torch.tensor([[1.0, 0, 0]]))) == pytest.approx(
        0.04 * 0.22314, rel=1e-4
    )
