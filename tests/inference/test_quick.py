"""In half precision nothing is decided otherwise, and what it cannot decide is read once more."""

import random
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from engine.inference import quick as quick_module
from engine.inference.quick import ENOUGH, MOST, Quick
from engine.tasks import make_task
from engine.tasks.operating_point import OperatingPoint
from tests.inference.models import LABELS, family_predictor
from tests.said import said
from tests.tiny import FILLER, WORDS


def texts(many):
    choose = random.Random(0)
    words = FILLER + [word for group in WORDS.values() for word in group]
    return [" ".join(choose.choices(words, k=choose.randint(1, 12))) for _ in range(many)]


@pytest.fixture
def fast(monkeypatch):
    """A machine on which bf16 pays."""
    monkeypatch.setattr(quick_module, "choose_precision", lambda *asked: ("bf16", ""))
    return SimpleNamespace()


@pytest.mark.parametrize("kind", ["multiclass", "multilabel"])
def test_every_decision_is_that_of_full_precision(fast, kind):
    exact = family_predictor("bert", pooled=True, kind=kind)
    rows = texts(300)
    first, second = exact.predict(rows), Quick(exact, fast).predict(rows)
    assert (first.decided == second.decided).all()
    assert np.abs(first.probabilities - second.probabilities).max() < MOST


def test_it_obeys_the_operating_point(fast):
    exact = family_predictor("bert", pooled=True)
    rows = texts(300)
    found = np.asarray(exact.predict(rows).probabilities)
    cuts = tuple(np.quantile(found, 0.7, axis=0).tolist())
    band = tuple((cut - 0.01, cut + 0.01) for cut in cuts)
    point = OperatingPoint(cuts, band)
    exact = replace(exact, point=point)
    first, second = exact.predict(rows), Quick(exact, fast).predict(rows)
    assert (first.decided == second.decided).all()
    assert (first.review == second.review).all()
    assert 0 < first.review.sum() < len(rows)


class TwoWays:
    """Half precision is off by as much as it is told, to one side and the other."""

    def __init__(self, off, labels=LABELS[:2]):
        import torch

        self.task = make_task("multiclass", labels)
        self.point = OperatingPoint()
        self.network = torch.nn.Linear(1, 1)
        self.off = off
        self.exactly = []

    def predict(self, rows, questions=()):
        import torch

        half = torch.is_autocast_enabled("cpu")
        first = np.array([float(row) for row in rows])
        if half:
            signs = np.where(np.arange(len(rows)) % 2, 1, -1)
            first = np.clip(first + signs * self.off, 0, 1)
        else:
            self.exactly.append(len(rows))
        found = np.column_stack([first, 1 - first])
        decided = np.arange(2) == found.argmax(axis=1)[:, None]
        return said(decided, decided, found)


def test_only_rows_that_are_open_are_read_twice(fast):
    rows = [f"{0.9 - 0.0001 * i:.4f}" for i in range(200)] + ["0.5001", "0.4999"]
    model = TwoWays(0.004)
    found = Quick(model, fast).predict(rows)
    assert model.exactly == [96, 2]  # the sample; the two that are close
    assert found.decided[:, 0].tolist() == [True] * 201 + [False]
    assert found.probabilities[-1].tolist() == pytest.approx([0.4999, 0.5001])


def test_a_model_that_is_far_off_stays_exact(fast):
    model = TwoWays(0.3)
    quick = Quick(model, fast)
    rows = [f"{i / 300:.4f}" for i in range(300)]
    assert (quick.predict(rows).probabilities[:, 0] == [float(row) for row in rows]).all()
    assert (quick.predict(rows).probabilities[:, 0] == [float(row) for row in rows]).all()


def test_where_most_rows_are_open_half_precision_is_given_up(fast):
    model = TwoWays(0.01)
    quick = Quick(model, fast)
    rows = ["0.501", "0.499"] * 100
    quick.predict(rows)
    model.exactly.clear()
    quick.predict(rows)
    assert model.exactly == [len(rows)]


def test_a_few_rows_are_simply_read(fast):
    model = TwoWays(0.3)
    Quick(model, fast).predict(["0.6"] * (ENOUGH - 1))
    assert model.exactly == [ENOUGH - 1]


def test_without_fast_bf16_nothing_changes(monkeypatch):
    monkeypatch.setattr(quick_module, "choose_precision", lambda *asked: ("fp32", ""))
    for hardware in (SimpleNamespace(), None):
        model = TwoWays(0.3)
        Quick(model, hardware).predict(["0.6"] * 100)
        assert model.exactly == [100]
