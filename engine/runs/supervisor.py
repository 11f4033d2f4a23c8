"""The worker: a background thread that starts queued runs and judges their ends.

On a machine with several GPUs runs go side by side, each with GPUs of its own; on any other one
goes at a time. The queue is first come, first served: a run that waits for several GPUs is not
overtaken by one that would do with fewer.

Any number of supervisors may live in any number of processes; the one that holds the workspace's
lock works, the others wait for it. All it knows is on disk, so that the next one can go on where
this one was killed: a child found by its lease is watched as if it were our own.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from engine.models import hardware
from engine.runs import machine
from engine.runs.devices import free_gpus
from engine.runs.folders import discard_results
from engine.runs.launcher import COMMAND, Child, launch
from engine.runs.registry import Registry
from engine.runs.run import Run, State
from engine.runs.tracking import tell_of_death
from engine.runs.verdict import Remains, Verdict, judge, log_of, of_attempt
from engine.text import Message
from engine.training.events import EventLog
from engine.workspace import Workspace

_log = logging.getLogger(__name__)

_KILLED = -9
"""Exit code of a child ended by SIGKILL, which is how the kernel frees memory."""
_SCORING = 10
"""Scoring a large test set writes no events for long; times the usual grace."""


@dataclass(frozen=True)
class Timing:
    """Seconds. Tests are in more of a hurry."""

    look: float = 0.2
    """Between looks at the registry and the child."""
    lock: float = 1.0
    """Between tries to get the lock, and after an error of the disk."""
    first_spare: float = 2.0
    """From the start to the first spare child: the page comes first."""
    next_spare: float = 10.0
    """From the start of a run to the next spare child: the run comes first."""
    broken_spare: float = 60.0
    """From the unexpected end of a spare child to the next."""
    grace: float = 120.0
    """Without a new event after a stop request, until the child is made to end."""


@dataclass
class _Watch:
    """What is remembered of one attempt at a run while it is at work."""

    attempt: int
    kills_before: int
    """Kills for memory on this machine when it was first seen."""
    quiet: tuple[int, float] | None = None
    """Size of its events file, and since when."""


class Supervisor:
    """`start` and `stop` it. Without `spare` nothing is kept warm for the next run.

    `command` is what a child is started with, `oom_kills` counts the kernel's kills for memory.
    """

    def __init__(
        self,
        workspace: Workspace,
        spare: bool = True,
        command: Sequence[str] = COMMAND,
        timing: Timing = Timing(),
        oom_kills: Callable[[], int] = machine.oom_kills,
    ) -> None:
        self._workspace = workspace
        self._registry = Registry(workspace)
        self._wants_spare = spare
        self._command = tuple(command)
        self._timing = timing
        self._oom_kills = oom_kills
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="supervisor", daemon=True)
        self._spare: Child | None = None
        self._children: dict[str, Child] = {}
        self._watched: dict[str, _Watch] = {}

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let go. A run that is training goes on, and the next supervisor finds it."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _work(self) -> None:
        lock = FileLock(self._workspace.supervisor_lock)
        while not self._stopping.is_set():
            try:
                with lock.acquire(timeout=0):
                    self._supervise()
            except Timeout:
                self._stopping.wait(self._timing.lock)

    def _supervise(self) -> None:
        self._spare_due = time.monotonic() + self._timing.first_spare
        work = self._registry.tidy
        try:
            while not self._stopping.is_set():
                wait = self._timing.look
                try:
                    work()
                    work = self._look
                except Exception:  # a full disk, a locked file: it may get better
                    _log.exception("The supervisor could not do its work and tries again")
                    wait = self._timing.lock
                self._stopping.wait(wait)
        finally:
            if self._spare is not None:
                self._spare.dismiss()

    def _look(self) -> None:
        at_work = self._registry.started()
        for run in at_work:
            self._watch(run)
        queue = self._registry.queued()
        if queue:
            liked = self._spare.gpus if self._spare else ()
            gpus = free_gpus(self._gpus(), at_work, queue[0].devices, liked)
            if gpus is not None:
                self._start(queue[0], gpus)
        self._keep_spare(at_work)

    def _gpus(self) -> int:
        machine = hardware.load_current(self._workspace)
        return len(machine.gpus) if machine else 0

    # A run's beginning

    def _start(self, run: Run, gpus: tuple[int, ...]) -> None:
        try:
            child = self._take_spare(gpus) or self._launch(run, gpus)
        except OSError:
            _log.exception("No process could be started for run %s", run.id)
            reason = Message("runs.could_not_start", {"log": log_of(run)})
            self._registry.settle(run, State.FAILED, reason)
            return
        if child.born is not None and self._registry.start(run, child.pid, child.born, gpus):
            child.hand_over(run.id)
            self._children[run.id] = child
            self._spare_due = time.monotonic() + self._timing.next_spare
        else:
            child.dismiss()

    def _launch(self, run: Run, gpus: tuple[int, ...]) -> Child:
        log = self._workspace.run(run.id).log
        return launch(self._workspace, self._command, log, gpus, self._gpus())

    def _take_spare(self, gpus: tuple[int, ...]) -> Child | None:
        """The spare, if it sees just these GPUs; one that sees everything will do for all."""
        spare = self._spare
        if spare is None or spare.gpus not in (gpus, ()):
            return None
        self._spare = None
        if spare.exit_code is not None:
            return None
        if not spare.gpus and len(gpus) != self._gpus():
            spare.dismiss()
            return None
        return spare

    def _keep_spare(self, at_work: Sequence[Run]) -> None:
        if self._spare is not None and self._spare.exit_code is not None:
            self._spare = None
            self._spare_due = time.monotonic() + self._timing.broken_spare
        if self._wants_spare and self._spare is None and time.monotonic() >= self._spare_due:
            self._spare_due = time.monotonic() + self._timing.broken_spare
            gpus = free_gpus(self._gpus(), at_work, 1)
            if gpus is None:
                gpus = at_work[0].gpus
            self._spare = launch(self._workspace, self._command, None, gpus, self._gpus())

    # A run's life and end

    def _watch(self, run: Run) -> None:
        watch = self._watched.get(run.id)
        if watch is None or watch.attempt != run.attempt:
            self._watched[run.id] = _Watch(run.attempt, self._oom_kills())
        if not self._is_alive(run):
            self._settle(run)
        elif run.request is not None and self._is_hung(run):
            machine.end(run.pid, run.pid_created)

    def _is_alive(self, run: Run) -> bool:
        """Of our own child we wait for the exit code, which comes a moment after its death."""
        child = self._own(run)
        return child.exit_code is None if child else machine.alive(run.pid, run.pid_created)

    def _own(self, run: Run) -> Child | None:
        """The process of the run if it is a child of this very process."""
        child = self._children.get(run.id)
        ours = child is not None and (child.pid, child.born) == (run.pid, run.pid_created)
        return child if ours else None

    def _is_hung(self, run: Run) -> bool:
        """Asked to stop, and no new event for longer than any step or evaluation should take."""
        events = self._workspace.run(run.id).events
        size = events.stat().st_size if events.exists() else 0
        watch = self._watched[run.id]
        if watch.quiet is None or watch.quiet[0] != size:
            watch.quiet = (size, time.monotonic())
        grace = self._timing.grace * (_SCORING if _is_scoring(events) else 1)
        return time.monotonic() - watch.quiet[1] > grace

    def settle_the_dead(self) -> None:
        """Give runs whose process is gone their final state, once, where nobody supervises."""
        try:
            with FileLock(self._workspace.supervisor_lock).acquire(timeout=0):
                for run in self._registry.started():
                    if not self._is_alive(run):
                        self._settle(run)
        except Timeout:
            pass  # another process holds the lock and does it

    def _settle(self, run: Run) -> None:
        folder = self._workspace.run(run.id)
        events = EventLog(folder.events)
        history = events.read()
        verdict = judge(run, history, self._remains(run))
        if verdict.discard:
            discard_results(self._workspace, folder)
        if not self._record(run, verdict):
            return
        self._children.pop(run.id, None)
        self._watched.pop(run.id, None)
        if verdict.batch_limit and verdict.reason:
            events.write("note", message=verdict.reason.to_dict())
        spoke = any(event["type"] == "end" for event in of_attempt(history, run.attempt))
        if verdict.state is not State.QUEUED and not spoke:
            tell_of_death(self._workspace, run)

    def _remains(self, run: Run) -> Remains:
        child = self._own(run)
        if child is None:
            return Remains(exit_code=None, out_of_memory=False)
        killed = child.exit_code == _KILLED
        if child.spare and run.state is State.PREPARING:
            # Try again, and not with a spare: that one's last words will be in the log.
            self._spare_due = time.monotonic() + self._timing.broken_spare
            return Remains(exit_code=None, out_of_memory=False)
        before = self._watched[run.id].kills_before
        return Remains(child.exit_code, killed and self._oom_kills() > before)

    def _record(self, run: Run, verdict: Verdict) -> bool:
        if verdict.state is not State.QUEUED:
            return self._registry.settle(run, verdict.state, verdict.reason)
        if verdict.batch_limit and verdict.reason:
            return self._registry.retry(run, verdict.batch_limit, verdict.reason)
        return self._registry.requeue(run)


def _is_scoring(events: Path) -> bool:
    phases = [event["phase"] for event in EventLog(events).read() if event["type"] == "phase"]
    return phases[-1:] in (["evaluating"], ["saving"], ["comparing"])
