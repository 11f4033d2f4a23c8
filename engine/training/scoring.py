"""From inputs to logits without dropout: used by the training loop and by every prediction."""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

TOKENS_AT_ONCE = {"cpu": 4096, "mps": 8192, "cuda": 32768}
"""Tokens, padding included, of one forward pass: bounds memory whatever the batch size. A CPU is
no faster with more, an accelerator is."""


WIDE = 128
"""Tokens from which on a CPU fewer are taken at once: there the attention weights of all layers
are kept, and they grow with the square of the length (2.4 GB for 8 texts of 512 tokens)."""


def rows_at_once(longest: int, device: str) -> int:
    """Rows of one forward pass whose longest text has `longest` tokens."""
    budget = TOKENS_AT_ONCE[device]
    if device == "cpu":
        budget = budget * WIDE // max(WIDE, longest)
    return max(1, budget // max(1, longest))


class Inputs(Protocol):
    """What a network reads: token ids, or the finished features of a frozen backbone."""

    @property
    def lengths(self) -> NDArray[np.int64]: ...

    def __len__(self) -> int: ...

    def pad(self, rows: NDArray[np.int64], pad_id: int) -> tuple[Tensor, Tensor]: ...


def by_length(lengths: NDArray[np.int64], device: str) -> Iterator[NDArray[np.int64]]:
    """All rows once, longest first, as many at once as fit."""
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        size = rows_at_once(int(lengths[order[start]]), device)
        yield order[start : start + size]
        start += size


def predict_logits(
    network: nn.Module, inputs: Inputs, labels: int, pad_id: int, device: Any
) -> NDArray[np.float32]:
    """Logits (texts, labels): computed longest first, returned in the order of the texts."""
    network.eval()
    logits = np.zeros((len(inputs), labels), dtype=np.float32)
    with torch.inference_mode():
        for rows in by_length(inputs.lengths, torch.device(device).type):
            ids, mask = inputs.pad(rows, pad_id)
            logits[rows] = network(ids.to(device), mask.to(device)).float().cpu().numpy()
    return logits
