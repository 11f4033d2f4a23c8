"""One family of errors: what was expected, what was found, what to do next.

An error carries a `Message` (a key and its parameters), not a sentence, so that the page can
say it in the reader's language; `str(error)` is the English sentence.
"""

from collections.abc import Sequence
from typing import Any

from engine.text import Message


class TunesmithError(Exception):
    """Base of everything that is the user's to know and to act on."""

    def __init__(self, key: str, **params: Any) -> None:
        self.message = Message(key, params)
        super().__init__(key)

    def __str__(self) -> str:
        return self.message.text()


class DataError(TunesmithError):
    """A file, a column role, a label or a split cannot be used as it is."""


class ModelError(TunesmithError):
    """A model cannot be found, loaded or used for the task."""


class RunError(TunesmithError):
    """A run, or what was asked of it, does not fit its state."""


class WorkspaceError(TunesmithError):
    """A record or folder of the workspace is missing or unreadable."""


class RecipeError(TunesmithError):
    """One or more settings are not valid; `problems` lists them all at once."""

    def __init__(self, problems: Sequence[Message]) -> None:
        self.problems = tuple(problems)
        super().__init__("recipe.invalid", problems=self.problems)
