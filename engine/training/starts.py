"""The recipes that come with the project: a place to start from for each kind of work.

Each is a recipe file in `assets/recipes/` that `train` takes as it is. Title and description are
texts `starts.<id>.title` and `starts.<id>.about`.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.training.recipe import read_draft

_FOLDER = Path(__file__).parents[2] / "assets" / "recipes"


@dataclass(frozen=True)
class Start:
    """A recipe to start from, and the tasks it is made for."""

    id: str
    tasks: tuple[str, ...]
    script: str = ""
    """The script of the texts it is made for, where it is made for one language."""

    @property
    def file(self) -> Path:
        return _FOLDER / f"{self.id}.yaml"

    @property
    def title(self) -> str:
        """Key of its title."""
        return f"starts.{self.id}.title"

    @property
    def about(self) -> str:
        """Key of the sentence that says what it is for."""
        return f"starts.{self.id}.about"

    def draft(self) -> dict[str, Any]:
        """What it decides."""
        return read_draft(self.file.read_text("utf-8"))


STARTS = (
    Start("contract-clauses", ("binary",)),
    Start("news-topics", ("multiclass", "binary")),
    Start("chinese-headlines", ("multilabel",), "chinese"),
    Start("names-in-text", ("tokens",)),
    Start("answers-from-text", ("qa", "text2text")),
)


def starts_for(task: str) -> tuple[Start, ...]:
    """The recipes made for a task."""
    return tuple(start for start in STARTS if task in start.tasks)
