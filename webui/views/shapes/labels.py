"""Labels of whole texts: confusions in the results, the probability of every label in answers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import plotly.graph_objects as go

from engine.evaluation.report import Figures, Report
from webui import charts
from webui.charts import Words
from webui.html import Html, bar, join, number_cell, table, tag
from webui.views.shapes.base import Asked, Look, Row, Said, Shape

if TYPE_CHECKING:  # torch takes seconds
    from engine.inference.predictor import Predictor

LABELS_SHOWN = 12


@dataclass(frozen=True)
class LabelsSaid(Said):
    labels: tuple[str, ...]
    probabilities: tuple[tuple[float, ...], ...]
    decided: tuple[tuple[str, ...], ...]
    """The labels said of each text."""
    thresholds: tuple[float, ...] = ()
    """One a label, where each stands alone and what reaches its own is said; else empty."""
    review: tuple[bool, ...] = ()
    """Whether each text would go to a person; empty where the model has no band for that."""

    @property
    def threshold(self) -> float | None:
        """Within what a slider can be moved to."""
        if not self.thresholds:
            return None
        return min(max(round(float(np.median(self.thresholds)), 2), 0.01), 0.99)

    def at(self, threshold: float) -> Self:
        """What labels would be said at another threshold; what a person sees rests on the saved
        one."""
        decided = tuple(
            tuple(label for label, p in zip(self.labels, row, strict=True) if p >= threshold)
            for row in self.probabilities
        )
        thresholds = (threshold,) * len(self.thresholds)
        return replace(self, thresholds=thresholds, decided=decided, review=())

    def of(self, row: int) -> list[str]:
        """The labels said of one text."""
        return list(self.decided[row])


class Labels(Shape[LabelsSaid]):
    name = "labels"
    line_by_line = True

    def figure(self, report: Report, figures: Figures, t: Words) -> go.Figure | None:
        """What was taken for what, where a row has one label."""
        if _one_against_rest(figures):
            return None
        return charts.confusion(report.labels, figures["confusion"], t)

    def details(self, look: Look, t: Words) -> Html:
        """Where a row has any number of labels: one of them against the rest."""
        if not _one_against_rest(look.figures):
            return Html("")
        labels = look.report.labels
        number = int(look.pick) if look.pick.isdecimal() else 0
        number = number if number < len(labels) else 0
        options = (
            tag("option", label, value=str(i), selected=i == number)
            for i, label in enumerate(labels)
        )
        chooser = tag(
            "select", *options, class_="ts-select", data_act="pick", aria_label=t("one_label")
        )
        return join(
            [
                tag("div", tag("h3", t("one_label")), chooser, class_="ts-head"),
                tag("p", t("one_label_help"), class_="ts-why"),
                _four(labels[number], look.figures["confusion"][number], t),
            ]
        )

    def truth(self, row: Row, t: Words) -> str:
        return t("example_truth", labels=list(row["labels"]) or [t("no_label")])

    def said(self, predictor: "Predictor", predictions: Any) -> LabelsSaid:
        labels = tuple(predictor.labels)
        found = tuple(tuple(round(float(p), 6) for p in row) for row in predictions.probabilities)
        thresholds: tuple[float, ...] = ()
        if predictor.task.several:
            thresholds = predictor.point.thresholds or (0.5,) * len(labels)
        decided = tuple(
            tuple(label for label, yes in zip(labels, row, strict=True) if yes)
            for row in predictions.decided
        )
        review = () if predictions.review is None else tuple(map(bool, predictions.review))
        return LabelsSaid(labels, found, decided, thresholds, review)

    def answers(self, asked: Asked[LabelsSaid], t: Words) -> Html:
        """Each text with its labels and the probability of every label as a bar."""
        return join(_answer(asked, row, t) for row in range(len(asked.texts)))


def _one_against_rest(figures: Figures) -> bool:
    """Whether confusions are counted label by label: [[TN, FP], [FN, TP]] each."""
    return not isinstance(figures["confusion"][0][0], int)


def _four(label: str, counts: Sequence[Sequence[int]], t: Words) -> Html:
    (neither, found_only), (missed, both) = counts
    head = [
        "",
        tag("th", t("said_yes"), class_="ts-number"),
        tag("th", t("said_no"), class_="ts-number"),
    ]
    body = [
        [
            t("true_yes", label=label),
            number_cell(f"{both:,}", data_good="1"),
            number_cell(f"{missed:,}"),
        ],
        [
            t("true_no", label=label),
            number_cell(f"{found_only:,}"),
            number_cell(f"{neither:,}", data_good="1"),
        ],
    ]
    return table(head, body, "ts-table ts-four")


def _answer(asked: Asked[LabelsSaid], row: int, t: Words) -> Html:
    said = asked.said
    decided = said.of(row)
    verdict = join(
        [tag("span", label, class_="ts-verdict") for label in decided]
        or [tag("span", t("no_label"), class_="ts-soft")]
    )
    quote = tag("p", asked.texts[row], class_="ts-clip ts-quote") if len(asked.texts) > 1 else None
    ranked = sorted(range(len(said.labels)), key=lambda i: said.probabilities[row][i], reverse=True)
    lines = (_bar_line(said, row, i, said.labels[i] in decided) for i in ranked[:LABELS_SHOWN])
    more = len(ranked) - LABELS_SHOWN
    rest = tag("p", t("and_more_labels", labels=more), class_="ts-soft") if more > 0 else None
    return tag(
        "article",
        quote,
        tag("p", verdict, class_="ts-verdicts"),
        _review(said.review[row], t) if said.review else None,
        tag("div", *lines, class_="ts-bars"),
        rest,
        class_="ts-answer",
    )


def _review(asked: bool, t: Words) -> Html:
    """Whether this text would go to a person."""
    key = "decisions.to_person" if asked else "decisions.by_machine"
    return tag("p", t(key), class_="ts-review" if asked else "ts-why")


def _bar_line(said: LabelsSaid, row: int, label: int, decided: bool) -> Html:
    probability, name = said.probabilities[row][label], said.labels[label]
    mark = None
    if said.thresholds:
        mark = tag("span", class_="ts-threshold", style=f"left:{100 * said.thresholds[label]:.1f}%")
    line = tag(
        "span", bar(probability, "" if decided else "ts-unsaid", name), mark, class_="ts-bar-box"
    )
    value = tag("span", f"{100 * probability:.1f} %", class_="ts-number")
    return tag("div", tag("span", name, class_="ts-bar-name"), line, value, class_="ts-bar-line")
