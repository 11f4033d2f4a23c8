"""The one shape all tasks have."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

import numpy as np
import pyarrow as pa

from engine.tasks.operating_point import OperatingPoint
from engine.tasks.row_facts import RIGHT, WRONG, RowFacts
from engine.tasks.scores import Bools, Floats, Tally
from engine.text import Message


class Predictions(Protocol):
    """Truth and decisions of many rows, as a task makes and scores them."""

    def __len__(self) -> int: ...

    def columns(self) -> dict[str, pa.Array]:
        """As columns of a file, one entry a row."""
        ...

    @classmethod
    def from_columns(cls, table: pa.Table) -> Self:
        """What `columns` gave, read back."""
        ...


P = TypeVar("P", bound=Predictions)
C = TypeVar("C")


class Task(ABC, Generic[P, C]):
    """Rows' truth in, what a model says of them in; decisions, scores and figures out.

    `P` is the record of its predictions, `C` what its scores are computed from.
    """

    kind: ClassVar[str]
    use: ClassVar[str]
    """What models are told to be good for: classification, tokens, question_answering or
    text_to_text."""
    shape: ClassVar[str]
    """The form a row's truth has: `labels` of the row, `spans` of its text, or `answers`. Reading
    data and showing predictions depend on it alone."""
    several: ClassVar[bool] = False
    """Whether a row may carry any number of labels."""
    has_positive: ClassVar[bool] = False
    """Whether one of its two labels is the one that is looked for."""
    with_more_labels: ClassVar[str | None] = None
    """The kind of task that takes over where there are more labels than it can have."""
    has_probabilities: ClassVar[bool] = False
    """Whether every label of a row has a probability, so that a threshold can decide on it."""
    columns: ClassVar[Mapping[str, str]] = {}
    """Columns of a data set beside row_id, split, text and labels: name → arrow type."""
    asks: ClassVar[tuple[str, ...]] = ("text",)
    """Columns a prediction needs: what the playground asks for."""
    outputs: ClassVar[Mapping[str, str]]
    """Kind of model → what it puts out for this task: `labels`, `tags`, `span` or `text`. A kind
    that is missing cannot do the task."""
    pipeline: ClassVar[str]
    """What Hugging Face calls what its models do (`pipeline_tag` of a model card)."""
    record: ClassVar[type[Any]]
    """The class of its predictions."""
    metrics: ClassVar[tuple[str, ...]]
    """Scores the best checkpoint can be chosen by, the recommended one first."""
    headline: ClassVar[str]
    """The score that stands for a run, unless its recipe names another."""
    watched: ClassVar[tuple[str, ...]]
    """Scores to follow while a model trains: the headline and what it is best read beside."""
    words: ClassVar[Mapping[str, str]] = {}
    """Scores that are called otherwise here: score → name of its text `report.metric.<name>`."""
    compares: ClassVar[bool] = False
    """Whether the answers to two wordings of a text can be compared (`essence`): whether labels or
    mentions are the same is plain, whether two answers in words mean the same is not."""
    outcomes: ClassVar[tuple[str, ...]] = (RIGHT, WRONG)
    """What can become of a row."""
    errors: ClassVar[tuple[str, ...]] = ()
    """Kinds of error that are told apart."""
    smoothing: ClassVar[float] = 0.0
    """Recommended label smoothing."""
    baselines: ClassVar[tuple[str, ...]] = ()
    """Simple alternatives a model is held against: names of `engine.baselines`, the one to beat
    first."""

    def __init__(self, labels: Sequence[str], positive: str | None = None) -> None:
        self.labels = tuple(labels)
        self.positive = positive

    def metric(self, score: str) -> Message:
        """What a score is called, for the user."""
        return Message(f"report.metric.{self.words.get(score, score)}")

    def followed(self, headline: str | None = None) -> dict[str, Message]:
        """The scores to follow with what they are called, the one that stands for the run first:
        `headline`, or else the task's own."""
        names = dict.fromkeys([headline or self.headline, *self.watched])
        return {name: self.metric(name) for name in names}

    def reading(self, rows: Mapping[str, Sequence[Any]]) -> list[str]:
        """All that is read of each row, as one text: its length is what a model must take in."""
        return list(rows["text"])

    @abstractmethod
    def tally(self, predictions: P) -> Tally[C]:
        """The rows made ready to be counted: what `score_counts` takes the counts of."""

    @abstractmethod
    def score_counts(self, counts: C) -> dict[str, Floats]:
        """The plain numbers of the report, each between 0 and 1, for each weighting in `counts`."""

    @abstractmethod
    def say(self, predictions: P, row: int) -> dict[str, Any]:
        """What was said of a row, ready for JSON."""

    @abstractmethod
    def row_facts(self, predictions: P) -> RowFacts:
        """What can be said of each row."""

    def right(self, predictions: P) -> Bools:
        """Whether all that was said of each row is right, (rows,)."""
        right: Bools = self.row_facts(predictions).outcome == self.outcomes.index(RIGHT)
        return right

    def in_words_of(self, newer: "Task[P, C]", predictions: P, renamed: Mapping[str, str]) -> P:
        """What was said with these labels, said with those of a newer version of the data set;
        `renamed` has the labels that are called otherwise there. What it lacks is never said."""
        return predictions

    @abstractmethod
    def verdict(self, predictions: P, row: int, text: str) -> tuple[str, ...]:
        """What was said of a row, `text`, in words that can be compared."""

    def likely(self, predictions: P, row: int) -> tuple[str, ...]:
        """The labels a row could have, the most probable first; nothing where there are none."""
        return ()

    def agrees(self, expected: Sequence[str], verdict: Sequence[str]) -> bool:
        """Whether a verdict is the one that was expected."""
        return tuple(expected) == tuple(verdict)

    def gist(self, predictions: P, row: int, text: str) -> tuple[str, ...]:
        """What of a verdict should be the same for two texts that differ in what does not matter,
        a name for instance."""
        return self.verdict(predictions, row, text)

    @abstractmethod
    def doubt(self, predictions: P) -> Floats:
        """How likely what was said of each row is wrong, 0 to 1, (rows,), as the model sees it:
        what a person should look at first has most of it."""

    def essence(
        self, predictions: P, row: int, place: Callable[..., int]
    ) -> frozenset[tuple[Any, ...]]:
        """What was said of a row, to be compared with what is said of another wording of it, each
        beginning with its label; `place(offset, end=False)` is where a character stands in that."""
        raise NotImplementedError

    def at(self, predictions: P, point: OperatingPoint) -> P:
        """The same predictions decided at an operating point, where the task has one."""
        return predictions

    def details(self, predictions: P) -> dict[str, Any]:
        """Further figures of this task, ready for JSON."""
        return {}

    def per_class(self, counts: C) -> dict[str, dict[str, float]]:
        """label → its figures, where the task has labels."""
        return {}

    def class_scores(self, counts: C) -> Floats:
        """Precision, recall and F1 of each label, (..., labels, 3), for each weighting; (1, 0, 3)
        where the task has no labels."""
        return np.zeros((1, 0, 3))

    def scores(self, predictions: P) -> dict[str, float]:
        """The plain numbers of the report for these rows; without rows all are 0."""
        counts = self.tally(predictions).counts()
        return {name: float(score) for name, score in self.score_counts(counts).items()}
