"""The registry alone: what is asked of runs, by how many at once, and what survives a kill."""

import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from engine.errors import RunError, WorkspaceError
from engine.runs.registry import Registry
from engine.runs.run import Request, Run, State
from engine.text import Message
from engine.training.recipe import Recipe
from engine.workspace import Workspace

Make = Callable[..., Recipe]


@pytest.fixture
def registry(workspace: Workspace) -> Registry:
    return Registry(workspace)


def begin(registry: Registry, run: Run) -> Run:
    """As the supervisor and a child do it."""
    assert registry.start(run, 4242, "born")
    begun = registry.begin(run.id, 4242, "born")
    assert begun is not None
    return begun


def end(registry: Registry, run: Run, state: State) -> None:
    if run.state is State.QUEUED:
        run = begin(registry, run)
    assert registry.settle(run, state, None)


def test_a_submitted_run_is_queued_and_has_its_recipe_on_disk(
    workspace: Workspace, registry: Registry, recipe: Make
) -> None:
    run = registry.submit(recipe(epochs=3.0), "my run")
    assert (run.name, run.state, run.attempt) == ("my run", State.QUEUED, 1)
    assert run.dataset == "tickets-3f9c2a"
    saved = Recipe.from_json(workspace.run(run.id).recipe.read_text("utf-8"))
    assert saved == recipe(epochs=3.0)
    assert registry.get(run.id) == run


def test_a_submit_killed_at_any_write_leaves_nothing_half_done(
    workspace: Workspace, registry: Registry, recipe: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.runs.folders.write_atomically", no_space)
    with pytest.raises(WorkspaceError, match=r"No space left on device. Check the free space"):
        registry.submit(recipe())
    assert registry.list() == []
    monkeypatch.undo()
    assert registry.submit(recipe()).state is State.QUEUED


def test_nobody_else_can_read_the_registry(workspace: Workspace, registry: Registry) -> None:
    assert workspace.registry.stat().st_mode & 0o077 == 0


def test_names_are_distinct_readable_and_short(registry: Registry, recipe: Make) -> None:
    names = [registry.submit(recipe()).name for _ in range(30)]
    assert len(set(names)) == 30
    assert all(name.startswith("tickets-") and name.count("-") == 2 for name in names)
    assert registry.submit(recipe(), "twice").name == "twice"
    assert registry.submit(recipe(), " twice\n\x1b").name == "twice-2"
    assert len(registry.submit(recipe(), "长" * 500).name) == 80


def test_the_queue_is_first_come_first_served_and_can_be_changed(
    registry: Registry, recipe: Make
) -> None:
    runs = [registry.submit(recipe()) for _ in range(4)]
    ids = [run.id for run in runs]
    assert [run.id for run in registry.queued()] == ids
    registry.move(ids[3], 0)
    assert [run.id for run in registry.queued()] == [ids[3], *ids[:3]]
    registry.move(ids[3], 99)
    assert [run.id for run in registry.queued()] == ids
    assert [run.id for run in registry.list()] == ids[::-1]
    begin(registry, runs[0])
    with pytest.raises(RunError, match=r"no longer waits in the queue \(running\)"):
        registry.move(ids[0], 1)


def test_a_queued_run_is_cancelled_at_once(registry: Registry, recipe: Make) -> None:
    run = registry.submit(recipe())
    cancelled = registry.request_stop(run.id, Request.STOP_AND_KEEP)
    assert cancelled.state is State.STOPPED
    assert cancelled.reason is not None
    assert cancelled.reason.text() == "Taken out of the queue before it started."
    with pytest.raises(RunError, match=r"not under way any more \(stopped\)"):
        registry.request_stop(run.id, Request.STOP_AND_KEEP)


def test_a_request_is_stored_for_the_child_and_only_discarding_outranks_it(
    registry: Registry, recipe: Make
) -> None:
    run = begin(registry, registry.submit(recipe()))
    assert registry.request_stop(run.id, Request.STOP_AND_KEEP).state is State.RUNNING
    with pytest.raises(RunError, match="is being stopped already"):
        registry.request_stop(run.id, Request.STOP_AND_KEEP)
    registry.request_stop(run.id, Request.STOP_AND_DISCARD)
    with pytest.raises(RunError, match="is being stopped already"):
        registry.request_stop(run.id, Request.STOP_AND_KEEP)
    held = registry.held(run, beat=True)
    assert held is not None
    assert held.request is Request.STOP_AND_DISCARD


@pytest.mark.parametrize("state", [State.INTERRUPTED, State.STOPPED, State.FAILED])
def test_what_ended_early_can_be_resumed(registry: Registry, recipe: Make, state: State) -> None:
    run = registry.submit(recipe())
    other = registry.submit(recipe())
    end(registry, run, state)
    resumed = registry.resume(run.id)
    assert (resumed.state, resumed.attempt, resumed.reason) == (State.QUEUED, 2, None)
    assert [queued.id for queued in registry.queued()] == [other.id, run.id]
    with pytest.raises(RunError, match=r"is still queued. A run can be resumed once"):
        registry.resume(run.id)


def test_a_finished_run_cannot_be_resumed(registry: Registry, recipe: Make) -> None:
    run = registry.submit(recipe())
    end(registry, run, State.FINISHED)
    with pytest.raises(RunError, match="has finished, so there is nothing to resume"):
        registry.resume(run.id)


def test_an_active_run_cannot_be_deleted(
    workspace: Workspace, registry: Registry, recipe: Make
) -> None:
    run = registry.submit(recipe())
    with pytest.raises(RunError, match=r"is queued. Stop it first, then delete it"):
        registry.delete(run.id)
    begin(registry, run)
    with pytest.raises(RunError, match=r"is running. Stop it first"):
        registry.delete(run.id)
    assert workspace.run(run.id).recipe.exists()


def test_a_deleted_run_is_gone_with_all_its_files(
    workspace: Workspace, registry: Registry, recipe: Make
) -> None:
    run = registry.submit(recipe(), "x")
    end(registry, run, State.FAILED)
    registry.delete(run.id)
    assert registry.list() == []
    assert list(workspace.runs.iterdir()) == list(workspace.trash.iterdir()) == []
    with pytest.raises(WorkspaceError, match=r"There is no run .* may have been deleted"):
        registry.delete(run.id)
    assert registry.submit(recipe(), "x").name == "x"


def test_a_delete_cut_short_is_finished_by_tidy(
    workspace: Workspace, registry: Registry, recipe: Make
) -> None:
    run, kept = registry.submit(recipe()), registry.submit(recipe())
    end(registry, run, State.FAILED)
    workspace.run(run.id).root.rename(workspace.trash / "half-deleted")
    registry.tidy()
    assert [left.id for left in registry.list()] == [kept.id]
    assert list(workspace.trash.iterdir()) == []


def test_only_one_run_is_at_work(registry: Registry, recipe: Make) -> None:
    first, second = registry.submit(recipe()), registry.submit(recipe())
    assert registry.start(first, 1, "a")
    assert not registry.start(second, 2, "b")
    assert not registry.start(first, 3, "c")
    assert [run.id for run in registry.started()] == [first.id]


def test_a_child_takes_up_only_a_run_it_holds_the_lease_of(
    registry: Registry, recipe: Make
) -> None:
    run = registry.submit(recipe())
    assert registry.begin(run.id, 1, "a") is None
    assert registry.start(run, 1, "a")
    assert registry.begin(run.id, 1, "reused pid") is None
    assert registry.begin(run.id, 1, "a") is not None
    assert registry.begin(run.id, 1, "a") is None


def test_a_lease_is_lost_with_the_end_of_the_attempt(registry: Registry, recipe: Make) -> None:
    run = begin(registry, registry.submit(recipe()))
    assert registry.held(run, beat=False) is not None
    assert registry.settle(run, State.INTERRUPTED, None)
    registry.resume(run.id)
    assert registry.start(registry.get(run.id), 77, "other")
    assert registry.held(run, beat=True) is None
    assert registry.get(run.id).pid == 77


def test_a_verdict_on_an_outdated_look_changes_nothing(registry: Registry, recipe: Make) -> None:
    seen = begin(registry, registry.submit(recipe()))
    registry.request_stop(seen.id, Request.STOP_AND_KEEP)
    assert not registry.retry(seen, 4, Message("runs.retrying", {"rows": 8, "half": 4}))
    assert not registry.settle(seen, State.FAILED, None)
    assert registry.get(seen.id).state is State.RUNNING


def test_a_retry_is_next_and_remembers_its_limit(registry: Registry, recipe: Make) -> None:
    run = begin(registry, registry.submit(recipe()))
    registry.submit(recipe())
    assert registry.retry(run, 4, Message("runs.retrying", {"rows": 8, "half": 4}))
    again = registry.queued()[0]
    assert (again.id, again.attempt, again.batch_limit, again.pid) == (run.id, 2, 4, None)


@pytest.mark.parametrize("bad", ["../etc", "", "x" * 300, "nobody-knows-it", "a'; DROP TABLE runs"])
def test_an_unknown_id_is_answered_with_a_sentence(registry: Registry, bad: str) -> None:
    with pytest.raises(WorkspaceError, match="There is no run"):
        registry.get(bad)


def test_a_damaged_registry_is_answered_with_a_sentence(workspace: Workspace) -> None:
    workspace.registry.write_bytes(b"this is no database" * 100)
    with pytest.raises(WorkspaceError, match=r"registry.db in the workspace.* cannot be used"):
        Registry(workspace)


def test_of_many_tabs_that_do_the_same_exactly_one_succeeds(
    registry: Registry, recipe: Make
) -> None:
    def race(action: Callable[[str], object], run: Run) -> int:
        barrier = threading.Barrier(8)

        def click(_: int) -> bool:
            barrier.wait()
            with suppress(RunError, WorkspaceError):
                action(run.id)
                return True
            return False

        with ThreadPoolExecutor(8) as tabs:
            return sum(tabs.map(click, range(8)))

    run = begin(registry, registry.submit(recipe()))
    assert race(lambda it: registry.request_stop(it, Request.STOP_AND_KEEP), run) == 1
    assert registry.settle(registry.get(run.id), State.STOPPED, None)
    assert race(registry.resume, run) == 1
    assert registry.get(run.id).attempt == 2
    assert race(lambda it: registry.request_stop(it, Request.STOP_AND_DISCARD), run) == 1
    assert race(registry.delete, run) == 1
    assert registry.list() == []


def test_submits_of_many_processes_are_all_there(workspace: Workspace, recipe: Make) -> None:
    script = (
        "import sys; from pathlib import Path; from engine.workspace import Workspace;"
        "from engine.runs.registry import Registry; from engine.training.recipe import Recipe;"
        "registry = Registry(Workspace(Path(sys.argv[1])));"
        "recipe = Recipe.from_json(sys.stdin.read());"
        "print(*(registry.submit(recipe, 'same').id for _ in range(10)))"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}

    def submit(_: int) -> list[str]:
        answer = subprocess.run(
            [sys.executable, "-c", script, str(workspace.root)],
            input=recipe().to_json(), env=environment, check=True, capture_output=True, text=True,
        )  # fmt: skip
        return answer.stdout.split()

    with ThreadPoolExecutor(4) as pool:
        ids = [run_id for ids in pool.map(submit, range(4)) for run_id in ids]
    runs = Registry(workspace).queued()
    assert sorted(run.id for run in runs) == sorted(ids)
    assert len(runs) == len({run.name for run in runs}) == 40
    assert all(workspace.run(run.id).recipe.exists() for run in runs)


def click(registry: Registry, chance: random.Random, run_id: str) -> None:
    actions: list[Callable[[], object]] = [
        lambda: registry.request_stop(run_id, chance.choice(list(Request))),
        lambda: registry.resume(run_id),
        lambda: registry.move(run_id, chance.randrange(4)),
        lambda: [begin(registry, run) for run in registry.queued()[:1]],
        lambda: [registry.settle(run, State.STOPPED, None) for run in registry.started()],
    ]
    chance.choice(actions)()


def test_random_clicks_of_many_tabs_never_break_an_invariant(
    workspace: Workspace, registry: Registry, recipe: Make
) -> None:
    runs = [registry.submit(recipe()) for _ in range(4)]

    def clicks(seed: int) -> None:
        chance = random.Random(seed)
        mine = Registry(workspace)
        for _ in range(40):
            run_id = chance.choice(runs).id
            with suppress(RunError, AssertionError):  # refused, or another was faster
                click(mine, chance, run_id)
            assert len(mine.started()) <= 1

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(clicks, range(4)))
    with sqlite3.connect(workspace.registry) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    places = [run.id for run in registry.queued()]
    assert len(set(places)) == len(places)
    for run in registry.list():
        assert (run.pid is not None) == (run.state in (State.PREPARING, State.RUNNING))
