"""AdamW as everybody fine-tunes with it, and the learning rate's way over a run."""

import math

import torch
from torch import nn

from engine.training.recipe import Recipe

HEAD_RATE = 10.0
"""The head starts from nothing and the backbone from a good place, so the head learns faster.
Without it, on UNFAIR-ToS (89 % of rows without a label), the macro-F1 of the first two epochs is
0; with it (and the head's start from the labels' shares) 0.44 after one."""


def make_optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """AdamW over what trains; weight decay spares biases and normalisation, as BERT's does.

    Each group's `rate_factor` multiplies the schedule's learning rate. In 8 bits (Dettmers et al.
    2022) the moments of tensors under 4096 numbers stay in fp32: they weigh nothing.
    """
    fast: tuple[str, ...] = getattr(network, "fast", ())
    factor = HEAD_RATE if recipe.method != "head" else 1.0
    groups: dict[tuple[bool, bool], list[nn.Parameter]] = {}
    for name, parameter in network.named_parameters():
        if parameter.requires_grad:
            key = (name.startswith(fast), parameter.ndim > 1)
            groups.setdefault(key, []).append(parameter)
    described = [
        {
            "params": parameters,
            "rate_factor": factor if head else 1.0,
            "weight_decay": recipe.weight_decay if matrix else 0.0,
        }
        for (head, matrix), parameters in groups.items()
    ]
    if recipe.optimizer == "adamw_8bit":
        from bitsandbytes.optim import AdamW8bit

        eight_bit: torch.optim.Optimizer = AdamW8bit(described, lr=recipe.learning_rate)
        return eight_bit
    return torch.optim.AdamW(described, lr=recipe.learning_rate, fused=True)


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """The rate of step `step` (from 0) of `steps`: linear warm-up, then the schedule down to 0."""
    warmup = math.ceil(recipe.warmup * steps)
    if step < warmup:
        return recipe.learning_rate * (step + 1) / warmup
    done = (step - warmup) / max(1, steps - warmup)
    if recipe.schedule == "linear":
        return recipe.learning_rate * (1 - done)
    if recipe.schedule == "cosine":
        return recipe.learning_rate * (1 + math.cos(math.pi * done)) / 2
    return recipe.learning_rate
