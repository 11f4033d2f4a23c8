"""`next`: which unlabelled texts are worth labelling first."""

import argparse
from dataclasses import asdict
from pathlib import Path

from engine.cli.output import Output, table
from engine.cli.parser import Commands, workspace_of
from engine.cli.predict import be_quiet
from engine.cli.quality import telling
from engine.text import translate


def add(commands: Commands) -> None:
    command = commands.add("next", label_next)
    command.add("--dataset", required=True, metavar="ID")
    command.add("--file", type=Path, metavar="F")


def label_next(arguments: argparse.Namespace, output: Output) -> int:
    from engine.data.dataset import load_dataset
    from engine.inference.unlabelled import own_texts, read_texts
    from engine.quality.labelling import rank, told

    workspace = workspace_of(arguments)
    dataset = load_dataset(workspace, arguments.dataset)
    be_quiet()
    file: Path | None = arguments.file
    texts = read_texts(file, file.name, dataset) if file else own_texts(workspace, dataset)
    found = rank(workspace, dataset, texts, telling(output))
    output.line(told(found).text())
    output.line()
    heads = [translate(f"cli.head.{head}") for head in ("place", "sure", "likely", "text")]
    rows = [
        [f"{place:,}", f"{pick.sure:.0%}", ", ".join(pick.likely[:2]), pick.text[:80]]
        for place, pick in enumerate(found.picks, 1)
    ]
    output.line(table(heads, rows, {0, 1}))
    output.result({"dataset": dataset.id} | asdict(found))
    return 0
