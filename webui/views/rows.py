"""Single rows of results in HTML: a page of them in a chosen order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from engine.evaluation.rows import SORTS, SplitRows
from webui.charts import Words
from webui.html import Html, button, join, tag
from webui.views.shapes import SHAPES
from webui.views.shapes.base import Result, percent

PAGE = 20
"""Rows on a page."""


@dataclass(frozen=True)
class Leaf:
    """Which page of how many rows."""

    number: int
    """From 1."""
    count: int
    """Rows in all."""
    sort: str
    size: int = PAGE
    """Rows on a page."""

    @property
    def pages(self) -> int:
        return max(1, -(-self.count // self.size))

    @property
    def first(self) -> int:
        """How many rows stand before it."""
        return self.size * (self.number - 1)

    @property
    def last(self) -> int:
        return min(self.first + self.size, self.count)


def leaf(number: int, count: int, sort: str) -> Leaf:
    """A page that exists, in an order there is."""
    pages = Leaf(1, count, sort).pages
    return Leaf(min(max(1, number), pages), count, sort if sort in SORTS else SORTS[0])


def page(shown: Leaf, items: Iterable[Html], head: Html, t: Words) -> Html:
    """The order above, the rows, and the way to other pages below and above."""
    if not shown.count:
        return tag("p", t("rows.none"), class_="ts-why")
    turning = turn(shown, t)
    return join(
        [
            tag("div", _order(shown.sort, t), turning, class_="ts-head"),
            head,
            tag("div", *items, class_="ts-lines"),
            turning if shown.pages > 1 else None,
        ]
    )


def _order(chosen: str, t: Words) -> Html:
    options = (
        tag("option", t(f"rows.sort_{sort}"), value=sort, selected=sort == chosen) for sort in SORTS
    )
    select = tag("select", *options, class_="ts-select", data_act="sort")
    return tag("label", t("rows.sort"), " ", select)


def turn(shown: Leaf, t: Words, told: str = "rows.places") -> Html:
    """Which rows of how many are in sight, as the text `told` says it, and the pages beside this
    one."""
    places = t(told, first=shown.first + 1, last=shown.last, rows=shown.count)
    if shown.pages == 1:
        return tag("span", places, class_="ts-soft")
    steps = (
        _step("rows.first", 1, shown, t),
        _step("rows.before", shown.number - 1, shown, t),
        _step("rows.after", shown.number + 1, shown, t),
        _step("rows.last", shown.pages, shown, t),
    )
    return tag(
        "nav",
        tag("span", places, class_="ts-soft"),
        *steps,
        class_="ts-turn",
        aria_label=t("rows.pages"),
    )


def _step(key: str, number: int, shown: Leaf, t: Words) -> Html:
    off = number == shown.number or not 1 <= number <= shown.pages
    return button(t(key), "page", page=str(number), aria_disabled="true" if off else None)


def item(found: Result, acts: Html, t: Words) -> Html:
    """A row: what became of it, its text with truth and prediction, what can be done with it."""
    rows, place = found.rows, found.place
    outcome = rows.task.outcomes[rows.facts.outcome[place]]
    sure = float(rows.facts.confidence[place])
    told = [t("row_of", row=int(rows.said.row_ids[place]))]
    if not np.isnan(sure):
        told.append(t("rows.sure", percent=percent(sure)))
    if rows.lengths is not None:
        told.append(t(f"rows.{rows.unit}", length=int(rows.lengths[place])))
    word = tag("b", t(f"panel.outcome_{outcome}"), class_=f"ts-verdict-{outcome}")
    head = tag("p", word, " ", tag("span", " · ".join(told), class_="ts-soft"))
    text, beside = SHAPES[rows.task.shape].result(found, t)
    if beside is None:
        return tag("article", head, text, acts, class_="ts-line-item")
    both = tag("div", tag("div", text, acts), tag("div", beside), class_="ts-result")
    return tag("article", head, both, class_="ts-line-item")


def results(rows: SplitRows, places: Sequence[int]) -> list[Result]:
    """The rows at these places. Raises WorkspaceError where the data set has been deleted."""
    cells = rows.rows().table.take(np.asarray(places, dtype=np.int64)).to_pylist()
    return [Result(rows, place, row) for place, row in zip(places, cells, strict=True)]
