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
from collections.abc import Callable, Sequence
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

    def pad(self, rows: NDArray[np.int64], pad_id: int) -> dict[str, Tensor]:
        """Input ids and mask, both (rows, longest of them), padded on the right."""
        ids, mask = self.padded(rows, pad_id)
        return {
            "input_ids": torch.from_numpy(ids),
            "attention_mask": torch.from_numpy(mask.astype(np.int64)),
        }

    def padded(
        self, rows: NDArray[np.int64], filler: int
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """The rows side by side (rows, longest of them), and where they are real."""
        lengths = self.lengths[rows]
        mask = np.arange(lengths.max()) < lengths[:, None]
        ids = np.full(mask.shape, filler, dtype=np.int64)
        ids[mask] = np.concatenate([self.ids[self.starts[r] : self.starts[r + 1]] for r in rows])
        return ids, mask


def tokenise(tokenizer: Any, texts: Sequence[str], max_length: int) -> Tokens:
    """Each text's ids with special tokens, cut to `max_length`."""
    if not texts:
        return pack([])
    rows = tokenizer(
        list(texts),
        truncation=True,
        max_length=max_length,
        padding=False,
        return_attention_mask=False,
        return_token_type_ids=False,
    )["input_ids"]
    return pack(rows)


def pack(rows: Sequence[Sequence[int]]) -> Tokens:
    """Lists of ids as one flat array."""
    starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    ids = [np.asarray(row, dtype=np.int32) for row in rows]
    return Tokens(np.concatenate(ids) if ids else np.zeros(0, np.int32), starts)


def flat(tokens: Tokens, prefix: str = "") -> dict[str, NDArray[Any]]:
    """As named arrays, the way they are kept on disk."""
    return {f"{prefix}ids": tokens.ids, f"{prefix}starts": tokens.starts}


def kept(
    cache: Path, key: str, make: Callable[[], dict[str, NDArray[Any]]]
) -> dict[str, NDArray[Any]]:
    """What `make` gives, kept on disk under `key`, which must name all that determines it. A
    damaged file is made anew."""
    path = cache / "tokens" / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.npz"
    try:
        with np.load(path, allow_pickle=False) as file:
            return dict(file)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        pass
    arrays = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{secrets.token_hex(4)}.npz")
    with temporary.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    fsync_folder(path.parent)
    return arrays


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
