"""Data sets, predictions and reports of each shape, made by hand: no import, no training."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from engine.data.dataset import Dataset, Roles
from engine.evaluation import report as reports
from engine.evaluation.predictions import write_predictions
from engine.runs.registry import Registry
from engine.runs.run import Run, State
from engine.tasks import TASKS
from engine.tasks.answering import AnswerPredictions
from engine.tasks.labelled import LabelPredictions, LabelTask
from engine.tasks.token_labels import Span, SpanPredictions, to_spans
from engine.tasks.words import split_words
from engine.workspace import Workspace
from tests.recipes import complete_recipe

ARROW = {
    "string": pa.string(),
    "list<int32>": pa.list_(pa.int32()),
    "list<string>": pa.list_(pa.string()),
}
HOSTILE = "<img src=x onerror=window.__xss=1>"

Row = Mapping[str, Any]


def tagged(text: str, *mentions: tuple[str, str], split: str = "test") -> Row:
    """A row of token labels: each mention is its words, in the order of the text, and its type."""
    words = split_words(text)
    tags, at = ["O"] * len(words), 0
    for said, label in mentions:
        at = text.index(said, at)
        inside = [i for i, (a, b) in enumerate(words) if a >= at and b <= at + len(said)]
        for place, word in enumerate(inside):
            tags[word] = f"{'I' if place else 'B'}-{label}"
        at += len(said)
    starts, ends = ([word[i] for word in words] for i in (0, 1))
    return {"split": split, "text": text, "starts": starts, "ends": ends, "tags": tags}


def asked(text: str, question: str, *answers: str, split: str = "test") -> Row:
    """A row of question answering, with every right answer where it first stands."""
    return {
        "split": split,
        "text": text,
        "question": question,
        "answers": list(answers),
        "answer_starts": [text.find(answer) for answer in answers],
    }


def write_dataset(
    workspace: Workspace,
    task: str,
    labels: Sequence[str],
    rows: Sequence[Row],
    name: str = "d-1",
    positive: str | None = None,
) -> Dataset:
    """Version 1 of a data set, as the importer would leave it."""
    workspace.create()
    columns = {"row_id": pa.int64(), "split": pa.string(), "text": pa.string()}
    columns |= {"labels": ARROW["list<string>"]}
    columns |= {column: ARROW[kind] for column, kind in TASKS[task].columns.items()}
    filled = [{"row_id": i, "labels": []} | dict(row) for i, row in enumerate(rows)]
    folder = workspace.dataset(name, 1)
    folder.root.mkdir(parents=True)
    parquet.write_table(pa.Table.from_pylist(filled, schema=pa.schema(columns)), folder.rows)
    splits = [row["split"] for row in rows]
    counts = {split: splits.count(split) for split in ("train", "validation", "test")}
    empty: dict[str, dict[str, int]] = {split: {} for split in counts}
    dataset = Dataset(
        name, 1, name, task, tuple(labels), positive, Roles(("text",), ("label",)), counts, empty,
        f"of-{name}", 0.0,
    )  # fmt: skip
    folder.record.write_text(dataset.to_json(), "utf-8")
    return dataset


def finish_run(
    workspace: Workspace,
    dataset: Dataset,
    predictions: Any,
    name: str = "calm-otter",
    validation: Any = None,
) -> Run:
    """A finished run of a data set whose rows are all test rows, if there is no prediction of
    validation rows too, which follow them."""
    registry = Registry(workspace)
    run = registry.submit(complete_recipe(dataset.id), name)
    registry.settle(run, State.FINISHED, None)  # before an app can take it
    folder = workspace.run(run.id)
    write_predictions(folder.predictions("test", "best"), range(len(predictions)), predictions)
    if validation is not None:
        numbers = range(len(predictions), len(predictions) + len(validation))
        write_predictions(folder.predictions("validation", "best"), numbers, validation)
    reports.save(folder, reports.build_report(folder, dataset))
    manual = {"task": dataset.task, "labels": dataset.labels, "positive": dataset.positive}
    manual |= {"max_length": 16}
    folder.model.mkdir(parents=True)
    (folder.model / "labels.json").write_text(json.dumps(manual), "utf-8")
    return registry.get(run.id)


def label_run(
    workspace: Workspace,
    task: LabelTask,
    test: LabelPredictions,
    validation: LabelPredictions | None = None,
    name: str = "d-1",
) -> Run:
    """A run of a task that gives labels to texts, with what it said of its rows."""
    splits = [("test", test)] + ([("validation", validation)] if validation else [])
    rows = [
        {"split": split, "text": f"{split} {row}", "labels": task.verdict(truth, row, "")}
        for split, said in splits
        for truth in (replace(said, decided=said.truth),)
        for row in range(len(said))
    ]
    dataset = write_dataset(workspace, task.kind, task.labels, rows, name, task.positive)
    return finish_run(workspace, dataset, test, f"of-{name}", validation)


def mentions_of(rows: Sequence[Row]) -> list[list[Span]]:
    return [to_spans(row["starts"], row["ends"], row["tags"]) for row in rows]


ENTITY_ROWS = (
    tagged("Anna Berg works for Shell.", ("Anna Berg", "person"), ("Shell", "company")),
    tagged("Jordan moved to Paris.", ("Jordan", "person"), ("Paris", "place")),
    tagged(f"{HOSTILE} sells to Orange", ("Orange", "company")),
    tagged("Nothing happened today."),
)


def entity_run(workspace: Workspace) -> Run:
    """One error of each kind: `Anna` for `Anna Berg`, a place for a person, `img` for nothing,
    and `Orange` missed."""
    dataset = write_dataset(workspace, "tokens", ("company", "person", "place"), ENTITY_ROWS)
    truth = mentions_of(ENTITY_ROWS)
    decided = [
        [Span(0, 4, "person", 0.9), truth[0][1]],
        [Span(0, 6, "place", 0.6), truth[1][1]],
        [Span(1, 4, "person", 0.5)],
        [],
    ]
    return finish_run(workspace, dataset, SpanPredictions(truth, decided), "brave-lynx")


CONTEXT = f"Fresno lies in California. {HOSTILE} It was founded in 1872 by a railroad."
ANSWER_ROWS = (
    asked(CONTEXT, "When was Fresno founded?", "1872"),
    asked(CONTEXT, "Where is Fresno?", "California", "in California"),
    asked(CONTEXT, HOSTILE, "a railroad"),
)


def answer_run(workspace: Workspace) -> Run:
    """One right answer, one partly right, one wrong."""
    dataset = write_dataset(workspace, "qa", (), ANSWER_ROWS)
    given = ["1872", "lies in California", "Fresno"]
    predictions = AnswerPredictions(
        [row["answers"] for row in ANSWER_ROWS],
        given,
        [0.9, 0.5, 0.1],
        [CONTEXT.index(answer) for answer in given],
    )
    return finish_run(workspace, dataset, predictions)
