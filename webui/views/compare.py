"""Two runs side by side, in HTML: scores, settings that differ, and rows whose answer changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.evaluation.comparison import Comparison
from engine.evaluation.report import Figures
from engine.training.settings import BY_NAME
from webui.charts import Words
from webui.html import Html, button, join, note, number_cell, table, tag
from webui.views.better import chance, difference, too_few, verdict_cell
from webui.views.results import metric_name
from webui.views.train import value_text

GAINED, LOST = DIRECTIONS = ("gained", "lost")


@dataclass(frozen=True)
class Names:
    """What the two runs are called."""

    own: str
    other: str


@dataclass(frozen=True)
class Flip:
    """A row whose answer changed, as it is shown."""

    direction: str
    row_id: int
    text: str
    question: str
    truth: str
    before: str
    """What the other run said."""
    after: str
    """What this run says."""


def verdict(found: Comparison, names: Names, t: Words) -> Html:
    """Which of the two is better, in a sentence, or why that cannot be said."""
    if found.rows is None:
        assert found.unpaired is not None
        return note("info", tag("p", t(found.unpaired.key, **found.unpaired.params)))
    paired = found.rows.paired
    other = t("compare.quoted", name=names.other)
    headline = found.own.headline
    said = paired.message(headline, found.own.metric(headline), other)
    told = {"gained": paired.only_own, "lost": paired.only_other, "rows": paired.rows}
    corrected = found.rows.corrected
    return join(
        [
            tag("p", tag("b", t(said.key, **said.params)), class_="ts-headline"),
            tag("p", t("compare.changed", p=chance(paired.p_value), **told), class_="ts-why"),
            tag("p", t("compare.corrected", rows=corrected), class_="ts-why")
            if corrected
            else None,
            too_few(paired, found.own, t),
        ]
    )


def scores(found: Comparison, names: Names, t: Words) -> Html:
    """Every score both have; where the rows are the same, the paired difference too."""
    if not found.scores:
        return Html("")
    paired = found.rows.paired if found.rows else None
    more = [tag("th", t("better.head_difference"), class_="ts-number")] if paired else []
    more += [tag("th", t("better.head_verdict"))] if paired else []
    own, other = (tag("th", name, class_="ts-number") for name in (names.own, names.other))
    both = [figures for figures in found.figures if figures]
    body = []
    for metric in found.scores:
        cells = [metric_name(found.own, metric, t), *(_score(each, metric) for each in both)]
        if paired:
            cells += [difference(paired, metric), verdict_cell(paired.verdict(metric), t)]
        body.append(cells)
    rows = [figures["rows"] for figures in both]
    split = t(f"split_rows_{found.split}")
    key = "compare.scores_paired" if paired else "compare.scores_apart"
    about = tag("p", t(key, own=rows[0], other=rows[1], split=split), class_="ts-why")
    return join(
        [
            tag("h3", t("compare.scores_title")),
            about,
            table(["", own, other, *more], body, "ts-table ts-held"),
        ]
    )


def settings(found: Comparison, data: Sequence[str], names: Names, t: Words) -> Html:
    """The settings in which they differ, and the data where these differ; `data` says which."""
    title = tag("h3", t("compare.settings_title"))
    if found.settings is None:
        return join([title, tag("p", t("compare.no_recipe"), class_="ts-why")])
    rows: list[list[Any]] = [
        [t(f"settings.{name}.label"), _value(name, own, t), _value(name, other, t)]
        for name, own, other in found.settings
    ]
    if data[0] != data[1]:
        rows.insert(0, [t("compare.data"), *data])
    if not rows:
        return join([title, tag("p", t("compare.same_settings"), class_="ts-why")])
    return join([title, table([t("compare.setting"), names.own, names.other], rows)])


def flips(
    shown: Sequence[Flip], counts: dict[str, int], pick: str, left: int, names: Names, t: Words
) -> Html:
    """Rows that only one of the two gets right; `left` are not shown yet."""
    total = sum(counts.values())
    title = tag("h3", t("compare.flips_title"))
    if not total:
        return join([title, tag("p", t("compare.no_flips"), class_="ts-why")])
    chips = [_chip(t("compare.flips_both"), total, "", pick, t)]
    chips += [_chip(t(f"compare.{d}"), counts[d], d, pick, t) for d in DIRECTIONS]
    more = button(t("show_more", rows=min(left, 10), left=left), "more") if left > 0 else None
    return join(
        [
            title,
            tag("p", t("compare.flips_help"), class_="ts-why"),
            tag("div", *chips, class_="ts-buttons"),
            tag("div", *(_flip(each, names, t) for each in shown), class_="ts-lines"),
            more,
        ]
    )


def _chip(words: str, count: int, value: str, pick: str, t: Words) -> Html:
    chosen = value == pick
    label = t("count_of", words=words, count=count)
    kind = "ts-strong" if chosen else ""
    return button(label, "pick", kind=kind, pick=value, aria_pressed=str(chosen).lower())


def _flip(flip: Flip, names: Names, t: Words) -> Html:
    """The text, what is true, and what each of the two said."""
    right, wrong = "ts-verdict-right", "ts-verdict-wrong"
    before, after = (wrong, right) if flip.direction == GAINED else (right, wrong)
    head = tag("b", t(f"compare.{flip.direction}"), class_=after)
    said = [
        (names.other, tag("dd", tag("span", flip.before, class_=before), dir="auto")),
        (names.own, tag("dd", tag("span", flip.after, class_=after), dir="auto")),
    ]
    facts = (join([tag("dt", name), value]) for name, value in said)
    return tag(
        "article",
        tag("p", head, " ", tag("span", t("row_of", row=flip.row_id), class_="ts-soft")),
        tag("p", flip.question, class_="ts-question", dir="auto") if flip.question else None,
        tag("p", flip.text, class_="ts-clip", dir="auto"),
        tag("p", flip.truth, class_="ts-soft", dir="auto"),
        tag("dl", *facts, class_="ts-facts-list"),
        class_="ts-line-item",
    )


def _value(name: str, value: Any, t: Words) -> str:
    return "–" if value is None else value_text(BY_NAME[name], value, t)


def _score(figures: Figures, metric: str) -> Html:
    low, high = figures["intervals"][metric]
    interval = tag("div", f"{low:.2f}–{high:.2f}", class_="ts-soft ts-small")
    return number_cell(join([f"{figures[metric]:.3f}", interval]))
