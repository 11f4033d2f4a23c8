"""The networks that are trained: token ids and their mask in, logits out.

For labels of a whole text the pooled head is the default for every family (the native ones start
from a random pooler in some and never leave "no label" on skewed data): backbone → pooling →
dropout → linear.
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

    fast = ("head.",)
    """Parameters that start from nothing and so learn faster: how their names begin."""

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


class NativeModel(nn.Module):
    """An architecture's own class with its head: the logits of what it puts out.

    (rows, labels) for labels, (rows, tokens, tags) for tags, (rows, tokens, 2) for where a span
    starts and ends, (rows, target tokens, vocabulary) for text.
    """

    def __init__(self, model: Any, fresh: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.model = model
        self.fast = tuple(f"model.{name}." for name in fresh)

    def forward(self, **inputs: Tensor) -> Tensor:
        if "labels" in inputs:  # the model would compute a loss of its own
            wanted = inputs.pop("labels")
            inputs["decoder_input_ids"] = self.model.prepare_decoder_input_ids_from_labels(wanted)
        said = self.model(**inputs)
        if "start_logits" in said:
            return torch.stack((said.start_logits, said.end_logits), dim=-1)
        logits: Tensor = said.logits
        return logits


Network = PooledClassifier | NativeModel


def backbone_of(network: Network) -> Any:
    """The pretrained model in a network, with its head where that is its own."""
    return network.backbone if isinstance(network, PooledClassifier) else network.model


def put_backbone(network: Network, backbone: Any) -> None:
    """Exchange what `backbone_of` gives."""
    setattr(network, "backbone" if isinstance(network, PooledClassifier) else "model", backbone)


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
