"""What the operating system knows: which process is which, who was killed for memory.

A pid alone names nothing: it is used again after a while. Every process is therefore known by
its pid and its birth, and nothing is signalled whose birth is not the one on record.
"""

from contextlib import suppress
from pathlib import Path

import psutil

_PATIENCE = 5.0
"""Seconds a process has between the request to terminate and the kill."""

_PROC = Path("/proc")
_CGROUP = Path("/sys/fs/cgroup")


def birth(pid: int) -> str | None:
    """What tells this process from every other that had or will have its pid; None if it is gone.

    On Linux the boot id and the clock tick after boot: unlike psutil's time of day, which is
    computed from a boot time that moves with every correction of the clock, these never change.
    """
    try:
        after_name = (_PROC / str(pid) / "stat").read_text("utf-8", "replace").rpartition(")")[2]
        boot = (_PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}:{after_name.split()[19]}"
    except (OSError, IndexError):
        return _birth_elsewhere(pid)


def alive(pid: int | None, born: str | None) -> bool:
    """Whether that very process runs; a zombie does not."""
    return _find(pid, born) is not None


def end(pid: int | None, born: str | None) -> None:
    """Terminate that very process and all it started, then kill what is left of them."""
    process = _find(pid, born)
    if process is None:
        return
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for member in family:
        _signal(member, kill=False)
    for member in psutil.wait_procs(family, timeout=_PATIENCE)[1]:
        _signal(member, kill=True)


def oom_kills() -> int:
    """How many processes the kernel has killed for lack of memory: in our control group where it
    counts them, else on the whole machine. 0 where nobody counts."""
    for counter in _oom_counters():
        try:
            lines = counter.read_text().splitlines()
        except OSError:
            continue
        for line in lines:
            name, _, value = line.partition(" ")
            if name == "oom_kill":
                return int(value)
    return 0


def _find(pid: int | None, born: str | None) -> psutil.Process | None:
    if pid is None or born is None:
        return None
    with suppress(psutil.Error):
        process = psutil.Process(pid)
        if birth(pid) == born and process.status() != psutil.STATUS_ZOMBIE:
            return process
    return None


def _birth_elsewhere(pid: int) -> str | None:
    try:
        return repr(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def _signal(process: psutil.Process, kill: bool) -> None:
    with suppress(psutil.Error):  # gone, or its pid is another's: psutil looks before it signals
        process.kill() if kill else process.terminate()


def _oom_counters() -> list[Path]:
    """Version 2 of control groups, version 1, the whole machine."""
    try:
        groups = [line.split(":", 2) for line in (_PROC / "self/cgroup").read_text().splitlines()]
    except OSError:
        return []
    counters = []
    for _, controllers, path in groups:
        for inside in (path.lstrip("/"), ""):  # a container sees its own group as the root
            if controllers == "":
                counters.append(_CGROUP / inside / "memory.events")
            elif "memory" in controllers.split(","):
                counters.append(_CGROUP / "memory" / inside / "memory.oom_control")
    return [*counters, _PROC / "vmstat"]
