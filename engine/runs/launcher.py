"""Starts the process a run trains in (or an errand is done in), and hands the run to it.

The child is told its run on standard input, after the lease is on record. So there is no moment
at which a kill of this process could leave a child at work that nobody knows of: a child whose
input ends before a line came goes away by itself.
"""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import engine
from engine.models.hardware import CALM, usable_cores
from engine.runs import machine
from engine.runs.log import open_log
from engine.workspace import Workspace

# -P: a folder the app was started from must not shadow modules. faulthandler: a crash of C code
# leaves a traceback in the log.
COMMAND = (sys.executable, "-P", "-X", "faulthandler", "-m", "engine.runs.child")

_VISIBLE = "CUDA_VISIBLE_DEVICES"


class Child:
    """A process that waits for a run, or works on one."""

    def __init__(
        self, process: subprocess.Popen[bytes], spare: bool, gpus: tuple[int, ...]
    ) -> None:
        self._process = process
        self.pid = process.pid
        self.born = machine.birth(process.pid)
        self.spare = spare
        """Started before there was a run, with its output going nowhere until there is."""
        self.gpus = gpus
        """All the GPUs it sees; empty if it sees whatever there is."""

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for the signal that killed it."""
        return self._process.poll()

    def hand_over(self, run_id: str) -> None:
        """Tell it its run. If it has died just now, its exit code will tell."""
        self._end_input(f"{run_id}\n")

    def wait(self) -> None:
        """Until it has ended, so that the system forgets it."""
        self._process.wait()

    def dismiss(self) -> None:
        """Send it away; only for one that has no run."""
        self._end_input("")
        self._process.terminate()
        self._process.wait()

    def _end_input(self, last: str) -> None:
        pipe = self._process.stdin
        if pipe is not None:
            with suppress(BrokenPipeError), pipe:
                pipe.write(last.encode())


def launch(
    workspace: Workspace,
    command: Sequence[str],
    log: Path | None,
    gpus: tuple[int, ...] = (),
    all_gpus: int = 0,
) -> Child:
    """A child that waits for its run; without a `log` a spare one. Of `all_gpus` GPUs it sees
    `gpus` alone, or everything if there are none. Raises OSError."""
    output = subprocess.DEVNULL if log is None else open_log(log)
    arguments = [str(workspace.root.resolve()), *(["spare"] if log is None else [])]
    try:
        process = subprocess.Popen(
            [*command, *arguments],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            env=environment(os.environ, gpus, all_gpus),
            start_new_session=True,  # Ctrl+C and the end of a terminal are the app's alone
        )
    finally:
        if output >= 0:
            os.close(output)
    return Child(process, log is None, gpus)


def environment(
    given: Mapping[str, str], gpus: tuple[int, ...] = (), all_gpus: int = 0
) -> dict[str, str]:
    """A child's environment: what the user set wins, all else has to be there before torch is.

    One core is left to the page; runs side by side on several GPUs share the others. GPUs are
    counted among those the user lets this program see.
    """
    cores = usable_cores() - 1
    if gpus:
        cores = cores * len(gpus) // all_gpus
    threads = {**CALM, "OMP_NUM_THREADS": str(max(1, cores))}
    root = str(Path(engine.__file__).parent.parent)
    path = os.pathsep.join(filter(None, (root, given.get("PYTHONPATH"))))
    return {**threads, **given, "PYTHONPATH": path, **_visible(given, gpus)}


def _visible(given: Mapping[str, str], gpus: tuple[int, ...]) -> dict[str, str]:
    if not gpus:
        return {}
    among = [name.strip() for name in given.get(_VISIBLE, "").split(",") if name.strip()]
    names = [among[gpu] if gpu < len(among) else str(gpu) for gpu in gpus]
    return {_VISIBLE: ",".join(names)}
