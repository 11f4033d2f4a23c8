"""Which process is which: no foreign process is ever signalled."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from engine.models import hardware
from engine.runs import machine
from engine.runs.launcher import environment
from engine.runs.log import CleanStream, clean
from engine.runs.names import distinct, new_name

SLEEPER = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, subprocess, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']);"
    "print(child.pid, flush=True); time.sleep(60)",
]


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(SLEEPER, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def is_gone_soon(pid: int, born: str | None) -> bool:
    deadline = time.monotonic() + 5
    while machine.alive(pid, born) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not machine.alive(pid, born)


def test_a_process_is_known_by_its_birth(sleeper: subprocess.Popen[str]) -> None:
    born = machine.birth(sleeper.pid)
    assert born == machine.birth(sleeper.pid) != machine.birth(os.getpid())
    assert machine.alive(sleeper.pid, born)
    assert not machine.alive(sleeper.pid, "another boot:1")
    assert not machine.alive(None, None)


def test_a_killed_process_is_dead_before_anybody_waits_for_it(
    sleeper: subprocess.Popen[str],
) -> None:
    born = machine.birth(sleeper.pid)
    sleeper.kill()
    assert is_gone_soon(sleeper.pid, born)
    assert psutil.Process(sleeper.pid).status() == psutil.STATUS_ZOMBIE


def test_a_process_that_has_got_the_pid_of_another_is_left_alone(
    sleeper: subprocess.Popen[str],
) -> None:
    machine.end(sleeper.pid, "boot:12345")
    with pytest.raises(subprocess.TimeoutExpired):
        sleeper.wait(0.2)


def test_a_process_that_will_not_end_is_killed_with_all_it_started(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(machine, "_PATIENCE", 0.3)
    with subprocess.Popen(STUBBORN, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        grandchild = int(process.stdout.readline())
        grandchild_born = machine.birth(grandchild)
        machine.end(process.pid, machine.birth(process.pid))
        assert process.wait(5) == -9
        assert is_gone_soon(grandchild, grandchild_born)


def test_kills_for_memory_are_counted_by_the_nearest_control_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proc, groups = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (groups / "app.slice").mkdir(parents=True)
    monkeypatch.setattr(machine, "_PROC", proc)
    monkeypatch.setattr(machine, "_CGROUP", groups)
    assert machine.oom_kills() == 0
    (proc / "self/cgroup").write_text("0::/app.slice\n")
    (proc / "vmstat").write_text("pgfault 9\noom_kill 7\n")
    assert machine.oom_kills() == 7
    (groups / "app.slice/memory.events").write_text("oom 3\noom_kill 2\n")
    assert machine.oom_kills() == 2


def test_a_log_holds_no_token_even_in_two_halves(capfd: pytest.CaptureFixture[str]) -> None:
    stream = CleanStream()
    token = "hf_" + "Ab1" * 10
    stream.write(f"one {token[:9]}")
    stream.write(f"{token[9:]} two\nthree")
    stream.write("\r 50%\r100%\n")
    assert capfd.readouterr().err == "one hf_… two\nthree\n 50%\n100%\n"


def test_a_log_holds_no_control_characters() -> None:
    assert clean("a\x1b[31mred\x1b[0m\x07\x00\x9b\tb\n") == "ared\tb\n"


def test_a_child_leaves_a_core_free_and_its_threads_sleep_while_they_wait() -> None:
    plain = environment({"HOME": "/h"})
    assert plain["OMP_WAIT_POLICY"] == "PASSIVE"
    assert 1 <= int(plain["OMP_NUM_THREADS"]) <= max(1, (os.cpu_count() or 1) - 1)
    assert plain["HOME"] == "/h"


@pytest.mark.parametrize(("share", "cores"), [("150000 100000", 2), ("10000 100000", 1)])
def test_a_containers_share_of_the_cores_is_respected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, share: str, cores: int
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 8)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)), raising=False)
    (tmp_path / "cpu.max").write_text(f"{share}\n")
    monkeypatch.setattr(hardware, "_CPU_SHARE", tmp_path / "cpu.max")
    assert hardware.usable_cores() == cores
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert hardware.usable_cores() == 8


def test_what_the_user_set_in_the_environment_wins() -> None:
    given = {"OMP_NUM_THREADS": "2", "OMP_WAIT_POLICY": "ACTIVE", "PYTHONPATH": "/mine"}
    made = environment(given)
    assert (made["OMP_NUM_THREADS"], made["OMP_WAIT_POLICY"]) == ("2", "ACTIVE")
    assert made["PYTHONPATH"].endswith(f"{os.pathsep}/mine")


def test_a_name_is_the_data_sets_and_two_words() -> None:
    assert new_name("support-tickets-3f9c2a", ()).startswith("support-tickets-")
    assert new_name("x-3f9c2a", ()).count("-") == 1


def test_a_taken_name_gets_the_next_number() -> None:
    assert distinct("a", {"a", "a-2"}) == "a-3"
    assert distinct("  a \n b\t", ()) == "a b"
