"""Token counts for the page, kept for the last few data sets and uploads.

Counts a sample of at most SAMPLE texts: enough for the marks, quick for a million rows.
"""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import load_dataset, load_rows
from engine.data.statistics import length_marks
from engine.models.catalogue import ModelInfo
from engine.models.tokens import token_counts
from engine.workspace import Workspace
from webui import lookups, uploads

SAMPLE = 20_000
LAST_LATIN = 0x24F
"""Of Unicode's blocks of Latin letters in common use."""
Counts = NDArray[np.int32]
Found = tuple[ModelInfo, Counts]


def of_dataset(workspace: Workspace, dataset_id: str, version: int, model: str) -> Found:
    """Token counts of the training texts. Raises ModelError for a model that cannot be used."""
    info = lookups.find(model)
    return info, _of_dataset(workspace, dataset_id, version, info)


def of_upload(workspace: Workspace, upload_id: str, model: str) -> Found:
    """Token counts of an upload's training texts as they stand now."""
    info = lookups.find(model)
    prepared = uploads.inspection(workspace, upload_id).prepared
    texts = prepared.loc[prepared["split"] == "train", "text"]
    return info, token_counts(info, _sample(texts.tolist()))


@lru_cache(maxsize=8)
def latin_share(workspace: Workspace, dataset_id: str, version: int) -> float:
    """Share of the letters in some training texts that are Latin, as those of English are."""
    texts = load_rows(workspace, load_dataset(workspace, dataset_id, version))["text"].head(200)
    letters = [ord(character) for text in texts for character in text[:500] if character.isalpha()]
    return sum(letter <= LAST_LATIN for letter in letters) / max(1, len(letters))


def usual_cut(counts: Counts, info: ModelInfo) -> int:
    """The smallest of 16, 32, 64, … tokens that holds 99 % of the texts whole."""
    cut = 16
    while cut < length_marks(counts).p99 and cut < info.max_length:
        cut *= 2
    return min(cut, info.max_length)


@lru_cache(maxsize=8)
def _of_dataset(workspace: Workspace, dataset_id: str, version: int, info: ModelInfo) -> Counts:
    rows = load_rows(workspace, load_dataset(workspace, dataset_id, version))
    return token_counts(info, _sample(rows.loc[rows["split"] == "train", "text"].tolist()))


def _sample(texts: list[str]) -> list[str]:
    step = max(1, -(-len(texts) // SAMPLE))
    return texts[::step]
