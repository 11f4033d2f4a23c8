"""The playground in HTML, around what a shape shows: examples to click, what an answer is compared
with, the time it took, what was typed before, and the keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webui.charts import Words
from webui.html import Html, button, join, note, tag
from webui.views.shapes.base import Asked, Row, Shape

KEYS = {
    "hold": ("Ctrl", "Enter"),
    "why": ("Ctrl", "Shift", "Enter"),
    "before": ("↑",),
    "after": ("↓",),
    "labels": ("1", "…", "9"),
    "list": ("?",),
}
"""What they do (a text `trying.key_<name>`) → keys."""
CLIPPED = 60


@dataclass(frozen=True)
class Compared:
    """What an answer is compared with, where its labels have probabilities."""

    held: Asked[Any] | None
    asked: Asked[Any]

    @property
    def beside(self) -> Asked[Any] | None:
        """What was said by the same model of as many other texts."""
        held, asked = self.held, self.asked
        if held is None or held.run != asked.run or held.texts == asked.texts:
            return None
        return held if len(held.texts) == len(asked.texts) else None

    def told(self, t: Words) -> Html:
        if self.beside is None:
            return tag("p", t("trying.hold"), class_="ts-why")
        text = " / ".join(self.beside.texts)
        clipped = text if len(text) <= CLIPPED else text[: CLIPPED - 1] + "…"
        return tag("p", t("trying.held", text=clipped), class_="ts-why")


def examples(shape: Shape[Any], rows: Sequence[Row], t: Words) -> Html:
    """Test rows with what is right for them, each a button."""
    items = (
        tag(
            "button",
            tag("span", row["question"], class_="ts-question") if row.get("question") else None,
            tag("span", row["text"], class_="ts-clip"),
            tag("span", shape.truth(row, t), class_="ts-clip ts-soft"),
            type="button",
            class_="ts-example",
            data_act="example",
            data_index=str(index),
        )
        for index, row in enumerate(rows)
    )
    more = button(t("examples_more"), "more")
    return tag(
        "section",
        tag("div", tag("h3", t("examples_title")), more, class_="ts-head"),
        tag("div", *items, class_="ts-examples"),
    )


def answers(
    shape: Shape[Any], asked: Asked[Any], t: Words, compared: Compared | None = None, name: str = ""
) -> Html:
    """What the model said, what was left out, what it is compared with, and how long it took; the
    name of its run is in sight beside other models."""
    count = len(asked.texts)
    timing = tag("p", t("timing", texts=count, time=f"{asked.milliseconds:,.0f}"), class_="ts-why")
    more = None
    if asked.left_out:
        more = note("warning", t("texts_left_out", asked=count, left=asked.left_out))
    beside = compared.beside if compared else None
    told = compared.told(t) if compared else None
    head = tag("h3", name, class_="ts-chosen-run")
    return join([head, more, shape.answers(asked, t, beside), told, timing])


def waiting(t: Words) -> Html:
    """While a model comes into memory."""
    return tag("p", tag("span", class_="ts-wait"), t("trying.loading"), class_="ts-why")


def outdated(shown: str, t: Words) -> Html:
    """An answer to an older text, where the next one does not follow by itself."""
    return join([note("info", t("trying.outdated")), tag("div", Html(shown), class_="ts-outdated")])


def typed(t: Words) -> Html:
    """Where assets/playground.js lists what was typed before, which the server never learns."""
    head = tag(
        "div",
        tag("p", t("trying.typed_where"), class_="ts-why"),
        tag("button", t("trying.typed_clear"), type="button", class_="ts-button", data_clear=True),
        class_="ts-head",
    )
    listed = tag("div", class_="ts-examples", data_typed=True)
    fold = tag("details", tag("summary", t("trying.typed")), head, listed, class_="ts-fold")
    return tag("section", fold, id="try-typed", hidden=True)


def keys(t: Words) -> Html:
    """The list of keys, and the button that opens it."""
    lines = (
        tag(
            "tr", tag("td", *(tag("kbd", key, class_="ts-key") for key in pressed)), tag("td", does)
        )
        for pressed, does in ((KEYS[name], t(f"trying.key_{name}")) for name in KEYS)
    )
    close = tag("button", t("trying.close"), class_="ts-button", autofocus=True)
    dialog = tag(
        "dialog",
        tag("h3", t("trying.keys")),
        tag("table", tag("tbody", *lines), class_="ts-table"),
        tag("p", t("trying.keys_mac"), class_="ts-why"),
        tag("form", close, method="dialog"),
        id="try-keys",
        class_="ts-dialog",
        aria_label=t("trying.keys"),
    )
    opener = tag(
        "button",
        t("trying.keys"),
        " ",
        tag("kbd", "?", class_="ts-key"),
        type="button",
        class_="ts-link",
        data_dialog="try-keys",
    )
    return tag("div", opener, dialog)
