"""Real child processes around a fake training: what happens to a run, whoever is killed when."""

import os
import shutil
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any

import psutil
import pytest

from engine.errors import RunError
from engine.runs import machine, supervisor
from engine.runs.run import Request, Run, State
from engine.training.events import EventLog

pytestmark = pytest.mark.slow

House = Any  # of conftest.py, which is not importable
TOKEN = "hf_" + "a1B2" * 8


def reason(run: Run) -> str:
    assert run.reason is not None
    return run.reason.text()


def kill(run: Run) -> None:
    assert run.pid is not None
    os.kill(run.pid, signal.SIGKILL)


def within(seconds: float, holds: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False


def children_of(pid: int) -> list[psutil.Process]:
    """The fake trainings alone: a browser test in this process leaves children of its own."""

    def trains(child: psutil.Process) -> bool:
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            return any(part.endswith("fake_child.py") for part in child.cmdline())
        return False

    return [child for child in psutil.Process(pid).children() if trains(child)]


def test_a_run_goes_from_queued_to_finished(house: House) -> None:
    run = house.submit("finish")
    house.supervise()
    done = house.wait(run, State.FINISHED)
    assert (done.reason, done.request, done.pid, done.heartbeat) == (None, None, None, None)
    assert done.created <= done.started <= done.ended
    assert house.attempts(run) == [1]
    assert "attempt 1 in process" in house.log(run)
    assert "finished" in house.log(run)


def test_a_running_run_has_a_live_lease_and_a_heartbeat(house: House) -> None:
    run = house.submit("obey")
    house.supervise()
    now = house.wait_for_steps(run)
    assert now.state is State.RUNNING
    assert machine.alive(now.pid, now.pid_created)
    assert house.steps(run)[0]["pid"] == now.pid
    later = house.until(lambda it: it.heartbeat > now.heartbeat, run, "a heartbeat")
    assert later.heartbeat - now.heartbeat < 15


def test_runs_go_one_at_a_time_in_the_order_of_the_queue(house: House) -> None:
    runs = [house.submit("finish") for _ in range(5)]
    house.registry.move(runs[4].id, 1)
    house.supervise()
    for run in runs:
        house.wait(run, State.FINISHED)
    ended = sorted(house.registry.list(), key=lambda run: run.started)
    assert [run.id for run in ended] == [runs[i].id for i in (0, 4, 1, 2, 3)]
    for before, after in pairwise(ended):
        assert before.ended <= after.started


def test_fifty_queued_runs_survive_kills_of_the_supervisor_in_order(house: House) -> None:
    runs = [house.submit("finish") for _ in range(50)]
    for moment in (0.5, 0.3, 0.7):
        process = house.supervise_elsewhere()
        time.sleep(moment)
        process.kill()
        process.wait()
    house.supervise(), house.supervise()
    done = [house.wait(run, State.FINISHED) for run in runs]
    assert [run.started for run in done] == sorted(run.started for run in done)
    assert all(house.attempts(run) == [1] for run in runs)


def test_two_supervisors_never_start_a_run_twice(house: House) -> None:
    house.supervise()
    house.supervise_elsewhere()
    house.supervise()
    runs = [house.submit("finish") for _ in range(8)]
    for run in runs:
        house.wait(run, State.FINISHED)
        assert len(house.steps(run)) == len(house.attempts(run)) == 1


def test_a_killed_child_is_an_interruption_and_can_be_resumed(house: House) -> None:
    run = house.submit("obey")
    house.supervise()
    kill(house.wait_for_steps(run))
    dead = house.wait(run, State.INTERRUPTED)
    assert "ended unexpectedly" in reason(dead)
    house.registry.resume(run.id)
    again = house.wait(run, State.RUNNING, attempt=2)
    assert again.reason is None
    (house.workspace.run(run.id).root / "go").touch()
    house.wait(run, State.FINISHED)
    assert house.attempts(run) == [1, 2]


def test_a_child_outlives_its_supervisor_and_the_next_one_finds_it(house: House) -> None:
    run = house.submit("obey")
    app = house.supervise_elsewhere()
    before = house.wait_for_steps(run)
    app.kill()
    app.wait()
    written = len(house.steps(run))
    assert within(5, lambda: len(house.steps(run)) > written)
    house.supervise()
    time.sleep(0.3)
    assert house.registry.get(run.id).pid == before.pid
    (house.workspace.run(run.id).root / "go").touch()
    house.wait(run, State.FINISHED)
    assert house.attempts(run) == [1]


def test_a_supervisor_that_stops_leaves_the_training_alone(house: House) -> None:
    run = house.submit("obey")
    house.supervise().stop()
    house.supervise()
    before = house.wait_for_steps(run)
    house.supervisors[-1].stop()
    assert machine.alive(before.pid, before.pid_created)
    house.supervise()
    kill(before)
    assert "ended unexpectedly" in reason(house.wait(run, State.INTERRUPTED))


def test_the_death_of_both_is_found_out_at_the_next_start(house: House) -> None:
    run, waiting = house.submit("obey"), house.submit("finish")
    app = house.supervise_elsewhere()
    child = house.wait_for_steps(run)
    app.kill()
    kill(child)
    app.wait()
    assert house.registry.get(run.id).state is State.RUNNING
    house.supervise()
    house.wait(run, State.INTERRUPTED)
    house.wait(waiting, State.FINISHED)


def test_an_app_killed_between_lease_and_hand_over_loses_no_run(house: House) -> None:
    """The lease is on record, the child went away because its input ended."""
    run = house.submit("finish")
    assert house.registry.start(run, 2**22 + 1, "boot:1")
    house.supervise()
    assert house.wait(run, State.FINISHED).attempt == 1


def test_the_tracker_is_told_of_a_run_that_died_without_a_word(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead: list[str] = []
    monkeypatch.setattr(supervisor, "tell_of_death", lambda _, run: dead.append(run.id))
    done, run = house.submit("finish"), house.submit("obey")
    house.supervise()
    kill(house.wait_for_steps(run))
    house.wait(run, State.INTERRUPTED)
    assert within(5, lambda: dead == [run.id])
    assert done.id not in dead


def test_a_foreign_process_with_the_childs_pid_is_not_taken_for_it(house: House) -> None:
    run = house.submit("obey")
    assert house.registry.start(run, os.getpid(), "another boot:77")
    assert house.registry.begin(run.id, os.getpid(), "another boot:77") is not None
    house.registry.request_stop(run.id, Request.STOP_AND_KEEP)
    house.supervise()
    assert house.wait(run, State.STOPPED).attempt == 1


def test_stop_and_keep_keeps_what_is_there(house: House) -> None:
    run = house.submit("obey")
    house.supervise()
    house.wait_for_steps(run)
    asked = time.monotonic()
    house.registry.request_stop(run.id, Request.STOP_AND_KEEP)
    stopped = house.wait(run, State.STOPPED)
    assert time.monotonic() - asked < 2
    assert "best checkpoint so far is kept" in reason(stopped)
    assert (house.workspace.run(run.id).model / "file").exists()


def test_stop_and_discard_removes_all_results_but_not_the_story(house: House) -> None:
    run = house.submit("obey")
    house.supervise()
    house.wait_for_steps(run)
    house.registry.request_stop(run.id, Request.STOP_AND_DISCARD)
    stopped = house.wait(run, State.STOPPED)
    assert "results are discarded" in reason(stopped)
    left = {path.name for path in house.workspace.run(run.id).root.iterdir()}
    assert left == {"recipe.json", "events.jsonl", "log.txt"}
    assert list(house.workspace.trash.iterdir()) == []


def test_a_child_that_does_not_stop_is_made_to(house: House) -> None:
    run = house.submit("hang")
    house.supervise(timing={"grace": 0.3})
    child = house.wait_for_steps(run, 1)
    house.registry.request_stop(run.id, Request.STOP_AND_KEEP)
    stopped = house.wait(run, State.STOPPED)
    assert "ended without finishing its work" in reason(stopped)
    assert not machine.alive(child.pid, child.pid_created)
    assert house.registry.resume(run.id).attempt == 2


def test_a_child_that_goes_on_working_after_the_request_has_its_time(house: House) -> None:
    run = house.submit("hang")
    house.supervise(timing={"grace": 0.5})
    house.wait_for_steps(run, 1)
    house.registry.request_stop(run.id, Request.STOP_AND_KEEP)
    events = EventLog(house.workspace.run(run.id).events)
    for _ in range(6):
        time.sleep(0.15)
        events.write("phase", phase="saving")
    assert house.registry.get(run.id).state is State.RUNNING
    house.wait(run, State.STOPPED)


@pytest.mark.parametrize("model", ["need_less_memory", "run_into_memory_error"])
def test_lack_of_memory_is_said_and_tried_again_with_half(house: House, model: str) -> None:
    run, other = house.submit(model), house.submit("finish")
    house.supervise()
    done = house.wait(run, State.FINISHED)
    assert (done.attempt, done.batch_limit) == (2, 8)
    notes = [event["message"] for event in house.events(run) if event["type"] == "note"]
    assert [note["params"] for note in notes] == [{"rows": 16, "half": 8}]
    assert done.ended <= house.wait(other, State.FINISHED).started


def test_a_second_lack_of_memory_fails_with_what_to_change(house: House) -> None:
    run = house.submit("need_too_much_memory")
    house.supervise()
    failed = house.wait(run, State.FAILED)
    assert failed.attempt == 2
    assert "lower the max length" in reason(failed)


def test_a_kill_by_the_kernel_for_memory_is_told_from_any_other(house: House) -> None:
    kills = iter([3, 4])
    run = house.submit("be_killed_for_memory")
    supervisor = house.supervise(oom_kills=lambda: next(kills, 4))
    done = house.wait(run, State.FINISHED)
    assert done.batch_limit == 8
    supervisor.stop()
    run = house.submit("be_killed_for_memory")
    house.supervise(oom_kills=lambda: 4)
    assert "ended unexpectedly" in reason(house.wait(run, State.INTERRUPTED))


def test_a_crash_is_a_sentence_and_a_log_without_secrets(house: House) -> None:
    run = house.submit("crash")
    house.supervise()
    failed = house.wait(run, State.FAILED)
    assert "nobody foresaw: ValueError: a wrong turn with hf_…." in reason(failed)
    assert f"runs/{run.id}/log.txt" in reason(failed)
    log = house.log(run)
    assert "Downloading with hf_…\n" in log
    assert "Traceback" in log
    assert not any(TOKEN in path.read_text("utf-8") for path in self_written(house, run))
    assert "\x1b" not in log


def self_written(house: House, run: Run) -> list[Any]:
    folder = house.workspace.run(run.id)
    return [folder.log, folder.events, folder.recipe]


def test_the_ends_a_training_may_come_to_are_all_told(house: House) -> None:
    expected = {
        "fail": (State.FAILED, "disk is full"),
        "find_bad_data": (State.FAILED, "There is no data set “gone”"),
        "call_exit": (State.FAILED, "SystemExit: enough"),
        "fill_the_disk": (State.FAILED, "Free some space, then resume"),
    }
    runs = {model: house.submit(model) for model in expected}
    silent = house.submit("forget_the_end")
    house.supervise()
    for model, (state, sentence) in expected.items():
        ended = house.wait(runs[model], State.FINISHED, State.FAILED, State.INTERRUPTED)
        assert (ended.state, sentence in reason(ended)) == (state, True), model
    house.wait(silent, State.FINISHED)


def test_a_child_that_cannot_start_fails_with_its_log(house: House) -> None:
    run = house.submit("finish")
    house.supervise("broken")
    failed = house.wait(run, State.FAILED)
    assert f"The log says why: runs/{run.id}/log.txt" in reason(failed)
    assert "ImportError: libcuda is missing, hf_…" in house.log(run)


def test_a_spare_that_cannot_start_fails_a_run_with_its_log_too(house: House) -> None:
    house.supervise("slow", "broken", spare=True)
    assert within(5, lambda: len(children_of(os.getpid())) == 1)
    run = house.submit("finish")
    failed = house.wait(run, State.FAILED)
    assert "could not start" in reason(failed)
    assert "ImportError: libcuda is missing" in house.log(run)


def test_a_run_without_a_folder_fails_and_the_next_one_goes_on(house: House) -> None:
    run, other = house.submit("finish"), house.submit("finish")
    shutil.rmtree(house.workspace.run(run.id).root)
    house.supervise()
    assert "could not start" in reason(house.wait(run, State.FAILED))
    house.wait(other, State.FINISHED)


def test_a_torn_last_event_does_not_hide_the_end(house: House) -> None:
    run = house.submit("obey")
    house.supervise()
    child = house.wait_for_steps(run)
    os.kill(child.pid, signal.SIGSTOP)
    with house.workspace.run(run.id).events.open("ab") as file:
        file.write(b'{"type": "end", "outcome": "fini')
    kill(child)
    house.wait(run, State.INTERRUPTED)
    (house.workspace.run(run.id).root / "go").touch()
    house.registry.resume(run.id)
    assert house.wait(run, State.FINISHED).attempt == 2


def test_an_active_run_is_not_deleted_and_a_stopped_one_is(house: House) -> None:
    run = house.submit("obey")
    house.supervise()
    house.wait_for_steps(run)
    with pytest.raises(RunError, match=r"is running. Stop it first"):
        house.registry.delete(run.id)
    house.registry.request_stop(run.id, Request.STOP_AND_KEEP)
    house.wait(run, State.STOPPED)
    house.registry.delete(run.id)
    assert not house.workspace.run(run.id).root.exists()


def test_a_child_that_lost_its_lease_writes_no_more(house: House) -> None:
    run = house.submit("obey")
    app = house.supervise_elsewhere()
    child = house.wait_for_steps(run)
    app.kill()
    app.wait()
    assert house.registry.settle(house.registry.get(run.id), State.INTERRUPTED, None)
    assert within(3, lambda: not machine.alive(child.pid, child.pid_created))


def test_a_spare_child_takes_the_next_run_and_is_replaced(house: House) -> None:
    house.supervise("slow", spare=True)
    assert within(5, lambda: len(children_of(os.getpid())) == 1)
    spare = children_of(os.getpid())[0]
    time.sleep(0.6)
    clicked = time.monotonic()
    run = house.submit("obey")
    assert house.wait_for_steps(run, 1).pid == spare.pid
    assert time.monotonic() - clicked < 0.4
    assert within(5, lambda: len(children_of(os.getpid())) == 2)


def test_a_spare_child_ends_with_its_supervisor_however_that_ends(house: House) -> None:
    supervisor = house.supervise(spare=True)
    assert within(5, lambda: len(children_of(os.getpid())) == 1)
    supervisor.stop()
    assert children_of(os.getpid()) == []
    app = house.supervise_elsewhere("spare")
    assert within(5, lambda: len(children_of(app.pid)) == 1)
    spare = children_of(app.pid)[0]
    app.kill()
    app.wait()
    assert within(5, lambda: not spare.is_running())


def test_a_spare_child_that_was_killed_costs_no_run(house: House) -> None:
    house.supervise(spare=True)
    assert within(5, lambda: len(children_of(os.getpid())) == 1)
    children_of(os.getpid())[0].kill()
    run = house.submit("finish")
    assert house.wait(run, State.FINISHED).attempt == 1


def test_the_trash_is_emptied_at_the_start(house: House) -> None:
    (house.workspace.trash / "old" / "checkpoints").mkdir(parents=True)
    (house.workspace.trash / "file").touch()
    house.supervise()
    assert within(5, lambda: not list(house.workspace.trash.iterdir()))


def test_no_thread_is_left_when_a_supervisor_has_stopped(house: House) -> None:
    house.supervise().stop()
    assert not [thread for thread in threading.enumerate() if thread.name == "supervisor"]
