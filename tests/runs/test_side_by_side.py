"""Runs on a machine with two GPUs, and the queue beyond its first run: real child processes
around a fake training; only the record of the machine is made up."""

import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.models import hardware
from engine.models.hardware import Gpu, Hardware
from engine.runs.run import Run, State

pytestmark = pytest.mark.slow

House = Any  # of conftest.py, which is not importable


@pytest.fixture
def two_gpus(house: House) -> House:
    card = Gpu("Card", 24 << 30)
    torch = hardware._installed_torch()
    machine = Hardware("cuda", "Card", 16, 64 << 30, card.memory, 2.0, 9e3, torch, (card, card))
    hardware.save(house.workspace, machine)
    return house


def let_go(house: House, run: Run) -> None:
    (house.workspace.run(run.id).root / "go").touch()


def visible(run: Run) -> str:
    """What the process of a run sees of the machine's GPUs."""
    return psutil.Process(run.pid).environ().get("CUDA_VISIBLE_DEVICES", "all")


def told(house: House, run: Run) -> list[list[int]]:
    return [event["gpus"] for event in house.events(run) if event["type"] == "attempt"]


@pytest.mark.parametrize("spare", [False, True])
def test_two_runs_go_side_by_side_each_on_its_own_gpu(two_gpus: House, spare: bool) -> None:
    house = two_gpus
    first, second, third = (house.submit("obey") for _ in range(3))
    house.supervise(spare=spare)
    pair = [house.wait_for_steps(run) for run in (first, second)]
    assert [run.gpus for run in pair] == [(0,), (1,)]
    assert [visible(run) for run in pair] == ["0", "1"]
    assert [told(house, run) for run in pair] == [[[0]], [[1]]]
    assert house.registry.get(third.id).state is State.QUEUED
    let_go(house, second)
    assert house.wait_for_steps(third).gpus == (1,)
    assert house.registry.get(first.id).state is State.RUNNING
    assert house.registry.get(second.id).gpus == ()
    let_go(house, first), let_go(house, third)
    for run in (first, second, third):
        assert house.wait(run, State.FINISHED).attempt == 1


def test_a_run_for_all_gpus_waits_for_them_and_is_not_overtaken(two_gpus: House) -> None:
    house = two_gpus
    small, large, last = house.submit("obey"), house.submit("obey", devices=8), house.submit("obey")
    house.supervise()
    house.wait_for_steps(small)
    time.sleep(0.3)
    assert [run.id for run in house.registry.queued()] == [large.id, last.id]
    let_go(house, small)
    both = house.wait_for_steps(large)
    assert (both.gpus, visible(both)) == ((0, 1), "0,1")
    time.sleep(0.3)
    assert [run.id for run in house.registry.queued()] == [last.id]
    let_go(house, large), let_go(house, last)
    house.wait(last, State.FINISHED)


def test_the_next_app_finds_every_child_on_its_gpu(two_gpus: House) -> None:
    house = two_gpus
    runs = [house.submit("obey") for _ in range(2)]
    waiting = house.submit("obey")
    app = house.supervise_elsewhere()
    before = [house.wait_for_steps(run) for run in runs]
    app.kill()
    app.wait()
    house.supervise()
    time.sleep(0.5)
    now = [house.registry.get(run.id) for run in runs]
    assert [(run.pid, run.gpus) for run in now] == [(run.pid, run.gpus) for run in before]
    assert house.registry.get(waiting.id).state is State.QUEUED
    let_go(house, runs[0])
    assert house.wait_for_steps(waiting).gpus == before[0].gpus
    psutil.Process(before[1].pid).kill()
    assert house.wait(runs[1], State.INTERRUPTED).gpus == ()
    assert house.registry.get(waiting.id).state is State.RUNNING
    let_go(house, waiting)
    house.wait(waiting, State.FINISHED)
    assert house.attempts(waiting) == [1]


def test_a_child_of_an_earlier_version_holds_the_whole_machine(two_gpus: House) -> None:
    """Nobody noted its GPU, so nothing may be started beside it."""
    house = two_gpus
    old, new = house.submit("obey"), house.submit("obey")
    hidden = Path(house.workspace.hardware).rename(house.workspace.root / "unknown")
    supervisor = house.supervise()
    assert house.wait_for_steps(old).gpus == ()
    supervisor.stop()
    hidden.rename(house.workspace.hardware)
    house.supervise()
    time.sleep(0.4)
    assert house.registry.get(new.id).state is State.QUEUED
    let_go(house, old)
    assert house.wait_for_steps(new).gpus == (0,)


def test_the_queue_goes_on_after_runs_that_fail(house: House) -> None:
    bad = [house.submit(model) for model in ("fail", "crash", "call_exit")]
    good = house.submit("finish")
    house.supervise()
    house.wait(good, State.FINISHED)
    assert [house.registry.get(run.id).state for run in bad] == [State.FAILED] * 3


def test_one_failed_run_of_two_side_by_side_ends_alone(two_gpus: House) -> None:
    house = two_gpus
    good, bad = house.submit("obey"), house.submit("crash")
    house.supervise()
    house.wait(bad, State.FAILED)
    assert house.wait_for_steps(good).state is State.RUNNING
    let_go(house, good)
    house.wait(good, State.FINISHED)


def test_a_group_is_stopped_as_a_whole(house: House, recipe: Any) -> None:
    group = house.registry.submit_group([recipe(model="obey", seed=i) for i in range(3)])
    other = house.submit("finish")
    house.supervise()
    house.wait_for_steps(group[0])
    assert house.registry.stop_group(group[0].group) == 3
    ended = [house.wait(run, State.STOPPED) for run in group]
    assert [run.started is not None for run in ended] == [True, False, False]
    house.wait(other, State.FINISHED)
    assert house.registry.stop_group(group[0].group) == 0
