"""Texts and labels that look the same to a reader although their bytes differ."""

import re
import unicodedata
from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_UNSEEN = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff"
_INVISIBLE = re.compile(f"[{_UNSEEN}]")
_VISIBLE = re.compile(rf"[^\s{_UNSEEN}]")


def alike_key(text: str) -> str:
    """Equal for texts that differ only in case, spaces, Unicode form or invisible characters."""
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return " ".join(text.casefold().split())


def alike_groups(texts: Iterable[str]) -> NDArray[np.int64]:
    """One number a text, the same for texts of equal key, counted up from 0 by first appearance."""
    keys = np.fromiter((hash(alike_key(text)) for text in texts), dtype=np.int64)
    return np.asarray(pd.factorize(keys)[0], dtype=np.int64)


def is_blank(text: str) -> bool:
    """Whether nothing of the text can be seen."""
    return _VISIBLE.search(text) is None


def natural_key(text: str) -> list[tuple[int, int, str]]:
    """Sorts `label 2` before `label 10`."""
    parts = re.split(r"(\d+)", text)
    pairs = [(1, int(p[:300]), "") if p.isdecimal() else (0, 0, p.casefold()) for p in parts]
    return [*pairs, (0, 0, text)]
