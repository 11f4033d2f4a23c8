"""Extra columns that number the rows or go with the label are told of; others are not."""

import random

import pytest

from engine.quality.finders import columns
from tests.quality.made import material

RNG = random.Random(0)
LABELS = [RNG.choice("abc") for _ in range(300)]
TEXTS = [f"text number {i}" for i in range(300)]


def found(**extra):
    return columns.find(material(TEXTS, LABELS, extra=extra))


def test_a_column_that_numbers_the_rows_is_worth_knowing_and_no_more():
    (finding,) = found(id=[f"T-{i}" for i in range(300)])
    assert finding.what.text() == "The column “id” numbers the rows: hardly a value stands twice."
    assert finding.weight == 0
    assert finding.fixes == ()


def test_numbers_in_the_order_of_the_labels_are_said():
    order = sorted(range(300), key=lambda i: LABELS[i])
    number = {place: i for i, place in enumerate(order)}
    (finding,) = found(id=[str(number[i]) for i in range(300)])
    assert finding.facts["about"] == "sorted"
    assert finding.facts["together"] >= 99
    assert finding.facts["chance"] == pytest.approx(33, abs=3)


def test_a_column_that_goes_with_the_label_is_told_of():
    queue = {"a": ["x", "y"], "b": ["z"], "c": ["w"]}
    (finding,) = found(queue=[RNG.choice(queue[name]) for name in LABELS])
    assert finding.facts["about"] == "label"
    assert finding.facts["right"] == 100


@pytest.mark.parametrize(
    "cells",
    [
        [name.upper() for name in LABELS],
        [RNG.choice(("mail", "phone")) for _ in LABELS],
        [str(RNG.randint(1, 80)) for _ in LABELS],
        [""] * 200 + [str(i) for i in range(100)],
        [f"a remark of many words on row {i}" for i in range(300)],
        ["same"] * 300,
    ],
    ids=["label again", "channel", "age", "mostly empty", "remarks", "constant"],
)
def test_ordinary_columns_give_no_card(cells):
    assert found(column=cells) == []
