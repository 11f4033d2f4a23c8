"""What a data set is worth, in HTML: simple models, and what more rows would bring."""

from engine.data.dataset import Dataset
from engine.quality.prospects import Gain, Prospects
from engine.quality.worth import Reached, Worth
from engine.runs.errands import Standing
from engine.text import Message
from webui import background, text
from webui.charts import Words
from webui.html import Html, button, join, note, number_cell, table, tag
from webui.views.better import capital


def lead(
    found: Worth | None, standing: Standing | None, metric: Message, t: Words, language: str
) -> Html:
    """What simple models reach; how far measuring is; or the button that begins it."""
    title = tag("h2", t("worth.title"))
    if standing is not None and standing.active:
        words = background.progress(standing, t("worth.measuring"), t("worth.waits"), t)
        return join([title, words])
    if found is None:
        return join([title, _why(standing, language), *_begin(t)])
    failed = [note("warning", text.say(message, language)) for message in found.failed]
    again = button(t("worth.again"), "measure") if failed else None
    said = tag(
        "p", text.say(found.conclusion(metric), language), class_="ts-headline", role="status"
    )
    about = tag("p", t("worth.how", rows=found.rows), class_="ts-why")
    head = ["", tag("th", text.say(metric, language), class_="ts-number"), t("worth.what")]
    rows = [_row(each, found.headline, t) for each in found.reached]
    return join([title, said, *failed, again, table(head, rows), about])


def _begin(t: Words) -> list[Html]:
    start = button(t("worth.measure"), "measure", kind="ts-strong")
    return [tag("p", t("worth.lead")), tag("p", start)]


def _why(standing: Standing | None, language: str) -> Html | None:
    """Why there is no result, where measuring was begun."""
    said = standing.message if standing else None
    return note("problem", text.say(said, language)) if said else None


def _row(each: Reached, headline: str, t: Words) -> list[Html]:
    low, high = each.figures["intervals"][headline]
    interval = tag("div", f"{low:.2f}–{high:.2f}", class_="ts-soft ts-small")
    return [
        tag("b", capital(t(f"better.name.{each.name}"))),
        number_cell(join([f"{each.score(headline):.3f}", interval])),
        tag("span", t(f"better.about.{each.name}"), class_="ts-soft"),
    ]


def ahead(found: Prospects, metric: Message, t: Words, language: str) -> Html:
    """Whether more rows would help, all in all."""
    gain = found.overall.gain
    said = f"{text.say(metric, language)}: {text.say(gain.message, language)}"
    return join(
        [
            tag("h2", t("worth.more_title")),
            tag("p", said, class_="ts-headline"),
            tag("p", t("worth.more_how", name=t(f"better.name.{found.learner}")), class_="ts-why"),
        ]
    )


def labels(found: Prospects, dataset: Dataset, chosen: str, t: Words, language: str) -> Html:
    """What more rows of each label would bring, the most first; each shows its curve."""
    head = [
        t("worth.label"),
        tag("th", t("worth.rows_now"), class_="ts-number"),
        tag("th", t("worth.f1_now"), class_="ts-number"),
        t("worth.more"),
    ]
    place = {label: str(number) for number, label in enumerate(dataset.labels)}
    rows = [
        [
            button(
                label, "label", kind="ts-strong" if label == chosen else "", pick=place[label],
                aria_pressed=str(label == chosen).lower(),
            ),
            number_cell(f"{each.now:,}"),
            number_cell(f"{each.scores[-1]:.2f}" if each.scores else "–"),
            _said(each.gain, language),
        ]
        for label, each in found.in_order()
        if label in place
    ]  # fmt: skip
    every = button(t("worth.all_labels"), "label", pick="") if chosen else None
    return join([tag("h3", t("worth.by_label")), tag("p", every), table(head, rows)])


def _said(gain: Gain, language: str) -> Html:
    """In bold where more rows clearly help."""
    words = text.say(gain.message, language)
    return tag("b" if gain.verdict in ("helps", "climbs") else "span", words)
