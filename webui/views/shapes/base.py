"""What all shapes of a row's truth have in common on the page: the one form of the siblings.

A shape shows single results and answers. It knows no Gradio, no workspace and no model: it is
given plain values and gives HTML or a figure.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, NamedTuple, Self, TypeVar

from engine.evaluation.rows import SplitRows
from webui.charts import Words
from webui.html import Html, bar, button, join, tag

if TYPE_CHECKING:  # torch takes seconds
    from engine.inference.predictor import Predictor

FIRST = 10
"""Rows shown at once, and added by “show more”."""
APART = 20
"""Parts of a row's truth that are told where two versions of it differ."""
Row = Mapping[str, Any]
"""Column of a data set → its value in one row."""
L = TypeVar("L")


@dataclass(frozen=True)
class Result:
    """One row of a run's results."""

    rows: SplitRows
    place: int
    """Which of them it is."""
    cells: Row
    """What stands in the data set."""


class Told(NamedTuple):
    """What is told of a row of results."""

    text: Html
    beside: Html | None = None
    """What stands right of the text."""


@dataclass(frozen=True)
class Said:
    """What a model said of some texts. Plain values, so that a page can hold them."""

    @property
    def threshold(self) -> float | None:
        """Where a threshold that the reader may move stands at first; None without one."""
        return None

    def at(self, threshold: float) -> Self:
        """The same with another threshold."""
        return self


S = TypeVar("S", bound=Said)


@dataclass(frozen=True)
class Asked(Generic[S]):
    """What was asked in the playground, and what was said."""

    run: str
    texts: tuple[str, ...]
    questions: tuple[str, ...]
    said: S
    milliseconds: float
    left_out: int = 0
    """Texts beyond those that are asked at once."""


class Shape(ABC, Generic[S]):
    """How results and answers of one shape are shown."""

    name: ClassVar[str]
    """As tasks name it: `Task.shape`."""
    line_by_line: ClassVar[bool] = False
    """Whether each line written in the playground is a text of its own."""

    @abstractmethod
    def result(self, found: Result, t: Words) -> Told:
        """A row of results: its text, what is true of it and what the model said."""

    def legend(self, rows: SplitRows, t: Words) -> Html | None:
        """How rows of results are to be read, where that needs words."""
        return None

    @abstractmethod
    def truth(self, row: Row, t: Words) -> str:
        """What is right for a row, in a few words."""

    @abstractmethod
    def parts(self, row: Row, t: Words) -> dict[Hashable, str]:
        """All that is right for a row: what tells each part of it from others → its words."""

    def apart(self, before: Row, after: Row, t: Words) -> tuple[str, str]:
        """What was right for a row and is not any more, and what is since; both may be empty."""
        was, now = self.parts(before, t), self.parts(after, t)
        return _without(was, now, t), _without(now, was, t)

    @abstractmethod
    def said(self, predictor: "Predictor", predictions: Any) -> S:
        """What the page keeps of a prediction."""

    @abstractmethod
    def verdict(self, asked: Asked[S], row: int) -> tuple[str, ...]:
        """What the model said of one text, as `Task.verdict` has it."""

    def likely(self, said: S, row: int) -> tuple[str, ...]:
        """What else it could be, the most probable first; nothing where answers are free."""
        return ()

    @abstractmethod
    def answers(self, asked: Asked[S], t: Words, beside: Asked[S] | None = None) -> Html:
        """What the model said of each text; where every label has a probability, with its change
        against what was said `beside` of as many texts."""


def _without(parts: Mapping[Hashable, str], others: Mapping[Hashable, str], t: Words) -> str:
    told = [words for key, words in parts.items() if key not in others]
    return t("correct.names", names=[*told[:APART], *(["…"] if len(told) > APART else [])])


def some(lines: Sequence[L], show: Callable[[L], Html], shown: int, t: Words) -> Html:
    """The first of the lines, and a button for more."""
    left = len(lines) - shown
    more = None
    if left > 0:
        more = button(t("show_more", rows=min(left, FIRST), left=left), "more")
    return join([tag("div", *map(show, lines[:shown]), class_="ts-lines"), more])


def confidence(score: float, t: Words) -> Html:
    """How sure the model is: a word, a number, a bar."""
    words = t("sure_very" if score >= 0.9 else "sure_fairly" if score >= 0.6 else "sure_little")
    told = tag("span", t("sure", words=words, percent=percent(score)))
    return tag("span", bar(score, label=words), told, class_="ts-sure")


def percent(score: float) -> str:
    return f"{100 * score:.0f} %"
