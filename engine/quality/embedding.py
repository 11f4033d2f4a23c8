"""What texts look like to the bundled encoder, kept for each data set: a new version reads only
the texts that are new in it."""

import hashlib
import os
import secrets
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.workspace import Workspace, fsync_folder

LONGEST = 128
"""Tokens read of a text: as many as the encoder was trained with."""
SHORTEST = 16
"""Tokens that are read of a text however many there are."""
MOST_TOKENS = 2_500_000
"""Of all new texts together: two minutes of four cores. Of more, less is read of each."""

Tell = Callable[[int, int], None]
Keys = NDArray[np.uint64]


def embed(
    workspace: Workspace, dataset_id: str, texts: Sequence[str], tell: Tell
) -> NDArray[np.float32]:
    """One vector of length 1 a text, (texts, width). Raises ModelError where the encoder is
    damaged."""
    keys = np.fromiter(map(_key, texts), np.uint64, len(texts))
    wanted, first, place = np.unique(keys, return_index=True, return_inverse=True)
    file = workspace.vectors(dataset_id)
    known, vectors = _load(file)
    new = ~np.isin(wanted, known)
    if new.any():
        made = read(workspace, [texts[i] for i in first[new].tolist()], tell)
        known = np.concatenate([known, wanted[new]])
        vectors = np.concatenate([vectors.reshape(-1, made.shape[1]), made.astype(np.float16)])
        _save(file, known, vectors)
    order = np.argsort(known)
    found = vectors[order[np.searchsorted(known, wanted, sorter=order)]].astype(np.float32)
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-9)
    return np.asarray(found[place])


def read(workspace: Workspace, texts: Sequence[str], tell: Tell) -> NDArray[np.float32]:
    """Pooled outputs of the encoder, (texts, width), in half precision where that is faster."""
    import torch

    from engine.models import hardware
    from engine.models.loading import load_encoder
    from engine.training.batching import tokenise
    from engine.training.scoring import by_length

    tell(0, len(texts))
    network, tokenizer = load_encoder()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    network.to(device)
    machine = hardware.load_current(workspace) or hardware.probe()
    bf16 = hardware.choose_precision("auto", machine)[0] == "bf16"
    tokens = tokenise(tokenizer, texts, LONGEST)
    most = _longest(tokens.lengths)
    if most < LONGEST:
        tokens = tokenise(tokenizer, texts, most)
    vectors = np.zeros((len(texts), network.head.in_features), np.float32)
    done = 0
    with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=bf16):
        for rows in by_length(tokens.lengths, device):
            batch = tokens.pad(rows, tokenizer.pad_token_id)
            pooled = network.features(**{name: part.to(device) for name, part in batch.items()})
            vectors[rows] = pooled.float().cpu().numpy()
            done += len(rows)
            tell(done, len(texts))
    return vectors


def _longest(lengths: NDArray[np.int64]) -> int:
    """Tokens to read of each text, so that all together are no more than MOST_TOKENS."""
    for most in range(LONGEST, SHORTEST, -1):
        if np.minimum(lengths, most).sum() <= MOST_TOKENS:
            return most
    return SHORTEST


def _key(text: str) -> int:
    """64 bits of a hash: two of a million texts have the same with a probability of 1 in 10^7."""
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _load(file: Path) -> tuple[Keys, NDArray[np.float16]]:
    """What is kept: a key a text, and its vector; nothing where there is none or it is damaged."""
    try:
        with np.load(file, allow_pickle=False) as kept:
            keys, vectors = kept["keys"], kept["vectors"]
        if len(keys) == len(vectors):
            return keys, vectors
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error):
        pass
    return np.zeros(0, np.uint64), np.zeros((0, 0), np.float16)


def _save(file: Path, keys: Keys, vectors: NDArray[np.float16]) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}.tmp")
    with temporary.open("wb") as out:
        np.savez(out, keys=keys, vectors=vectors)
        out.flush()
        os.fsync(out.fileno())
    temporary.replace(file)
    fsync_folder(file.parent)
