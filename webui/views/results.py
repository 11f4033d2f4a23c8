"""The results tab in HTML: headline, scores of three sets of weights, labels. Of every task."""

from collections.abc import Mapping
from typing import Any

from engine.evaluation.alternatives import strongest
from engine.evaluation.report import Report, in_order
from engine.tasks import TASKS
from webui.charts import Words
from webui.html import Html, bar, escape, join, number_cell, table, tag
from webui.views.looks import LOOKS

Figures = Mapping[str, Any]


def headline(report: Report, split: str, t: Words, pins: Html | None = None) -> Html:
    """One sentence: score, interval, rows, and the model before training; below it `pins`."""
    figures = report.splits.get(split, {})
    best = figures.get("best")
    if best is None:
        return tag("p", t("results_no_rows", split=t(f"report.split.{split}")), class_="ts-lead")
    metric = report.headline
    low, high = best["intervals"][metric]
    before = figures.get("before")
    untrained = t("headline_before", score=_two(before[metric])) if before else ""
    parts = {
        "metric": metric_name(report, metric, t),
        "score": _two(best[metric]),
        "low": _two(low),
        "high": _two(high),
        "rows": best["rows"],
        "split": t(f"split_rows_{split}"),
    }
    words = [tag("b", t("headline", **parts)), untrained, _beside(report, split, t)]
    return join([tag("p", join(filter(None, words), " "), class_="ts-headline"), pins])


def _beside(report: Report, split: str, t: Words) -> str:
    """How it does beside the strongest simple alternative, which knows the test rows alone."""
    other = strongest(report)
    if other is None or other.paired is None or split != "test":
        return ""
    short = other.paired.short(report.headline, other.called)
    return t("better.headline", verdict=t(short.key, **short.params))


def short_score(report: Report, t: Words) -> str:
    """The same for a line of the runs list."""
    best = report.best
    if best is None:
        return ""
    metric = report.headline
    low, high = best["intervals"][metric]
    scores = {
        "score": _two(best[metric]),
        "low": _two(low),
        "high": _two(high),
        "rows": best["rows"],
    }
    return t("score_final", metric=metric_name(report, metric, t), **scores)


def metric_name(report: Report, metric: str, t: Words) -> str:
    named = report.metric(metric)
    return t(named.key, **named.params)


def scores(report: Report, split: str, t: Words) -> Html:
    """Metrics down, weights across; the best checkpoint's with its interval."""
    figures = report.splits.get(split, {})
    weights = in_order(figures)
    if not weights:
        return escape("")
    shown = dict.fromkeys([report.headline, *figures[weights[0]]["intervals"]])
    head = ["", *(tag("th", _weights(name, t), class_="ts-number") for name in weights)]
    body = (
        [metric_name(report, metric, t), *(_score(figures[name], metric) for name in weights)]
        for metric in shown
    )
    rows = figures[weights[0]]["rows"]
    caption = tag(
        "p", t("scores_caption", rows=rows, split=t(f"split_rows_{split}")), class_="ts-why"
    )
    higher = report.last_is_higher if split == "test" else None
    told = tag("p", t(higher.key, **higher.params), class_="ts-why") if higher else None
    return join([tag("h3", t("scores_title")), table(head, body), caption, told])


def _weights(name: str, t: Words) -> str:
    named = Report.weights(name)
    return t(named.key, **named.params)


def _score(figures: Figures, metric: str) -> Html:
    low, high = figures["intervals"].get(metric, (None, None))
    interval = (
        tag("span", f" {_two(low)}–{_two(high)}", class_="ts-soft") if low is not None else None
    )
    return number_cell(join([f"{figures[metric]:.3f}", interval]))


def per_class(report: Report, split: str, t: Words) -> Html:
    """Each label: precision, recall and F1 with their intervals, rows, and times predicted."""
    figures = report.splits.get(split, {}).get("best")
    if figures is None or not figures["per_class"]:
        return escape("")
    names = ("precision", "recall", "f1")
    head = [
        t("label"),
        *(tag("th", t(f"report.metric.{name}"), class_="ts-number") for name in names),
        "",
        tag("th", metric_name(report, "support", t), class_="ts-number"),
        tag("th", t("predicted"), class_="ts-number"),
    ]
    look = LOOKS[TASKS[report.task].shape]
    body = (
        _class_row(look.name(label, report.labels), numbers, t)
        for label, numbers in figures["per_class"].items()
    )
    widths = {
        high - low for n in figures["per_class"].values() for low, high in n["intervals"].values()
    }
    flat = tag("p", t("per_class_flat"), class_="ts-why") if 0 in widths else None
    return join([tag("h3", t("per_class_title")), table(head, body), flat])


def _class_row(name: Html, numbers: Figures, t: Words) -> list[Html]:
    return [
        name,
        *(_class_score(numbers, name) for name in ("precision", "recall", "f1")),
        tag("td", bar(numbers["f1"], label=t("report.metric.f1")), class_="ts-bar-cell"),
        number_cell(f"{numbers['support']:,}"),
        number_cell(f"{numbers['predicted']:,}"),
    ]


def _class_score(numbers: Figures, name: str) -> Html:
    low, high = numbers["intervals"][name]
    interval = tag("div", f"{_two(low)}–{_two(high)}", class_="ts-soft ts-small")
    return number_cell(join([_two(numbers[name]), interval]))


def _two(value: float) -> str:
    return f"{value:.2f}"
