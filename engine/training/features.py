"""A frozen backbone computed once: when only the head trains, its inputs never change."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.models.network import PooledClassifier


@dataclass(frozen=True)
class Features:
    """Pooled outputs (texts, width) in the place of token ids."""

    values: NDArray[np.float32]

    @property
    def lengths(self) -> NDArray[np.int64]:
        return np.ones(len(self.values), dtype=np.int64)

    def pad(self, rows: NDArray[np.int64], pad_id: int) -> dict[str, Tensor]:
        return {"features": torch.from_numpy(self.values[rows])}


class HeadOnly(nn.Module):
    """The head of a pooled classifier over features; its parameters are the classifier's own."""

    def __init__(self, network: PooledClassifier) -> None:
        super().__init__()
        self.dropout, self.head = network.dropout, network.head

    def forward(self, features: Tensor) -> Tensor:
        logits: Tensor = self.head(self.dropout(features))
        return logits
