"""The nearest of many vectors: all are looked through where they are few; of many, each looks only
through the clusters near its own (an inverted file; Sivic & Zisserman, ICCV 2003). Knows numbers
only."""

import numpy as np
from numpy.typing import NDArray

FEW = 12_000
"""Vectors of which all are compared with all."""
PROBED = 12
"""Clusters looked through, of as many as the square root of the vectors: of the 10 nearest 9 are
found."""
AT_ONCE = 1024
"""Vectors compared at a time."""

Vectors = NDArray[np.float32]
Indices = NDArray[np.int32]
Nearest = tuple[Indices, Vectors]


def nearest(vectors: Vectors, count: int) -> Nearest:
    """Of vectors of length 1, (rows, width): the places of the `count` others that are most alike,
    the most alike first, and their cosines, both (rows, count); fewer columns where there are fewer
    others."""
    rows = len(vectors)
    count = min(count, max(0, rows - 1))
    indices, cosines = np.zeros((rows, count), np.int32), np.zeros((rows, count), np.float32)
    if not count:
        return indices, cosines
    place = np.zeros(rows, np.int32)
    for asking, among in _parts(vectors, count):
        place[among] = np.arange(len(among), dtype=np.int32)
        for start in range(0, len(asking), AT_ONCE):
            some = asking[start : start + AT_ONCE]
            indices[some], cosines[some] = _look(vectors, some, among, place[some], count)
    return indices, cosines


def _parts(vectors: Vectors, count: int) -> list[tuple[Indices, Indices]]:
    """Rows that look, and the rows they look through, which they are among."""
    every = np.arange(len(vectors), dtype=np.int32)
    if len(vectors) <= FEW:
        return [(every, every)]
    from sklearn.cluster import MiniBatchKMeans

    clusters = int(np.sqrt(len(vectors)))
    means = MiniBatchKMeans(clusters, batch_size=4096, max_iter=10, n_init=1, random_state=0)
    cluster = means.fit_predict(vectors)
    members = [every[cluster == number] for number in range(clusters)]
    alike = means.cluster_centers_ @ means.cluster_centers_.T
    alike -= 0.5 * np.square(np.linalg.norm(means.cluster_centers_, axis=1))
    np.fill_diagonal(alike, np.inf)
    parts = []
    for number in np.flatnonzero([len(rows) for rows in members]).tolist():
        order = np.argsort(-alike[number], kind="stable")
        sizes = np.cumsum([len(members[other]) for other in order])
        probed = max(PROBED, int(np.searchsorted(sizes, count + 1)) + 1)
        parts.append((members[number], np.concatenate([members[o] for o in order[:probed]])))
    return parts


def _look(vectors: Vectors, some: Indices, among: Indices, own: Indices, count: int) -> Nearest:
    """Of each of `some`, the most alike among these but itself, which is in the place `own`."""
    import torch

    product = vectors[some] @ vectors[among].T
    product[np.arange(len(some)), own] = -np.inf
    cosines, places = torch.topk(torch.from_numpy(product), count, dim=1)
    return among[places.numpy()], np.minimum(cosines.numpy(), 1.0)
