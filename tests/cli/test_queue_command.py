"""`queue` shows, moves and cancels; a list of values makes `train` queue a group."""

from pathlib import Path
from typing import Any

import pytest

from engine.data.importing import Sources, import_dataset
from engine.models import hardware
from engine.runs.registry import Registry
from engine.runs.run import Run, State
from engine.workspace import Workspace
from tests.cli.conftest import RECIPE, Call
from tests.cli.test_end_to_end import SLOW


@pytest.fixture
def registry(workspace: Workspace) -> Registry:
    return Registry(workspace)


@pytest.fixture
def queued(registry: Registry) -> list[Run]:
    return [registry.submit(RECIPE, name) for name in ("one", "two", "three")]


def order(registry: Registry) -> list[str]:
    return [run.name for run in registry.queued()]


def test_an_empty_queue_says_so(call: Call) -> None:
    assert call("queue").out == "No run is waiting.\n"
    assert call("queue", "show", "--json").json == {"queue": []}


def test_the_queue_is_shown_in_its_order(call: Call, queued: list[Run]) -> None:
    lines = call("queue").out.splitlines()
    assert [line.split()[:2] for line in lines[1:]] == [
        [str(place), run.id] for place, run in enumerate(queued, start=1)
    ]
    listed = call("queue", "--json").json["queue"]
    assert [entry["id"] for entry in listed] == [run.id for run in queued]


def test_a_run_is_moved(call: Call, registry: Registry, queued: list[Run]) -> None:
    answer = call("queue", "move", queued[2].id, "1")
    assert answer.status == 0
    assert order(registry) == ["three", "one", "two"]
    assert queued[2].id in answer.out.splitlines()[1]


def test_the_place_in_the_queue_is_told(call: Call, queued: list[Run]) -> None:
    assert "queued, 2nd of 3" in call("runs").out
    places = {run["name"]: run["place"] for run in call("runs", "--json").json["runs"]}
    assert places == {"one": 1, "two": 2, "three": 3}


def test_one_run_a_group_or_all_are_cancelled(
    call: Call, registry: Registry, queued: list[Run]
) -> None:
    registry.submit_group([RECIPE, RECIPE], "seeds")
    assert "Took two out of the queue" in call("queue", "cancel", queued[1].id).out
    assert "Cancelled 2 runs of seeds" in call("queue", "cancel", "seeds").out
    assert order(registry) == ["one", "three"]
    assert "Took 2 runs out of the queue" in call("queue", "cancel", "--all").out
    assert order(registry) == []


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["move"], "takes a run and its new place"),
        (["move", "one-1"], "takes a run and its new place"),
        (["move", "one-1", "0"], "takes a run and its new place"),
        (["move", "one-1", "1"], "There is no run “one-1”"),
        (["cancel"], "takes a run or the name of a group"),
        (["cancel", "nobody"], "There is no run “nobody”"),
    ],
)
def test_what_is_missing_is_said(call: Call, arguments: list[str], sentence: str) -> None:
    answer = call("queue", *arguments)
    assert answer.status == 1
    assert sentence in answer.sentence


@pytest.fixture
def dataset(workspace: Workspace, tmp_path: Path) -> str:
    hardware.save(workspace, SLOW)
    rows = "".join(f"text {i},{'ab'[i % 2]}\n" for i in range(60))
    (tmp_path / "t.csv").write_text("text,label\n" + rows)
    return import_dataset(workspace, Sources(tmp_path / "t.csv")).id


@pytest.fixture
def settle_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run ends at once, the first one badly."""

    def wait(workspace: Workspace, runs: list[Run], *_: Any) -> list[Run]:
        registry = Registry(workspace)
        for index, run in enumerate(runs):
            registry.settle(run, State.FINISHED if index else State.FAILED, None)
        return [registry.get(run.id) for run in runs]

    monkeypatch.setattr("engine.cli.group.wait_for_group", wait)


def test_lists_of_values_train_a_group_and_end_with_a_table(
    call: Call, workspace: Workspace, registry: Registry, dataset: str, settle_all: None
) -> None:
    recipe = workspace.root / "recipe.yaml"
    recipe.write_text(f"dataset: {dataset}\nlearning_rate: [1e-4, 2e-4]\nepochs: 2\n")
    answer = call("train", str(recipe), "--set", "seed=[0,1,2]")
    assert answer.status == 1, "one of them left no model"
    assert "6 runs: learning_rate 2 × seed 3; about" in answer.out
    runs = sorted(registry.list(), key=lambda run: run.name)
    assert len(runs) == 6
    assert len({run.group for run in runs}) == 1
    last = answer.out.splitlines()[-7:]
    assert last[0].split()[:3] == ["Run", "learning_rate", "seed"]
    assert last[1].split() == [runs[0].id, "0.0001", "0", "failed"]
    assert last[6].split() == [runs[5].id, "0.0002", "2", "finished"]


def test_a_group_as_json_has_the_settings_that_differ(
    call: Call, dataset: str, settle_all: None
) -> None:
    found = call(
        "train", "--dataset", dataset, "--set", "method=[full, head]", "epochs=1", "--json"
    ).json
    assert [run["settings"] for run in found["runs"]] == [{"method": "full"}, {"method": "head"}]
    assert {run["group"] for run in found["runs"]} == {found["group"]}


def test_a_wrong_value_of_several_is_named_and_nothing_is_queued(
    call: Call, registry: Registry, dataset: str
) -> None:
    answer = call("train", "--dataset", dataset, "--set", "seed=[0, 1.5]", "epochs=[]")
    assert answer.status == 1
    assert "found “1.5”" in answer.sentence
    assert "is given an empty list" in answer.sentence
    assert (
        "at most 100"
        in call("train", "--dataset", dataset, "--set", f"seed={list(range(101))}").err
    )
    assert registry.list() == []


def test_values_without_effect_beside_the_others_make_no_run_of_their_own(
    call: Call, registry: Registry, dataset: str, settle_all: None
) -> None:
    call("train", "--dataset", dataset, "--set", "method=[full, lora]", "lora_rank=[8, 16]")
    assert len(registry.list()) == 3
