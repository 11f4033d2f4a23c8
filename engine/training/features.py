"""A frozen backbone computed once: when only the head trains, its inputs never change."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.models.network import PooledClassifier
from engine.training.scoring import Inputs, by_length


@dataclass(frozen=True)
class Features:
    """Pooled outputs (texts, width) in the place of token ids."""

    values: NDArray[np.float32]

    @property
    def lengths(self) -> NDArray[np.int64]:
        return np.ones(len(self.values), dtype=np.int64)

    def __len__(self) -> int:
        return len(self.values)

    def pad(self, rows: NDArray[np.int64], pad_id: int) -> tuple[Tensor, Tensor]:
        return torch.from_numpy(self.values[rows]), torch.ones(len(rows), 1)


class HeadOnly(nn.Module):
    """The head of a pooled classifier over features; its parameters are the classifier's own."""

    def __init__(self, network: PooledClassifier) -> None:
        super().__init__()
        self.dropout, self.head = network.dropout, network.head

    def forward(self, features: Tensor, mask: Tensor) -> Tensor:
        logits: Tensor = self.head(self.dropout(features))
        return logits


def compute_features(
    network: PooledClassifier, inputs: Inputs, pad_id: int, device: torch.device
) -> Features:
    network.eval()
    values = np.zeros((len(inputs), network.head.in_features), dtype=np.float32)
    with torch.inference_mode():
        for rows in by_length(inputs.lengths, device.type):
            ids, mask = inputs.pad(rows, pad_id)
            values[rows] = network.features(ids.to(device), mask.to(device)).float().cpu().numpy()
    return Features(values)
