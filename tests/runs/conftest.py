"""Runs that train nothing: the real registry, supervisor and child processes around a fake."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import pytest

from engine.runs import machine
from engine.runs.registry import Registry
from engine.runs.run import Run, State
from engine.runs.supervisor import Supervisor, Timing
from engine.training.events import EventLog
from engine.training.recipe import Recipe
from engine.training.settings import BY_NAME
from engine.workspace import Workspace

FAKE_CHILD = (sys.executable, "-P", str(Path(__file__).parent / "fake_child.py"))
HURRY = Timing(look=0.03, lock=0.1, first_spare=0.05, next_spare=0.3, broken_spare=60.0, grace=0.5)

BY_KIND = {"text": "x", "choice": "", "integer": 1, "number": 1.0, "switch": False}


def make_recipe(**values: Any) -> Recipe:
    """A complete recipe; what matters to the fake training is its `model`."""
    names = [each.name for each in fields(Recipe) if each.name in BY_NAME]
    plain: dict[str, Any] = {name: BY_KIND.get(BY_NAME[name].kind) for name in names}
    plain |= {"lora_modules": (), "own_weights": {}, "batch_size": 16, "model": "finish"}
    return Recipe(**{"dataset": "tickets-3f9c2a", "dataset_version": 1} | plain | values)


@dataclass
class House:
    """A workspace and all that works in it."""

    workspace: Workspace
    supervisors: list[Supervisor] = field(default_factory=list)
    processes: list[subprocess.Popen[str]] = field(default_factory=list)
    patience: float = 15

    @property
    def registry(self) -> Registry:
        return Registry(self.workspace)

    def submit(self, model: str = "finish", name: str | None = None, **values: Any) -> Run:
        return self.registry.submit(make_recipe(model=model, **values), name)

    def supervise(self, *options: str, spare: bool = False, **more: Any) -> Supervisor:
        timing = replace(HURRY, **more.pop("timing", {}))
        command = (*FAKE_CHILD, *options)
        supervisor = Supervisor(self.workspace, spare, command, timing, **more)
        supervisor.start()
        self.supervisors.append(supervisor)
        return supervisor

    def supervise_elsewhere(self, *options: str) -> subprocess.Popen[str]:
        """A supervisor in a process of its own, to be killed."""
        script = Path(__file__).parent / "supervising_process.py"
        command = [sys.executable, str(script), str(self.workspace.root), *options]
        environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        assert process.stdout.readline() == "supervising\n"
        self.processes.append(process)
        return process

    def wait(self, run: Run, *states: State, attempt: int = 1) -> Run:
        return self.until(
            lambda now: now.state in states and now.attempt >= attempt, run, f"{states} of {run.id}"
        )

    def until(self, holds: Callable[[Run], bool], run: Run, what: str = "") -> Run:
        deadline = time.monotonic() + self.patience
        while time.monotonic() < deadline:
            now = self.registry.get(run.id)
            if holds(now):
                return now
            time.sleep(0.02)
        log = self.workspace.run(run.id).log
        text = log.read_text("utf-8") if log.exists() else "no log"
        raise AssertionError(f"waited in vain for {what}; the run is {now}\n{text}")

    def wait_for_steps(self, run: Run, number: int = 3) -> Run:
        """Until it trains: the fake writes a step event every few milliseconds."""
        return self.until(lambda _: len(self.steps(run)) >= number, run, "steps")

    def steps(self, run: Run) -> list[dict[str, Any]]:
        return [event for event in self.events(run) if event["type"] == "step"]

    def events(self, run: Run) -> list[dict[str, Any]]:
        return EventLog(self.workspace.run(run.id).events).read()

    def attempts(self, run: Run) -> list[int]:
        return [event["number"] for event in self.events(run) if event["type"] == "attempt"]

    def log(self, run: Run) -> str:
        return self.workspace.run(run.id).log.read_text("utf-8")

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
        for supervisor in self.supervisors:
            supervisor.stop()
        for run in self.registry.started():
            machine.end(run.pid, run.pid_created)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = House(Workspace(tmp_path / "a workspace").create())
    yield house
    house.close()


@pytest.fixture
def recipe() -> Callable[..., Recipe]:
    return make_recipe
