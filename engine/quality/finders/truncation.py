"""Texts longer than a model reads with recommended settings, and what it would cost to read all."""

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import SPLITS, columns_of
from engine.quality.findings import Finding
from engine.quality.material import Material
from engine.quality.telling import ids
from engine.text import Message

KIND = "truncation"
SAMPLE = 3000
"""Texts that tell how much more time reading all would take."""


def find(material: Material) -> list[Finding]:
    from engine.models.catalogue import BUNDLED, find_model
    from engine.models.tokens import token_counts
    from engine.training.recommend import LONGEST, WINDOWED

    task, model = material.dataset.make_task(), find_model(BUNDLED)
    if task.outputs.get(model.kind) in WINDOWED or not task.outputs:
        return []
    limit = min(LONGEST, model.max_length)
    read = np.array(task.reading(columns_of(material.rows)), dtype=object)
    long = np.flatnonzero([len(text) >= limit - 1 for text in read])  # a token has a character
    counts = token_counts(model, read[long].tolist())
    lost, counts = long[counts > limit], counts[counts > limit]
    if not len(lost):
        return []
    sample = np.sort(np.random.default_rng(0).permutation(len(read))[:SAMPLE])
    times = _times(token_counts(model, read[sample].tolist()), limit)
    order = np.argsort(-counts, kind="stable")
    return [_finding(material, lost[order], counts[order], limit, times)]


def _times(counts: NDArray[np.int32], limit: int) -> float:
    """How many times as long it takes to read all, as far as time grows with tokens."""
    return float(counts.sum() / np.minimum(counts, limit).sum())


def _finding(
    material: Material,
    lost: NDArray[np.int64],
    counts: NDArray[np.int32],
    limit: int,
    times: float,
) -> Finding:
    splits = material.splits[lost]
    shares = {
        split: round(100 * float((splits == split).sum()) / max(1, material.dataset.rows[split]), 1)
        for split in SPLITS
    }
    params = {
        "rows": len(lost),
        "limit": limit,
        **shares,
        "longest": int(counts[0]),
        "median": int(np.median(counts)),
    }
    price = "quality.truncation_cheap" if times < 1.2 else "quality.truncation_dear"
    why = {"price": Message(price, {"times": f"{times:.1f}"}), "limit": limit}
    return Finding(
        KIND,
        Message("quality.truncation", params),
        Message("quality.truncation_why", why),
        ids(material, lost),
        min(0.5, 0.1 + len(lost) / len(material.rows)),
        facts=params | {"times": times},
    )
