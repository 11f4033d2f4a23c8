"""`queue`: the runs that wait, their order, and taking them out."""

import argparse

from engine.cli.output import Output, table
from engine.cli.parser import Commands, workspace_of
from engine.cli.runs import dataset_of
from engine.errors import RunError, WorkspaceError
from engine.runs.registry import Registry
from engine.runs.run import Request
from engine.text import translate
from engine.times import clock
from engine.workspace import Workspace


def add(commands: Commands) -> None:
    queueing = commands.add("queue", queue)
    queueing.add("ACTION", nargs="?", choices=("show", "move", "cancel"), default="show")
    queueing.add("RUN", nargs="?")
    queueing.add("PLACE", nargs="?", type=int)
    queueing.add("--all", action="store_true")


def queue(arguments: argparse.Namespace, output: Output) -> int:
    workspace = workspace_of(arguments)
    registry = Registry(workspace)
    if arguments.ACTION == "move":
        _move(registry, arguments.RUN, arguments.PLACE)
    elif arguments.ACTION == "cancel" and arguments.all:
        output.say("cli.cancelled_all", count=registry.cancel_queue())
    elif arguments.ACTION == "cancel":
        _cancel(registry, arguments.RUN, output)
    _show(workspace, registry, output)
    return 0


def _move(registry: Registry, run: str | None, place: int | None) -> None:
    if run is None or place is None or place < 1:
        raise RunError("cli.queue_move")
    registry.move(run, place - 1)


def _cancel(registry: Registry, name: str | None, output: Output) -> None:
    """A run by its id, or a group by its name."""
    if name is None:
        raise RunError("cli.queue_cancel")
    try:
        run = registry.get(name)
    except WorkspaceError:
        if not registry.group(name):
            raise
        output.say("cli.cancelled_group", count=registry.stop_group(name), group=name)
    else:
        run = registry.request_stop(run.id, Request.STOP_AND_KEEP)
        output.say("cli.stopping" if run.state.active else "cli.cancelled", run=run.name)


def _show(workspace: Workspace, registry: Registry, output: Output) -> None:
    queued = registry.queued()
    rows = [
        [str(place), run.id, run.group or "", dataset_of(workspace, run), clock(run.created)]
        for place, run in enumerate(queued, start=1)
    ]
    if rows:
        heads = ("place", "id", "group", "dataset", "created")
        output.line(table([translate(f"cli.head.{head}") for head in heads], rows, right=(0,)))
    else:
        output.say("cli.queue_empty")
    records = [{"id": run.id, "name": run.name, "group": run.group} for run in queued]
    output.result({"queue": records})
