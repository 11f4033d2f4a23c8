"""Labels of whole texts: confusions in the results, the probability of every label in answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Self

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


class Zone(NamedTuple):
    """Where a probability changes what becomes of a text."""

    threshold: float | None
    """From here on the label is said, whatever the others are; None where they decide, too."""
    low: float
    high: float
    """A text with a probability from `low` to below `high` goes to a person."""


@dataclass(frozen=True)
class LabelsSaid(Said):
    labels: tuple[str, ...]
    probabilities: tuple[tuple[float, ...], ...]
    decided: tuple[tuple[str, ...], ...]
    """The labels said of each text."""
    zones: tuple[Zone | None, ...] = ()
    """One a label; None for a label without."""
    several: bool = False
    """Whether each label stands alone, so that one threshold can be moved for all."""
    review: tuple[bool, ...] = ()
    """Whether each text would go to a person; empty where the model has no band for that."""

    @property
    def threshold(self) -> float | None:
        """Within what a slider can be moved to."""
        if not self.several:
            return None
        thresholds = [zone.threshold for zone in self.zones if zone and zone.threshold is not None]
        return min(max(round(float(np.median(thresholds)), 2), 0.01), 0.99)

    def at(self, threshold: float) -> Self:
        """What labels would be said at another threshold; what a person sees rests on the saved
        one."""
        decided = tuple(
            tuple(label for label, p in zip(self.labels, row, strict=True) if p >= threshold)
            for row in self.probabilities
        )
        zones = (Zone(threshold, threshold, threshold),) * len(self.labels)
        return replace(self, zones=zones, decided=decided, review=())

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
        decided = tuple(
            tuple(label for label, yes in zip(labels, row, strict=True) if yes)
            for row in predictions.decided
        )
        review = () if predictions.review is None else tuple(map(bool, predictions.review))
        zones = tuple(_zone(predictor, label) for label in labels)
        return LabelsSaid(labels, found, decided, zones, predictor.task.several, review)

    def verdict(self, asked: Asked[LabelsSaid], row: int) -> tuple[str, ...]:
        return tuple(asked.said.of(row))

    def likely(self, said: LabelsSaid, row: int) -> tuple[str, ...]:
        found = _of(said, row)
        return tuple(sorted(found, key=lambda label: -found[label]))

    def answers(
        self, asked: Asked[LabelsSaid], t: Words, beside: Asked[LabelsSaid] | None = None
    ) -> Html:
        """Each text with its labels and the probability of every label as a bar."""
        return join(_answer(asked, row, t, beside) for row in range(len(asked.texts)))


def _zone(predictor: "Predictor", label: str) -> Zone | None:
    """Of the label's part of the operating point what one can see in its probability alone."""
    task: Any = predictor.task
    if label not in task.cuttable:
        return None
    cut = task.cut(predictor.point, label)
    alone = len(task.mistakes) > 1
    return Zone(cut.threshold if alone else None, cut.low, cut.high)


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


def _answer(asked: Asked[LabelsSaid], row: int, t: Words, beside: Asked[LabelsSaid] | None) -> Html:
    said = asked.said
    decided = said.of(row)
    verdict = join(
        [tag("span", label, class_="ts-verdict") for label in decided]
        or [tag("span", t("no_label"), class_="ts-soft")]
    )
    quote = tag("p", asked.texts[row], class_="ts-clip ts-quote") if len(asked.texts) > 1 else None
    before = {} if beside is None else _of(beside.said, row)
    found, ranked = _of(said, row), list(said.labels)
    if len(ranked) > LABELS_SHOWN:  # few labels stay where they are: bars that jump say nothing
        ranked = sorted(found, key=lambda label: -found[label])
    lines = (_bar_line(said, row, label, before.get(label)) for label in ranked[:LABELS_SHOWN])
    more = len(ranked) - LABELS_SHOWN
    rest = tag("p", t("and_more_labels", labels=more), class_="ts-soft") if more > 0 else None
    return tag(
        "article",
        quote,
        tag("p", verdict, class_="ts-verdicts"),
        _review(said.review[row], t) if said.review else None,
        tag("div", *lines, class_="ts-bars ts-bars-changed" if before else "ts-bars"),
        rest,
        class_="ts-answer",
    )


def _of(said: LabelsSaid, row: int) -> dict[str, float]:
    """The probability of each label."""
    return dict(zip(said.labels, said.probabilities[row], strict=True))


def _review(asked: bool, t: Words) -> Html:
    """Whether this text would go to a person."""
    key = "decisions.to_person" if asked else "decisions.by_machine"
    return tag("p", t(key), class_="ts-review" if asked else "ts-why")


def _bar_line(said: LabelsSaid, row: int, label: str, before: float | None) -> Html:
    number = said.labels.index(label)
    probability = said.probabilities[row][number]
    kind = "" if label in said.of(row) else "ts-unsaid"
    zone = said.zones[number] if said.zones else None
    line = tag("span", bar(probability, kind, label), *_marks(zone), class_="ts-bar-box")
    value = tag("span", f"{100 * probability:.1f} %", class_="ts-number")
    change = None if before is None else _change(probability - before)
    name = tag("span", label, class_="ts-bar-name")
    return tag("div", name, line, value, change, class_="ts-bar-line")


def _marks(zone: Zone | None) -> Iterator[Html]:
    """Where a person looks, and where the label begins."""
    if zone is None:
        return
    if zone.low < zone.high:
        width = 100 * (min(zone.high, 1) - zone.low)
        yield tag("span", class_="ts-band", style=f"left:{100 * zone.low:.1f}%;width:{width:.1f}%")
    if zone.threshold is not None:
        left = 100 * min(zone.threshold, 1)
        yield tag("span", class_="ts-threshold", style=f"left:{left:.1f}%")


def _change(by: float) -> Html:
    """In points of a percentage, with its sign."""
    points = round(100 * by, 1)
    if not points:
        return tag("span", "±0", class_="ts-number ts-soft")
    kind = "ts-up" if points > 0 else "ts-down"
    return tag("span", f"{points:+.1f}".replace("-", "−"), class_=f"ts-number {kind}")
