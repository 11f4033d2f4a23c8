"""The memory a recipe will need on this machine, in words a person can act on."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.models.catalogue import ModelInfo
from engine.models.hardware import Hardware
from engine.models.memory import Load, Outlook, Remedy, free_memory, look
from engine.text import Message
from engine.training.passes import rows_at_once
from engine.training.recipe import Recipe


def outlook(
    recipe: Recipe,
    model: ModelInfo,
    hardware: Hardware | None,
    precision: str,
    counts: NDArray[np.int32],
    output: str = "labels",
) -> Outlook | None:
    """What a recipe needs, what there is, and what would make it fit; None where too little is
    known.

    `counts` are the tokens of the training texts; `output` is what the model puts out.
    """
    if hardware is None or model.shape is None or not model.parameters:
        return None
    longest = min(recipe.max_length, int(counts.max()) if len(counts) else recipe.max_length)
    written = 0
    if output == "text":
        longest += recipe.answer_length
        written = longest if model.kind == "decoder" else recipe.answer_length
    at_once = rows_at_once(longest, hardware.device)
    load = Load(
        model.shape,
        model.parameters,
        recipe.method,
        precision,
        rows=min(recipe.batch_size, at_once),
        length=longest,
        device=hardware.device,
        scored_rows=at_once,
        optimizer=recipe.optimizer,
        quantization=recipe.quantization,
        activation_checkpointing=recipe.activation_checkpointing,
        lora_rank=recipe.lora_rank,
        train_embeddings=recipe.train_embeddings,
        average=recipe.average_weights,
        written=written,
    )
    return look(load, free_memory(hardware))


def changes(change: str, value: int, recipe: Recipe) -> dict[str, Any]:
    """The settings that `Remedy.change` and `Remedy.value` stand for."""
    if change == "batch":
        rows = recipe.batch_size * recipe.accumulation
        return {"batch_size": value, "accumulation": math.ceil(rows / max(1, value))}
    if change == "length":
        return {"max_length": value}
    if change == "activation_checkpointing":
        return {"activation_checkpointing": True}
    return {"method": change}


def warning(found: Outlook | None, recipe: Recipe) -> Message | None:
    """What to say, and to change, of a run that is too big; None for any other."""
    if found is None or found.fit != "big":
        return None
    params = {"need": gigabytes(found.need.total), "free": gigabytes(found.free)}
    return Message("models.too_big", params | {"remedy": spoken(found.remedy, recipe)})


def spoken(remedy: Remedy | None, recipe: Recipe) -> Message:
    """What to change, for the user."""
    if remedy is None:
        return Message("models.remedy_none")
    params = {"need": gigabytes(remedy.need.total)}
    if remedy.change == "batch":
        times = math.ceil(recipe.batch_size * recipe.accumulation / remedy.value)
        return Message("models.remedy_batch", params | {"rows": remedy.value, "times": times})
    if remedy.change == "length":
        return Message("models.remedy_length", params | {"length": remedy.value})
    if remedy.change == "activation_checkpointing":
        return Message("models.remedy_activation_checkpointing", params)
    method = Message(f"settings.method.{remedy.change}")
    return Message("models.remedy_method", params | {"method": method})


def gigabytes(size: int) -> str:
    """Bytes as GB, to as many digits as an estimate deserves."""
    number = size / 1e9
    return f"{number:.1f}" if number < 10 else f"{number:,.0f}"
