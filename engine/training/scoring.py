"""How many rows a network takes at once, and in which order, when it does not train."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

TOKENS_AT_ONCE = {"cpu": 4096, "mps": 8192, "cuda": 32768}
"""Tokens, padding included, of one forward pass: bounds memory whatever the batch size. A CPU is
no faster with more, an accelerator is."""


WIDE = 128
"""Tokens from which on a CPU fewer are taken at once: there the attention weights of all layers
are kept, and they grow with the square of the length (2.4 GB for 8 texts of 512 tokens)."""


def rows_at_once(longest: int, device: str) -> int:
    """Rows of one forward pass whose longest text has `longest` tokens."""
    budget = TOKENS_AT_ONCE[device]
    if device == "cpu":
        budget = budget * WIDE // max(WIDE, longest)
    return max(1, budget // max(1, longest))


def by_length(lengths: NDArray[np.int64], device: str) -> Iterator[NDArray[np.int64]]:
    """All rows once, longest first, as many at once as fit."""
    order = np.argsort(-lengths, kind="stable")
    start = 0
    while start < len(order):
        size = rows_at_once(int(lengths[order[start]]), device)
        yield order[start : start + size]
        start += size
