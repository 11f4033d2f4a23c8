"""The results tab in HTML: headline, scores of three sets of weights, labels. Of every task."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.evaluation.alternatives import strongest
from engine.evaluation.filters import Filter
from engine.evaluation.report import Report, in_order
from engine.tasks import TASKS
from webui.charts import Words
from webui.html import Html, bar, button, escape, join, number_cell, table, tag
from webui.views.looks import LOOKS
from webui.views.panel import filter_button

Figures = Mapping[str, Any]


def why(sentences: Sequence[str]) -> Html:
    return join(tag("p", sentence, class_="ts-why") for sentence in sentences)


def brought(said: Sequence[str], other: str, t: Words) -> Html:
    """What the fixes of the data brought over the run `other`, and the way to the rows."""
    first, *rest = said
    look = button(t("versions.brought_rows"), "changed", other=other)
    title = tag("h3", t("versions.brought_title"))
    return join([title, tag("p", first), why(rest), tag("p", look)])


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


def scores(report: Report, split: str, t: Words, some: Figures | None = None) -> Html:
    """Metrics down, weights across; with intervals. `some` are figures of the filtered rows, by the
    best checkpoint, and stand first."""
    figures = report.splits.get(split, {})
    weights = in_order(figures)
    if not weights:
        return escape("")
    rows = figures[weights[0]]["rows"]
    columns = [(_weights(name, t), figures[name]) for name in weights]
    if some is not None:
        columns.insert(0, (t("scores_of_these", rows=some["rows"]), some))
    shown = dict.fromkeys([report.headline, *figures[weights[0]]["intervals"]])
    head = ["", *(tag("th", name, class_="ts-number") for name, _ in columns)]
    body = (
        [metric_name(report, metric, t), *(_score(one, metric) for _, one in columns)]
        for metric in shown
    )
    told = [t("scores_caption", rows=rows, split=t(f"split_rows_{split}"))]
    higher = report.last_is_higher if split == "test" else None
    if higher:
        told.append(t(higher.key, **higher.params))
    if some and not all(numbers["support"] for numbers in some["per_class"].values()):
        told.append(t("scores_absent"))
    return join([tag("h3", t("scores_title")), table(head, body), why(told)])


def _weights(name: str, t: Words) -> str:
    named = Report.weights(name)
    return t(named.key, **named.params)


def _score(figures: Figures, metric: str) -> Html:
    low, high = figures["intervals"].get(metric, (None, None))
    interval = (
        tag("span", f" {_two(low)}–{_two(high)}", class_="ts-soft") if low is not None else None
    )
    return number_cell(join([f"{figures[metric]:.3f}", interval]))


def per_class(report: Report, figures: Figures | None, t: Words, some: bool = False) -> Html:
    """Each label: precision, recall and F1 with their intervals, rows, and times predicted. Its
    name leads to the rows where it is true, the last number to those where it was said. Of `some`
    rows only labels are shown that they have."""
    shown = {
        label: numbers
        for label, numbers in (figures or {}).get("per_class", {}).items()
        if not some or numbers["support"] or numbers["predicted"]
    }
    if not shown:
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
        _class_row(look.name(label, report.labels), label, numbers, t)
        for label, numbers in shown.items()
    )
    widths = {high - low for n in shown.values() for low, high in n["intervals"].values()}
    told = [t("per_class_help"), *([t("per_class_flat")] if 0 in widths else [])]
    return join([tag("h3", t("per_class_title")), table(head, body), why(told)])


def _class_row(name: Html, label: str, numbers: Figures, t: Words) -> list[Html]:
    true = _to_rows(name, Filter(truth=label), t("per_class_true", label=label))
    said = f"{numbers['predicted']:,}"
    if numbers["predicted"]:
        said = _to_rows(said, Filter(decided=label), t("per_class_said", label=label))
    measured = bool(numbers["support"])
    filled = bar(numbers["f1"], label=t("report.metric.f1")) if measured else ""
    scores = [
        _class_score(numbers, name) if measured else number_cell("–")
        for name in ("precision", "recall", "f1")
    ]
    return [
        tag("td", true if measured else name),
        *scores,
        tag("td", filled, class_="ts-bar-cell"),
        number_cell(f"{numbers['support']:,}"),
        number_cell(said),
    ]


def _to_rows(words: Html | str, wanted: Filter, told: str) -> Html:
    return filter_button(words, wanted, narrow=True, kind="ts-link", title=told, aria_label=told)


def _class_score(numbers: Figures, name: str) -> Html:
    low, high = numbers["intervals"][name]
    interval = tag("div", f"{_two(low)}–{_two(high)}", class_="ts-soft ts-small")
    return number_cell(join([_two(numbers[name]), interval]))


def _two(value: float) -> str:
    return f"{value:.2f}"
