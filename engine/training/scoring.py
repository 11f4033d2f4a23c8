"""How many rows a network takes at once, and in which order, when it does not train."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.training.passes import rows_at_once


def by_length(lengths: NDArray[np.int64], device: str) -> Iterator[NDArray[np.int64]]:
    """All rows once, longest first, as many at once as fit."""
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        size = rows_at_once(int(lengths[order[start]]), device)
        yield order[start : start + size]
        start += size
