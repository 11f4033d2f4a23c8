"""What a check of robustness found, in HTML: rates, rates by class, and rows that flipped."""

import time
from collections.abc import Sequence

from engine.evaluation.robustness import Example, Outcome, Rate, Robustness
from webui.charts import Words
from webui.html import Html, bar, fold, join, note, number_cell, table, tag

MOST_CLASSES = 30
"""Classes with a line of their own: those that have the most rows."""
AROUND = 60
"""Characters shown on either side of what was changed."""
LONGEST = 400
"""Characters of an example that are shown."""


def lead(offered: bool, t: Words) -> Html:
    words = t("robustness.lead" if offered else "robustness.not_offered")
    return join([tag("h3", t("robustness.title")), tag("p", words, class_="ts-why")])


def result(found: Robustness, outdated: bool, t: Words) -> Html:
    """The table of changes, then by class, then the examples."""
    split = t(f"report.split.{found.split}")
    about = t("robustness.rows", rows=found.rows, of=found.of, split=split)
    made = t("robustness.made", when=time.strftime("%Y-%m-%d %H:%M", time.localtime(found.made)))
    missing = [name for name in NAMES if name not in found.outcomes]
    parts = [
        note("warning", t("robustness.outdated")) if outdated else None,
        tag("p", about, " ", made, class_="ts-why"),
        _rates(found, t),
        _not_tried(missing, t) if missing else None,
    ]
    cards = [tag("section", tag("h3", t("robustness.rates")), *parts, class_="ts-card")]
    if any(set(outcome.per_class) - {""} for outcome in found.outcomes.values()):
        cards.append(_by_class(found, t))
    cards.append(_examples(found, t))
    return join(cards)


NAMES = ("typos", "case", "punctuation", "sentence", "names", "numbers")


def _change(name: str, t: Words) -> str:
    return t(f"robustness.change_{name}")


def _rates(found: Robustness, t: Words) -> Html:
    heads = ("change", "share", "interval", "rows")
    head = [
        tag("th", t(f"robustness.head_{name}"), class_=None if i == 0 else "ts-number")
        for i, name in enumerate(heads)
    ]
    lines = []
    for name, outcome in found.outcomes.items():
        rate = outcome.rate
        title = tag(
            "td",
            tag("b", _change(name, t)),
            tag("br"),
            tag("span", t(f"robustness.about_{name}"), class_="ts-soft ts-small"),
        )
        lines.append(
            [
                title,
                number_cell(
                    tag("b", _percent(rate.share)), bar(rate.share, label=_change(name, t))
                ),
                number_cell(f"{_percent(rate.low)}–{_percent(rate.high)}"),
                number_cell(t("robustness.flips", flips=rate.flips, rows=rate.rows)),
            ]
        )
    return table(head, lines)


def _not_tried(names: Sequence[str], t: Words) -> Html:
    listed = join((_change(name, t) for name in names), t("robustness.and"))
    return tag("p", t("robustness.not_tried"), " ", listed, class_="ts-why")


def _by_class(found: Robustness, t: Words) -> Html:
    """A line a class that was said at first, a column a change."""
    rows: dict[str, int] = {}
    for outcome in found.outcomes.values():
        for label, rate in outcome.per_class.items():
            rows[label] = max(rows.get(label, 0), rate.rows)
    labels = sorted(rows, key=lambda label: -rows[label])
    head = [
        t("robustness.head_class"),
        *(tag("th", _change(name, t), class_="ts-number") for name in found.outcomes),
    ]
    lines = [
        [
            label or t("robustness.no_label"),
            *(_cell(outcome.per_class.get(label), t) for outcome in found.outcomes.values()),
        ]
        for label in labels[:MOST_CLASSES]
    ]
    left = len(labels) - MOST_CLASSES
    more = (
        tag("p", t("robustness.more_classes", labels=left), class_="ts-why") if left > 0 else None
    )
    why = tag("p", t("robustness.by_class_help"), class_="ts-why")
    title = tag("h3", t("robustness.by_class"))
    return tag("section", title, why, table(head, lines), more, class_="ts-card")


def _cell(rate: Rate | None, t: Words) -> Html:
    if rate is None:
        return number_cell("–")
    interval = t("robustness.interval", low=_percent(rate.low), high=_percent(rate.high))
    of = tag(
        "span", t("robustness.flips", flips=rate.flips, rows=rate.rows), class_="ts-soft ts-small"
    )
    return number_cell(_percent(rate.share), tag("br"), of, title=interval)


def _examples(found: Robustness, t: Words) -> Html:
    folds = [
        _example_fold(name, outcome, is_first, t)
        for is_first, (name, outcome) in _with_first(found)
    ]
    body: Sequence[Html] = folds or [tag("p", t("robustness.no_flips"), class_="ts-why")]
    title = tag("h3", t("robustness.examples"))
    why = tag("p", t("robustness.examples_help"), class_="ts-why") if folds else None
    return tag("section", title, why, *body, class_="ts-card")
