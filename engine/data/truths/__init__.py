"""What a row's truth can look like, and the registry of it.

Adding a shape is one file of the form of base.py and one line below.
"""

import pandas as pd

from engine.data.dataset import Roles
from engine.data.roles import Guess
from engine.data.truths.answers import Answers
from engine.data.truths.base import Facts, Truth, Usable
from engine.data.truths.labels import Labels
from engine.data.truths.spans import Spans
from engine.tasks import TASKS

TRUTHS: dict[str, Truth] = {truth.shape: truth for truth in (Spans(), Answers(), Labels())}
"""shape → truth; the more special come first, since any column could hold labels."""


def truth_of(task: str) -> Truth:
    return TRUTHS[TASKS[task].shape]


def guess_table(table: pd.DataFrame, task: str | None) -> Guess:
    """What each column is for: for `task`, else for the shape that fits best."""
    truths = [truth_of(task)] if task else TRUTHS.values()
    guesses = [guess for truth in truths if (guess := truth.guess(table, task))]
    return max(guesses, key=lambda guess: guess.certainty)


def fitting_truth(table: pd.DataFrame, roles: Roles) -> Truth:
    """The truth that columns with these roles hold."""
    return next(truth for truth in TRUTHS.values() if truth.fits(table, roles))


__all__ = ["TRUTHS", "Facts", "Truth", "Usable", "fitting_truth", "guess_table", "truth_of"]
