"""`quality`: what is wrong with a data set, and what could be done about it."""

import argparse
from collections.abc import Callable

from engine.cli.output import Output
from engine.cli.parser import Commands, workspace_of
from engine.cli.predict import be_quiet
from engine.text import translate

SHOWN = 10
"""Rows named of each finding."""


def add(commands: Commands) -> None:
    command = commands.add("quality", quality)
    command.add("--dataset", required=True, metavar="ID")
    command.add("--version", type=int, metavar="N")


def quality(arguments: argparse.Namespace, output: Output) -> int:
    from engine.data.dataset import load_dataset
    from engine.quality.checking import check

    workspace = workspace_of(arguments)
    dataset = load_dataset(workspace, arguments.dataset, arguments.version)
    be_quiet()
    found = check(workspace, dataset, telling(output))
    output.say(
        "quality.found", findings=len(found.findings), name=dataset.name, version=dataset.version
    )
    for finding in found.findings:
        output.line()
        output.line(finding.what.text())
        output.line(f"  {finding.why.text()}")
        if finding.rows:
            shown = ", ".join(map(str, finding.rows[:SHOWN]))
            output.say("quality.rows", rows=shown + (", …" if len(finding.rows) > SHOWN else ""))
        for change in finding.fixes:
            output.say("quality.fix", fix=change.reason)
    for message in found.failed:
        output.line()
        output.line(message.text())
    output.result(
        {
            "dataset": dataset.id,
            "version": dataset.version,
            "seconds": round(found.seconds, 3),
            "failed": [message.text() for message in found.failed],
            "findings": [
                {
                    "kind": finding.kind,
                    "what": finding.what.text(),
                    "why": finding.why.text(),
                    "weight": round(finding.weight, 3),
                    "rows": finding.rows,
                    "groups": finding.groups,
                    "suggested": finding.suggested,
                    "facts": finding.facts,
                    "fixes": [
                        {"kind": change.kind, "asks": change.asks, "what": change.reason.text()}
                        for change in finding.fixes
                    ],
                }
                for finding in found.findings
            ],
        }
    )
    return 0


def telling(output: Output) -> Callable[[int, int], None]:
    """Says from time to time how far the work is."""
    said = 0

    def tell(done: int, total: int) -> None:
        nonlocal said
        tenth = 10 * done // max(1, total)
        if tenth > said:
            said = tenth
            output.progress(translate("quality.share_done", share=tenth / 10))

    return tell
