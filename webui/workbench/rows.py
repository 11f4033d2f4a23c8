"""The view of a data set's rows: search, sort and filter, a page at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from engine.data import chosen
from engine.data.dataset import SPLITS, Dataset
from engine.data.seeking import Sought
from engine.data.table import NO_LABEL, Places, Table, open_table
from webui.html import FOCUS_SCRIPT
from webui.page import EVERY_CLICK, Page, Updates, event_data, html_block
from webui.state import Selection
from webui.views import bench_rows as html
from webui.views.rows import Leaf
from webui.workbench.base import Seen, View

FIELDS = ("find", "having", "among", "problem", "order")
"""What the fields above the table ask for."""


@dataclass(frozen=True)
class Rows(View):
    seeking: gr.HTML
    rows: gr.HTML


def build(page: Page) -> Rows:
    with gr.Column() as frame, gr.Column(elem_classes="ts-card"):
        seeking = html_block(acts=True, script=FOCUS_SCRIPT, elem_id="seek")
        rows = html_block(acts=True, elem_id="bench-rows")
    return Rows(page, frame, seeking, rows)


def wire(view: Rows) -> None:
    view.on([view.seeking.click, view.rows.click], _act, [view.page.selection], **EVERY_CLICK)


def applies(dataset: Dataset) -> bool:
    return True


def show(view: Rows, seen: Seen) -> Updates:
    """The chosen page of what is sought. Raises WorkspaceError where the rows are gone."""
    opened = _Opened(seen)
    listed = opened.listed()
    return {view.seeking: html.seeking(listed, view.t), view.rows: html.page(listed, view.t)}


def stamp(view: Rows, seen: Seen) -> Any:
    return seen.dataset.version


class _Opened:
    """The rows of a data set, and what is sought of them."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.table: Table = open_table(seen.page.workspace, seen.dataset)
        self.within: dict[str, Places] = {}
        """What is sought that the table does not know of → the places it allows."""
        self.sought = self._fitting(seen.selection.sought)

    def found(self) -> Places:
        return self.table.find(self.sought, self.within.values())

    def listed(self) -> html.Listed:
        found = self.found()
        pages = Leaf(1, len(found), self.sought.order, html.PAGE).pages
        number = min(self.seen.selection.leaf, pages)
        leaf = Leaf(number, len(found), self.sought.order, html.PAGE)
        return html.Listed(
            task=self.seen.dataset.make_task(),
            sought=self.sought,
            leaf=leaf,
            rows=self.table.rows(found[leaf.first : leaf.last]),
            every=len(self.table),
            orders=self.table.orders(),
        )

    def _fitting(self, sought: Sought) -> Sought:
        """Without what this version does not have, so that a link made for another one shows rows
        instead of nothing."""
        known = {
            "having": sought.having in (*self.table.labels, NO_LABEL),
            "among": sought.among in SPLITS,
            "problem": False,
            "chosen": self._allow("chosen", self._chosen(sought.chosen)),
            "order": sought.order.removeprefix("-") in self.table.orders(),
        }
        return sought.but(**{name: "" for name, fits in known.items() if not fits})

    def _chosen(self, key: str) -> np.ndarray[Any, np.dtype[np.int64]] | None:
        workspace = self.seen.page.workspace
        return chosen.rows_of(workspace, self.seen.dataset, key) if key else None

    def _allow(self, name: str, row_ids: Any) -> bool:
        if row_ids is None:
            return False
        self.within[name] = self.table.places_of(row_ids)
        return True


def _act(view: Rows, selection: Selection, event: gr.EventData) -> Updates:
    """Something else is sought, or another page of it."""
    sent = event_data(event)
    act, number = sent.get("act"), sent.get("page", "")
    if act == "page" and number.isdecimal():
        return {view.page.selection: selection.but(leaf=int(number))}
    asked = _asked(selection.sought, sent)
    if asked is None:
        return {}
    return {view.page.selection: selection.but(sought=asked, leaf=1)}


def _asked(sought: Sought, sent: Mapping[str, str]) -> Sought | None:
    """What is sought after a click on the fields; None where they were not clicked."""
    act, name = sent.get("act"), sent.get("name", "")
    down = sought.order.startswith("-")
    if act == "seek" and name in FIELDS:
        value = sent.get("value", "")
        return sought.but(**{name: f"-{value}" if name == "order" and down else value})
    if act == "turn":
        name = sought.order.removeprefix("-")
        return sought.but(order=name if down else f"-{name or 'row'}")
    if act == "unchoose":
        return sought.but(chosen="")
    return Sought(order=sought.order) if act == "clear" else None
