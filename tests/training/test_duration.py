"""The time a run is reckoned to take: held against measured runs, and what makes it longer."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from engine.data.dataset import Dataset, Roles
from engine.models.hardware import Hardware
from engine.training.duration import START, looks, saves, until_checkpoint
from engine.training.plan import make_plan
from tests.recipes import complete_recipe

XEON = Hardware("cpu", "Xeon, 4 cores", 4, 24 << 30, None, 7.7, 178.0, "2.13")
"""What the figures of docs/recommended.md were measured on."""
KEPT = {"train_embeddings": False, "precision": "auto", "learning_rate": 2e-4, "batch_size": 16}


def dataset(train: int, validation: int, test: int) -> Dataset:
    rows = {"train": train, "validation": validation, "test": test}
    return Dataset(
        "d-1", 1, "d", "multiclass", ("a", "b"), None, Roles(("text",), ("label",)), rows, {}, "f",
        0.0,
    )  # fmt: skip


def seconds(rows: tuple[int, int, int], tokens: float, **changes: Any) -> float:
    chosen = complete_recipe("d-1", model="bundled", **KEPT | {"max_length": 512} | changes)
    counts = np.full(rows[0], tokens, dtype=np.int32)
    found = make_plan(chosen, dataset(*rows), XEON, counts).seconds
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("rows", "tokens", "epochs", "measured"),
    [
        ((5532, 2275, 1607), 38, 6, 376),  # UNFAIR-ToS, binary
        ((9000, 1003, 3080), 16, 4, 303),  # Banking77
        ((3901, 557, 1114), 25, 8, 276),  # SMS Spam
        ((5424, 923, 940), 34, 6, 404),  # NCBI Disease
        ((742, 227, 221), 186, 12, 715),  # XQuAD English, beside other work
        ((4500, 500, 7600), 53, 7, 431),  # AG News
    ],
)
def test_measured_runs_took_as_long_within_a_factor_of_two(rows, tokens, epochs, measured):
    assert measured / 2 < seconds(rows, tokens, epochs=float(epochs)) < 2 * measured


SMALL = (240, 30, 30)


def test_the_smallest_run_takes_what_a_start_takes():
    assert START < seconds((16, 4, 4), 10, epochs=1.0) < START + 3


@pytest.mark.parametrize(
    "changes",
    [{"evaluate_every": 1}, {"keep_best": 4}, {"epochs": 4.0}, {"batch_size": 4}],
    ids=str,
)
def test_more_steps_looks_and_models_take_longer(changes):
    assert seconds(SMALL, 40, **changes) > 1.05 * seconds(SMALL, 40)


def test_test_rows_are_scored_too():
    assert seconds((240, 30, 3000), 40) > 1.5 * seconds(SMALL, 40)


def test_a_head_alone_reads_each_text_once():
    long = {"method": "head", "epochs": 60.0}
    assert seconds((5000, 300, 300), 100, **long) < 0.1 * seconds(
        (5000, 300, 300), 100, **long | {"method": "full"}
    )


def test_how_often_a_run_looks_and_saves():
    chosen = complete_recipe("d-1", evaluate_every=0)
    assert looks(chosen, steps=30, steps_an_epoch=10) == 3
    assert looks(replace(chosen, evaluate_every=4), steps=30, steps_an_epoch=10) == 8
    assert until_checkpoint(0.1) == 5
    assert until_checkpoint(2.0) == 40
    assert saves(12.0, 3, 0.1) == 3 * 1.25  # an evaluation every four seconds saves enough
    assert saves(60.0, 3, 0.1) == 3 * (1.25 + 4)
