"""The one shape all tasks have."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Bools = NDArray[np.bool_]


class Task(ABC):
    """Labels in, targets out; logits in, decisions and scores out.

    Truth and decisions are boolean arrays of shape (rows, labels) for every task; a single-label
    row has exactly one True. Logits and probabilities are floats of the same shape.
    """

    kind: ClassVar[str]
    loss: ClassVar[str]
    """Name of the loss family: `softmax` (one label of several) or `sigmoid` (each label alone)."""

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

    @abstractmethod
    def scores(self, truth: Bools, decided: Bools) -> dict[str, float]:
        """The plain numbers of the report for these rows, each between 0 and 1.

        accuracy, balanced_accuracy, macro_f1, micro_f1, weighted_f1, macro_precision,
        macro_recall; `f1`, `precision`, `recall` of the positive class for binary;
        `macro_f1_with_none` and `micro_f1_with_none` for multi-label.
        """

    @abstractmethod
    def confusion(self, truth: Bools, decided: Bools) -> NDArray[np.int64]:
        """Single-label: (labels, labels), rows truth. Multi-label: (labels, 2, 2), one-vs-rest."""
