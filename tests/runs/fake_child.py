"""A child process whose trainings train nothing: the recipe's `model` names what they do."""

import os
import resource
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from engine.errors import DataError
from engine.runs import child
from engine.runs.run import Request
from engine.text import Message
from engine.training.events import EventLog
from engine.training.outcome import Outcome
from engine.training.recipe import Recipe
from engine.workspace import Workspace

TOKEN = "hf_" + "a1B2" * 8


class Fake:
    """One attempt; every method is a way to train."""

    def __init__(self, workspace: Workspace, run_id: str, batch_limit: int | None, asked: Callable):
        self.folder = workspace.run(run_id)
        self.batch_limit = batch_limit
        self.asked = asked
        self.events = EventLog(self.folder.events)

    def train(self) -> Outcome:
        recipe = Recipe.from_json(self.folder.recipe.read_text("utf-8"))
        self.events.write("plan", batch_size=recipe.batch_size, accumulation=1)
        outcome = getattr(self, recipe.model)()
        if outcome.message != SILENT:
            message = outcome.message.to_dict() if outcome.message else None
            self.events.write("end", outcome=outcome.kind, message=message)
        return outcome

    def finish(self) -> Outcome:
        self.step(1)
        self.make_results()
        return Outcome("finished")

    def obey(self) -> Outcome:
        """Trains until it is told to stop, or to go."""
        self.make_results()
        step = 0
        while not (self.folder.root / "go").exists():
            step += 1
            self.step(step)
            if self.asked() is Request.STOP_AND_KEEP:
                return Outcome("stopped")
            if self.asked() is Request.STOP_AND_DISCARD:
                return Outcome("discarded")
            time.sleep(0.01)
        return Outcome("finished")

    def hang(self) -> Outcome:
        self.step(1)
        while not (self.folder.root / "go").exists():
            time.sleep(0.02)
        return Outcome("finished")

    def need_less_memory(self) -> Outcome:
        return Outcome("finished" if self.batch_limit else "out_of_memory")

    def need_too_much_memory(self) -> Outcome:
        return Outcome("out_of_memory")

    def be_killed_for_memory(self) -> Outcome:
        if not self.batch_limit:
            os.kill(os.getpid(), signal.SIGKILL)
        return Outcome("finished")

    def run_into_memory_error(self) -> Outcome:
        if not self.batch_limit:
            raise MemoryError
        return Outcome("finished")

    def fail(self) -> Outcome:
        return Outcome("failed", Message("runs.disk_full"))

    def find_bad_data(self) -> Outcome:
        raise DataError("data.unknown_dataset", found="gone")

    def crash(self) -> Outcome:
        print("\x1b[31mDownloading with", TOKEN, end="\a\n")
        raise ValueError(f"a wrong turn with {TOKEN}")

    def call_exit(self) -> Outcome:
        sys.exit("enough")

    def fill_the_disk(self) -> Outcome:
        full = self.folder.events.stat().st_size
        resource.setrlimit(resource.RLIMIT_FSIZE, (full, full))
        self.step(1)
        return Outcome("finished")

    def forget_the_end(self) -> Outcome:
        return Outcome("finished", SILENT)

    def step(self, step: int) -> None:
        self.events.write("step", step=step, pid=os.getpid())

    def make_results(self) -> None:
        for folder in (
            self.folder.model,
            self.folder.checkpoints,
            self.folder.root / "predictions",
        ):
            folder.mkdir(exist_ok=True)
            (folder / "file").write_text("x")
        self.folder.report.write_text("{}")


SILENT = Message("runs.stopped")
"""Marks an outcome for which no `end` event is to be written."""


def train(workspace: Workspace, run_id: str, batch_limit: int | None, asked: Callable) -> Outcome:
    return Fake(workspace, run_id, batch_limit, asked).train()


def load(_: Workspace) -> child.Training:
    if "broken" in sys.argv:
        raise ImportError(f"libcuda is missing, {TOKEN}")
    if "slow" in sys.argv:
        time.sleep(0.5)
    return train


if __name__ == "__main__":
    root = [argument for argument in sys.argv if os.sep in argument][-1]
    os._exit(child.main(Path(root), load))
