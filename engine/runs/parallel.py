"""One run on several devices: a process for each, of which the first is the run's child itself.

    python -m engine.runs.parallel WORKSPACE RUN RANK SIZE MEETING [BATCH_LIMIT]

is one of the others. They train and write nothing but to the log. Each sees one device only. One
that dies ends the run with its reason, and all end with the first.
"""

import os
import subprocess
import sys
import threading
import time
import traceback
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from engine.models.hardware import calm

if __name__ == "__main__":
    calm()

import torch
import torch.distributed as dist

from engine.runs.job import StopRequested, train_run
from engine.runs.launcher import environment
from engine.text import Message
from engine.training.events import EventLog
from engine.training.outcome import Outcome
from engine.training.recipe import Recipe
from engine.training.team import Team
from engine.workspace import Workspace, new_id

COMMAND = (sys.executable, "-P", "-X", "faulthandler", "-m", "engine.runs.parallel")
OUT_OF_MEMORY = 4
"""Exit code of a process that had too little of it."""
GRACE = 15.0
"""Seconds the first has to end by itself after the death of another: gloo tells it, NCCL waits."""
_EVER = timedelta(days=7)
"""The others wait for the first while it scores, however long that takes."""


def train_on_all(
    workspace: Workspace,
    run_id: str,
    batch_limit: int | None,
    stop_requested: StopRequested,
    devices: tuple[str, ...] | None = None,
) -> Outcome:
    """As `train_run`, on as many devices as the recipe asks for and this process may use. A head
    alone is trained by one."""
    recipe = Recipe.from_json(workspace.run(run_id).recipe.read_text("utf-8"))
    devices = visible()[: recipe.devices] if devices is None else devices
    if len(devices) < 2 or recipe.method == "head":
        return train_run(workspace, run_id, batch_limit, stop_requested)
    meeting = workspace.cache / f"{new_id('meeting')}.tmp"
    meeting.parent.mkdir(parents=True, exist_ok=True)
    others = _Others(workspace, run_id, devices, meeting, batch_limit)
    try:
        _join(meeting, 0, len(devices))
        team = Team(0, len(devices))
        return train_run(workspace, run_id, batch_limit, stop_requested, team)
    except RuntimeError:
        died = others.wait_for_dead(2.0)
        if died is None:
            raise
        traceback.print_exc()
        return died
    finally:
        others.dismiss()
        if dist.is_initialized():
            dist.destroy_process_group()
        meeting.unlink(missing_ok=True)


def visible() -> tuple[str, ...]:
    """The graphics cards this process may use, as CUDA_VISIBLE_DEVICES names them."""
    count = torch.cuda.device_count()
    named = [name for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name]
    return tuple(named[:count] or map(str, range(count)))


class _Others:
    """The processes beside the first. Their input never says anything: its end means to go."""

    def __init__(
        self,
        workspace: Workspace,
        run_id: str,
        devices: tuple[str, ...],
        meeting: Path,
        batch_limit: int | None,
    ) -> None:
        self._events = EventLog(workspace.run(run_id).events)
        root_and_run = (str(workspace.root.resolve()), run_id)
        limit = () if batch_limit is None else (str(batch_limit),)
        meeting_and_limit = (str(meeting.resolve()), *limit)
        self._processes = {
            rank: subprocess.Popen(
                [*COMMAND, *root_and_run, str(rank), str(len(devices)), *meeting_and_limit],
                stdin=subprocess.PIPE,
                env=environment(os.environ | {"CUDA_VISIBLE_DEVICES": devices[rank]}),
            )
            for rank in range(1, len(devices))
        }
        self._leaving = threading.Event()
        threading.Thread(target=self._watch, name="others", daemon=True).start()

    def wait_for_dead(self, seconds: float) -> Outcome | None:
        """What the death of one of them makes of the run; None if all live."""
        deadline = time.monotonic() + seconds
        while True:
            for rank, process in self._processes.items():
                if process.poll():
                    return _outcome(rank, process.returncode)
            if time.monotonic() > deadline:
                return None
            time.sleep(0.05)

    def dismiss(self) -> None:
        self._leaving.set()
        for process in self._processes.values():
            if process.stdin is not None:
                with suppress(OSError):
                    process.stdin.close()
        for process in self._processes.values():
            try:
                process.wait(GRACE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _watch(self) -> None:
        died = None
        while died is None and not self._leaving.is_set():
            died = self.wait_for_dead(0.5)
        if died is None or self._leaving.wait(GRACE):
            return
        message = died.message.to_dict() if died.message else None
        self._events.write("end", outcome=died.kind, message=message)
        os._exit(1)  # the first waits for a card that will not answer


def _outcome(rank: int, code: int) -> Outcome:
    if code == OUT_OF_MEMORY:
        return Outcome("out_of_memory", Message("training.out_of_memory"))
    return Outcome("failed", Message("runs.device_lost", {"number": rank + 1, "code": code}))


def _join(meeting: Path, rank: int, size: int) -> None:
    cards = torch.cuda.is_available() and dist.is_nccl_available()
    if sys.platform == "linux":  # the name of a container often leads nowhere
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
    dist.init_process_group(
        "nccl" if cards else "gloo",
        init_method=meeting.resolve().as_uri(),
        rank=rank,
        world_size=size,
        timeout=_EVER,
    )


def _leave_with_the_first() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main(root: str, run_id: str, rank: str, size: str, meeting: str, limit: str = "") -> int:
    """Train one share of a run; the exit code tells how it went."""
    threading.Thread(target=_leave_with_the_first, daemon=True).start()
    team = Team(int(rank), int(size))
    _join(Path(meeting), team.rank, team.size)
    outcome = train_run(Workspace(Path(root)), run_id, int(limit or 0) or None, lambda: None, team)
    return {"finished": 0, "out_of_memory": OUT_OF_MEMORY}.get(outcome.kind, 1)


if __name__ == "__main__":
    try:
        code = main(*sys.argv[1:])
    except BaseException:  # whatever it is, the first is told that there was something
        traceback.print_exc()
        code = 1
    os._exit(code)
