"""A workspace with runs in it, and the command line called as a function."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from engine.cli.main import main
from engine.runs.registry import Registry
from engine.runs.run import Run
from engine.workspace import Workspace
from tests.recipes import complete_recipe

RECIPE = replace(complete_recipe("tickets-1"), preset="quick", epochs=1, learning_rate=1e-4)


@dataclass(frozen=True)
class Answer:
    """What a command printed and returned."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The object on the last line of standard output, which must be all there is."""
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one line on standard error."""
        assert self.out == ""
        assert self.err.count("\n") == 1
        return self.err.strip()


Call = Callable[..., Answer]


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace").create()


@pytest.fixture
def run(workspace: Workspace) -> Run:
    return Registry(workspace).submit(RECIPE, "calm-otter")


@pytest.fixture
def call(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run a command in the workspace: `call("report", run_id, "--json")`."""

    def call(command: str, *arguments: str) -> Answer:
        capsys.readouterr()
        try:
            status = main([command, *map(str, arguments), "--workspace", str(workspace.root)])
        except SystemExit as stop:
            status = int(stop.code or 0)
        return Answer(status, *capsys.readouterr())

    return call
