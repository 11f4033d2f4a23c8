"""The one shape all tasks have."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from engine.tasks.scores import Bools, Counts, Floats, Tally


class Task(ABC):
    """Labels in, targets out; logits in, decisions and scores out.

    Truth and decisions are boolean arrays of shape (rows, labels) for every task; a single-label
    row has exactly one True. Logits and probabilities are floats of the same shape.
    """

    kind: ClassVar[str]
    loss: ClassVar[str]
    """Name of the loss family: `softmax` (one label of several) or `sigmoid` (each label alone)."""
    words: ClassVar[Mapping[str, str]] = {}
    """Scores that are called otherwise here: score → name of its text `report.metric.<name>`."""

    def __init__(self, labels: Sequence[str], positive: str | None = None) -> None:
        self.labels = tuple(labels)
        self.positive = positive

    def truth(self, label_sets: Sequence[Sequence[str]]) -> Bools:
        """Label names of each row → booleans (rows, labels)."""
        index = {label: i for i, label in enumerate(self.labels)}
        truth = np.zeros((len(label_sets), len(self.labels)), dtype=bool)
        for row, names in enumerate(label_sets):
            truth[row, [index[name] for name in names]] = True
        return truth

    @abstractmethod
    def probabilities(self, logits: Floats) -> Floats:
        """Logits (rows, labels) → probabilities of the same shape."""

    @abstractmethod
    def decide(self, probabilities: Floats, thresholds: Floats | None = None) -> Bools:
        """Probabilities → decisions; `thresholds` has one value a label."""

    def tally(self, truth: Bools, decided: Bools) -> Tally:
        """The rows made ready to be counted: what `score_counts` takes the counts of."""
        return Tally(truth, decided)

    @abstractmethod
    def score_counts(self, counts: Counts) -> dict[str, Floats]:
        """The plain numbers of the report, each between 0 and 1, for each weighting in `counts`.

        accuracy, balanced_accuracy, macro_f1, micro_f1, weighted_f1, macro_precision,
        macro_recall; `f1`, `precision`, `recall` of the positive class for binary;
        `macro_f1_with_none` and `micro_f1_with_none` for multi-label.
        """

    def scores(self, truth: Bools, decided: Bools) -> dict[str, float]:
        """The plain numbers of the report for these rows; without rows all are 0."""
        counts = self.tally(truth, decided).counts()
        return {name: float(score) for name, score in self.score_counts(counts).items()}

    @abstractmethod
    def confusion(self, truth: Bools, decided: Bools) -> NDArray[np.int64]:
        """Single-label: (labels, labels), rows truth. Multi-label: (labels, 2, 2), one-vs-rest."""
