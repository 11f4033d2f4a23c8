"""Labels of whole texts: the most probable in results, the probability of every one in answers."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np

from engine.tasks.scores import Bools
from webui.charts import Words
from webui.html import Html, bar, join, tag
from webui.views.marking import in_text
from webui.views.shapes.base import Asked, Result, Row, Said, Shape, Told

if TYPE_CHECKING:  # torch takes seconds
    from engine.inference.predictor import Predictor

LABELS_SHOWN = 12
TOP = 3
"""Labels told of a row of results, beside those that are true."""
AROUND = 200
"""Half of what is shown of a long text."""


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

    def result(self, found: Result, t: Words) -> Told:
        """The text, and beside it the true labels, those that were said, and the most probable."""
        facts, labels = found.rows.facts, found.rows.task.labels
        truth, decided = facts.truth[found.place], facts.decided[found.place]
        told = tag(
            "dl",
            tag("dt", t("result_true")),
            tag("dd", _named(labels, truth, t)),
            tag("dt", t("result_said")),
            tag("dd", tag("b", _named(labels, decided, t))),
            class_="ts-facts-list",
        )
        bars = None
        if facts.probabilities is not None:
            found_p = facts.probabilities[found.place]
            top = np.argsort(-found_p, kind="stable")[:TOP].tolist()
            shown = [*top, *(i for i in np.flatnonzero(truth).tolist() if i not in top)]
            lines = (_small_bar(labels[i], float(found_p[i]), bool(decided[i])) for i in shown)
            bars = tag("div", *lines, class_="ts-bars ts-bars-small")
        return Told(in_text(found.cells["text"], (), AROUND, t), join([told, bars]))

    def truth(self, row: Row, t: Words) -> str:
        return t("example_truth", labels=list(row["labels"]) or [t("no_label")])

    def parts(self, row: Row, t: Words) -> dict[Hashable, str]:
        """One part: what a row carries is short enough to be told whole."""
        names = list(row["labels"])
        return {frozenset(names): t("correct.names", names=names or [t("no_label")])}

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


def _named(labels: Sequence[str], carried: Bools, t: Words) -> str:
    """The labels that are carried, as a list in words."""
    names = [label for label, yes in zip(labels, carried, strict=True) if yes]
    return t("correct.names", names=names) if names else t("no_label")


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


def _small_bar(name: str, probability: float, decided: bool) -> Html:
    kind = "" if decided else "ts-unsaid"
    value = tag("span", f"{100 * probability:.1f} %", class_="ts-number")
    shown = tag("span", name, class_="ts-bar-name", title=name)
    return tag("div", shown, bar(probability, kind, name), value, class_="ts-bar-line")


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
