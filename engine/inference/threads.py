"""How many threads a small piece of work gets on a CPU.

One sentence through the bundled model takes 14 ms on one core. On two it takes less only while
nobody else computes; beside a training it took 25 ms in the median and 550 ms now and then,
because each of its hundred small products waits for the slower thread (measured).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

SMALL = 6e9
"""Parameters times tokens up to which one thread does it: 256 tokens through the bundled model."""


@contextmanager
def few_threads(network: nn.Module, tokens: int) -> Iterator[None]:
    """One thread for torch inside, if the work is small."""
    before = torch.get_num_threads()
    parameters = sum(parameter.numel() for parameter in network.parameters())
    if before == 1 or parameters * tokens > SMALL:
        yield
        return
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
