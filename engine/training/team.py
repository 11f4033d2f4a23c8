"""Processes that train one network together, each on its share of every batch.

All hold the same weights. Gradients are summed once a step, when every share has been read, so
shares may differ in size or be empty. It knows nothing of how the processes came to be.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import Tensor

T = TypeVar("T")


@dataclass(frozen=True)
class Team:
    """This process among `size` ones; the first writes, decides and scores. Alone by default."""

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def shares(self, batch: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """A batch dealt out in turn: it is sorted by length, so shares take equally long."""
        return [batch[rank :: self.size] for rank in range(self.size)]

    def agree(self, yes: bool) -> bool:
        """What the first says, for all."""
        if self.size == 1:
            return yes
        said = torch.tensor([int(yes)], device=_device())
        dist.broadcast(said, src=0)
        return bool(said.item())

    def add_up(self, tensor: Tensor) -> None:
        """Sum over all, in place."""
        if self.size > 1:
            dist.all_reduce(tensor)

    def add_up_gradients(self, parameters: Sequence[Tensor]) -> None:
        """Sum each gradient over all. Who had nothing to read counts as zero; what has no gradient
        anywhere keeps none, so that the optimizer leaves it alone."""
        if self.size == 1:
            return
        there = torch.tensor([p.grad is not None for p in parameters], dtype=torch.float32)
        gradients = [torch.zeros_like(p) if p.grad is None else p.grad for p in parameters]
        flat = torch.cat([there.to(gradients[0]), *(each.flatten() for each in gradients)])
        dist.all_reduce(flat)
        there, *parts = flat.split([len(parameters), *(each.numel() for each in gradients)])
        pairs = zip(parameters, parts, there.tolist(), strict=True)
        for parameter, part, count in pairs:
            parameter.grad = part.view_as(parameter) if count else None

    def seed(self, seed: int, step: int) -> None:
        """Dropout of its own for each step. The first follows its random state, as if alone."""
        if not self.leads:
            torch.manual_seed((seed << 40) + (step << 10) + self.rank)

    def first_then_others(self, work: Callable[[], T]) -> T:
        """Do it in the first, then in all others, which find what the first has left."""
        if not self.leads:
            dist.barrier()
        done = work()
        if self.leads and self.size > 1:
            dist.barrier()
        return done


ALONE = Team()


def _device() -> str:
    return "cuda" if dist.get_backend() == "nccl" else "cpu"
