"""Which GPUs a run gets, what its process sees of them, and what is cached of the machine."""

import json
import os
import time
from dataclasses import asdict, replace
from typing import Any

import psutil
import pytest

from engine.models import hardware
from engine.models.hardware import Gpu, Hardware
from engine.runs.devices import free_gpus
from engine.runs.launcher import environment
from engine.runs.registry import Registry
from engine.runs.run import Run
from engine.workspace import Workspace

CARD = Gpu("Card", 24 << 30)
MACHINE = Hardware(
    "cuda", "Card", 16, 64 << 30, CARD.memory, 2.0, 9e3, hardware._installed_torch(), (CARD, CARD)
)


@pytest.fixture
def run(workspace: Workspace, recipe: Any) -> Run:
    return Registry(workspace).submit(recipe())


def holding(run: Run, *gpus: int) -> Run:
    return replace(run, gpus=gpus)


def test_a_machine_without_gpus_gives_all_of_itself_to_one_run(run: Run) -> None:
    assert free_gpus(0, [], 1) == ()
    assert free_gpus(0, [], 4) == ()
    assert free_gpus(0, [holding(run)], 1) is None


def test_each_run_gets_the_first_free_gpu(run: Run) -> None:
    assert free_gpus(3, [], 1) == (0,)
    assert free_gpus(3, [holding(run, 0)], 1) == (1,)
    assert free_gpus(3, [holding(run, 0), holding(run, 2)], 1) == (1,)
    assert free_gpus(2, [holding(run, 0), holding(run, 1)], 1) is None


def test_a_run_for_several_gpus_waits_for_as_many_as_there_can_be(run: Run) -> None:
    assert free_gpus(4, [holding(run, 1)], 2) == (0, 2)
    assert free_gpus(2, [holding(run, 1)], 2) is None
    assert free_gpus(2, [holding(run, 1)], 64) is None
    assert free_gpus(2, [], 64) == (0, 1)


def test_a_run_on_an_unknown_device_holds_all_of_them(run: Run) -> None:
    assert free_gpus(2, [holding(run)], 1) is None


def test_a_gpu_is_taken_by_preference_only_where_it_is_free(run: Run) -> None:
    assert free_gpus(2, [], 1, liked=(1,)) == (1,)
    assert free_gpus(2, [holding(run, 1)], 1, liked=(1,)) == (0,)
    assert free_gpus(2, [], 2, liked=(1,)) == (0, 1)


def test_a_child_sees_its_own_gpus_and_its_share_of_the_cores() -> None:
    whole = environment({})
    assert "CUDA_VISIBLE_DEVICES" not in whole
    assert environment({}, (1,), 2)["CUDA_VISIBLE_DEVICES"] == "1"
    assert environment({}, (0, 3), 4)["CUDA_VISIBLE_DEVICES"] == "0,3"
    assert environment({"CUDA_VISIBLE_DEVICES": "4, 6"}, (1,), 2)["CUDA_VISIBLE_DEVICES"] == "6"
    share = int(environment({}, (1,), 2)["OMP_NUM_THREADS"])
    assert share == max(1, int(whole["OMP_NUM_THREADS"]) // 2)


def test_the_machine_is_cached_with_every_gpu(workspace: Workspace) -> None:
    hardware.save(workspace, MACHINE)
    assert hardware.load(workspace) == hardware.load_current(workspace) == MACHINE


def test_what_was_cached_before_gpus_were_listed_is_looked_at_again(workspace: Workspace) -> None:
    record = asdict(MACHINE)
    del record["gpus"]
    workspace.hardware.write_text(json.dumps(record))
    assert hardware.load(workspace) is None
    workspace.hardware.write_text("[]")
    assert hardware.load(workspace) is None


def test_what_was_cached_does_not_hold_for_another_torch_or_after_a_restart(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    hardware.save(workspace, replace(MACHINE, torch="1.0"))
    assert hardware.load_current(workspace) is None
    hardware.save(workspace, MACHINE)
    monkeypatch.setattr(psutil, "boot_time", lambda: time.time() + 60)
    assert hardware.load_current(workspace) is None
    os.utime(workspace.hardware, (time.time() + 90,) * 2)
    assert hardware.load_current(workspace) == MACHINE


def test_a_run_that_asks_for_more_gpus_than_there_are_is_told() -> None:
    assert hardware.choose_devices(1, replace(MACHINE, gpus=())) == (0, None)
    assert hardware.choose_devices(2, MACHINE) == (2, None)
    number, why = hardware.choose_devices(8, MACHINE)
    assert number == 2
    assert why is not None
    assert why.text() == (
        "8 GPUs were asked for and this machine has 2: the run takes all there are."
    )
    number, why = hardware.choose_devices(2, replace(MACHINE, gpus=(), name="Slow CPU"))
    assert number == 0
    assert why is not None
    assert "the run goes on Slow CPU" in why.text()
