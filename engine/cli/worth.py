"""`worth`: what simple models reach on a data set, and whether more rows would help."""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING

from engine.cli.output import Output, score_with_interval, table
from engine.cli.parser import Commands, workspace_of
from engine.cli.predict import be_quiet
from engine.cli.quality import telling
from engine.text import translate

if TYPE_CHECKING:  # numpy takes a while
    from engine.quality.worth import Worth


def add(commands: Commands) -> None:
    command = commands.add("worth", worth)
    command.add("--dataset", required=True, metavar="ID")
    command.add("--version", type=int, metavar="N")


def worth(arguments: argparse.Namespace, output: Output) -> int:
    from engine.data.dataset import load_dataset
    from engine.quality.worth import measure

    workspace = workspace_of(arguments)
    dataset = load_dataset(workspace, arguments.dataset, arguments.version)
    be_quiet()
    found = measure(workspace, dataset, telling(output))
    metric = dataset.make_task().metric(found.headline)
    output.line(found.conclusion(metric).text())
    output.line()
    heads = [translate("cli.head.alternative"), metric.text()]
    rows = [
        [
            translate(f"better.name.{each.name}"),
            score_with_interval(
                each.score(found.headline), each.figures["intervals"][found.headline]
            ),
        ]
        for each in found.reached
    ]
    output.line(table(heads, rows, {1}))
    _describe_prospects(found, output)
    for message in found.failed:
        output.line()
        output.line(message.text())
    record = {"dataset": dataset.id, "version": dataset.version} | asdict(found)
    output.result(record | {"failed": [message.text() for message in found.failed]})
    return 0


def _describe_prospects(found: "Worth", output: Output) -> None:
    ahead = found.prospects
    if ahead is None:
        return
    output.line()
    output.line(f"{translate('cli.all_rows')}: {ahead.overall.gain.message.text()}")
    for label, each in ahead.in_order():
        output.line(f"{label}: {each.gain.message.text()}")
