"""Extra columns that say something of the label: numbers of rows, and columns that go with it.

No model reads them; what they may tell is how the file was made.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.data.alike import natural_key
from engine.quality.findings import Finding
from engine.quality.material import Material
from engine.quality.meaning import time_of
from engine.text import Message

KIND = "columns"
FILLED = 0.9
"""Share of the rows in which a column must say something."""
UNIQUE = 0.99
"""Share of its cells that are of their own, from which a column numbers the rows."""
LONGEST_NUMBER = 60
SORTED = 0.3
"""Part of the way from chance to 1 that neighbours by number must share their label."""
AGAIN = 5
"""Rows a value must have on average to go with a label."""
GOES_WITH = 0.9
"""Part of the way from always saying the most frequent label to 1 that a column leads alone."""
LEAST = 50
"""Rows below which nothing can be said."""

_MEASURE = re.compile(r"[-+]?\d*[.,]\d+|[-+]?\d+([.,]\d+)? ?[%€$£¥]")

Numbers = NDArray[np.int64]


def find(material: Material) -> list[Finding]:
    if len(material.rows) < LEAST:
        return []
    found = [_look(material, column) for column in material.dataset.extra]
    return [finding for finding in found if finding]


def _look(material: Material, column: str) -> Finding | None:
    cells = np.array([cell.strip() for cell in material.extra(column)], dtype=object)
    filled = np.flatnonzero(cells != "")
    if len(filled) < FILLED * len(cells):
        return None
    values = cells[filled].tolist()
    if time_of(column, values) is not None or all(map(_MEASURE.fullmatch, values)):
        return None
    distinct = len(set(values))
    truths = material.truths[filled]
    if distinct >= UNIQUE * len(values):
        return _number(column, values, truths)
    if distinct * AGAIN <= len(values):
        return _goes_with(column, values, truths)
    return None


def _number(column: str, values: Sequence[str], truths: Numbers) -> Finding | None:
    """A column that numbers the rows; whether rows of like number share their label."""
    if max(map(len, values)) > LONGEST_NUMBER or any(len(value.split()) > 3 for value in values):
        return None
    order = sorted(range(len(values)), key=lambda i: natural_key(values[i]))
    ordered = truths[order]
    together = float((ordered[1:] == ordered[:-1]).mean())
    shares = np.bincount(truths) / len(truths)
    chance = float((shares**2).sum())
    params = {"column": column, "together": round(100 * together), "chance": round(100 * chance)}
    in_order = chance < 1 and (together - chance) / (1 - chance) >= SORTED
    name = "sorted" if in_order else "number"
    return Finding(
        KIND,
        Message(f"quality.columns_{name}", params),
        Message(f"quality.columns_{name}_why", params),
        weight=0.15 if in_order else 0.0,
        facts={"about": name, **params},
    )


def _goes_with(column: str, values: Sequence[str], truths: Numbers) -> Finding | None:
    """A column from which the label can be told, unless it is the label in other words."""
    of_value: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for value, truth in zip(values, truths.tolist(), strict=True):
        of_value[value][truth] += 1
    usual = {value: counts.most_common(1)[0][0] for value, counts in of_value.items()}
    right = sum(of_value[value][truth] for value, truth in usual.items()) / len(values)
    most = float(np.bincount(truths).max()) / len(values)
    copied = len(of_value) == len(set(usual.values())) == len(set(truths.tolist()))
    if most == 1 or copied or (right - most) / (1 - most) < GOES_WITH:
        return None
    params = {"column": column, "right": round(100 * right), "most": round(100 * most)}
    return Finding(
        KIND,
        Message("quality.columns_label", params),
        Message("quality.columns_label_why", params),
        weight=0.15,
        facts={"about": "label", **params},
    )
