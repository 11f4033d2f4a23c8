"""Tasks that give labels to a whole text: what they have in common."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from engine.tasks.base import Task
from engine.tasks.scores import Bools, Counts, Floats, Tally, count_labels, label_f1, per_label


@dataclass(frozen=True)
class LabelPredictions:
    """Truth, decisions (booleans) and probabilities of shape (rows, labels)."""

    truth: Bools
    decided: Bools
    probabilities: ArrayLike

    def __len__(self) -> int:
        return len(self.truth)

    def columns(self) -> dict[str, pa.Array]:
        values = np.ascontiguousarray(self.probabilities, dtype=np.float32)
        flat = pa.array(values.ravel())
        return {
            "truth": _label_lists(self.truth),
            "decided": _label_lists(self.decided),
            "probabilities": pa.FixedSizeListArray.from_arrays(flat, values.shape[1]),
        }

    @classmethod
    def from_columns(cls, table: pa.Table) -> Self:
        probabilities = table["probabilities"].combine_chunks()
        labels = probabilities.type.list_size
        return cls(
            _booleans(table["truth"], labels),
            _booleans(table["decided"], labels),
            probabilities.flatten().to_numpy().reshape(-1, labels),
        )


class LabelTask(Task[LabelPredictions, Counts]):
    """Truth and decisions are boolean arrays (rows, labels); a single-label row has exactly one
    True. Logits and probabilities are floats of the same shape."""

    shape = "labels"
    use = "classification"
    pipeline = "text-classification"
    compares = True
    outputs: ClassVar[Mapping[str, str]] = {"encoder": "labels", "decoder": "labels"}
    record = LabelPredictions
    metrics: ClassVar[tuple[str, ...]] = (
        "macro_f1",
        "micro_f1",
        "weighted_f1",
        "accuracy",
        "balanced_accuracy",
    )
    headline = "macro_f1"
    watched: ClassVar[tuple[str, ...]] = ("macro_f1", "accuracy")
    baselines: ClassVar[tuple[str, ...]] = ("tfidf", "embeddings", "majority")
    loss: ClassVar[str]
    """Name of the loss family: `softmax` (one label of several) or `sigmoid` (each label alone)."""

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
    def score_counts(self, counts: Counts) -> dict[str, Floats]:
        """accuracy, balanced_accuracy, macro_f1, micro_f1, weighted_f1, macro_precision,
        macro_recall; `f1`, `precision`, `recall` of the positive class for binary;
        `macro_f1_with_none` and `micro_f1_with_none` for multi-label.
        """

    @abstractmethod
    def confusion(self, truth: Bools, decided: Bools) -> NDArray[np.int64]:
        """Single-label: (labels, labels), rows truth. Multi-label: (labels, 2, 2), one-vs-rest."""

    def tally(self, predictions: LabelPredictions) -> Tally[Counts]:
        return count_labels(predictions.truth, predictions.decided)

    def right(self, predictions: LabelPredictions) -> Bools:
        return (predictions.truth == predictions.decided).all(axis=1)

    def say(self, predictions: LabelPredictions, row: int) -> dict[str, Any]:
        probabilities = np.asarray(predictions.probabilities)[row].tolist()
        return {
            "labels": list(self.verdict(predictions, row, "")),
            "probabilities": {
                label: round(p, 6) for label, p in zip(self.labels, probabilities, strict=True)
            },
        }

    def verdict(self, predictions: LabelPredictions, row: int, text: str) -> tuple[str, ...]:
        pairs = zip(self.labels, predictions.decided[row], strict=True)
        return tuple(label for label, yes in pairs if yes)

    def likely(self, predictions: LabelPredictions, row: int) -> tuple[str, ...]:
        order = np.argsort(-np.asarray(predictions.probabilities)[row], kind="stable")
        return tuple(self.labels[place] for place in order)

    def agrees(self, expected: Sequence[str], verdict: Sequence[str]) -> bool:
        return set(expected) == set(verdict)

    def doubt(self, predictions: LabelPredictions) -> Floats:
        """That of the label whose decision is least sure."""
        doubt: Floats = np.abs(predictions.decided - np.asarray(predictions.probabilities)).max(
            axis=1
        )
        return doubt

    def essence(
        self, predictions: LabelPredictions, row: int, place: Callable[..., int]
    ) -> frozenset[tuple[Any, ...]]:
        return frozenset((name,) for name in self.in_words(predictions, row, ""))

    def in_words(self, predictions: LabelPredictions, row: int, text: str) -> tuple[str, ...]:
        pairs = zip(self.labels, predictions.decided[row], strict=True)
        return tuple(label for label, yes in pairs if yes)

    def details(self, predictions: LabelPredictions) -> dict[str, Any]:
        return {"confusion": self.confusion(predictions.truth, predictions.decided).tolist()}

    def per_class(self, counts: Counts) -> dict[str, dict[str, float]]:
        numbers = per_label(counts.first(len(self.labels)))
        return dict(zip(self.labels, numbers, strict=True))

    def class_scores(self, counts: Counts) -> Floats:
        return np.stack(label_f1(counts.first(len(self.labels))), axis=-1)


def _label_lists(booleans: Bools) -> pa.ListArray:
    ends = np.cumsum(booleans.sum(axis=1), dtype=np.int32)
    offsets = np.concatenate([np.zeros(1, dtype=np.int32), ends])
    positions = np.nonzero(booleans)[1].astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), pa.array(positions))


def _booleans(column: pa.ChunkedArray, labels: int) -> Bools:
    lists = column.combine_chunks()
    per_row = np.diff(lists.offsets.to_numpy())
    booleans = np.zeros((len(lists), labels), dtype=bool)
    booleans[np.repeat(np.arange(len(lists)), per_row), lists.flatten().to_numpy()] = True
    return booleans
