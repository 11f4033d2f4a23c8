"""`robustness`: how often small changes of a text change the answer of a run's model."""

import argparse

from engine.cli.output import Output, Steps, table
from engine.cli.parser import Commands, workspace_of
from engine.cli.predict import be_quiet
from engine.errors import RunError
from engine.runs.registry import Registry
from engine.text import Message, translate


def add(commands: Commands) -> None:
    commands.add("robustness", robustness).add("RUN")


def robustness(arguments: argparse.Namespace, output: Output) -> int:
    workspace = workspace_of(arguments)
    run = Registry(workspace).get(arguments.RUN)
    folder = workspace.run(run.id)
    if not folder.model.is_dir() or not folder.report.is_file():
        raise RunError("cli.no_model", run=run.id, state=run.state.word)
    be_quiet()
    from engine.inference.robustness import check, save

    found = check(workspace, run.id, Steps(output))
    save(folder, found)
    output.say(
        "robustness.rows",
        rows=found.rows,
        of=found.of,
        split=Message(f"report.split.{found.split}"),
    )
    rows = [
        [
            translate(f"robustness.change_{name}"),
            f"{outcome.rate.share:.1%}",
            f"{outcome.rate.low:.1%}–{outcome.rate.high:.1%}",
            f"{outcome.rate.flips:,} / {outcome.rate.rows:,}",
        ]
        for name, outcome in found.outcomes.items()
    ]
    heads = [
        translate(f"robustness.head_{name}") for name in ("change", "share", "interval", "rows")
    ]
    output.line(table(heads, rows, {1, 2, 3}))
    output.result(found.to_dict())
    return 0
