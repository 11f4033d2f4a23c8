"""Checkpoints that survive a kill at any byte.

A checkpoint is written to a temporary name, each file fsynced, listed with size and SHA-256 in
`manifest.json`, and renamed into place; one that does not match its manifest is as if it were not
there. Only safetensors and JSON are written and read: no pickle.

    step-<n>/   everything needed to go on: weights, optimizer, random state, progress
    best-<n>/   the weights of the best evaluation so far
"""

import hashlib
import json
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from engine.workspace import fsync_folder

KEPT = 2
"""Newest step checkpoints kept: should the newest be damaged, there is one before it."""


@dataclass(frozen=True)
class Checkpoint:
    step: int
    weights: dict[str, Tensor]
    average: dict[str, Tensor]
    """Empty where no average is kept."""
    optimizer: dict[str, Tensor]
    random: dict[str, Tensor]
    progress: dict[str, Any]
    scaler: dict[str, float] = field(default_factory=dict)
    """By how much fp16 gradients are scaled; empty in other precisions."""


@dataclass(frozen=True)
class Checkpoints:
    """All checkpoints of one run."""

    folder: Path

    def save(self, checkpoint: Checkpoint) -> None:
        """Write a step checkpoint, then drop what is no longer needed."""
        tensors = {
            "weights": checkpoint.weights,
            "average": checkpoint.average,
            "optimizer": checkpoint.optimizer,
            "random": checkpoint.random,
        }
        record = {
            "step": checkpoint.step,
            "progress": checkpoint.progress,
            "scaler": checkpoint.scaler,
        }
        self._write(f"step-{checkpoint.step}", tensors, record)
        self._prune()

    def save_best(self, step: int, weights: dict[str, Tensor]) -> None:
        self._write(f"best-{step}", {"weights": weights}, {"step": step})

    def newest(self) -> Checkpoint | None:
        """The newest step checkpoint that verifies and whose best weights verify; None if none."""
        for folder in self._steps():
            record = self._whole(folder)
            if record is None:  # gone for good, lest it be counted among the newest
                shutil.rmtree(folder, ignore_errors=True)
                continue
            return Checkpoint(
                record["step"],
                load_file(folder / "weights.safetensors"),
                load_file(folder / "average.safetensors"),
                load_file(folder / "optimizer.safetensors"),
                load_file(folder / "random.safetensors"),
                record["progress"],
                record.get("scaler", {}),
            )
        return None

    def _whole(self, folder: Path) -> dict[str, Any] | None:
        """The record of a step checkpoint that verifies together with its best weights."""
        record = _verified(folder)
        best = record and record["progress"].get("best_step")
        if best is not None and _verified(self.folder / f"best-{best}") is None:
            return None
        return record

    def best(self, step: int) -> dict[str, Tensor]:
        """The weights of one of the best evaluations."""
        return load_file(self.folder / f"best-{step}" / "weights.safetensors")

    def _steps(self) -> list[Path]:
        found = [p for p in self.folder.glob("step-*") if re.fullmatch(r"step-\d+", p.name)]
        return sorted(found, key=lambda path: int(path.name[5:]), reverse=True)

    def _write(
        self, name: str, tensors: dict[str, dict[str, Tensor]], record: dict[str, Any]
    ) -> None:
        target, temporary = self.folder / name, self.folder / f"{name}.tmp"
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir(parents=True)
        for file, state in tensors.items():
            save_file(state, temporary / f"{file}.safetensors")
        _write_json(temporary / "record.json", record)
        files = {path.name: _seal(path) for path in sorted(temporary.iterdir())}
        _write_json(temporary / "manifest.json", files)
        _seal(temporary / "manifest.json")
        fsync_folder(temporary)
        shutil.rmtree(target, ignore_errors=True)
        temporary.replace(target)
        fsync_folder(self.folder)

    def _prune(self) -> None:
        """Keep the newest step checkpoints and the best weights they name."""
        steps = self._steps()
        needed = set()
        for folder in steps[:KEPT]:
            progress = (_read_json(folder / "record.json") or {}).get("progress", {})
            runners_up = [step for _, step in progress.get("runners_up", [])]
            needed |= {f"best-{step}" for step in (progress.get("best_step"), *runners_up)}
        for folder in steps[KEPT:]:
            shutil.rmtree(folder, ignore_errors=True)
        for folder in self.folder.glob("best-*"):
            if folder.name not in needed:
                shutil.rmtree(folder, ignore_errors=True)


def optimizer_state(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """What it keeps of every parameter as flat named tensors, on the CPU."""
    return {
        f"{index}.{name}": torch.as_tensor(value).detach().to("cpu", copy=True).contiguous()
        for index, parameter in enumerate(_parameters(optimizer))
        for name, value in optimizer.state.get(parameter, {}).items()
    }


def restore_optimizer(optimizer: torch.optim.Optimizer, flat: dict[str, Tensor]) -> None:
    """Put back what `optimizer_state` took, each number as it was: torch counts steps in floating
    point, bitsandbytes in whole numbers, which must not become tensors."""
    parameters = _parameters(optimizer)
    for key, value in flat.items():
        index, name = key.split(".", 1)
        parameter = parameters[int(index)]
        whole = value.ndim == 0 and not value.is_floating_point()
        optimizer.state[parameter][name] = int(value) if whole else value.to(parameter.device)


def _parameters(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def random_state() -> dict[str, Tensor]:
    """torch's generators; batches need none, they follow from the seed and the epoch."""
    state = {"cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        state["cuda"] = torch.cuda.get_rng_state()
    return state


def restore_random(state: dict[str, Tensor]) -> None:
    torch.set_rng_state(state["cpu"])
    if "cuda" in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state["cuda"])


def _verified(folder: Path) -> dict[str, Any] | None:
    """The record of a checkpoint all of whose files match the manifest, else None."""
    files = _read_json(folder / "manifest.json")
    if not files or "record.json" not in files:
        return None
    for name, seal in files.items():
        path = folder / name
        if not path.is_file() or _digest(path) != seal:
            return None
    return _read_json(folder / "record.json")


def _seal(path: Path) -> dict[str, Any]:
    """fsync a file and return its size and hash."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return _digest(path)


def _digest(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return {"size": path.stat().st_size, "sha256": digest}


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content), "utf-8")


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
