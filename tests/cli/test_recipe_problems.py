"""What cannot run is said before any plan, with the line of the recipe file that decided it."""

from pathlib import Path

import pytest

from engine.cli import train
from engine.data.importing import import_dataset
from engine.data.plan import Sources
from engine.data.samples import SAMPLES
from engine.models import hardware
from engine.models.hardware import Hardware
from engine.workspace import Workspace
from tests.cli.conftest import Call

MACHINE = Hardware("cpu", "Test CPU", 4, 16 << 30, None, 5.0, 100.0, "2.13")


@pytest.fixture
def tickets(workspace: Workspace, tmp_path: Path) -> str:
    """Id of a data set, on a machine that has been looked at."""
    hardware.save(workspace, MACHINE)
    path = tmp_path / "tickets.csv"
    rows = [f"the parcel number {i} is here,{'abc'[i % 3]}" for i in range(60)]
    path.write_text("\n".join(["text,label", *rows]) + "\n")
    return import_dataset(workspace, Sources(path)).id


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("best_metric: f1", "“f1”"),
        ("max_length: 100000", "512"),
        ("method: lora\nlora_targets: named\nlora_modules: [nix]", "The target modules nix"),
        ("model: a/b/c", "“a/b/c” is neither a folder"),
        (f"model: {'x' * 300}", "is neither a folder"),
        ("dataset_version: two", "found “two”"),
    ],
)
def test_a_problem_found_while_planning_names_its_line(
    call: Call, tickets: str, tmp_path: Path, setting: str, problem: str
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"dataset: {tickets}\nepochs: 1\n{setting}\n")
    answer = call("train", str(recipe))
    assert answer.status == 1
    line = 2 + len(setting.splitlines())
    assert f"Line {line}: " in answer.sentence
    assert problem in answer.sentence


def test_what_the_command_line_decided_names_no_line(
    call: Call, tickets: str, tmp_path: Path
) -> None:
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(f"dataset: {tickets}\nmax_length: 64\n")
    answer = call("train", str(recipe), "--set", "max_length=100000")
    assert "512" in answer.sentence
    assert "Line" not in answer.sentence


def test_that_the_model_does_not_know_the_language_is_said_before_it_is_trained(
    call: Call, workspace: Workspace, tickets: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(train, "wait", lambda workspace, run, *_: run)
    monkeypatch.setattr(train, "tell_end", lambda *_: None)
    monkeypatch.setattr(train, "exit_status", lambda *_: 0)
    file = next(sample.file for sample in SAMPLES if sample.id == "news_headlines_zh")
    headlines = import_dataset(workspace, Sources(file)).id
    said = "Your texts are in Chinese, and the chosen model has learnt English only."
    assert said in call("train", "--dataset", headlines).out
    assert said not in call("train", "--dataset", tickets).out
