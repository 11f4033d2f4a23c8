"""The playground in HTML, around what a shape shows: examples to click, the time an answer took."""

from collections.abc import Sequence
from typing import Any

from webui.charts import Words
from webui.html import Html, button, join, note, tag
from webui.views.shapes.base import Asked, Row, Shape


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


def answers(shape: Shape[Any], asked: Asked[Any], t: Words) -> Html:
    """What the model said, what was left out, and how long it took."""
    count = len(asked.texts)
    timing = tag("p", t("timing", texts=count, time=f"{asked.milliseconds:,.0f}"), class_="ts-why")
    more = None
    if asked.left_out:
        more = note("warning", t("texts_left_out", asked=count, left=asked.left_out))
    return join([more, shape.answers(asked, t), timing])
