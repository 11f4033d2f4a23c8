"""Predictors built in code: every family that labels texts, and one that can be reckoned."""

from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, nn

from engine.inference.predictor import Predictor
from engine.models.catalogue import ENCODER_DECODERS
from engine.models.network import NativeModel, Network, PooledClassifier, backbone_of
from engine.tasks import make_task
from engine.training.outputs import Reading
from engine.training.outputs.labels import Labels
from tests.families import FAMILIES, LONGEST, family_tokenizer
from tests.tiny import tiny_tokenizer

LABELS = ("account", "delivery", "refund")
LABELLING = sorted(name for name, each in FAMILIES.items() if each.type not in ENCODER_DECODERS)
"""Families that give labels."""


def predictor_of(network: Network, tokenizer: Any, kind: str = "multiclass") -> Predictor:
    network.eval()
    return Predictor(network, Labels(make_task(kind, LABELS), tokenizer, Reading(LONGEST)))


def family_predictor(name: str, pooled: bool, kind: str = "multiclass") -> Predictor:
    """Random weights, large enough that an answer depends on its text."""
    import transformers

    family = FAMILIES[name]
    tokenizer = family_tokenizer(family)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    ids = {f"{each}_token_id": getattr(tokenizer, f"{each}_token_id") for each in ("pad", "eos")}
    config = transformers.AutoConfig.for_model(
        family.type, **family.config, **ids, vocab_size=len(tokenizer), num_labels=len(LABELS)
    )
    torch.manual_seed(0)
    network: Network
    if pooled:
        backbone = transformers.AutoModel.from_config(config)
        network = PooledClassifier(backbone, config.hidden_size, "mean", len(LABELS))
    else:
        auto = transformers.AutoModelForSequenceClassification
        network = NativeModel(auto.from_config(config))
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(1.5)
        # the padding token begins as zeros, which in a pretrained model no token is
        backbone_of(network).get_input_embeddings().weight.normal_(std=0.06)
    return predictor_of(network, tokenizer, kind)


class Words(nn.Module):
    """A backbone that is nothing but a table of words."""

    def __init__(self, vocabulary: int, width: int) -> None:
        super().__init__()
        self.table = nn.Embedding(vocabulary, width)

    def get_input_embeddings(self) -> nn.Embedding:
        return self.table

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> Any:
        return SimpleNamespace(last_hidden_state=self.table(input_ids))


def bag_of_words(kind: str = "multilabel") -> Predictor:
    """The mean of its words' vectors under a linear layer: every word counts by itself."""
    torch.manual_seed(0)
    tokenizer = tiny_tokenizer()
    network = PooledClassifier(Words(len(tokenizer), 8), 8, "mean", len(LABELS))
    nn.init.normal_(network.head.weight)
    return predictor_of(network, tokenizer, kind)
