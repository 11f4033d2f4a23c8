"""The map of a data set: every text as a point, texts that mean alike near each other.

The points are a t-SNE of the texts' embeddings (van der Maaten & Hinton, JMLR 2008; openTSNE,
Poličar et al., JSS 2024). Only who is near whom can be read off it: neither distances between far
groups nor the directions mean anything.
"""

import hashlib
import os
import secrets
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.dataset import Dataset
from engine.quality.material import Tell, silent
from engine.workspace import Workspace, fsync_folder

MOST = 100_000
"""Rows on a map; of more, so many drawn with a fixed seed."""
FITTED = 20_000
"""Rows that are laid out against each other; further ones are put between their neighbours."""
DIMENSIONS = 50
"""Principal components that the layout starts from."""
PERPLEXITY = 30
EARLY, LATE = 150, 350
"""Steps with and without exaggeration."""
FEWEST = 12
"""Rows from which on a layout says more than the first two principal components."""
BUNDLED = "bundled"
"""Seen by the bundled encoder; else the id of a run, seen by its model."""
_VERSION = 1


@dataclass(frozen=True)
class Map:
    row_ids: NDArray[np.int64]
    """(points,)"""
    places: NDArray[np.float32]
    """(points, 2), from 0 to 1."""

    def within(self, corners: NDArray[np.floating]) -> NDArray[np.int64]:
        """Ids of the rows inside a polygon of `corners` (corners, 2): those from which a ray
        crosses its edges an odd number of times."""
        inside = np.zeros(len(self.places), dtype=bool)
        x, y = self.places[:, 0], self.places[:, 1]
        for (x1, y1), (x2, y2) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
            if y1 != y2:
                crossed = (y1 > y) != (y2 > y)
                inside ^= crossed & (x < (x2 - x1) * (y - y1) / (y2 - y1) + x1)
        return np.asarray(self.row_ids[inside])


def drawn_rows(rows: int) -> NDArray[np.int64]:
    """Which of so many rows stand on the map, in their order."""
    if rows <= MOST:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, MOST, replace=False))


SAME = 1e-6
"""Where no two vectors differ by more, there is nothing to lay out."""


def project(vectors: NDArray[np.float32], tell: Tell = silent) -> NDArray[np.float32]:
    """Places (rows, 2) from 0 to 1 of vectors (rows, width) of length 1; the same every time."""
    from sklearn.decomposition import PCA

    rows = len(vectors)
    if rows < 2 or np.ptp(vectors, axis=0).max() < SAME:
        return np.full((rows, 2), 0.5, dtype=np.float32)
    wide = np.pad(vectors, ((0, 0), (0, max(0, 2 - vectors.shape[1]))))
    fitted = np.sort(np.random.default_rng(0).permutation(rows)[:FITTED])
    size = min(DIMENSIONS, wide.shape[1], len(fitted))
    components = PCA(size, random_state=0).fit(wide[fitted]).transform(wide)
    return _scaled(_laid_out(components, fitted, tell) if rows >= FEWEST else components[:, :2])


def _laid_out(
    components: NDArray[np.float32], fitted: NDArray[np.int64], tell: Tell
) -> NDArray[np.float64]:
    from openTSNE import TSNEEmbedding, affinity, initialization

    steps, cores = EARLY + LATE, max(1, (os.cpu_count() or 2) - 1)

    def told(done: int, _error: float, _embedding: object) -> None:
        tell(done, steps)

    chosen = components[fitted]
    perplexity = min(PERPLEXITY, (len(chosen) - 1) / 3)
    near = affinity.PerplexityBasedNN(chosen, perplexity, n_jobs=cores, random_state=0)
    begin = initialization.pca(chosen, random_state=0)
    layout = TSNEEmbedding(begin, near, n_jobs=cores, random_state=0)
    every = {"callbacks_every_iters": 25}
    layout = layout.optimize(EARLY, exaggeration=12, momentum=0.5, callbacks=told, **every)
    layout = layout.optimize(
        LATE,
        momentum=0.8,
        callbacks=lambda done, *rest: told(EARLY + done, *rest),
        **every,
    )
    places = np.empty((len(components), 2))
    places[fitted] = layout
    rest = np.setdiff1d(np.arange(len(components)), fitted)
    if len(rest):
        places[rest] = layout.prepare_partial(components[rest], initialization="median", k=10)
    return places


def _scaled(places: NDArray[np.floating]) -> NDArray[np.float32]:
    """Both axes from 0 to 1; a few far points do not press all others together."""
    low, high = np.quantile(places, [0.001, 0.999], axis=0)
    span = np.where(high > low, high - low, 1)
    return np.clip((places - low) / span, 0, 1).astype(np.float32)


def path_of(workspace: Workspace, dataset: Dataset, eye: str) -> Path:
    key = f"{_VERSION}|{dataset.id}|{dataset.version}|{dataset.fingerprint}|{eye}"
    return workspace.map(hashlib.sha256(key.encode()).hexdigest()[:32])


def save(path: Path, made: Map) -> None:
    """Readers see all of it or nothing."""
    table = pd.DataFrame({"row_id": made.row_ids, "x": made.places[:, 0], "y": made.places[:, 1]})
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    table.to_parquet(temporary)
    temporary.replace(path)
    fsync_folder(path.parent)


def load(workspace: Workspace, dataset: Dataset, eye: str = BUNDLED) -> Map | None:
    """The map as it was made; None where it has not been made or cannot be read."""
    try:
        path = path_of(workspace, dataset, eye)
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, KeyError):
        return None


@lru_cache(maxsize=4)
def _read(path: Path, _modified: int) -> Map:
    table = pd.read_parquet(path)
    return Map(table["row_id"].to_numpy(), table[["x", "y"]].to_numpy(np.float32))
