"""Two runs on the same twenty test rows, of whose answers one can say which are wrong."""

from collections.abc import Sequence

import numpy as np

from engine.data.dataset import Dataset
from engine.tasks.labelled import LabelPredictions
from engine.workspace import Workspace
from tests.said import said
from tests.shaped import finish_run, write_dataset

LABELS = ("late", "rude")
TRUTH = ["late", "late", "rude", "rude"] * 5
ROWS = [
    {"split": split, "text": f"{split} text {i}: {label}", "labels": [label]}
    for split in ("test", "train", "validation")
    for i, label in enumerate(TRUTH)
]


def two_labels(workspace: Workspace, name: str = "d-1") -> Dataset:
    """A data set whose first twenty rows are its test rows."""
    return write_dataset(workspace, "multiclass", LABELS, ROWS, name)


def with_wrong(*rows: int) -> list[str]:
    """The right answers but for these rows."""
    turned = {"late": "rude", "rude": "late"}
    return [turned[label] if row in rows else label for row, label in enumerate(TRUTH)]


def answers(names: Sequence[str], truth: Sequence[str] = TRUTH) -> LabelPredictions:
    right, given = (np.array([[n == label for label in LABELS] for n in x]) for x in (truth, names))
    return said(right, given)


def run_with_wrong(workspace: Workspace, dataset: Dataset, name: str, *rows: int) -> str:
    """The id of a finished run that is wrong in these test rows."""
    return finish_run(workspace, dataset, answers(with_wrong(*rows)), name).id
