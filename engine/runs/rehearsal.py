"""A rehearsal: some real steps of a recipe before it starts, to know time and memory.

It runs in a process of its own, so that one that needs more memory than there is takes nothing
else with it. This is the side that asks; `rehearsal_process` does it.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from engine.runs.launcher import environment
from engine.text import Message
from engine.training.recipe import Recipe
from engine.workspace import Workspace

COMMAND = (sys.executable, "-P", "-m", "engine.runs.rehearsal_process")


@dataclass(frozen=True)
class Progress:
    """How far a rehearsal is."""

    phase: str
    done: int = 0
    of: int = 0


@dataclass(frozen=True)
class Rehearsal:
    """What was measured. Seconds and bytes."""

    steps: int
    """Steps that were really made."""
    step_seconds: float
    """Mean time of one."""
    training_seconds: float
    """All steps of the run, from that mean."""
    evaluation_seconds: float
    """All looks at the validation rows, and the scoring at the end."""
    other_seconds: float
    """Starting, loading the model and saving it and its checkpoints."""
    peak_memory: int
    free_memory: int
    """What there was for it, its own included."""
    longest: int
    """Tokens of the longest piece that was read."""

    @property
    def seconds(self) -> float:
        return self.training_seconds + self.evaluation_seconds + self.other_seconds


@dataclass(frozen=True)
class Failure:
    """Why a rehearsal came to no end. `too_big`: for want of memory."""

    reason: Message
    too_big: bool


def rehearse(workspace: Workspace, recipe: Recipe) -> Iterator[Progress | Rehearsal | Failure]:
    """Rehearse `recipe`: progress, and in the end a Rehearsal or a Failure.

    Closing the iterator ends the process.
    """
    process = subprocess.Popen(
        [*COMMAND, str(workspace.root.resolve())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environment(os.environ),
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    last: Rehearsal | Failure | None = None
    try:
        with suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(recipe.to_json())
        for line in process.stdout:
            said = _read(line)
            if isinstance(said, Progress):
                yield said
            elif said is not None:
                last = said
        yield last or _died(process.wait())
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _read(line: str) -> Progress | Rehearsal | Failure | None:
    """A line of the process; None for what a library may have printed."""
    try:
        record: dict[str, Any] = json.loads(line)
        if "rehearsal" in record:
            return Rehearsal(**record["rehearsal"])
        if "failure" in record:
            return Failure(Message.from_dict(record["failure"]), bool(record["too_big"]))
        return Progress(**record["progress"])
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _died(exit_code: int) -> Failure:
    """The kernel kills what takes more memory than there is."""
    too_big = exit_code == -signal.SIGKILL if os.name != "nt" else False
    key = "runs.rehearsal_killed" if too_big else "runs.rehearsal_failed"
    return Failure(Message(key), too_big)
