"""The one prediction path: playground, batch, command line and the report's test figures use it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from engine.models.folder import load_model, read_labels, read_thresholds
from engine.models.loading import load_tokenizer
from engine.models.network import Network
from engine.tasks import Task, make_task
from engine.training.batching import tokenise
from engine.training.scoring import Inputs, predict_logits


@dataclass(frozen=True)
class Predictor:
    """A finished model, loaded: texts in, probabilities out (fp32, no dropout)."""

    network: Network
    tokenizer: Any
    task: Task
    max_length: int
    thresholds: NDArray[np.float64] | None

    @property
    def labels(self) -> tuple[str, ...]:
        return self.task.labels

    def predict(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Probabilities (texts, labels); a text beyond `max_length` tokens is cut there."""
        return self.predict_tokens(tokenise(self.tokenizer, texts, self.max_length))

    def predict_tokens(self, tokens: Inputs) -> NDArray[np.float32]:
        device = next(self.network.parameters()).device
        pad_id = self.tokenizer.pad_token_id
        logits = predict_logits(self.network, tokens, len(self.labels), pad_id, device)
        return self.task.probabilities(logits).astype(np.float32)

    def decide(self, probabilities: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Booleans (texts, labels) by the stored thresholds, or by the task's own rule."""
        return self.task.decide(probabilities, self.thresholds)


def load_predictor(folder: Path) -> Predictor:
    """Load a model folder onto the accelerator if there is one. Raises ModelError."""
    known = read_labels(folder)
    task = make_task(known.task, known.labels, known.positive)
    thresholds = read_thresholds(folder)
    network = load_model(folder).to("cuda" if torch.cuda.is_available() else "cpu")
    return Predictor(
        network,
        load_tokenizer(folder),
        task,
        known.max_length,
        None if thresholds is None else np.asarray(thresholds, dtype=float),
    )
