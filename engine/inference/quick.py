"""A predictor for many rows: in half precision where that is faster, without another decision.

On a CPU that multiplies bf16 fast most time goes there. Probabilities differ by some thousandths
then, so a row is read once more in full precision wherever a difference of that size could change
what is decided; how large it is, the first rows tell.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np
import torch
from numpy.typing import NDArray

from engine.inference.predictor import Predictor
from engine.models.hardware import Hardware, choose_precision
from engine.tasks import AnyTask
from engine.tasks.labelled import LabelPredictions, LabelTask
from engine.tasks.scores import Bools, Floats

SAMPLE = 96
"""Rows read both ways."""
SAFETY = 4
"""Times the largest difference seen among them."""
LEAST, MOST = 0.005, 0.15
"""Differences of a probability that are reckoned with; a model that needs more stays exact."""
_CLEAR = 1e-3
"""Probabilities closer to 0 or 1 say nothing of differences."""


class Quick:
    """As a Predictor, but for many rows at a time."""

    def __init__(self, predictor: Predictor, hardware: Hardware | None) -> None:
        self.predictor = predictor
        on_cpu = next(predictor.network.parameters()).device.type == "cpu"
        fast = hardware is not None and choose_precision("auto", hardware)[0] == "bf16"
        has_labels = issubclass(predictor.task.record, LabelPredictions)
        self._slack: float | None = None if on_cpu and fast and has_labels else 0.0
        """What a probability in half precision may be off by; 0: not used, None: not known yet."""

    @property
    def task(self) -> AnyTask:
        return self.predictor.task

    def predict(self, texts: Sequence[str], questions: Sequence[str] = ()) -> Any:
        if self._slack == 0 or not texts:
            return self.predictor.predict(texts, questions)
        with torch.autocast("cpu", torch.bfloat16):
            said: LabelPredictions = self.predictor.predict(texts)
        if self._slack is None:
            self._slack = self._measure(texts[:SAMPLE], said)
        return (
            self._mend(texts, said, self._slack) if self._slack else self.predictor.predict(texts)
        )

    def _measure(self, texts: Sequence[str], said: LabelPredictions) -> float:
        exact = np.asarray(self.predictor.predict(texts).probabilities, dtype=float)
        half = np.asarray(said.probabilities, dtype=float)[: len(texts)]
        telling = np.minimum(exact, half) > _CLEAR
        telling &= np.maximum(exact, half) < 1 - _CLEAR
        off = np.abs(_log_odds(exact[telling]) - _log_odds(half[telling])).max(initial=0.0)
        slack = max(LEAST, SAFETY * float(off) / 4)  # a probability moves by 1/4 of its log-odds
        return slack if slack <= MOST else 0.0

    def _mend(self, texts: Sequence[str], said: LabelPredictions, slack: float) -> LabelPredictions:
        """Rows that half precision leaves open, as full precision says them."""
        open_rows = np.flatnonzero(self._undecided(said, slack)).tolist()
        if not open_rows:
            return said
        exact = self.predictor.predict([texts[row] for row in open_rows])
        probabilities = np.array(said.probabilities)
        probabilities[open_rows] = exact.probabilities
        return self._decided(said, probabilities)

    def _undecided(self, said: LabelPredictions, slack: float) -> Bools:
        """Rows in which another decision is within reach: each label in turn is moved one way and
        all others the other way."""
        probabilities = np.asarray(said.probabilities)
        open_rows: Bools = np.zeros(len(said), dtype=bool)
        for label in range(probabilities.shape[1]):
            for by in (slack, -slack):
                moved = probabilities - by
                moved[:, label] += 2 * by
                other = self._decided(said, np.clip(moved, 0, 1))
                open_rows |= (other.decided != said.decided).any(axis=1)
        return open_rows

    def _decided(
        self, said: LabelPredictions, probabilities: NDArray[np.floating]
    ) -> LabelPredictions:
        task = cast(LabelTask, self.predictor.task)
        decided = task.decide(probabilities, self.predictor.output.thresholds)
        return replace(said, decided=decided, probabilities=probabilities)


def _log_odds(probabilities: Floats) -> Floats:
    odds: Floats = np.log(probabilities) - np.log1p(-probabilities)
    return odds
