"""`train` and `resume` wait for the end, tell what happens, and their status says how it went."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from engine.cli import follow
from engine.cli.output import Output
from engine.errors import RunError
from engine.runs.registry import Registry
from engine.runs.run import Request, Run, State
from engine.text import Message
from engine.training.events import EventLog
from engine.workspace import Workspace
from tests.cli.conftest import RECIPE, Call

Look = Callable[[Registry, Run], None]


class Supervisor:
    """Stands in for the real one: at each look of the waiting command something happens."""

    def __init__(self, workspace: Workspace, spare: bool) -> None:
        assert not spare, "a command has no use for a second child"
        self.alive = False

    def start(self) -> None:
        self.alive = True

    def stop(self) -> None:
        self.alive = False


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, workspace: Workspace) -> Callable[..., None]:
    """Let the waiting command live through these things, one a look."""
    monkeypatch.setattr("engine.runs.supervisor.Supervisor", Supervisor)

    def play(run: Run, *looks: Look | type[BaseException]) -> None:
        remaining = list(looks)

        def sleep(_: float) -> None:
            step = remaining.pop(0)
            if isinstance(step, type):
                raise step
            step(Registry(workspace), Registry(workspace).get(run.id))

        monkeypatch.setattr(time, "sleep", sleep)

    return play


def end(state: State, reason: Message | None = None) -> Look:
    return lambda registry, run: _settle(registry, run, state, reason)


def _settle(registry: Registry, run: Run, state: State, reason: Message | None) -> None:
    assert registry.settle(run, state, reason)


def begin(registry: Registry, run: Run) -> None:
    assert registry.start(run, pid=1, born="x")


def wait(workspace: Workspace, run: Run, follow_it: bool = False) -> Run:
    return follow.wait(workspace, run, Output(False), follow_it)


@pytest.mark.parametrize(
    ("state", "model", "status"),
    [
        (State.FINISHED, True, 0),
        (State.STOPPED, True, 0),
        (State.STOPPED, False, 1),
        (State.FAILED, False, 1),
        (State.INTERRUPTED, False, 1),
    ],
)
def test_the_status_tells_whether_the_run_left_its_model(
    workspace: Workspace, run: Run, play: Any, state: State, model: bool, status: int
) -> None:
    if model:
        workspace.run(run.id).model.mkdir()
    play(run, begin, end(state))
    ended = wait(workspace, run)
    assert ended.state is state
    assert follow.exit_status(workspace, ended) == status


def test_control_c_asks_the_run_to_keep_its_best_and_waits_on(
    workspace: Workspace, run: Run, play: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[Request | None] = []
    play(
        run,
        begin,
        KeyboardInterrupt,
        lambda registry, now: seen.append(now.request),
        end(State.STOPPED),
    )
    assert wait(workspace, run).state is State.STOPPED
    assert seen == [Request.STOP_AND_KEEP]
    assert "Stopping and keeping the best checkpoint" in capsys.readouterr().err


def test_a_second_control_c_leaves_the_run_to_itself(
    workspace: Workspace, run: Run, play: Any
) -> None:
    play(run, begin, KeyboardInterrupt, KeyboardInterrupt)
    with pytest.raises(RunError, match="goes on by itself"):
        wait(workspace, run)
    assert Registry(workspace).get(run.id).state.active


def test_a_group_is_waited_for_in_its_order_and_control_c_ends_all_of_it(
    workspace: Workspace, play: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    registry = Registry(workspace)
    group = registry.submit_group([RECIPE, RECIPE, RECIPE], "seeds")
    stop = end(State.STOPPED)

    def next_one(registry: Registry, _: Run) -> None:
        _settle(registry, registry.get(group[0].id), State.FAILED, None)
        assert registry.start(registry.get(group[1].id), pid=1, born="x")

    def asked(registry: Registry, _: Run) -> None:
        assert registry.get(group[1].id).request is Request.STOP_AND_KEEP
        stop(registry, registry.get(group[1].id))

    play(group[0], begin, next_one, KeyboardInterrupt, asked)
    ended = follow.wait_for_group(workspace, group, Output(False), follow=True)
    assert [run.state for run in ended] == [State.FAILED, State.STOPPED, State.STOPPED]
    told = capsys.readouterr().err
    places = [told.index(f"Waiting for run {run.id}") for run in group]
    assert places == sorted(places)


def test_following_tells_of_phases_steps_checks_and_notes_on_standard_error(
    workspace: Workspace, run: Run, play: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    log = EventLog(workspace.run(run.id).events)

    def train(registry: Registry, now: Run) -> None:
        log.write("phase", phase="training")
        scores = {"f1": Message("report.metric.mention_f1").to_dict()}
        log.write("plan", steps=40, rows=80, batch_size=2, notes=[], scores=scores)
        log.write("before", metrics={"f1": 0.2, "accuracy": 0.1}, rows=10)
        log.write(
            "step", step=40, epoch=1.0, loss=0.5, learning_rate=1e-4, rows_per_second=120.4,
            eta=61.0, pad_share=0.1,
        )  # fmt: skip
        log.write("evaluation", step=40, epoch=1.0, loss=0.4, metrics={"f1": 0.8}, best=True)
        log.write("note", message=Message("runs.cancelled").to_dict())
        log.path.open("ab").write(b'{"type": "ste')

    play(run, begin, train, end(State.FINISHED))
    wait(workspace, run, follow_it=True)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[:4] == [
        "Training",
        "before training: Entity F1 0.200",
        "step 40/40, epoch 1.00, loss 0.5000, 120 rows/s, 1:01 left",
        "checked at step 40: loss 0.4000, Entity F1 0.800 (best so far)",
    ]


def test_a_resumed_run_is_waited_for_and_only_its_new_events_are_told(
    call: Call, workspace: Workspace, run: Run, play: Any
) -> None:
    registry = Registry(workspace)
    log = EventLog(workspace.run(run.id).events)
    log.write("phase", phase="preparing")
    registry.settle(run, State.INTERRUPTED, None)

    def go_on(registry: Registry, now: Run) -> None:
        begin(registry, now)
        log.write("resumed", step=12)

    play(run, go_on, end(State.FINISHED))
    answer = call("resume", run.id, "--follow", "--json")
    assert answer.status == 0
    assert "going on from step 12" in answer.err
    assert "Preparing" not in answer.err
    assert (answer.json["id"], answer.json["state"]) == (run.id, "finished")


def test_a_failed_run_is_a_result_with_its_reason_and_status_one(
    call: Call, workspace: Workspace, run: Run, play: Any
) -> None:
    Registry(workspace).settle(run, State.STOPPED, None)
    play(run, begin, end(State.FAILED, Message("runs.cancelled")))
    answer = call("resume", run.id, "--json")
    reason = Message("runs.cancelled").text()
    assert answer.status == 1
    assert (answer.json["state"], answer.json["reason"]) == ("failed", reason)
    assert reason in answer.err
