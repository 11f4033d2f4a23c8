"""What a recipe will really do on this machine, before it does it."""

import math
import sys
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Dataset
from engine.models.catalogue import WITHOUT_CHECKPOINTING, ModelInfo, find_model
from engine.models.hardware import Hardware, choose_devices, choose_precision
from engine.models.memory import Outlook
from engine.text import Message
from engine.training import duration
from engine.training.footprint import outlook, warning
from engine.training.recipe import Recipe
from engine.training.recommend import WINDOWED, fitting_output
from engine.training.settings import TRACKERS


@dataclass(frozen=True)
class TrainingPlan:
    rows: int
    steps_per_epoch: int
    steps: int
    effective_batch: int
    device: str
    """cpu, cuda or mps; empty before the machine was looked at"""
    device_name: str
    precision: str
    precision_why: Message
    seconds: float | None
    """A rough estimate of all of the run; None where nothing is known to base it on"""
    problems: tuple[Message, ...]
    """What keeps the run from starting"""
    windows: bool = False
    """Whether texts longer than the maximum length are read in windows instead of being cut"""
    notes: tuple[Message, ...] = ()
    """What is worth knowing before it does"""
    memory: Outlook | None = None
    """What it needs of this machine's memory; None where too little is known"""
    warnings: tuple[Message, ...] = ()
    """What may go wrong, and what to change"""


def make_plan(
    recipe: Recipe,
    dataset: Dataset,
    hardware: Hardware | None,
    counts: NDArray[np.int32],
    model: ModelInfo | None = None,
) -> TrainingPlan:
    """`counts` are the tokens of the training texts. The model is looked up, unless `model` says
    what is known of it. Raises ModelError for one that cannot be used for the data set."""
    model = model or find_model(recipe.model)
    output = fitting_output(dataset, model)
    rows = dataset.rows["train"]
    effective = recipe.batch_size * recipe.accumulation
    steps_per_epoch = max(1, math.ceil(rows / effective))
    steps = max(1, math.ceil(recipe.epochs * steps_per_epoch))
    if hardware is None:
        precision, why, short = "", Message("models.machine_unknown"), None
    else:
        precision, why = choose_precision(recipe.precision, hardware)
        _, short = choose_devices(recipe.devices, hardware)
    memory = outlook(recipe, model, hardware, precision, counts, output)
    warned = warning(memory, recipe)
    return TrainingPlan(
        rows,
        steps_per_epoch,
        steps,
        effective,
        hardware.device if hardware else "",
        hardware.name if hardware else "",
        precision,
        why,
        _seconds(recipe, dataset, hardware, memory, counts),
        tuple(_problems(recipe, dataset, model, output)),
        output in WINDOWED,
        (short,) if short else (),
        memory,
        (warned,) if warned else (),
    )


def _seconds(
    recipe: Recipe,
    dataset: Dataset,
    hardware: Hardware | None,
    memory: Outlook | None,
    counts: NDArray[np.int32],
) -> float | None:
    if hardware is None or memory is None:
        return None
    return duration.seconds(recipe, dataset, hardware, memory.load, counts)


def _problems(recipe: Recipe, dataset: Dataset, model: ModelInfo, output: str) -> list[Message]:
    problems: list[Message] = []
    if recipe.max_length > model.max_length:
        params = {"length": recipe.max_length, "most": model.max_length}
        problems.append(Message("recipe.too_long", params))
    metrics = [*dataset.make_task().metrics, "loss"]
    if recipe.best_metric not in metrics:
        named = {"found": recipe.best_metric, "known": metrics}
        problems.append(Message("recipe.metric_of_other_task", named))
    if recipe.method == "head" and output == "text":
        problems.append(Message("recipe.no_head_to_train"))
    if recipe.activation_checkpointing and model.family in WITHOUT_CHECKPOINTING:
        named = {"name": model.title, "family": model.family}
        problems.append(Message("models.no_checkpointing", named))
    problems.extend(_wrong_modules(recipe, model))
    unknown = sorted(set(recipe.own_weights) - set(dataset.labels))
    if recipe.class_weights == "own" and (unknown or not recipe.own_weights):
        known = {"unknown": unknown or ["–"], "known": list(dataset.labels)}
        problems.append(Message("recipe.unknown_weights", known))
    problems.extend(_missing_tracker(recipe.tracker))
    return problems


def _wrong_modules(recipe: Recipe, model: ModelInfo) -> list[Message]:
    """Of modules named by more than their last part, only that one is compared: the whole names
    are known when the network is."""
    if recipe.method not in ("lora", "qlora") or recipe.lora_targets != "named":
        return []
    if not recipe.lora_modules:
        return [Message("recipe.no_modules_named")]
    absent = [m for m in recipe.lora_modules if m.rpartition(".")[2] not in model.layers]
    if not absent or not model.layers:
        return []
    return [Message("models.no_such_modules", {"found": absent, "known": list(model.layers)})]


def _missing_tracker(tracker: str) -> list[Message]:
    """Told now: a run that is under way cannot install anything."""
    modules = TRACKERS.get(tracker, {})
    missing = [package for module, package in modules.items() if find_spec(module) is None]
    if not missing:
        return []
    command = f'"{sys.executable}" -m pip install {" ".join(missing)}'
    name = Message(f"settings.tracker.{tracker}")
    return [Message("recipe.no_tracker", {"tracker": name, "command": command})]
