"""The rows of a split as results look at them, of predictions made by hand."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from engine.data.dataset import EXTRA
from engine.evaluation import report as reports
from engine.evaluation.predictions import write_predictions
from engine.evaluation.rows import SplitRows, read_rows
from engine.tasks.labelled import LabelPredictions
from engine.training.recipe import Recipe
from engine.workspace import Workspace
from tests.recipes import complete_recipe
from tests.shaped import write_dataset

LABELS = ("a", "b", "c")


def table(*rows: str) -> Any:
    """Label sets as booleans (rows, labels of LABELS): each row is its labels, as in "ab"."""
    return np.array([[label in row for label in LABELS] for row in rows], dtype=bool)


def said(truth: Sequence[str], decided: Sequence[str], sure: Any = 0.9) -> LabelPredictions:
    """Whatever was said has the probability `sure`, of each row or of all."""
    found = table(*decided)
    sure = np.broadcast_to(np.asarray(sure, dtype=float), len(found))[:, None]
    return LabelPredictions(table(*truth), found, np.where(found, sure, (1 - sure) / 2))


def label_rows(
    workspace: Workspace,
    test: LabelPredictions,
    task: str = "multiclass",
    texts: Sequence[str] = (),
    trained: Sequence[str] = (),
    validation: LabelPredictions | None = None,
    tokens: Sequence[int] | None = None,
    recipe: Recipe | None = None,
    name: str = "r-1",
    labels: Sequence[str] = LABELS,
    **extra: Sequence[str],
) -> SplitRows:
    """Test rows of the run `name`; `trained` are texts of training rows, `extra` columns of the
    test rows; `labels` what LABELS are called there."""
    rows: list[Any] = [
        {"split": "test", "text": texts[i] if texts else f"text number {i}"}
        for i in range(len(test))
    ]
    held = len(validation) if validation is not None else 0
    rows += [{"split": "validation", "text": f"validation {i}"} for i in range(held)]
    rows += [{"split": "train", "text": text} for text in trained]
    dataset = write_dataset(workspace, task, labels, rows)
    _add(workspace.dataset(dataset.id, 1).rows, len(rows), extra)
    run = workspace.run(name)
    run.root.mkdir(parents=True, exist_ok=True)
    run.recipe.write_text((recipe or complete_recipe(dataset.id)).to_json(), "utf-8")
    write_predictions(run.predictions("test", "best"), range(len(test)), test, tokens=tokens)
    if validation is not None:
        numbers = range(len(test), len(test) + held)
        write_predictions(run.predictions("validation", "best"), numbers, validation)
    report = reports.build_report(run, dataset)
    reports.save(run, report)
    return read_rows(workspace, report, "test")


def _add(file: Any, rows: int, extra: dict[str, Sequence[str]] | Any) -> None:
    kept = parquet.read_table(file)
    for name, values in extra.items():
        kept = kept.append_column(
            f"{EXTRA}{name}", pa.array([*values, *[""] * (rows - len(values))])
        )
    parquet.write_table(kept, file)
