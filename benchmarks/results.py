"""How long the results of a large test set take to open and to filter, in the engine alone.

    python benchmarks/results.py [--rows 100000] [--task multiclass …]

Makes up a data set and what a model said of it, in a folder that is deleted again. Prints seconds:
`opened` is everything the overview shows, from cold; `filtered` the slowest of several filters.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine.data.dataset import EXTRA, Dataset, Roles
from engine.evaluation import report as reports
from engine.evaluation.alerts import alerts
from engine.evaluation.confusions import crossed
from engine.evaluation.filters import OTHER, Filter
from engine.evaluation.predictions import write_predictions
from engine.evaluation.rows import read_rows
from engine.tasks import TASKS
from engine.tasks.answering import AnswerPredictions
from engine.tasks.labelled import LabelPredictions
from engine.tasks.token_labels import Span, SpanPredictions
from engine.workspace import Workspace

LABELS = tuple(f"label {i}" for i in range(20))
TRAINED = 100_000
WORDS = np.array("the a parcel late money back my is please help again today courier box".split())
Rng = np.random.Generator


def texts(rng: Rng, rows: int) -> list[str]:
    """About forty words each, with its number, so that all differ."""
    words = WORDS[rng.integers(0, len(WORDS), (rows, 40))]
    return [f"{i} {' '.join(line)}" for i, line in enumerate(words.tolist())]


def one_label(rng: Rng, rows: int) -> LabelPredictions:
    truth = np.eye(len(LABELS), dtype=bool)[rng.integers(0, len(LABELS), rows)]
    logits = rng.normal(size=truth.shape) + 3 * truth
    found = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    decided = np.arange(len(LABELS)) == found.argmax(axis=1)[:, None]
    return LabelPredictions(truth, decided, found)


def any_label(rng: Rng, rows: int) -> LabelPredictions:
    truth = rng.random((rows, len(LABELS))) < 0.05
    found = np.clip(rng.beta(1, 8, truth.shape) + 0.7 * truth, 0, 1)
    return LabelPredictions(truth, found >= 0.5, found)


def mentions(rng: Rng, rows: int) -> SpanPredictions:
    kinds = rng.integers(0, len(LABELS), (rows, 2)).tolist()
    truth = [[Span(0, 5, LABELS[a]), Span(9, 12, LABELS[b])] for a, b in kinds]
    decided = [row if right else [Span(0, 4, row[0].label, 0.7)]
               for row, right in zip(truth, rng.random(rows) < 0.8, strict=True)]  # fmt: skip
    return SpanPredictions(truth, decided)


def answers(rng: Rng, rows: int) -> AnswerPredictions:
    right = [[f"the parcel {i}"] for i in range(rows)]
    said = [row[0] if good else "a box of money"
            for row, good in zip(right, rng.random(rows) < 0.7, strict=True)]  # fmt: skip
    return AnswerPredictions(right, said, rng.random(rows).tolist(), [-1] * rows)


MADE: dict[str, Callable[[Rng, int], Any]] = {
    "multiclass": one_label,
    "multilabel": any_label,
    "tokens": mentions,
    "qa": answers,
}


def make(workspace: Workspace, task: str, rows: int, trained: int = TRAINED) -> reports.Report:
    """A finished run on a data set of so many test rows."""
    rng = np.random.default_rng(0)
    workspace.create()
    labels = LABELS if TASKS[task].columns.keys() <= {"starts", "ends", "tags"} else ()
    sizes = {"train": trained, "validation": 0, "test": rows}
    dataset = Dataset("large", 1, "large", task, labels, None, Roles(("text",), ("label",)), sizes,
                      {split: {} for split in sizes}, "", 0.0, (), ("channel",))  # fmt: skip
    folder = workspace.dataset("large", 1)
    folder.root.mkdir(parents=True)
    every = rows + trained
    table = {
        "row_id": np.arange(every),
        "split": ["train"] * trained + ["test"] * rows,
        "text": texts(rng, every),
        "question": ["Where is it?"] * every,
        f"{EXTRA}channel": np.array(["mail", "phone", "web"])[rng.integers(0, 3, every)],
    }
    parquet.write_table(pa.table(table), folder.rows)
    folder.record.write_text(dataset.to_json(), "utf-8")
    run = workspace.run(f"large-{task}")
    run.root.mkdir(parents=True)
    said = MADE[task](rng, rows)
    tokens = rng.integers(20, 128, rows)
    numbers = np.arange(trained, every)
    write_predictions(run.predictions("test", "best"), numbers, said, tokens=tokens)
    report = reports.build_report(run, dataset)
    reports.save(run, report)
    return report


def look(workspace: Workspace, report: reports.Report) -> tuple[float, dict[str, float]]:
    """Seconds of the first look, and of each filter after it."""
    began = time.perf_counter()
    rows = read_rows(workspace, report, "test")
    every = rows.mask(Filter())
    alerts(rows)
    rows.slices  # noqa: B018
    if report.labels:
        crossed(rows, every)
    rows.order(every, "worst")
    opened = time.perf_counter() - began
    label = {"truth": report.labels[0], "decided": OTHER} if report.labels else {}
    filters = {
        "outcome": Filter(outcome="wrong"),
        "nearly all": Filter(least=0.01),
        "label": Filter(**label),
        "words": Filter(words="PARCEL late"),
        "slice": Filter(column="channel", value="web", shortest=60, most=0.9),
    }
    took = {}
    for name, wanted in filters.items():
        began = time.perf_counter()
        mask = read_rows(workspace, report, "test").mask(wanted)
        rows.figures(mask)
        if report.labels:
            crossed(rows, mask)
        rows.order(mask, "worst")
        took[name] = time.perf_counter() - began
    return opened, took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--task", nargs="*", default=list(MADE), choices=list(MADE))
    chosen = parser.parse_args()
    for task in chosen.task:
        with tempfile.TemporaryDirectory() as folder:
            workspace = Workspace(Path(folder))
            opened, took = look(workspace, make(workspace, task, chosen.rows))
        slowest = max(took, key=lambda name: took[name])
        print(f"{task:12} opened {opened:.2f} s, filtered {took[slowest]:.2f} s ({slowest})", took)


if __name__ == "__main__":
    main()
