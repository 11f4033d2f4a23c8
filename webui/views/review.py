"""Doubtful rows in HTML, one at a time: its text, its label, what it should be, rows like it."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.data.confirmed import KEPT, SKIPPED
from engine.data.dataset import Dataset
from engine.quality.reviewing import ACCEPTED, OTHER, Doubt, Queue
from webui import text
from webui.charts import Words
from webui.html import Html, bar, button, join, note, tag
from webui.views import differing
from webui.views.corrections import KEYS, in_key_order
from webui.views.problems import names
from webui.views.shapes.base import percent

AHEAD = 4
"""Rows that are on the page, of which one is in sight."""
NEAR = 3
LOOKED_AT = 12
"""Rows of the same text that are looked at for those with another label."""
Row = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """Rows that can be gone through for themselves: those of one finding."""

    name: str
    kind: str
    rows: int


def choice(parts: Sequence[Part], chosen: str, rows: int, t: Words, language: str) -> Html | None:
    """Which rows to go through, where several findings doubt some."""
    if len(parts) < 2:
        return None
    buttons = [
        button(
            words, "choose", kind="ts-strong" if name == chosen else "", name=name,
            aria_pressed=str(name == chosen).lower(),
        )
        for name, words in [
            ("", t("review.all", rows=rows)),
            *((part.name, f"{kind_name(part.kind, language)} ({part.rows:,})") for part in parts),
        ]
    ]  # fmt: skip
    return tag("div", *buttons, class_="ts-buttons", role="group", aria_label=t("review.which"))


def kind_name(kind: str, language: str) -> str:
    return text.either(f"quality.name_{kind}", kind, language)


def page(
    queue: Queue,
    dataset: Dataset,
    rows: Mapping[int, Row],
    head: Html | None,
    t: Words,
    language: str,
) -> Html:
    """How far one is, the row to decide now with the next ones behind it, and the keys."""
    shown = [doubt for doubt in queue.open if doubt.row_id in rows][:AHEAD]
    cards = [
        _card(doubt, dataset, rows, bool(place), t, language) for place, doubt in enumerate(shown)
    ]
    if not shown:
        cards = [_done(queue, t)]
    else:
        cards.append(tag("p", t("review.coming"), data_coming=True, hidden=True, role="status"))
    options = (tag("option", value=label) for label in dataset.labels)
    listed = tag("datalist", *options, id="review-labels") if len(dataset.labels) > KEYS else None
    return join([_progress(queue, t) if queue.doubts else None, head, *cards, listed])


def _progress(queue: Queue, t: Words) -> Html:
    done, rows, counts = len(queue.decided), len(queue.doubts), queue.counts
    parts = [t("review.progress", done=done, rows=rows)]
    parts += [
        t(f"review.count_{state}", rows=counts[state])
        for state in (ACCEPTED, OTHER, KEPT, SKIPPED)
        if counts[state]
    ]
    words = " · ".join(parts)
    filled = bar(done / max(1, rows), label=words, role="progressbar")
    undo = button(_key("U", t("review.undo")), "undo", always="u") if queue.decided else None
    line = tag("div", tag("p", words, role="status"), undo, class_="ts-head ts-doubt-head")
    return join([line, filled])


def _done(queue: Queue, t: Words) -> Html:
    """All rows were gone through, but those that were skipped; or none are left to decide."""
    if not queue.doubts:
        return note("info", t("review.settled"))
    skipped, changed = queue.counts[SKIPPED], queue.counts[ACCEPTED] + queue.counts[OTHER]
    again = button(t("review.reopen", rows=skipped), "reopen", kind="ts-strong")
    told = t("review.waits", rows=changed) if changed else t("review.nothing_waits")
    return note("info", tag("p", t("review.done")), tag("p", told), again if skipped else None)


def _card(
    doubt: Doubt, dataset: Dataset, rows: Mapping[int, Row], hidden: bool, t: Words, language: str
) -> Html:
    cells, several = rows[doubt.row_id], dataset.make_task().several
    given = tuple(cells["labels"])
    facts = [t("row_of", row=doubt.row_id), t(f"report.split.{cells['split']}")]
    facts.append(kind_name(doubt.kind, language))
    sure = None
    if doubt.sure is not None:
        sure = tag("span", t("review.sure", percent=percent(doubt.sure)), class_="ts-soft")
    told = tag(
        "dl",
        tag("dt", t("review.given")),
        tag("dd", tag("b", names(given, t))),
        tag("dt", t("review.suggested")),
        tag("dd", tag("b", names(doubt.suggested, t)), " ", sure),
        class_="ts-facts-list",
    )
    near = [rows[row] for row in doubt.near if row in rows]
    near = [row for row in near if set(row["labels"]) != set(given)][:NEAR]
    choices = _several if several else _one
    return tag(
        "article",
        tag("p", " · ".join(facts), class_="ts-soft"),
        tag("p", cells["text"], class_="ts-doubt-text", dir="auto", tabindex="0"),
        told,
        tag("div", *_acts(doubt, given, several, t), class_="ts-buttons"),
        choices(doubt, dataset, given, near, t),
        _near(near, str(cells["text"]), t),
        class_="ts-doubt",
        data_card=doubt.row_id,
        data_several=several,
        hidden=hidden,
    )


def _near(near: Iterable[Row], its: str, t: Words) -> Html | None:
    """Rows like it that have other labels; marked is what this row has not."""
    lines = [
        tag(
            "div",
            tag("b", names(row["labels"], t)),
            tag("p", differing.beside(str(row["text"]), its), class_="ts-clip", dir="auto"),
            class_="ts-line-item",
        )
        for row in near
    ]
    if not lines:
        return None
    title = tag("h4", t("review.near"))
    return tag("section", title, tag("div", *lines, class_="ts-lines"), class_="ts-near")


def _acts(doubt: Doubt, given: Sequence[str], several: bool, t: Words) -> Iterable[Html]:
    """What can be decided with one key."""
    row = str(doubt.row_id)
    accept = t("review.take") if several else t("review.accept", names=names(doubt.suggested, t))
    keep = t("review.keep", names=names(given, t))
    yield _take(row, doubt.suggested, "a", accept, "ts-strong")
    yield _take(row, given, "r", keep)
    yield button(_key("S", t("review.skip")), "skip", row=row, press="s")


def _take(row: str, labels: Iterable[str], key: str, words: str, kind: str = "") -> Html:
    """A button that gives a row these labels."""
    packed = json.dumps(list(labels), ensure_ascii=False)
    return button(_key(key.upper(), words), "take", kind=kind, row=row, labels=packed, press=key)


def _key(key: str, words: str) -> Html:
    return join([tag("kbd", key, class_="ts-key"), " ", tag("span", words, class_="ts-fix-name")])


def _likely(
    doubt: Doubt, dataset: Dataset, given: Sequence[str], near: Iterable[Row]
) -> tuple[str, ...]:
    """The labels that have a number key."""
    beside = [label for row in near for label in row["labels"]]
    first = dict.fromkeys([*doubt.suggested, *given, *doubt.likely, *beside, *dataset.labels])
    known = [label for label in first if label in dataset.labels]
    return in_key_order(dataset.labels, known)[:KEYS]


def _one(
    doubt: Doubt, dataset: Dataset, given: Sequence[str], near: Iterable[Row], t: Words
) -> Html:
    """Another label, by its number or its name."""
    row = str(doubt.row_id)
    parts = [
        _take(row, [label], str(key), label)
        for key, label in enumerate(_likely(doubt, dataset, given, near), 1)
    ]
    if len(dataset.labels) > KEYS:
        parts.append(other_label(dataset, t))
        named = {"data_act": "take", "data_row": row, "data_by_name": True}
        parts.append(tag("button", type="button", hidden=True, **named))
    return tag("div", tag("span", t("review.or"), class_="ts-soft"), *parts, class_="ts-buttons")


def _several(
    doubt: Doubt, dataset: Dataset, given: Sequence[str], near: Iterable[Row], t: Words
) -> Html:
    """Labels to mark and unmark, at first those suggested."""
    keyed = _likely(doubt, dataset, given, near)
    keys = {label: str(key) for key, label in enumerate(keyed, 1)}
    chips = [
        tag(
            "button",
            _key(keys[label], label) if label in keys else label,
            type="button",
            class_="ts-button ts-strong" if label in doubt.suggested else "ts-button",
            aria_pressed=str(label in doubt.suggested).lower(),
            data_mark=label,
            data_press=keys.get(label),
        )
        for label in dict.fromkeys([*keyed, *doubt.suggested, *given])
    ]
    box = other_label(dataset, t) if len(dataset.labels) > KEYS else None
    marked = tag("span", *chips, class_="ts-buttons", data_chips=True)
    return tag("div", tag("span", t("review.mark"), class_="ts-soft"), marked, box,
               class_="ts-buttons")  # fmt: skip


def other_label(dataset: Dataset, t: Words) -> Html:
    """A box for the name of a label that has no key."""
    words = t("review.other", labels=len(dataset.labels))
    return tag(
        "input",
        type="text",
        list="review-labels",
        placeholder=words,
        aria_label=words,
        class_="ts-input ts-doubt-other",
        data_other=True,
        data_unknown=t("review.unknown"),
    )
