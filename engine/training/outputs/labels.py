"""One row of logits a text: which labels the whole text carries."""

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from engine.models.loading import PROBLEM_TYPES, Head
from engine.models.network import Network, PooledClassifier
from engine.tasks.labelled import LabelPredictions, LabelTask
from engine.tasks.scores import Bools
from engine.training.batching import Tokens, flat, tokenise
from engine.training.features import Features
from engine.training.losses import label_loss
from engine.training.outputs.base import Arrays, Batch, Loss, Output, Rows, device_of
from engine.training.recipe import Recipe
from engine.training.scoring import by_length


@dataclass(frozen=True)
class LabelInputs:
    """Whole texts: their tokens, or what a frozen backbone made of them; and their labels."""

    read: Tokens | Features
    truth: Bools

    @property
    def lengths(self) -> NDArray[np.int64]:
        return self.read.lengths

    def __len__(self) -> int:
        return len(self.truth)

    def batch(self, pieces: NDArray[np.int64], pad_id: int) -> Batch:
        truth = torch.from_numpy(self.truth[pieces].astype(np.float32))
        return Batch(self.read.pad(pieces, pad_id), truth)

    def units(self, pieces: NDArray[np.int64]) -> int:
        return len(pieces)


class Labels(Output[LabelTask, LabelInputs, LabelPredictions]):
    name = "labels"

    def head(self, recipe: Recipe) -> Head:
        pooled = recipe.head == "pooled"
        return Head(self.name, self.task.labels, PROBLEM_TYPES[self.task.loss], pooled)

    def tokenise(self, rows: Rows) -> Arrays:
        return flat(tokenise(self.tokenizer, rows["text"], self.reading.max_length))

    def inputs(self, arrays: Arrays, rows: Rows) -> LabelInputs:
        labels = rows.get("labels", [()] * len(rows["text"]))
        return LabelInputs(Tokens(**arrays), self.task.truth(labels))

    def tokens(self, inputs: LabelInputs) -> NDArray[np.int64]:
        return inputs.lengths

    def loss(self, recipe: Recipe, train: LabelInputs) -> Loss:
        return label_loss(self.task, recipe, train.truth)

    def evaluate(
        self, network: nn.Module, inputs: LabelInputs, loss: Loss | None = None
    ) -> tuple[LabelPredictions, float]:
        logits = self._logits(network, inputs)
        mean = math.nan
        if loss is not None:
            truth = torch.from_numpy(inputs.truth.astype(np.float32))
            mean = float(loss(torch.from_numpy(logits), truth)) / max(1, len(truth))
        probabilities = self.task.probabilities(logits).astype(np.float32)
        decided = self.task.decide(probabilities)
        return LabelPredictions(inputs.truth, decided, probabilities), mean

    def start(self, network: Network, train: LabelInputs) -> None:
        """Start each label's logit at its log-odds (section 4.1 of Lin et al. 2017, focal loss).

        On skewed data the first epochs are otherwise spent on learning that labels are rare.
        """
        if not isinstance(network, PooledClassifier):
            return
        share = np.clip(train.truth.mean(axis=0), 1e-4, 1 - 1e-4)
        start = np.log(share / (1 - share)) if self.task.loss == "sigmoid" else np.log(share)
        with torch.no_grad():
            network.head.bias.copy_(torch.from_numpy(start))

    def features(self, network: PooledClassifier, inputs: LabelInputs) -> LabelInputs:
        """The inputs of the head alone, over a backbone that never changes."""
        network.eval()
        device = device_of(network)
        values = np.zeros((len(inputs), network.head.in_features), dtype=np.float32)
        with torch.inference_mode():
            for rows in by_length(inputs.lengths, device.type):
                batch = inputs.batch(rows, self.pad_id).to(device)
                values[rows] = network.features(**batch.inputs).float().cpu().numpy()
        return replace(inputs, read=Features(values))

    def _logits(self, network: nn.Module, inputs: LabelInputs) -> NDArray[np.float32]:
        """Logits (texts, labels): computed longest first, returned in the order of the texts."""
        if network.training:  # telling it a hundred layers takes a millisecond
            network.eval()
        device: Any = device_of(network)
        logits = np.zeros((len(inputs), len(self.task.labels)), dtype=np.float32)
        with torch.inference_mode():
            for rows in by_length(inputs.lengths, device.type):
                batch = inputs.batch(rows, self.pad_id).to(device)
                logits[rows] = network(**batch.inputs).float().cpu().numpy()
        return logits
