"""The process in which one run trains: `python -m engine.runs.child WORKSPACE [spare]`.

It imports what takes long, then waits for one line on standard input, the id of the run it is to
take up; end of file means that nobody needs it any more. It outlives the app that started it.
It never writes a terminal state: its last word is the `end` event, and the supervisor judges.

`main` takes the loading of the training function as an argument, so that all of this can be
tested with a training that takes milliseconds.
"""

import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from engine.errors import TunesmithError, WorkspaceError
from engine.runs import machine
from engine.runs.log import clean, redirect_output, send_output_to
from engine.runs.registry import Registry
from engine.runs.run import Request, Run
from engine.runs.tracking import followed
from engine.runs.verdict import DISK_FULL, of_attempt
from engine.text import Message
from engine.training.events import EventLog
from engine.training.outcome import Outcome
from engine.workspace import RunFolder, Workspace

_log = logging.getLogger("engine.runs.child")

Training = Callable[[Workspace, str, int | None, Callable[[], Request | None]], Outcome]
"""`engine.runs.parallel.train_on_all` and what stands in for it."""

_LOOK = 0.3
"""Seconds between looks for a stop request."""

_BEAT = 2.0
"""Seconds between heartbeats."""


def main(root: Path, load: Callable[[Workspace], Training]) -> int:
    """Wait for a run, train it, return the exit code."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # a death without a word: it can be resumed
    output = redirect_output()
    workspace = Workspace(root)
    train = load(workspace)
    run = _take_up(workspace, sys.stdin.readline().strip())
    if run is None:
        return 0
    exit_code = _do(train, workspace, run)
    output.write("\n")
    return exit_code


def load_training(workspace: Workspace) -> Training:
    """Import what every run needs, and know the machine before the first one comes."""
    from engine.runs.parallel import train_on_all

    _look_at_machine(workspace)
    return train_on_all


def load_everything(workspace: Workspace) -> Training:
    """For a spare child, which has the time: also what only some runs need. peft alone takes
    longer than all the rest, because it imports bitsandbytes."""
    train = load_training(workspace)
    import peft  # noqa: F401

    return train


class Lease(threading.Thread):
    """Says that this process lives, and hears whether it is to stop.

    A lease that was lost means that the run counts as ended and may run elsewhere: then this
    process must not write another byte.
    """

    def __init__(self, registry: Registry, run: Run) -> None:
        super().__init__(name="lease", daemon=True)
        self._registry = registry
        self._run = run
        self.request = run.request

    def stop_requested(self) -> Request | None:
        return self.request

    def run(self) -> None:
        last_beat = 0.0
        while True:
            beat = time.monotonic() - last_beat >= _BEAT
            try:
                now = self._registry.held(self._run, beat)
            except WorkspaceError:  # locked or full just now: training itself need not care
                time.sleep(_LOOK)
                continue
            if now is None:
                os._exit(1)
            self.request = now.request
            last_beat = time.monotonic() if beat else last_beat
            time.sleep(_LOOK)


def _take_up(workspace: Workspace, run_id: str) -> Run | None:
    born = machine.birth(os.getpid())
    if not run_id or born is None:
        return None
    return Registry(workspace).begin(run_id, os.getpid(), born)


def _do(train: Training, workspace: Workspace, run: Run) -> int:
    """One attempt at a run, from its `attempt` event to its `end` event."""
    folder = workspace.run(run.id)
    send_output_to(folder.log)
    _tell_story()
    lease = Lease(Registry(workspace), run)
    lease.start()
    events = EventLog(folder.events)
    with followed(workspace, run):
        try:
            events.write("attempt", number=run.attempt, gpus=list(run.gpus))
            _log.info("attempt %d in process %d%s", run.attempt, os.getpid(), _on(run))
            outcome = train(workspace, run.id, run.batch_limit, lease.stop_requested)
        except BaseException as error:  # the job boundary: whatever it is, the user is told
            traceback.print_exc()
            outcome = _outcome_of(error, folder)
        said = outcome.message.text() if outcome.message else ""
        _log.info("%s. %s", outcome.kind, said)
        return _make_sure_of_end(events, run, outcome)


def _on(run: Run) -> str:
    return f" on GPU {', '.join(map(str, run.gpus))}" if run.gpus else ""


def _tell_story() -> None:
    """Our own log goes to the run's, with times; libraries keep to their warnings."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger("engine")
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def _outcome_of(error: BaseException, folder: RunFolder) -> Outcome:
    if isinstance(error, TunesmithError):
        return Outcome("failed", error.message)
    if isinstance(error, MemoryError):
        return Outcome("out_of_memory", None)
    what = clean(f"{type(error).__name__}: {error}").replace("\n", " ")[:300]
    log = f"runs/{folder.root.name}/{folder.log.name}"
    return Outcome("failed", Message("runs.crashed", {"error": what, "log": log}))


def _make_sure_of_end(events: EventLog, run: Run, outcome: Outcome) -> int:
    """The exit code: it has to speak where a full disk keeps the event from being written."""
    try:
        if not any(e["type"] == "end" for e in of_attempt(events.read(), run.attempt)):
            message = outcome.message.to_dict() if outcome.message else None
            events.write("end", outcome=outcome.kind, message=message)
    except OSError:
        traceback.print_exc()
        return DISK_FULL
    return 0


def _look_at_machine(workspace: Workspace) -> None:
    """Only where nobody has: the supervisor gives a child its own GPUs as soon as the machine is
    known, so a child that looks sees all of them."""
    from engine.models import hardware

    if hardware.load_current(workspace) is None:
        hardware.save(workspace, hardware.probe())


if __name__ == "__main__":
    is_spare = sys.argv[2:] == ["spare"]
    # At once: threads and exit handlers of libraries have been seen to hang a finished process.
    os._exit(main(Path(sys.argv[1]), load_everything if is_spare else load_training))
