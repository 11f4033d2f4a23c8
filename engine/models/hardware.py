"""What this machine has and what it does fast.

`probe` needs torch and so runs in the child process; the page reads the cached answer.
"""

import json
import math
import os
import time
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from engine.text import Message
from engine.workspace import Workspace, write_atomically

if TYPE_CHECKING:
    import torch

CALM = {"OMP_WAIT_POLICY": "PASSIVE", "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "64"}
"""Environment of every process that imports torch, set before it does. Waiting threads sleep: two
OpenMP processes that spin on the same cores slow each other down 20 to 60 times (measured). And
few compiled kernels are kept: every batch has its own shape, so with the default of 1,024 they
hardly ever fit again but take gigabytes (3.0 GB after 1,700 steps)."""
SIZE = 512
"""Side of the square matrices that are multiplied to measure the machine."""
FAST_ENOUGH = 1.3
"""bf16 is worth its rounding from this speed-up of a matrix product on; a slower one is fp32's."""


_CPU_SHARE = Path("/sys/fs/cgroup/cpu.max")


@dataclass(frozen=True)
class Gpu:
    """One card; its place in `Hardware.gpus` is its index."""

    name: str
    memory: int
    """bytes"""


@dataclass(frozen=True)
class Hardware:
    device: str
    """cpu, cuda or mps"""
    name: str
    cores: int
    memory: int
    """bytes of main memory"""
    gpu_memory: int | None
    """bytes of the accelerator's memory"""
    bf16_speedup: float
    """Time of an fp32 matrix product over that of a bf16 one; 0 where bf16 does not run."""
    gflops: float
    """Billions of operations a second of an fp32 matrix product, on a CPU of one core"""
    torch: str
    """torch version, so that an upgrade probes anew"""
    gpus: tuple[Gpu, ...] = ()
    """Every card that runs can be given; none where the device is not cuda"""


def calm() -> None:
    """Set CALM for this process, where the user has not; call it before torch is imported."""
    for name, value in CALM.items():
        os.environ.setdefault(name, value)


def choose_precision(wanted: str, hardware: Hardware) -> tuple[str, Message]:
    """The precision a run will really use, and why."""
    speedup = hardware.bf16_speedup
    if wanted == "fp16" and hardware.device != "cuda":
        return "fp32", Message("models.precision_fp16_needs_gpu")
    if wanted == "bf16" and not speedup:
        instead = "fp16" if hardware.device == "cuda" else "fp32"
        return instead, Message("models.precision_no_bf16", {"precision": instead})
    if wanted != "auto":
        return wanted, Message("models.precision_chosen", {"precision": wanted})
    if speedup >= FAST_ENOUGH:
        return "bf16", Message("models.precision_bf16", {"times": round(speedup, 1)})
    if hardware.device == "cuda":
        return "fp16", Message("models.precision_fp16")
    return "fp32", Message("models.precision_fp32")


def choose_devices(wanted: int, hardware: Hardware) -> tuple[int, Message | None]:
    """How many GPUs a run will really get, and why where that is not what was asked for."""
    there = len(hardware.gpus)
    if wanted == 1 or wanted <= there:
        return min(wanted, there), None
    if not there:
        return 0, Message("models.devices_none", {"wanted": wanted, "name": hardware.name})
    return there, Message("models.devices_fewer", {"wanted": wanted, "there": there})


def usable_cores() -> int:
    """Cores this process may run on, in a container not more than its share of the machine."""
    cores = os.cpu_count() or 1
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    try:
        quota, period = _CPU_SHARE.read_text("utf-8").split()
        return max(1, min(cores, math.ceil(int(quota) / int(period))))
    except (OSError, ValueError):  # no such file, or "max": no limit
        return cores


def probe() -> Hardware:
    """Look at the machine; about a second, most of it importing torch."""
    import torch

    memory = psutil.virtual_memory().total
    gpus: tuple[Gpu, ...] = ()
    if torch.cuda.is_available():
        cards = map(torch.cuda.get_device_properties, range(torch.cuda.device_count()))
        gpus = tuple(Gpu(each.name, each.total_memory) for each in cards)
        card = torch.cuda.get_device_properties(0)
        speedup = 2.0 if torch.cuda.is_bf16_supported(including_emulation=False) else 0.0
        seconds = _product_seconds("cuda", torch.float32)
        name, gpu_memory, device = card.name, card.total_memory, "cuda"
    elif torch.backends.mps.is_available():
        name, gpu_memory, device, speedup = "Apple GPU", memory, "mps", 0.0
        seconds = _product_seconds("mps", torch.float32)
    else:
        name, gpu_memory, device = _cpu_name(), None, "cpu"
        seconds = _product_seconds("cpu", torch.float32)
        speedup = round(seconds / _product_seconds("cpu", torch.bfloat16), 2)
    gflops = round(2 * SIZE**3 / seconds / 1e9, 1)
    return Hardware(
        device, name, usable_cores(), memory, gpu_memory, speedup, gflops, torch.__version__, gpus
    )


def save(workspace: Workspace, hardware: Hardware) -> None:
    write_atomically(workspace.hardware, json.dumps(asdict(hardware), indent=2))


def load(workspace: Workspace) -> Hardware | None:
    """The cached answer of `probe`; None before the first child process has looked, and for an
    answer from before it named every GPU."""
    try:
        record = json.loads(workspace.hardware.read_text("utf-8"))
        gpus = tuple(Gpu(**gpu) for gpu in record.pop("gpus"))
        return Hardware(**record, gpus=gpus)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def load_current(workspace: Workspace) -> Hardware | None:
    """The cached answer while it holds: not after a restart of the machine (another card, another
    container) and not for another torch."""
    known = load(workspace)
    if known is None or known.torch != _installed_torch():
        return None
    try:
        return known if workspace.hardware.stat().st_mtime >= psutil.boot_time() else None
    except OSError:
        return None


@cache
def _installed_torch() -> str:
    """Its version without importing it."""
    from importlib import metadata  # takes a moment

    return metadata.version("torch")


def _product_seconds(device: str, dtype: "torch.dtype") -> float:
    """Best of several matrix products.

    On a CPU in one thread and in processor time: several threads on a busy machine wait for each
    other, which once made bf16 look useless where it is 7 times as fast.
    """
    import torch

    clock = time.thread_time if device == "cpu" else time.perf_counter
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    matrix = torch.randn(SIZE, SIZE, device=device).to(dtype)

    def once() -> float:
        start = clock()
        (matrix @ matrix)[0, 0].item()
        return clock() - start

    try:
        return min(once() for _ in range(20))
    finally:
        torch.set_num_threads(threads)


def _cpu_name() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text("utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return "CPU"
