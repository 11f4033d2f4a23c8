"""Order, groups and what an earlier version has left, in the registry alone."""

import sqlite3
from collections.abc import Callable

import pytest

from engine.errors import RunError, WorkspaceError
from engine.runs.registry import Registry
from engine.runs.run import Request, Run, State
from engine.training.recipe import Recipe
from engine.workspace import Workspace

Make = Callable[..., Recipe]

BEFORE_GROUPS = """
CREATE TABLE runs (
    id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, dataset TEXT NOT NULL,
    dataset_version INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT, request TEXT,
    created REAL NOT NULL, started REAL, ended REAL, attempt INTEGER NOT NULL, batch_limit INTEGER,
    pid INTEGER, pid_created TEXT, heartbeat REAL, place INTEGER NOT NULL
)
"""


@pytest.fixture
def registry(workspace: Workspace) -> Registry:
    return Registry(workspace)


def order(registry: Registry) -> list[str]:
    return [run.name for run in registry.queued()]


def begin(registry: Registry, run: Run, *gpus: int) -> Run:
    assert registry.start(run, 100 + sum(gpus), "born", gpus)
    begun = registry.begin(run.id, 100 + sum(gpus), "born")
    assert begun is not None
    return begun


def test_a_group_is_queued_in_order_under_one_name(
    workspace: Workspace, registry: Registry, recipe: Make
) -> None:
    registry.submit(recipe(), "first")
    group = registry.submit_group([recipe(seed=seed) for seed in range(3)], "seeds")
    assert order(registry) == ["first", "seeds-1", "seeds-2", "seeds-3"]
    assert {run.group for run in group} == {"seeds"}
    assert registry.group("seeds") == group
    assert registry.group("first") == registry.group("") == []
    saved = [Recipe.from_json(workspace.run(run.id).recipe.read_text()) for run in group]
    assert [each.seed for each in saved] == [0, 1, 2]


def test_groups_and_runs_are_told_apart_by_name(registry: Registry, recipe: Make) -> None:
    registry.submit(recipe(), "seeds-2")
    for expected in ("seeds", "seeds-3"):
        group = registry.submit_group([recipe(), recipe()], "seeds")
        assert group[0].group == expected
    names = [run.name for run in registry.list()]
    assert len(set(names)) == len(names) == 5
    unnamed = registry.submit_group([recipe(), recipe()])[0].group
    assert unnamed is not None
    assert unnamed.startswith("tickets-")


def test_a_group_is_queued_whole_or_not_at_all(
    registry: Registry, recipe: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    from engine.runs import folders

    left = iter([folders.write_atomically, folders.write_atomically])

    def fills_the_disk(*arguments: object) -> None:
        write = next(left, None)
        if write is None:
            raise OSError(28, "No space left on device")
        write(*arguments)

    monkeypatch.setattr("engine.runs.folders.write_atomically", fills_the_disk)
    with pytest.raises(WorkspaceError, match="No space left"):
        registry.submit_group([recipe(), recipe(), recipe()])
    assert registry.list() == []


def test_a_whole_queue_is_cancelled_and_nothing_else(registry: Registry, recipe: Make) -> None:
    running = begin(registry, registry.submit(recipe()))
    registry.submit_group([recipe(), recipe()])
    assert registry.cancel_queue() == 2
    assert registry.queued() == []
    assert registry.get(running.id).request is None
    assert registry.cancel_queue() == 0


def test_a_group_is_stopped_and_its_neighbours_are_not(registry: Registry, recipe: Make) -> None:
    first, second = registry.submit_group([recipe(), recipe()], "seeds")
    registry.submit(recipe(), "other")
    begin(registry, first)
    assert registry.stop_group("seeds") == 2
    assert registry.get(first.id).request is Request.STOP_AND_KEEP
    assert registry.get(second.id).state is State.STOPPED
    assert order(registry) == ["other"]
    assert registry.stop_group("seeds") == registry.stop_group("nobody") == 0


def test_a_run_moves_to_any_place_of_the_queue(registry: Registry, recipe: Make) -> None:
    runs = {name: registry.submit(recipe(), name) for name in "abcd"}
    registry.move(runs["a"].id, 1)
    assert order(registry) == ["b", "a", "c", "d"]
    registry.move(runs["d"].id, -5)
    assert order(registry) == ["d", "b", "a", "c"]
    registry.move(runs["d"].id, 3)
    assert order(registry) == ["b", "a", "c", "d"]
    registry.request_stop(runs["a"].id, Request.STOP_AND_KEEP)
    assert order(registry) == ["b", "c", "d"]
    with pytest.raises(RunError, match=r"no longer waits in the queue \(stopped\)"):
        registry.move(runs["a"].id, 0)


def test_runs_at_work_share_no_gpu(registry: Registry, recipe: Make) -> None:
    first, second, third = (registry.submit(recipe()) for _ in range(3))
    begin(registry, first, 0)
    assert not registry.start(second, 7, "x", (0, 1))
    assert not registry.start(second, 7, "x")
    begin(registry, second, 1, 2)
    assert not registry.start(third, 8, "y", (2,))
    assert [run.gpus for run in registry.started()] == [(0,), (1, 2)]
    assert registry.settle(registry.get(first.id), State.FINISHED, None)
    begin(registry, third, 0)


def test_a_run_asks_for_the_devices_of_its_recipe(registry: Registry, recipe: Make) -> None:
    assert registry.submit(recipe(devices=4)).devices == 4


def test_a_registry_of_an_earlier_version_is_opened_as_it_is(
    workspace: Workspace, recipe: Make
) -> None:
    with sqlite3.connect(workspace.registry) as db:
        db.execute(BEFORE_GROUPS)
        rows = [
            ("a-1", "a", "d", 1, "finished", 1.0, 1, 1, None),
            ("b-1", "b", "d", 1, "running", 2.0, 1, 2, 77),
            ("c-1", "c", "d", 1, "queued", 3.0, 1, 3, None),
        ]
        db.executemany(
            "INSERT INTO runs (id, name, dataset, dataset_version, state, created, attempt, place,"
            " pid) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
    db.close()
    registry = Registry(workspace)
    assert [(run.name, run.devices, run.gpus, run.group) for run in registry.list()] == [
        (name, 1, (), None) for name in "cba"
    ]
    assert not registry.start(registry.get("c-1"), 1, "x", (0,))
    group = registry.submit_group([recipe(), recipe()])
    assert [run.id for run in registry.queued()] == ["c-1", *(run.id for run in group)]
    assert Registry(workspace).group(str(group[0].group)) == group
