"""Waiting for a run to end, and saying what it does meanwhile.

The supervisor that starts the run and settles its end is the app's if one is open, and otherwise
one that lives as long as the wait. The run itself is a process of its own either way.
"""

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from engine.cli.output import Output, score
from engine.errors import RunError
from engine.runs.registry import Registry
from engine.runs.run import Request, Run, State
from engine.text import Message, translate
from engine.times import duration
from engine.training.events import Event, EventLog, followed
from engine.workspace import Workspace

LOOK = 0.3
"""Seconds between two looks at the registry."""
STEP_EVERY = 2.0
"""Seconds of training between two lines about steps."""


def wait(workspace: Workspace, run: Run, output: Output, follow: bool, since: int = 0) -> Run:
    """The run as it ended. Ctrl-C asks it to stop and keep its best; again, to be left alone.

    With `follow` its events from byte `since` on are told on standard error.
    """
    with _supervised(workspace):
        return _wait(workspace, run, output, Teller(workspace, run, since) if follow else None)


def wait_for_group(
    workspace: Workspace, runs: Sequence[Run], output: Output, follow: bool
) -> list[Run]:
    """The runs of a group as they ended, one after another. Ctrl-C asks all of them to stop."""
    ended = []
    with _supervised(workspace):
        for run in runs:
            output.progress(translate("cli.waiting_for", run=run.id))
            ended.append(_wait(workspace, run, output, Teller(workspace, run) if follow else None))
            output.progress(translate("cli.ended", run=run.id, state=ended[-1].state.word))
    return ended


def exit_status(workspace: Workspace, run: Run) -> int:
    """0 for a run that left the model it was to leave: finished, or stopped and kept."""
    kept = run.state is State.STOPPED and workspace.run(run.id).model.is_dir()
    return 0 if run.state is State.FINISHED or kept else 1


class Teller:
    """Turns a growing events file into lines for a person."""

    def __init__(self, workspace: Workspace, run: Run, since: int = 0) -> None:
        self._log = EventLog(workspace.run(run.id).events)
        self._read = since
        self._steps = 0
        self._scores = followed(())
        self._told = 0.0

    def lines(self) -> Iterator[str]:
        """What has happened since the last call."""
        events, self._read = self._log.since(self._read)
        for event in events:
            line = self._line(event)
            if line:
                yield line

    def _line(self, event: Event) -> str | None:
        match event["type"]:
            case "phase":
                return translate(f"cli.phase.{event['phase']}")
            case "plan":
                self._steps = event["steps"]
                self._scores = followed((event,))
                return " ".join(Message.from_dict(note).text() for note in event["notes"])
            case "before":
                return translate("cli.before", scores=self._told_of(event))
            case "step":
                return self._step(event)
            case "evaluation":
                best = translate("cli.best_so_far") if event.get("best") else ""
                scores = self._told_of(event)
                return translate("cli.evaluation", step=event["step"], scores=scores, best=best)
            case "resumed":
                return translate("cli.resumed", step=event["step"]) if event["step"] else None
            case "note":
                return Message.from_dict(event["message"]).text()
        return None

    def _told_of(self, event: Event) -> list[str]:
        metrics = event["metrics"]
        found = [
            f"{name.text()} {score(metrics[metric])}"
            for metric, name in self._scores.items()
            if metric in metrics
        ]
        return [translate("cli.loss", loss=_loss(event)), *found] if "loss" in event else found

    def _step(self, event: Event) -> str | None:
        if event["step"] < self._steps and event["time"] - self._told < STEP_EVERY:
            return None
        self._told = event["time"]
        return translate(
            "cli.step",
            step=event["step"],
            steps=self._steps,
            epoch=event["epoch"],
            loss=_loss(event),
            speed=event["rows_per_second"],
            left=duration(event["eta"]),
        )


@contextmanager
def _supervised(workspace: Workspace) -> Iterator[None]:
    from engine.runs.supervisor import Supervisor

    logging.getLogger("engine").addHandler(logging.NullHandler())  # the run's log has its troubles
    supervisor = Supervisor(workspace, spare=False)
    supervisor.start()
    try:
        yield
    finally:
        supervisor.stop()


def _wait(workspace: Workspace, run: Run, output: Output, teller: Teller | None) -> Run:
    registry = Registry(workspace)
    asked = False
    while True:
        try:
            run = registry.get(run.id)
            for line in teller.lines() if teller else ():
                output.progress(line)
            if not run.state.active:
                return run
            time.sleep(LOOK)
        except KeyboardInterrupt:
            if asked:
                raise RunError("cli.left_alone", run=run.id) from None
            asked = True
            _ask_to_stop(registry, run, output)


def _ask_to_stop(registry: Registry, run: Run, output: Output) -> None:
    try:
        if run.group:
            registry.stop_group(run.group)
        else:
            registry.request_stop(run.id, Request.STOP_AND_KEEP)
        output.progress(translate("cli.stopping_again"))
    except RunError as error:  # it has ended, or was asked already
        output.progress(str(error))


def _loss(event: Event) -> str:
    """A step whose every loss was infinite has none."""
    loss = event["loss"]
    return "–" if loss is None else f"{loss:.4f}"
