"""The training texts most like a text, as the model itself sees them.

Alike are texts whose pooled hidden states point the same way (cosine). The training texts are read
once and kept in the workspace's cache.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.data.dataset import Dataset, columns_of, load_rows
from engine.errors import ModelError
from engine.inference.predictor import Predictor
from engine.models.network import Network, PooledClassifier, pool
from engine.training.batching import kept, tokenise
from engine.training.outputs.base import device_of
from engine.training.scoring import by_length
from engine.workspace import Workspace

MOST = 5000
"""Training texts that are looked through; of more, so many by chance."""
SHOWN = 5
Progress = Callable[[int, int], None]
"""Told how many texts of how many have been read."""


@dataclass(frozen=True)
class Neighbour:
    """A training row and how alike it is: the cosine, 1 for the same direction."""

    row: Mapping[str, Any]
    """Its columns, as the data set has them."""
    similarity: float


@dataclass(frozen=True)
class TrainingTexts:
    """The training rows that are looked through, and where the model puts each."""

    rows: pd.DataFrame
    vectors: NDArray[np.float32]
    """(rows, width), each of length 1."""
    of: int
    """Training rows there are in all."""

    def nearest(self, predictor: Predictor, text: str, count: int = SHOWN) -> list[Neighbour]:
        """The most alike first."""
        if not len(self.vectors):
            return []
        (vector,) = embed(predictor, [text])
        likeness = self.vectors @ vector
        order = np.argsort(-likeness, kind="stable")[:count]
        columns = columns_of(self.rows.iloc[order])
        rows = zip(*columns.values(), strict=True)
        return [
            Neighbour(dict(zip(columns, row, strict=True)), float(likeness[place]))
            for row, place in zip(rows, order, strict=True)
        ]


def training_texts(
    workspace: Workspace,
    folder: Path,
    predictor: Predictor,
    dataset: Dataset,
    progress: Progress | None = None,
) -> TrainingTexts:
    """Those of a run's data set as the model in `folder` sees them, read now or kept from before.
    Raises WorkspaceError where the rows are gone, ModelError where a model has no such states."""
    _refuse(predictor)
    rows = load_rows(workspace, dataset)
    train = rows[rows["split"] == "train"]
    chosen = train.sample(min(MOST, len(train)), random_state=0).sort_index()
    texts = chosen["text"].tolist()

    def read() -> dict[str, NDArray[Any]]:
        return {"vectors": embed(predictor, texts, progress).astype(np.float16)}

    key = f"similar|{dataset.fingerprint}|{MOST}|{_identity(folder)}"
    vectors = kept(workspace.cache, key, read)["vectors"].astype(np.float32)
    return TrainingTexts(chosen, vectors, len(train))


def embed(
    predictor: Predictor, texts: Sequence[str], progress: Progress | None = None
) -> NDArray[np.float32]:
    """Pooled hidden states (texts, width), each of length 1."""
    _refuse(predictor)
    output, network = predictor.output, predictor.network
    tokens = tokenise(output.tokenizer, texts, output.reading.max_length)
    device = device_of(network)
    found = np.zeros((len(texts), 0), dtype=np.float32)
    done = 0
    with torch.inference_mode():
        for rows in by_length(tokens.lengths, device.type):
            inputs = tokens.pad(rows, output.pad_id)
            pooled = _pooled(network, *(tensor.to(device) for tensor in inputs.values()))
            if not done:
                found = np.zeros((len(texts), pooled.shape[1]), dtype=np.float32)
            found[rows] = torch.nn.functional.normalize(pooled, dim=-1).cpu().numpy()
            done += len(rows)
            if progress is not None:
                progress(done, len(texts))
    return found


def _pooled(network: Network, ids: Tensor, mask: Tensor) -> Tensor:
    """As the model's own head gets them; else the mean over the last layer."""
    if isinstance(network, PooledClassifier):
        return network.features(ids, mask)
    said = network.model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
    return pool(said.hidden_states[-1], mask, "mean")


def _refuse(predictor: Predictor) -> None:
    if not predictor.task.has_probabilities:
        raise ModelError("explain.not_offered")


def _identity(folder: Path) -> str:
    """What changes when the weights of a model folder do."""
    return "|".join(_described(path) for path in sorted(folder.glob("*.safetensors")))


def _described(path: Path) -> str:
    found = path.stat()
    return f"{path}:{found.st_size}:{found.st_mtime_ns}"
