"""How sure the model is, and how far that can be trusted: curves and calibration on test rows."""

from typing import cast

import numpy as np

from engine.evaluation import curves as measures
from engine.evaluation.curves import Curve, Reliability
from engine.export.report_file.drawings import BLUE, GREY, ORANGE, RED, Series, curves
from engine.export.report_file.parts import Section, paragraph
from engine.markup import Html, join, tag
from engine.tasks.labelled import LabelPredictions, LabelTask

MOST_CURVES = 4
"""Labels whose curve is drawn: more cannot be told apart on paper."""


class Certainty(Section):
    title = "certainty"

    def body(self) -> Html:
        seen = self.facts.said_of("test") if self.facts.task.has_probabilities else None
        if seen is None:
            return Html("")
        task = cast(LabelTask, self.facts.task)
        before = measures.reliability(task, seen)
        judged = before.upper if task.several else before
        drawn = tag("div", self._precision(task, seen), self._calibration(task, seen, before),
                    class_="pair")  # fmt: skip
        told = self.t(f"curves.is_{judged.verdict}")
        if task.several:
            told = f"{told} ({self.t('curves.upper_error')}: {judged.error:.3f})"
        return join([paragraph(told), drawn, paragraph(self.t("certainty_help"), "soft")])

    def _precision(self, task: LabelTask, seen: LabelPredictions) -> Html:
        """Of the labels the model ranks worst."""
        found = [(label, self._curve(task, seen, label)) for label in task.cuttable]
        known = sorted(((c.area, label, c) for label, c in found if c), key=lambda each: each[:2])
        series = [
            Series(
                self.t("precision_of", label=label, area=f"{area:.2f}"),
                list(zip(curve.x.tolist(), curve.y.tolist(), strict=True))[::-1],
                colour,
            )
            for (area, label, curve), colour in zip(
                known[:MOST_CURVES], (BLUE, ORANGE, GREY, RED), strict=False
            )
        ]
        title = self.t("precision_title")
        if len(known) > len(series):
            title = self.t("precision_worst", shown=len(series), labels=len(known))
        return curves(title, series, self.metric("recall"), self.metric("precision"))

    def _curve(self, task: LabelTask, seen: LabelPredictions, label: str) -> Curve | None:
        column = task.labels.index(label)
        scores = np.asarray(seen.probabilities)[:, column]
        return measures.precision_recall(seen.truth[:, column], scores)

    def _calibration(self, task: LabelTask, seen: LabelPredictions, before: Reliability) -> Html:
        """As it is, and with the temperature that validation rows give."""
        error = f"{before.error:.3f}"
        series = [
            Series(self.t("curves.honest"), [(0, 0), (1, 1)], GREY),
            Series(self.t("curves.as_it_is", error=error), _points(before), BLUE, dots=True),
        ]
        validation = self.facts.said_of("validation")
        if validation is not None:
            temperature = measures.temperature(task, validation)
            after = measures.reliability(task, seen, temperature)
            name = self.t("curves.scaled", error=f"{after.error:.3f}")
            series.append(Series(name, _points(after), ORANGE, dots=True))
        title = self.t("curves.reliability_title")
        return curves(title, series, self.t("curves.said"), self.t("curves.found"))


def _points(found: Reliability) -> list[tuple[float, float | None]]:
    held = found.counts > 0
    return list(zip(found.said[held].tolist(), found.found[held].tolist(), strict=True))
