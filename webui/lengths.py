"""Token counts for the page, kept for the last few data sets and uploads.

Counts a sample of at most SAMPLE texts: enough for the marks, quick for a million rows.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.dataset import columns_of, load_dataset, load_rows, sample_rows
from engine.errors import ModelError
from engine.models.catalogue import BUNDLED, ModelInfo, find_model
from engine.models.choices import listed
from engine.models.tokens import token_counts
from engine.remembering import remember
from engine.tasks import AnyTask, make_task
from engine.tasks.words import split_words
from engine.workspace import Workspace
from webui import lookups, uploads

SAMPLE = 20_000
Counts = NDArray[np.int32]
Found = tuple[ModelInfo, Counts]


def of_dataset(workspace: Workspace, dataset_id: str, version: int, model: str) -> Found:
    """Token counts of the training texts. Raises ModelError for a model that cannot be used."""
    info = lookups.find(model)
    return info, _of_dataset(workspace, dataset_id, version, info)


def best_known(
    workspace: Workspace, dataset_id: str, version: int, model: str
) -> tuple[ModelInfo, Counts, ModelError | None]:
    """The same of a model of the list even while it cannot be had, and why it cannot: as the list
    describes it, with the counts of the bundled model's tokenizer in place of its own."""
    try:
        return *of_dataset(workspace, dataset_id, version, model), None
    except ModelError as error:
        info = listed(model.strip())
        if info is None:
            raise
        bundled = find_model(BUNDLED)
        return info, _of_dataset(workspace, dataset_id, version, bundled), error


def of_upload(workspace: Workspace, upload_id: str, model: str) -> Found:
    """Token counts of an upload's training texts as they stand now."""
    info = lookups.find(model)
    return info, _of_upload(workspace, upload_id, uploads.state(workspace, upload_id), info)


def answer_words(rows: pd.DataFrame) -> Counts:
    """Words of the first answer of each training row; of Chinese and its like, characters."""
    if rows.empty:
        return np.zeros(0, dtype=np.int32)
    firsts = [next(iter(row), "") for row in rows.loc[rows["split"] == "train", "answers"]]
    return np.array([len(split_words(first)) for first in firsts], dtype=np.int32)


@remember(8)
def answer_words_of(workspace: Workspace, dataset_id: str, version: int) -> Counts:
    """The same of a saved data set."""
    dataset = load_dataset(workspace, dataset_id, version)
    return answer_words(load_rows(workspace, dataset, ["split", "answers"]))


@remember(8)
def _of_upload(workspace: Workspace, upload_id: str, _state: str, info: ModelInfo) -> Counts:
    found = uploads.inspection(workspace, upload_id)
    if not found.task or found.prepared.empty:
        return token_counts(info, [])
    task = make_task(found.task, found.labels, found.positive)
    train = np.flatnonzero(found.prepared["split"].to_numpy() == "train")
    rows = found.prepared.iloc[train[:: max(1, -(-len(train) // SAMPLE))]]
    return _counts(info, task, rows)


@remember(8)
def _of_dataset(workspace: Workspace, dataset_id: str, version: int, info: ModelInfo) -> Counts:
    dataset = load_dataset(workspace, dataset_id, version)
    rows = sample_rows(workspace, dataset, "train", SAMPLE)
    return _counts(info, dataset.make_task(), rows)


def _counts(info: ModelInfo, task: AnyTask, rows: pd.DataFrame) -> Counts:
    """Tokens of all that is read of each row: question and context together."""
    return token_counts(info, task.reading(columns_of(rows)))
