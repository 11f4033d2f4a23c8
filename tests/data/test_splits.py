"""Splits are fair, repeatable, and leave ready-made ones alone."""

from collections import Counter

import numpy as np
import pytest

from engine.data.dataset import SPLITS
from engine.data.plan import SplitPlan
from engine.data.splits import assign, cap, overlapping, split_of


def deal(labels, plan=None, given=None, groups=None):
    given = np.array(given if given is not None else [None] * len(labels), dtype=object)
    groups = np.arange(len(labels)) if groups is None else np.asarray(groups)
    return assign(given, labels, groups, plan or SplitPlan())


def table(splits, labels):
    return {
        split: Counter(
            n for s, names in zip(splits, labels, strict=True) if s == split for n in names
        )
        for split in SPLITS
    }


def single(counts):
    names = [name for name, count in counts.items() for _ in range(count)]
    return [(name,) for name in np.random.default_rng(1).permutation(names).tolist()]


def test_each_label_has_its_share_of_each_split():
    counts = {"a": 500, "b": 300, "c": 55, "d": 10}
    labels = single(counts)
    found = table(deal(labels), labels)
    for name, total in counts.items():
        assert found["validation"][name] == pytest.approx(total / 10, abs=1)
        assert found["test"][name] == pytest.approx(total / 10, abs=1)


def test_many_small_labels_still_add_up_to_the_ratios():
    labels = single({f"label {i}": 13 for i in range(77)})
    sizes = Counter(deal(labels).tolist())
    assert sizes["validation"] == pytest.approx(100, abs=2)
    assert sizes["test"] == pytest.approx(100, abs=2)


def test_small_labels_reach_every_split_and_single_rows_train():
    labels = single({"big": 200, "three": 3, "two": 2, "one": 1})
    found = table(deal(labels), labels)
    assert [found[split]["three"] for split in SPLITS] == [1, 1, 1]
    assert [found[split]["two"] for split in SPLITS] == [1, 0, 1]
    assert [found[split]["one"] for split in SPLITS] == [1, 0, 0]


def test_the_seed_alone_decides():
    labels = single({"a": 100, "b": 50})
    assert deal(labels).tolist() == deal(labels).tolist()
    assert deal(labels).tolist() != deal(labels, SplitPlan(seed=14)).tolist()


def test_label_sets_are_stratified_label_by_label():
    chance = np.random.default_rng(0)
    weights = np.array([0.4, 0.2, 0.1, 0.05, 0.03])
    labels = [
        tuple("abcde"[i] for i in np.flatnonzero(chance.random(5) < weights)) for _ in range(2000)
    ]
    splits = deal(labels)
    found = table(splits, labels)
    sizes = Counter(splits.tolist())
    for name in "abcde":
        total = sum(found[split][name] for split in SPLITS)
        assert found["test"][name] == pytest.approx(total / 10, abs=max(2, total * 0.02))
    assert sizes["train"] == pytest.approx(1600, rel=0.02)
    assert sizes["test"] == pytest.approx(200, rel=0.1)


def test_rows_of_equal_text_are_dealt_out_together():
    labels = single({"a": 200, "b": 100})
    groups = np.arange(300) // 2
    splits = deal(labels, groups=groups)
    assert all(splits[i] == splits[i + 1] for i in range(0, 300, 2))


def test_where_nearly_all_texts_repeat_rows_are_dealt_out_one_by_one():
    labels = [("a",), ("b",)] * 50
    splits = deal(labels, groups=np.arange(100) % 2)
    assert Counter(splits.tolist()) == {"train": 80, "validation": 10, "test": 10}


@pytest.mark.parametrize("kind", ["column", "files"])
def test_ready_made_splits_stay_as_they_are(kind):
    given = ["train", "test", "validation"] * 30
    labels = [("a",), ("b",), ("c",)] * 30
    assert deal(labels, SplitPlan(kind), given).tolist() == given


def test_what_a_ready_made_split_lacks_is_carved_out_of_training():
    labels = [("a",), ("b",)] * 150
    given = ["train"] * 200 + ["test"] * 100
    splits = deal(labels, SplitPlan("column"), given)
    assert (splits[200:] == "test").all()
    assert Counter(splits[:200].tolist())["validation"] == pytest.approx(200 / 9, abs=1)


def test_ratios_share_everything_out_anew():
    given = ["train"] * 50 + ["test"] * 50
    splits = deal([("a",), ("b",)] * 50, SplitPlan("ratios"), given)
    assert Counter(splits.tolist()) == {"train": 80, "validation": 10, "test": 10}


def test_overlap_names_the_rows_of_the_earlier_split():
    splits = np.array(["train", "train", "test", "validation", "validation"], dtype=object)
    found = overlapping(splits, np.array([0, 1, 0, 0, 1]))
    assert {pair: rows.tolist() for pair, rows in found.items()} == {
        "train/test": [True, False, False, False, False],
        "train/validation": [True, True, False, False, False],
        "validation/test": [False, False, False, True, False],
    }


def test_a_cap_keeps_at_most_so_many_rows_of_a_label():
    labels = single({"a": 100, "b": 20, "c": 5})
    splits = deal(labels)
    keep = cap(splits, labels, {"train": 10, "test": 1}, seed=13)
    found = table(splits[keep], [labels[row] for row in np.flatnonzero(keep)])
    assert (found["train"]["a"], found["train"]["b"]) == (10, 10)
    assert (found["test"]["a"], found["validation"]["a"]) == (1, 10)
    assert keep.tolist() == cap(splits, labels, {"train": 10, "test": 1}, seed=13).tolist()


def test_a_cap_counts_every_label_of_a_row_and_rows_without_any():
    labels = [("a",)] * 50 + [("a", "rare")] * 5 + [()] * 40
    splits = np.array(["train"] * 95, dtype=object)
    keep = cap(splits, labels, {"train": 8}, seed=0)
    kept = [names for names, stays in zip(labels, keep, strict=True) if stays]
    assert Counter(kept) == {("a",): 3, ("a", "rare"): 5, (): 8}


@pytest.mark.parametrize(
    ("cell", "split"),
    [
        ("Train", "train"),
        ("TRAINING ", "train"),
        ("dev", "validation"),
        ("val", "validation"),
        ("Test", "test"),
        ("eval", "test"),
        ("验证集", "validation"),
        ("3", None),
    ],
)
def test_names_of_splits_are_understood(cell, split):
    assert split_of(cell) == split
