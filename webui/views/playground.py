"""The playground in HTML: examples to click, answers as bars."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from webui.charts import Words
from webui.html import Html, bar, button, join, note, tag

LABELS_SHOWN = 12


@dataclass(frozen=True)
class Answer:
    """What the model said of some texts. Plain values, so that a page can hold it."""

    texts: tuple[str, ...]
    labels: tuple[str, ...]
    probabilities: tuple[tuple[float, ...], ...]
    thresholds: tuple[float, ...]
    """One a label; what reaches its own is said. Empty for single-label: the highest is."""
    milliseconds: float
    run: str = ""
    left_out: int = 0
    """Texts beyond those that are asked at once."""

    def at(self, threshold: float) -> "Answer":
        """The same with one threshold for all labels."""
        thresholds = (threshold,) * len(self.thresholds)
        return replace(self, thresholds=thresholds)

    def said(self, row: int) -> list[str]:
        """The labels decided on, for one text."""
        found = self.probabilities[row]
        if not self.thresholds:
            return [self.labels[found.index(max(found))]]
        pairs = zip(self.labels, found, self.thresholds, strict=True)
        return [label for label, probability, threshold in pairs if probability >= threshold]


def examples(texts: Sequence[tuple[str, Sequence[str]]], t: Words) -> Html:
    """Texts of the test rows with their true labels, each a button."""
    items = (
        tag(
            "button",
            tag("span", text, class_="ts-clip"),
            tag(
                "span", t("example_truth", labels=list(labels) or [t("no_label")]), class_="ts-soft"
            ),
            type="button",
            class_="ts-example",
            data_act="example",
            data_index=str(index),
        )
        for index, (text, labels) in enumerate(texts)
    )
    more = button(t("examples_more"), "more")
    return tag(
        "section",
        tag("div", tag("h3", t("examples_title")), more, class_="ts-head"),
        tag("div", *items, class_="ts-examples"),
    )


def answers(answer: Answer, t: Words) -> Html:
    """Each text with its labels and the probability of every label as a bar."""
    count = len(answer.texts)
    timing = tag("p", t("timing", texts=count, time=f"{answer.milliseconds:,.0f}"), class_="ts-why")
    more = (
        note("warning", t("texts_left_out", asked=count, left=answer.left_out))
        if answer.left_out
        else None
    )
    return join([more, *(_one(answer, row, count > 1, t) for row in range(count)), timing])


def _one(answer: Answer, row: int, quote: bool, t: Words) -> Html:
    said = answer.said(row)
    verdict = join(
        [tag("span", label, class_="ts-verdict") for label in said]
        or [tag("span", t("no_label"), class_="ts-soft")]
    )
    text = tag("p", answer.texts[row], class_="ts-clip ts-quote") if quote else None
    ranked = sorted(
        range(len(answer.labels)), key=lambda i: answer.probabilities[row][i], reverse=True
    )
    lines = (_bar_line(answer, row, i, answer.labels[i] in said) for i in ranked[:LABELS_SHOWN])
    more = len(ranked) - LABELS_SHOWN
    rest = tag("p", t("and_more_labels", labels=more), class_="ts-soft") if more > 0 else None
    return tag(
        "article",
        text,
        tag("p", verdict, class_="ts-verdicts"),
        tag("div", *lines, class_="ts-bars"),
        rest,
        class_="ts-answer",
    )


def _bar_line(answer: Answer, row: int, label: int, said: bool) -> Html:
    probability, name = answer.probabilities[row][label], answer.labels[label]
    mark = None
    if answer.thresholds:
        mark = tag(
            "span", class_="ts-threshold", style=f"left:{100 * answer.thresholds[label]:.1f}%"
        )
    line = tag(
        "span", bar(probability, "" if said else "ts-unsaid", name), mark, class_="ts-bar-box"
    )
    value = tag("span", f"{100 * probability:.1f} %", class_="ts-number")
    return tag("div", tag("span", name, class_="ts-bar-name"), line, value, class_="ts-bar-line")
