"""How many rows go through the network at once. Knows no torch, for the page estimates with it."""

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
