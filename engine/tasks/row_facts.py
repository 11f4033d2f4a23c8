"""What can be said of each row once a model has answered: what results are filtered by.

A task makes one record for all rows of a predictions file; everything in it is an array with one
entry a row, so that a filter is a few comparisons, however many rows there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.tasks.scores import Bools, Floats

RIGHT, PARTLY, WRONG, BELOW = "right", "partly", "wrong", "below"
"""What became of a row. `partly`: an answer with some of the right words. `below`: something is
true, and the model said nothing at all, because nothing reached its threshold; such a row is what a
person would have to look at."""


@dataclass(frozen=True, eq=False)
class RowFacts:
    """Facts of each row; labels are types of mentions where the task has those."""

    outcome: NDArray[np.int8]
    """Positions in `Task.outcomes`."""
    confidence: Floats
    """How sure the model is of what it said, 0 to 1; NaN where it said nothing."""
    badness: Floats
    """Sorts the worst errors first: the more wrong and the surer of it, the higher."""
    truth: Bools
    """Labels that are true in a row, (rows, labels); so the next three."""
    decided: Bools
    missed: Bools
    """Labels that are true and were not said, or not everywhere they should have been."""
    added: Bools
    """Labels that were said and are not true, or not everywhere they were said."""
    kinds: Mapping[str, Bools] = field(default_factory=dict)
    """Kind of error → the rows in which it occurs, (rows,)."""
    probabilities: Floats | None = None
    """Of each label, (rows, labels), where the model gave them."""
    pairs: NDArray[np.intp] | None = None
    """(row, what is true, what was said) of each mention, by position in the labels; one behind
    the last label is nothing. None where a row says all of it by itself."""

    def __len__(self) -> int:
        return len(self.outcome)
