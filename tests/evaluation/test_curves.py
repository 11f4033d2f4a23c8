"""Curves and calibration against scikit-learn, and on cases whose answer is known."""

import time

import numpy as np
import pytest
from sklearn.calibration import calibration_curve
from sklearn.metrics import average_precision_score, log_loss, roc_auc_score

from engine.evaluation import curves
from engine.tasks import make_task
from tests.said import said

CLASSES = make_task("multiclass", ("a", "b", "c"))
SEVERAL = make_task("multilabel", ("x", "y"))


def overconfident(task, rows=4000, temperature=2.5, seed=0):
    """Rows whose labels were drawn from the softened probabilities: only the given temperature
    makes them true."""
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 3, (rows, len(task.labels)))
    honest = task.probabilities(logits / temperature)
    if task.several:
        truth = rng.random(honest.shape) < honest
    else:
        drawn = (honest.cumsum(axis=1) > rng.random((rows, 1))).argmax(axis=1)
        truth = np.arange(len(task.labels)) == drawn[:, None]
    probabilities = task.probabilities(logits).astype(np.float32)
    return said(truth, task.decide(probabilities), probabilities), honest


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(3)
    truth = rng.random(20_000) < 0.1
    return truth, np.clip(rng.normal(0.3 + 0.3 * truth, 0.15), 0, 1).round(3)


def test_areas_are_those_of_scikit_learn(rows):
    truth, scores = rows
    assert curves.precision_recall(*rows).area == average_precision_score(truth, scores)
    assert curves.roc(*rows).area == roc_auc_score(truth, scores)


def test_areas_are_what_their_names_say(rows):
    """AUC is the chance that a true row is above another one (ties count half), AP the mean
    precision at the true rows, equal scores being cut together."""
    truth, scores = rows[0][:3000], rows[1][:3000]
    pairs = np.sign(scores[truth][:, None] - scores[~truth][None, :])
    assert curves.roc(truth, scores).area == pytest.approx((1 + pairs.mean()) / 2)
    precisions = [truth[scores >= score].mean() for score in scores[truth]]
    assert curves.precision_recall(truth, scores).area == pytest.approx(np.mean(precisions))


def test_a_hand_made_curve_is_known():
    truth, scores = np.array([False, False, True, True]), np.array([0.1, 0.4, 0.35, 0.8])
    found = curves.precision_recall(truth, scores)
    assert found.area == pytest.approx(0.5 * 1 + 0.5 * 2 / 3)
    assert dict(zip(found.thresholds.tolist(), found.y.tolist(), strict=True))[0.35] == 2 / 3
    assert curves.roc(truth, scores).area == 0.75


def test_curves_without_both_kinds_of_rows_are_none():
    scores = np.array([0.1, 0.9])
    assert curves.precision_recall(np.array([False, False]), scores) is None
    assert curves.roc(np.array([False, False]), scores) is None
    assert curves.roc(np.array([True, True]), scores) is None
    assert curves.precision_recall(np.array([True, True]), scores).area == 1


def test_thinned_curves_keep_their_ends_and_lie_on_the_whole_curve(rows):
    from sklearn.metrics import precision_recall_curve

    found = curves.precision_recall(*rows)
    assert len(found.x) <= curves.POINTS + 1
    assert (found.x[0], found.x[-1], found.y[-1]) == (1, 0, 1)
    precision, recall, _ = precision_recall_curve(*rows)
    assert set(zip(found.x, found.y, strict=True)) <= set(zip(recall, precision, strict=True))
    gaps = np.hypot(np.diff(found.x), np.diff(found.y))
    assert gaps.max() < 0.12, "no stretch of the curve is lost"


def test_a_threshold_of_the_curve_gives_its_point(rows):
    truth, scores = rows
    found = curves.precision_recall(truth, scores)
    for recall, precision, threshold in list(zip(found.x, found.y, found.thresholds, strict=True))[
        :-1:40
    ]:
        decided = scores >= threshold
        assert (truth & decided).sum() / truth.sum() == pytest.approx(recall)
        assert (truth & decided).sum() / decided.sum() == pytest.approx(precision)


def test_a_reliability_diagram_is_that_of_scikit_learn():
    predictions, _ = overconfident(SEVERAL)
    found = curves.reliability(SEVERAL, predictions)
    share, mean = calibration_curve(
        predictions.truth.ravel(), predictions.probabilities.ravel(), n_bins=curves.BINS
    )
    held = found.counts > 0
    np.testing.assert_allclose(found.said[held], mean, atol=1e-6)
    np.testing.assert_allclose(found.found[held], share, atol=1e-6)
    assert found.counts.sum() == predictions.truth.size


def test_the_calibration_error_of_a_hand_made_case_is_known():
    said_, true = np.array([0.95] * 10 + [0.55] * 10), np.array([True] * 8 + [False] * 12)
    found = curves.in_bins(said_, true)
    assert found.error == pytest.approx(0.5 * 0.15 + 0.5 * 0.55)
    assert curves.in_bins(np.array([0.0, 1.0]), np.array([False, True])).error == 0
    assert curves.in_bins(np.zeros(0), np.zeros(0, dtype=bool)).error == 0


def test_the_calibration_error_is_what_its_equation_says():
    """Guo et al. 2017, equation 3, bin by bin and row by row."""
    rng = np.random.default_rng(5)
    said_ = np.append(rng.random(997), (0, 1 / 3, 1))
    true = rng.random(1000) < said_**1.5
    error = 0.0
    for low in range(curves.BINS):
        inside = [i for i, p in enumerate(said_) if low < p * curves.BINS <= low + 1 or p == low]
        if inside:
            accuracy = sum(true[i] for i in inside) / len(inside)
            confidence = sum(said_[i] for i in inside) / len(inside)
            error += len(inside) / 1000 * abs(accuracy - confidence)
    assert curves.in_bins(said_, true).error == pytest.approx(error)


@pytest.mark.parametrize("task", [CLASSES, SEVERAL])
def test_the_temperature_that_made_the_rows_is_found(task):
    predictions, honest = overconfident(task)
    temperature = curves.temperature(task, predictions)
    assert temperature == pytest.approx(2.5, rel=0.08)
    found = curves.scaled(task, predictions.probabilities, 2.5)
    np.testing.assert_allclose(found, honest, atol=2e-3)
    before = curves.reliability(task, predictions).error
    after = curves.reliability(task, predictions, temperature).error
    assert after < before / 3


def test_no_other_temperature_has_a_lower_loss():
    predictions, _ = overconfident(CLASSES, rows=500)
    best = curves.temperature(CLASSES, predictions)

    def loss(temperature):
        return log_loss(
            predictions.truth.argmax(axis=1),
            curves.scaled(CLASSES, predictions.probabilities, temperature),
        )

    assert min(map(loss, np.geomspace(0.2, 10, 200))) >= loss(best) - 1e-6


def test_temperature_keeps_order_and_survives_certainty():
    sure = said(
        np.array([[True, False], [False, True]]), np.eye(2) > 0, np.eye(2, dtype=np.float32)
    )
    for task in (SEVERAL, make_task("multiclass", ("a", "b"))):
        temperature = curves.temperature(task, sure)
        assert np.isfinite(temperature)
        assert np.isfinite(curves.scaled(task, sure.probabilities, temperature)).all()


def test_a_hundred_thousand_rows_take_no_second():
    predictions, _ = overconfident(CLASSES, rows=100_000)
    start = time.perf_counter()
    curves.precision_recall(predictions.truth[:, 0], predictions.probabilities[:, 0])
    curves.roc(predictions.truth[:, 0], predictions.probabilities[:, 0])
    curves.reliability(CLASSES, predictions, 1.3)
    assert time.perf_counter() - start < 1.5
