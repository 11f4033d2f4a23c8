"""From inputs to logits without dropout: used by the training loop and by every prediction."""

from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.training.batching import by_length

TOKENS_AT_ONCE = {"cpu": 4096, "mps": 8192, "cuda": 32768}
"""Tokens, padding included, of one forward pass: bounds memory whatever the batch size. A CPU is
no faster with more, an accelerator is."""


class Inputs(Protocol):
    """What a network reads: token ids, or the finished features of a frozen backbone."""

    @property
    def lengths(self) -> NDArray[np.int64]: ...

    def __len__(self) -> int: ...

    def pad(self, rows: NDArray[np.int64], pad_id: int) -> tuple[Tensor, Tensor]: ...


def predict_logits(
    network: nn.Module, inputs: Inputs, labels: int, pad_id: int, device: Any
) -> NDArray[np.float32]:
    """Logits (texts, labels): computed longest first, returned in the order of the texts."""
    network.eval()
    logits = np.zeros((len(inputs), labels), dtype=np.float32)
    with torch.inference_mode():
        for rows in by_length(inputs.lengths, TOKENS_AT_ONCE[torch.device(device).type]):
            ids, mask = inputs.pad(rows, pad_id)
            logits[rows] = network(ids.to(device), mask.to(device)).float().cpu().numpy()
    return logits
