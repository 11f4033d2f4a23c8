"""Whatever goes wrong is one sentence on standard error and a status that is not 0."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from engine.cli.main import main
from engine.cli.output import table
from engine.cli.parser import DEFAULT_WORKSPACE
from engine.runs.run import Run
from engine.workspace import Workspace
from tests.cli.conftest import Call

ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (["train"], "It is not said which data set to train on: add --dataset ID"),
        (["train", "none.yaml"], "There is no recipe file “none.yaml”"),
        (["train", "--dataset", "d-1", "--set", "epochs"], "--set takes KEY=VALUE"),
        (["train", "--dataset", "d-1", "--set", "epochs=[1"], "found “epochs=[1”"),
        (["train", "--dataset", "d-1", "--set", "epochs=0"], "from 0.01 to 1,000; found 0"),
        (["train", "--dataset", "d-1", "--set", "epoch=1"], "Did you mean “epochs”?"),
        (["train", "--dataset", "d-1"], "There is no data set “d-1”"),
        (["train", "--dataset", "../etc"], "“../etc” is not an id"),
        (["report", "r-1"], "r-1"),
        (["resume", "r-1"], "r-1"),
        (["stop", "r-1"], "r-1"),
        (["predict", "r-1", "-"], "r-1"),
        (["inspect", "none.csv"], "There is no file “none.csv”"),
        (["import", "none.csv"], "There is no file “none.csv”"),
        (["import", "."], "“.” is a folder. Give a file"),
    ],
)
def test_a_failure_is_one_sentence(call: Call, command: list[str], sentence: str) -> None:
    answer = call(*command)
    assert answer.status == 1
    assert sentence in answer.sentence


@pytest.mark.parametrize(
    ("recipe", "sentence"),
    [
        ("", "A recipe is a list of settings"),
        ("- epochs", "A recipe is a list of settings"),
        ("epochs: [", "Line 1: A bracket is opened and not closed"),
        ("dataset: d-1\nepochs: 2\nepochs: 3", "Line 3: “epochs” is given a second time"),
        ("epochs: 2", "It is not said which data set"),
        ("dataset: 5", "There is no data set “5”"),
        ("dataset: [5]", "is not an id"),
        (
            "dataset: d-1\ndataset_version: new",
            "takes the number of a version, like 1; found “new”",
        ),
        ("dataset: d-1\nepochs: many\n7: x", "(epochs)” takes a number"),
    ],
)
def test_a_recipe_that_cannot_be_used_is_one_sentence(
    call: Call, workspace: Workspace, recipe: str, sentence: str
) -> None:
    path = workspace.root / "recipe.yaml"
    path.write_text(recipe)
    answer = call("train", str(path))
    assert answer.status == 1
    assert sentence in answer.sentence


def test_with_json_a_failure_says_the_same(call: Call) -> None:
    assert "r-1" in call("report", "r-1", "--json").sentence


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["fly"], "invalid choice: 'fly'"),
        (["runs", "--colour"], "unrecognized arguments: --colour"),
        (["import", "a.csv", "--task", "ner"], "invalid choice: 'ner'"),
        (["export", "r-1"], "the following arguments are required: --to"),
    ],
)
def test_wrong_arguments_are_one_sentence_and_status_two(
    command: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(command)
    out, err = capsys.readouterr()
    assert stop.value.code == 2
    assert sentence in err
    assert "--help` shows how it is used" in err
    assert (out, err.count("\n")) == ("", 1)


def test_a_workspace_that_is_not_there_is_not_made_by_looking(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["runs", "--workspace", str(tmp_path / "none")]) == 1
    assert "There is no workspace at" in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_page_and_command_line_share_the_default_workspace() -> None:
    assert DEFAULT_WORKSPACE == ROOT / "workspace"


def test_what_the_system_refuses_is_one_sentence(workspace: Workspace, call: Call) -> None:
    recipe = workspace.root / "recipe.yaml"
    recipe.write_text("epochs: 2\n")
    recipe.chmod(0)
    if not _unreadable(recipe):
        recipe = workspace.root / ("long" * 100)
    answer = call("train", str(recipe))
    assert answer.status == 1
    assert answer.sentence


def _unreadable(path: Path) -> bool:
    try:
        path.read_text()
    except PermissionError:
        return True
    return False


def engine(*arguments: str, **options: object) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "engine", *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    )


def test_a_reader_that_leaves_early_is_no_error_message(run: Run, workspace: Workspace) -> None:
    process = engine("runs", "--workspace", str(workspace.root))
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    assert process.stderr.read() == b""
    process.wait()


def test_help_and_runs_answer_at_once(run: Run, workspace: Workspace) -> None:
    for arguments in (["--help"], ["runs", "--workspace", str(workspace.root)]):
        best = min(_seconds(*arguments) for _ in range(3))
        assert best < 0.7, arguments


def _seconds(*arguments: str) -> float:
    started = time.perf_counter()
    out, err = engine(*arguments).communicate()
    assert out
    assert not err
    return time.perf_counter() - started


def test_columns_stay_aligned_under_chinese_and_without_control_characters() -> None:
    shown = table(["LABEL", "ROWS"], [["体育", "7"], ["a\x1b[2J\nb", "1,200"]], right=(1,))
    assert shown.splitlines() == [
        "LABEL     ROWS",
        "体育         7",
        "a [2J b  1,200",
    ]
