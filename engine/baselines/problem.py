"""What every simple alternative is given: rows to learn from, rows to answer, and how many."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.tasks import AnyTask
from engine.workspace import Workspace

Rows = Mapping[str, Sequence[Any]]
"""Column of a data set → one entry a row."""


@dataclass(frozen=True)
class Limits:
    """Most rows that are learned from, and most that are answered."""

    train: int
    test: int


@dataclass(frozen=True)
class Problem:
    task: AnyTask
    train: Rows
    test: Rows
    workspace: Workspace
    """For what is known of the machine."""

    def sampled(self, limits: Limits) -> "Problem":
        """The same with no more rows than that: drawn with a fixed seed, in their order."""
        return replace(
            self, train=_some(self.train, limits.train), test=_some(self.test, limits.test)
        )


def rows_within(texts: Sequence[str], characters: int, longest: int) -> int:
    """How many texts of such lengths have that many characters, each counted up to `longest`."""
    mean = float(np.mean([min(len(text), longest) for text in texts])) if texts else 1.0
    return max(1, int(characters / max(mean, 1.0)))


def _some(rows: Rows, most: int) -> Rows:
    count = len(rows["text"])
    if count <= most:
        return rows
    places = np.sort(np.random.default_rng(0).choice(count, most, replace=False)).tolist()
    return {name: [column[place] for place in places] for name, column in rows.items()}
