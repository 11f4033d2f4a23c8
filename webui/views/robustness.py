"""What a check of robustness found, in HTML: rates, rates by class, and rows that flipped."""

from collections.abc import Iterator, Sequence

from engine.evaluation.robustness import Example, Rate, Robustness
from engine.times import clock
from webui.charts import Words
from webui.html import Html, bar, join, note, number_cell, table, tag

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
    made = t("robustness.made", when=clock(found.made))
    missing = [name for name in NAMES if name not in found.outcomes]
    parts = [
        note("warning", t("robustness.outdated")) if outdated else None,
        tag("p", _worst(found, t), class_="ts-headline"),
        tag("p", about, " ", made, class_="ts-why"),
        _rates(found, t),
        _not_tried(missing, t) if missing else None,
    ]
    cards = [tag("section", tag("h3", t("robustness.rates")), *parts, class_="ts-card")]
    if any(set(outcome.per_class) - {""} for outcome in found.outcomes.values()):
        cards.append(_by_class(found, t))
    cards.append(_examples(found, t))
    return tag("div", *cards, class_="ts-stack")


NAMES = ("typos", "case", "punctuation", "sentence", "names", "numbers")


def _worst(found: Robustness, t: Words) -> str:
    """The main thing in a sentence or two. Worst is what is surely bad, not what few rows say."""
    rates = {name: outcome.rate for name, outcome in found.outcomes.items() if outcome.rate.flips}
    if not rates:
        return t("robustness.worst_none")
    name, rate = max(rates.items(), key=lambda pair: pair[1].low)
    told = {"share": _percent(rate.share), "interval": _interval(rate), "rows": rate.rows}
    return t("robustness.worst", change=_change(name, t), **told)


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
                    join([tag("b", _percent(rate.share)), bar(rate.share, label=_change(name, t))])
                ),
                number_cell(_interval(rate)),
                number_cell(t("robustness.flips", flips=rate.flips, rows=rate.rows)),
            ]
        )
    return table(head, lines)


def _not_tried(names: Sequence[str], t: Words) -> Html:
    said = t("robustness.not_tried", changes=[_change(name, t) for name in names])
    return tag("p", said, class_="ts-why")


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
    interval = t("robustness.interval", interval=_interval(rate))
    of = tag(
        "span", t("robustness.flips", flips=rate.flips, rows=rate.rows), class_="ts-soft ts-small"
    )
    return number_cell(join([_percent(rate.share), tag("br"), of]), title=interval)


def _examples(found: Robustness, t: Words) -> Html:
    """A fold a change that made an answer flip, the first of them open."""
    flipped = [(name, outcome) for name, outcome in found.outcomes.items() if outcome.examples]
    title = tag("h3", t("robustness.examples"))
    if not flipped:
        return tag("section", title, tag("p", t("robustness.no_flips")), class_="ts-card")
    why = tag("p", t("robustness.examples_help"), class_="ts-why")
    folds = (
        tag(
            "details",
            tag("summary", _change(name, t)),
            *(_example(example, t) for example in outcome.examples),
            class_="ts-fold",
            open=place == 0,
        )
        for place, (name, outcome) in enumerate(flipped)
    )
    return tag("section", title, why, *folds, class_="ts-card")


def _example(example: Example, t: Words) -> Html:
    """The text with its changes, and what was said of it before and after."""
    said = tag(
        "p",
        *(t("robustness.row", row=example.row_id), " · "),
        *(tag("b", _said(example.before, t)), " → ", tag("b", _said(example.after, t))),
        class_="ts-facts",
    )
    return tag("div", said, tag("p", *_changed(example), class_="ts-marked"), class_="ts-flip")


def _said(answer: Sequence[str], t: Words) -> str:
    return ", ".join(answer) or t("robustness.no_label")


def _changed(example: Example) -> Iterator[Html | str]:
    """What went struck out and what came underlined, with AROUND characters on either side."""
    text, at, left = example.text, 0, LONGEST
    for edit in example.edits:
        between = text[at : edit.start]
        if at == 0 and len(between) > AROUND:
            between = f"…{between[-AROUND:]}"
        elif len(between) > 2 * AROUND:
            between = f"{between[:AROUND]} … {between[-AROUND:]}"
        left -= len(between) + len(edit.put)
        if left < 0 and at:
            yield " …"
            return
        yield between
        if edit.end > edit.start:
            yield tag("del", text[edit.start : edit.end])
        if edit.put:
            yield tag("ins", edit.put)
        at = edit.end
    rest = text[at:]
    yield rest if len(rest) <= AROUND else f"{rest[:AROUND]}…"


def _interval(rate: Rate) -> str:
    return f"{100 * rate.low:.1f}–{_percent(rate.high)}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
