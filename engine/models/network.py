"""The networks that are trained: token ids and their mask in, one logit a label out.

The pooled head is the default for every family (the native ones start from a random pooler in
some and never leave "no label" on skewed data): backbone → pooling → dropout → linear.
"""

from typing import Any

import torch
from torch import Tensor, nn

HEAD_DROPOUT = 0.1


def pool(hidden: Tensor, mask: Tensor, how: str) -> Tensor:
    """Hidden states (rows, tokens, width) and mask (rows, tokens) → (rows, width) in fp32.

    `mean` averages the real tokens, `last` takes the last real one (on either padding side),
    `cls` the first.
    """
    if how == "mean":
        weights = mask.unsqueeze(-1).to(torch.float32)
        return (hidden.to(torch.float32) * weights).sum(1) / weights.sum(1).clamp(min=1e-9)
    rows = torch.arange(len(hidden), device=hidden.device)
    if how == "last":
        positions = torch.arange(mask.shape[1], device=mask.device)
        return hidden[rows, (mask * positions).argmax(1)].to(torch.float32)
    return hidden[rows, mask.argmax(1)].to(torch.float32)


class PooledClassifier(nn.Module):
    """Any backbone with one linear layer over its pooled output."""

    def __init__(self, backbone: nn.Module, width: int, pooling: str, labels: int) -> None:
        super().__init__()
        self.backbone = backbone
        self.pooling = pooling
        self.dropout = nn.Dropout(HEAD_DROPOUT)
        self.head = nn.Linear(width, labels)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def features(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        hidden = self.backbone(input_ids=input_ids, attention_mask=attention_mask)
        return pool(hidden.last_hidden_state, attention_mask, self.pooling)

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        logits: Tensor = self.head(self.dropout(self.features(input_ids, attention_mask)))
        return logits


class NativeClassifier(nn.Module):
    """The architecture's own sequence classification class, logits only."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        logits: Tensor = self.model(input_ids=input_ids, attention_mask=attention_mask).logits
        return logits


Network = PooledClassifier | NativeClassifier


def trainable_state(network: nn.Module) -> dict[str, Tensor]:
    """Copies of what trains (the head, and adapters or backbone), on the CPU."""
    return {
        name: parameter.detach().to("cpu", copy=True).contiguous()
        for name, parameter in network.named_parameters()
        if parameter.requires_grad
    }


def load_trainable(network: nn.Module, state: dict[str, Tensor]) -> None:
    """Put back what `trainable_state` took; every tensor must find its place."""
    parameters = dict(network.named_parameters())
    with torch.no_grad():
        for name, tensor in state.items():
            parameters[name].copy_(tensor)
