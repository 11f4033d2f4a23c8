"""`guide`: what each label of a data set is, as one file for those who label."""

import argparse
from pathlib import Path

from engine.cli.output import Output
from engine.cli.parser import Commands, workspace_of
from engine.errors import WorkspaceError


def add(commands: Commands) -> None:
    command = commands.add("guide", guide)
    command.add("--dataset", required=True, metavar="ID")
    command.add("--version", type=int, metavar="N")
    command.add("--out", required=True, type=Path, metavar="FILE")


def guide(arguments: argparse.Namespace, output: Output) -> int:
    from engine.data.dataset import load_dataset
    from engine.export.guide import write_guide
    from engine.quality import portraits

    workspace = workspace_of(arguments)
    dataset = load_dataset(workspace, arguments.dataset, arguments.version)
    if arguments.out.is_file():
        raise WorkspaceError("versions.file_there", file=str(arguments.out))
    written = write_guide(workspace, dataset, "en", arguments.out)
    portrayed = bool(portraits.load(workspace, dataset))
    output.say("guide.written", labels=len(dataset.labels), file=str(written))
    if not portrayed:
        output.say("guide.not_portrayed", id=dataset.id)
    output.result({"file": str(written), "labels": len(dataset.labels), "portrayed": portrayed})
    return 0
