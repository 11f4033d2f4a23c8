"""Tasks that give labels to a whole text: what they have in common."""

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from engine.tasks.base import Task
from engine.tasks.operating_point import Chosen, Cut, OperatingPoint
from engine.tasks.row_facts import BELOW, RIGHT, WRONG, RowFacts
from engine.tasks.scores import Bools, Counts, Floats, Tally, count_labels, label_f1, per_label
from engine.text import Message


@dataclass(frozen=True)
class LabelPredictions:
    """Truth, decisions (booleans) and probabilities of shape (rows, labels)."""

    truth: Bools
    decided: Bools
    probabilities: ArrayLike
    review: Bools | None = None
    """Rows that should go to a person, (rows,); None where the model has no band for that. Files
    hold what the default rule says, which has none."""

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
    has_probabilities = True
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
    mistakes: ClassVar[tuple[str, ...]] = ("false_alarm", "miss")
    """What can go wrong with a decision, each at its own cost: `wrong` is both in one."""
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
    def in_band(self, probabilities: Floats, decided: Bools, band: Floats) -> Bools:
        """Rows that should go to a person, (rows,); `band` is (labels, 2)."""

    @property
    def cuttable(self) -> tuple[str, ...]:
        """Labels that have a threshold of their own."""
        return self.labels

    @abstractmethod
    def mistake_costs(self, truth: Bools, decided: Bools, costs: Mapping[str, float]) -> Floats:
        """What is lost by the mistakes of each row, (rows,); `costs` has a number a mistake."""

    def told(self, point: OperatingPoint) -> Message:
        """How the model decides, in one sentence."""
        if point.is_default:
            return Message(f"decisions.default_{self.loss}")
        chosen = point.chosen or Chosen("hand")
        told = {"label": chosen.label, "target": chosen.target}
        if not chosen.costs:
            return Message(f"decisions.by_{chosen.by}", told)
        look = chosen.costs.get("look")
        priced = "" if look is None else Message("decisions.price_of_look", {"look": look})
        key = f"decisions.by_cost_of_{self.mistakes[0]}"
        return Message(key, {**chosen.costs, "looking": priced})

    @abstractmethod
    def reach(self, probabilities: Floats, point: OperatingPoint, label: str) -> Floats:
        """What has to reach the label's threshold, (rows,), the other labels being as they are."""

    @abstractmethod
    def cut(self, point: OperatingPoint, label: str) -> Cut:
        """The label's part of an operating point."""

    @abstractmethod
    def with_cut(self, point: OperatingPoint, label: str, cut: Cut) -> OperatingPoint:
        """The same with another part for this label."""

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

    def row_facts(self, predictions: LabelPredictions) -> RowFacts:
        """A row is as sure as its least sure label: the probability of what was decided on it. That
        of a single label is the probability of the label that was said."""
        truth, decided = predictions.truth, predictions.decided
        found = np.asarray(predictions.probabilities, dtype=np.float32)
        missed, added = truth & ~decided, decided & ~truth
        wrong = (missed | added).any(axis=1)
        outcome = np.where(wrong, self.outcomes.index(WRONG), self.outcomes.index(RIGHT))
        if BELOW in self.outcomes:
            outcome[wrong & ~decided.any(axis=1)] = self.outcomes.index(BELOW)
        return RowFacts(
            outcome.astype(np.int8),
            self.confidence(decided, found),
            wrong + np.abs(truth - found).max(axis=1, initial=0),
            truth,
            decided,
            missed,
            added,
            probabilities=found,
        )

    @abstractmethod
    def confidence(self, decided: Bools, probabilities: Floats) -> Floats:
        """How sure the model is of what it says of each row, (rows,)."""

    def at(self, predictions: LabelPredictions, point: OperatingPoint) -> LabelPredictions:
        probabilities = np.asarray(predictions.probabilities)
        thresholds = None if point.thresholds is None else np.asarray(point.thresholds)
        decided = self.decide(probabilities, thresholds)
        review = None
        if point.band is not None:
            review = self.in_band(probabilities, decided, np.asarray(point.band))
        return replace(predictions, decided=decided, review=review)

    def say(self, predictions: LabelPredictions, row: int) -> dict[str, Any]:
        review = predictions.review
        probabilities = np.asarray(predictions.probabilities)[row].tolist()
        return {
            "labels": list(self.verdict(predictions, row, "")),
            "probabilities": {
                label: round(p, 6) for label, p in zip(self.labels, probabilities, strict=True)
            },
            **({} if review is None else {"review": bool(review[row])}),
        }

    def in_words_of(
        self,
        newer: Task[LabelPredictions, Counts],
        predictions: LabelPredictions,
        renamed: Mapping[str, str],
    ) -> LabelPredictions:
        """Labels that became one add up."""
        names = [renamed.get(name, name) for name in self.labels]
        becomes = np.array([[name == label for label in newer.labels] for name in names])
        return replace(
            predictions,
            truth=predictions.truth @ becomes,
            decided=predictions.decided @ becomes,
            probabilities=np.minimum(np.asarray(predictions.probabilities) @ becomes, 1.0),
        )

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
        off: Floats = np.abs(predictions.decided - np.asarray(predictions.probabilities))
        return off.max(axis=1)

    def essence(
        self, predictions: LabelPredictions, row: int, place: Callable[..., int]
    ) -> frozenset[tuple[Any, ...]]:
        return frozenset((name,) for name in self.verdict(predictions, row, ""))

    def details(self, predictions: LabelPredictions) -> dict[str, Any]:
        return {"confusion": self.confusion(predictions.truth, predictions.decided).tolist()}

    def per_class(self, counts: Counts) -> dict[str, dict[str, float]]:
        numbers = per_label(counts.first(len(self.labels)))
        return dict(zip(self.labels, numbers, strict=True))

    def class_scores(self, counts: Counts) -> Floats:
        return np.stack(label_f1(counts.first(len(self.labels))), axis=-1)


def false_alarms_and_misses(truth: Bools, decided: Bools, costs: Mapping[str, float]) -> Floats:
    """What they cost in each row, (rows,), with one price for all labels."""
    alarms, misses = (decided & ~truth).sum(axis=1), (truth & ~decided).sum(axis=1)
    cost: Floats = costs["false_alarm"] * alarms + costs["miss"] * misses
    return cost


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
