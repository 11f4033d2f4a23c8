"""`explain`: why a model gives a text its label, and which training texts are like it."""

import argparse
import os
from typing import TYPE_CHECKING, Any

from engine.cli.output import Output, table
from engine.cli.parser import Commands, workspace_of
from engine.cli.predict import QUIET
from engine.errors import DataError, RunError, WorkspaceError
from engine.runs.registry import Registry
from engine.text import translate

if TYPE_CHECKING:  # torch takes seconds
    from engine.inference.attribution import Explanation
    from engine.inference.similar import Neighbour

TOLD = 10
"""Words that are listed, those of most influence."""
CLIPPED = 100


def add(commands: Commands) -> None:
    explaining = commands.add("explain", explain)
    explaining.add("RUN")
    explaining.add("SENTENCE")
    explaining.add("--of", metavar="LABEL")


def explain(arguments: argparse.Namespace, output: Output) -> int:
    from engine.data.alike import is_blank

    workspace = workspace_of(arguments)
    run = Registry(workspace).get(arguments.RUN)
    folder = workspace.run(run.id).model
    if not folder.is_dir():
        raise RunError("cli.no_model", run=run.id, state=run.state.word)
    if is_blank(arguments.SENTENCE):
        raise DataError("cli.explain_blank")
    os.environ.update(QUIET)
    from engine.data.dataset import load_dataset
    from engine.inference.attribution import explain as explained
    from engine.inference.predictor import load_predictor
    from engine.inference.similar import training_texts
    from engine.models.hardware import calm

    calm()
    predictor = load_predictor(folder)
    found = explained(predictor, arguments.SENTENCE, arguments.of)
    neighbours: list[Neighbour] = []
    try:
        dataset = load_dataset(workspace, run.dataset, run.dataset_version)
        texts = training_texts(workspace, folder, predictor, dataset)
        neighbours = texts.nearest(predictor, arguments.SENTENCE)
    except WorkspaceError as error:
        output.progress(str(error))
    _show(arguments.SENTENCE, found, neighbours, output)
    output.result({"id": run.id, "text": arguments.SENTENCE} | _record(found, neighbours))
    return 0


def _show(text: str, found: "Explanation", neighbours: "list[Neighbour]", output: Output) -> None:
    output.say(
        "explain.told",
        label=found.label,
        probability=f"{100 * found.probability:.1f}",
        hidden=f"{100 * found.hidden:.1f}",
    )
    words = zip(found.words, found.shares, strict=True)
    strongest = sorted(words, key=lambda pair: -abs(pair[1]))[:TOLD]
    head = [translate("explain.word"), translate("explain.share")]
    lines = [[text[word.start : word.end], f"{100 * share:+.0f} %"] for word, share in strongest]
    output.line(table(head, lines, right=[1]))
    if neighbours:
        keys = ("similarity", "labels", "training_text")
        output.line()
        output.line(
            table([translate(f"explain.{key}") for key in keys], list(map(_line, neighbours)))
        )


def _line(near: "Neighbour") -> list[str]:
    labels = ", ".join(near.row["labels"]) or translate("explain.no_labels")
    return [f"{near.similarity:.2f}", labels, " ".join(near.row["text"].split())[:CLIPPED]]


def _record(found: "Explanation", neighbours: "list[Neighbour]") -> dict[str, Any]:
    similar = [
        {
            "row_id": int(each.row["row_id"]),
            "text": each.row["text"],
            "labels": list(each.row["labels"]),
            "similarity": round(each.similarity, 6),
        }
        for each in neighbours
    ]
    return {"explanation": found.to_dict(), "similar": similar}
