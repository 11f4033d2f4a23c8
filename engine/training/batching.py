"""Texts as token ids, and batches of them with almost no padding.

Batches are cut from rows of like length: the rows of an epoch are shuffled, sorted by length
within windows of many batches, cut, and the batches shuffled again. Everything follows from the
seed and the epoch, so a resumed run sees the same batches.
"""

import hashlib
import os
import secrets
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.workspace import fsync_folder

WINDOW = 50
"""Batches sorted together at most; 4 windows an epoch at least, so that batches differ by epoch."""


@dataclass(frozen=True)
class Tokens:
    """Token ids of many texts in one flat array: row i is `ids[starts[i]:starts[i + 1]]`."""

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]

    @property
    def lengths(self) -> NDArray[np.int64]:
        return np.diff(self.starts)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def pad(self, rows: NDArray[np.int64], pad_id: int) -> tuple[Tensor, Tensor]:
        """Input ids and mask, both (rows, longest of them), padded on the right."""
        lengths = self.lengths[rows]
        mask = np.arange(lengths.max()) < lengths[:, None]
        ids = np.full(mask.shape, pad_id, dtype=np.int64)
        ids[mask] = np.concatenate([self.ids[self.starts[r] : self.starts[r + 1]] for r in rows])
        return torch.from_numpy(ids), torch.from_numpy(mask.astype(np.int64))


def tokenise(tokenizer: Any, texts: Sequence[str], max_length: int) -> Tokens:
    """Each text's ids with special tokens, cut to `max_length`."""
    if not texts:
        return Tokens(np.zeros(0, np.int32), np.zeros(1, np.int64))
    rows = tokenizer(
        list(texts),
        truncation=True,
        max_length=max_length,
        padding=False,
        return_attention_mask=False,
        return_token_type_ids=False,
    )["input_ids"]
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return Tokens(np.concatenate([np.asarray(row, dtype=np.int32) for row in rows]), starts)


def cached_tokens(
    cache: Path, tokenizer: Any, texts: Sequence[str], max_length: int, key: str
) -> Tokens:
    """`tokenise`, kept on disk under what determines the result. A damaged file is made anew."""
    name = hashlib.sha256(f"{key}|{max_length}".encode()).hexdigest()[:32]
    path = cache / "tokens" / f"{name}.npz"
    try:
        with np.load(path, allow_pickle=False) as file:
            return Tokens(file["ids"], file["starts"])
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        pass
    tokens = tokenise(tokenizer, texts, max_length)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{secrets.token_hex(4)}.npz")
    with temporary.open("wb") as file:
        np.savez(file, ids=tokens.ids, starts=tokens.starts)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    fsync_folder(path.parent)
    return tokens


def epoch_batches(
    lengths: NDArray[np.int64], batch_size: int, seed: int, epoch: int
) -> list[NDArray[np.int64]]:
    """All rows once, in batches of `batch_size` (the last may be smaller), in training order."""
    random = np.random.default_rng((seed, epoch))
    order = random.permutation(len(lengths))
    window = batch_size * max(1, min(WINDOW, len(order) // (batch_size * 4)))
    windows = [order[i : i + window] for i in range(0, len(order), window)]
    order = np.concatenate([part[np.argsort(-lengths[part], kind="stable")] for part in windows])
    batches = [order[i : i + batch_size] for i in range(0, len(order), batch_size)]
    return [batches[i] for i in random.permutation(len(batches))]
