"""Unlabelled texts in HTML, one at a time, to be labelled by one key or click.

`assets/review.js` gives them the keys, as it gives them to doubtful rows.
"""

import json
from collections.abc import Iterable

from engine.data.dataset import Dataset
from engine.quality.labelling import Next, Pick, Standing, told
from engine.runs.errands import Standing as Work
from webui import background, text
from webui.charts import Words
from webui.html import Html, bar, button, join, note, tag
from webui.views.corrections import KEYS, in_key_order
from webui.views.review import other_label
from webui.views.shapes.base import percent

AHEAD = 4
"""Texts that are on the page, of which one is in sight."""


def lead(work: Work | None, t: Words, language: str) -> Html:
    """What this is for; how far ranking is, or why it failed."""
    title = tag("h2", t("next.title"))
    if work is not None and work.active:
        return join([title, background.progress(work, t("next.ranking"), t("worth.waits"), t)])
    said = work.message if work else None
    why = note("problem", text.say(said, language)) if said else None
    return join([title, why, tag("p", t("next.lead"))])


def texts(found: Next, standing: Standing, dataset: Dataset, t: Words, language: str) -> Html:
    """How far one is, the text to label now with the next ones behind it, and the keys."""
    older = found.version < dataset.version
    cards: list[Html] = [
        _card(pick, dataset, bool(place), t) for place, pick in enumerate(standing.open[:AHEAD])
    ]
    if cards:
        cards.append(tag("p", t("review.coming"), data_coming=True, hidden=True, role="status"))
    else:
        cards = [_done(standing, t)]
    undo = None
    if standing.last is not None:
        undo = button(_key("U", t("review.undo")), "undo", always="u")
    rank = button(
        t("next.again", version=dataset.version), "again", kind="" if cards[1:] else "ts-strong"
    )
    again = join([tag("p", t("next.older", version=found.version)), rank]) if older else None
    options = (tag("option", value=label) for label in dataset.labels)
    listed = tag("datalist", *options, id="review-labels") if len(dataset.labels) > KEYS else None
    about = tag("p", text.say(told(found), language), class_="ts-soft")
    return join(
        [
            about,
            note("info", again) if again else None,
            _progress(found, standing, t),
            *cards,
            tag("p", undo),
            listed,
        ]
    )


def _progress(found: Next, standing: Standing, t: Words) -> Html:
    labelled, skipped = len(standing.labelled), len(standing.skipped)
    total = labelled + skipped + len(standing.open)
    words = t("next.progress", labelled=labelled, skipped=skipped, left=len(standing.open))
    filled = bar((labelled + skipped) / max(1, total), label=words, role="progressbar")
    return join([tag("p", words, role="status"), filled])


def _done(standing: Standing, t: Words) -> Html:
    skipped = len(standing.skipped)
    again = button(t("next.reopen", texts=skipped), "reopen", kind="ts-strong")
    waits = t("next.waits", texts=len(standing.labelled)) if standing.labelled else None
    parts = [tag("p", t("next.done")), tag("p", waits) if waits else None]
    return note("info", *parts, again if skipped else None)


def _card(pick: Pick, dataset: Dataset, hidden: bool, t: Words) -> Html:
    several = dataset.make_task().several
    guess = t("next.guess", label=pick.likely[0], percent=percent(pick.sure))
    choices = _several(pick, dataset, t) if several else _one(pick, dataset, t)
    return tag(
        "article",
        tag("p", pick.text, class_="ts-doubt-text", dir="auto", tabindex="0"),
        tag("p", t("next.unsure") if several else guess, class_="ts-soft"),
        choices,
        tag("div", *_acts(pick, several, t), class_="ts-buttons"),
        class_="ts-doubt",
        data_card=pick.key,
        data_several=several,
        hidden=hidden,
    )


def _acts(pick: Pick, several: bool, t: Words) -> Iterable[Html]:
    if several:
        yield _take(pick, [], "a", t("next.take"), "ts-strong")
    yield button(_key("S", t("review.skip")), "skip", key=pick.key, press="s")


def _one(pick: Pick, dataset: Dataset, t: Words) -> Html:
    """A label by its number or its name."""
    parts = [
        _take(pick, [label], str(number), label)
        for number, label in enumerate(_keyed(pick, dataset), 1)
    ]
    if len(dataset.labels) > KEYS:
        parts.append(other_label(dataset, t))
        named = {"data_act": "take", "data_key": pick.key, "data_by_name": True}
        parts.append(tag("button", type="button", hidden=True, **named))
    return tag("div", *parts, class_="ts-buttons")


def _several(pick: Pick, dataset: Dataset, t: Words) -> Html:
    """Labels to mark; none is a label too."""
    chips = [
        tag(
            "button",
            _key(str(number), label),
            type="button",
            class_="ts-button",
            aria_pressed="false",
            data_mark=label,
            data_press=str(number),
        )
        for number, label in enumerate(_keyed(pick, dataset), 1)
    ]
    box = other_label(dataset, t) if len(dataset.labels) > KEYS else None
    marked = tag("span", *chips, class_="ts-buttons", data_chips=True)
    words = tag("span", t("review.mark"), class_="ts-soft")
    return tag("div", words, marked, box, class_="ts-buttons")


def _keyed(pick: Pick, dataset: Dataset) -> tuple[str, ...]:
    """The labels that have a number key: always the same one where there are few."""
    return in_key_order(dataset.labels, pick.likely)[:KEYS]


def _take(pick: Pick, labels: Iterable[str], key: str, words: str, kind: str = "") -> Html:
    packed = json.dumps(list(labels), ensure_ascii=False)
    shown = _key(key.upper(), words)
    return button(shown, "take", kind=kind, key=pick.key, labels=packed, press=key)


def _key(key: str, words: str) -> Html:
    return join([tag("kbd", key, class_="ts-key"), " ", tag("span", words, class_="ts-fix-name")])
