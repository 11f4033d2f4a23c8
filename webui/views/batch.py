"""A file to be predicted, in HTML: how it was read and what the model would read of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from engine.data.reading import ReadingReport
from engine.inference.asking import Asking
from webui import text
from webui.charts import Words
from webui.html import Html, fold, join, note, table, tag


@dataclass(frozen=True, eq=False)
class Given:
    """What is known of an uploaded file before it is predicted."""

    report: ReadingReport
    rows: int
    head: pd.DataFrame
    """The first of them."""
    asking: Asking
    """The columns that were guessed."""
    form: str
    """csv or jsonl: how it comes back."""


def lead(t: Words) -> Html:
    return join([tag("h3", t("batch.title")), tag("p", t("batch.lead"), class_="ts-why")])


def about(given: Given, t: Words, language: str) -> Html:
    """Name and rows, and what could not be read."""
    title = tag("h3", t("batch.right"))
    form = t(f"batch.back_{given.form}")
    facts = join([tag("b", given.report.name), t("rows_count", rows=given.rows), form], " · ")
    parts = [title, tag("p", facts, class_="ts-facts")]
    if given.report.rows_dropped:
        items = (
            tag("li", t("batch.line", number=drop.row), ": ", text.say(drop.reason, language))
            for drop in given.report.dropped
        )
        told = t("batch.dropped", rows=given.report.rows_dropped)
        parts.append(note("warning", fold(told, tag("ul", *items, class_="ts-list"))))
    return join(parts)


def preview(first: Mapping[str, Sequence[str]], t: Words) -> Html:
    """What the model would read of the first rows."""
    head = [t(f"batch.reads_{name}") for name in first]
    rows = [
        [tag("td", cell or t("batch.reads_nothing"), class_="ts-batch-cell") for cell in row]
        for row in zip(*first.values(), strict=True)
    ]
    return table(head, rows)


def nothing(t: Words) -> Html:
    return note("warning", t("batch.no_column_chosen"))
