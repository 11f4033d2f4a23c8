"""A report is a function of the predictions files, and survives being saved."""

from pathlib import Path

import numpy as np
import pytest

from engine.data.dataset import Dataset, Roles
from engine.errors import WorkspaceError
from engine.evaluation import report
from engine.evaluation.predictions import write_predictions
from engine.workspace import RunFolder
from tests.said import said

LABELS = ("billing", "bug", "other")


def dataset(task: str, labels: tuple[str, ...] = LABELS, positive: str | None = None) -> Dataset:
    roles = Roles(("text",), ("label",))
    return Dataset("d-1", 2, "d", task, labels, positive, roles, {}, {}, "f", 0.0)


def predict(
    folder: RunFolder, split: str, weights: str, truth: list[int], found: list[int]
) -> None:
    columns = np.arange(len(LABELS))
    path = folder.predictions(split, weights)
    decided = columns == np.array(found, dtype=int)[:, None]
    right = columns == np.array(truth, dtype=int)[:, None]
    write_predictions(path, range(len(truth)), said(right, decided))


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder(tmp_path / "run-1")


@pytest.mark.parametrize(
    ("rows", "best", "last", "told"),
    [
        (20, 10, 12, "(Macro-F1), which happens by chance with so few rows"),
        (2000, 1000, 1400, "more than chance explains"),
        (20, 12, 10, None),
        (20, 10, 10, None),
    ],
)
def test_a_last_checkpoint_above_the_best_on_test_rows_is_told_in_a_sentence(
    folder: RunFolder, rows: int, best: int, last: int, told: str | None
) -> None:
    truth = [i % 2 for i in range(rows)]
    for weights, right in (("best", best), ("last", last)):
        found = [label if i < right else 2 for i, label in enumerate(truth)]
        predict(folder, "test", weights, truth, found)
    said = report.build_report(folder, dataset("multiclass")).last_is_higher
    assert (told in said.text()) if said and told else said is told


def test_each_predictions_file_becomes_its_figures(folder: RunFolder) -> None:
    predict(folder, "test", "best", [0, 1, 2, 0], [0, 1, 2, 1])
    predict(folder, "test", "before", [0, 1, 2, 0], [0, 0, 0, 0])
    predict(folder, "validation", "best", [0, 1], [0, 1])
    built = report.build_report(folder, dataset("multiclass"))
    assert {split: set(found) for split, found in built.splits.items()} == {
        "test": {"best", "before"},
        "validation": {"best"},
    }
    best = built.splits["test"]["best"]
    assert best["rows"] == 4
    assert best["accuracy"] == 0.75
    assert best["confusion"] == [[1, 1, 0], [0, 1, 0], [0, 0, 1]]
    assert best["per_class"]["billing"] == {
        "precision": 1.0,
        "recall": 0.5,
        "f1": pytest.approx(2 / 3),
        "support": 2,
        "predicted": 1,
        "intervals": {"precision": [0.0, 1.0], "recall": [0.0, 1.0], "f1": [0.0, 1.0]},
    }
    low, high = best["intervals"]["accuracy"]
    assert 0 <= low < 0.75 < high <= 1


@pytest.mark.parametrize(
    ("kind", "extra"),
    [
        ("multiclass", set()),
        ("multilabel", {"macro_f1_with_none", "micro_f1_with_none"}),
    ],
)
def test_every_promised_number_is_there_with_its_interval(
    folder: RunFolder, kind: str, extra: set[str]
) -> None:
    predict(folder, "test", "best", [0, 1, 2], [0, 1, 1])
    best = report.build_report(folder, dataset(kind)).splits["test"]["best"]
    plain = {"accuracy", "balanced_accuracy", "macro_f1", "micro_f1", "weighted_f1"} | extra
    plain |= {"macro_precision", "macro_recall"}
    assert plain <= best.keys()
    assert best["intervals"].keys() == plain
    assert list(best["per_class"]) == list(LABELS), "the no-label class is in averages only"


def test_binary_has_the_figures_of_its_positive_class(folder: RunFolder) -> None:
    truth = np.array([[1, 0], [0, 1], [0, 1]], dtype=bool)
    decided = np.array([[1, 0], [0, 1], [1, 0]], dtype=bool)
    write_predictions(folder.predictions("test", "best"), range(3), said(truth, decided))
    binary = dataset("binary", ("ham", "spam"), "ham")
    best = report.build_report(folder, binary).splits["test"]["best"]
    assert best["f1"] == best["per_class"]["ham"]["f1"] == pytest.approx(2 / 3)


def test_a_split_without_rows_is_left_out(folder: RunFolder) -> None:
    predict(folder, "test", "best", [], [])
    assert report.build_report(folder, dataset("multiclass")).splits == {}


def test_a_saved_report_is_loaded_as_it_was(folder: RunFolder) -> None:
    predict(folder, "test", "best", [0, 1, 2], [0, 1, 1])
    built = report.build_report(folder, dataset("multiclass"))
    report.save(folder, built)
    assert report.load(folder) == built


def test_a_run_without_a_report_says_when_there_will_be_one(folder: RunFolder) -> None:
    with pytest.raises(WorkspaceError, match=r"run-1.* has no report yet"):
        report.load(folder)
