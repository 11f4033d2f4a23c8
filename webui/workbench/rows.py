"""The view of a data set's rows: search, sort and filter, a page at a time; tick many, act once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from engine.data import changes, chosen
from engine.data import waiting as draft
from engine.data.dataset import Dataset, load_dataset
from engine.data.labels import Names
from engine.data.seeking import Sought
from engine.errors import DataError
from webui import checking
from webui.html import FOCUS_SCRIPT
from webui.page import EVERY_CLICK, Page, Updates, View, event_data, html_block
from webui.state import Selection, whole
from webui.views import bench_rows as html
from webui.views.rows import Leaf
from webui.views.ticking import TICK_SCRIPT
from webui.workbench.base import Seen, rows_of
from webui.workbench.listing import Listing

FIELDS = ("find", "having", "among", "problem", "order")
"""What the fields above the table ask for."""
LONGEST_PROBLEM = 90
"""Characters of a problem that stand in a list."""


@dataclass(frozen=True)
class Rows(View):
    seeking: gr.HTML
    rows: gr.HTML


def build(page: Page) -> Rows:
    """What is sought, and what was found."""
    with gr.Column() as frame, gr.Column(elem_classes="ts-card"):
        seeking = html_block(acts=True, script=FOCUS_SCRIPT, elem_id="seek")
        rows = html_block(acts=True, script=FOCUS_SCRIPT + TICK_SCRIPT, elem_id="bench-rows")
    return Rows(page, frame, seeking, rows)


def wire(view: Rows) -> None:
    view.on([view.seeking.click, view.rows.click], _act, [view.page.selection], **EVERY_CLICK)


def applies(dataset: Dataset) -> bool:
    return True


def show(view: Rows, seen: Seen) -> Updates:
    """The chosen page of what is sought. Raises WorkspaceError where the rows are gone."""
    listed = _listed(Listing(seen))
    return {view.seeking: html.seeking(listed, view.t), view.rows: html.page(listed, view.t)}


def stamp(view: Rows, seen: Seen) -> Any:
    workspace, dataset = view.page.workspace, seen.dataset
    found = checking.stamp(workspace, dataset)
    return dataset.version, draft.stamp(workspace, dataset.id), found


def _listed(found: Listing) -> html.Listed:
    count, order, selection = len(found.found), found.sought.order, found.seen.selection
    number = min(selection.leaf, Leaf(1, count, order, html.PAGE).pages)
    leaf = Leaf(number, count, order, html.PAGE)
    rows = found.table.rows(found.found[leaf.first : leaf.last])
    say = found.seen.page.say
    problems = [(say(each.what), name) for name, each in found.problems.items()]
    return html.Listed(
        task=found.seen.dataset.make_task(),
        sought=found.sought,
        leaf=leaf,
        rows=rows,
        every=len(found.table),
        orders=found.table.orders(),
        fates={row["row_id"]: found.waiting.fate(row) for row in rows},
        ticks=found.ticks,
        problems=[(words[:LONGEST_PROBLEM], name) for words, name in problems],
        suggested=found.suggested,
    )


def _act(view: Rows, selection: Selection, event: gr.EventData) -> Updates:
    """Something else is sought, or another page of it; or something is done with ticked rows."""
    sent, page = event_data(event), view.page
    act, number = sent.get("act", ""), whole(sent.get("page"))
    if act == "page" and number is not None:
        return {page.selection: selection.but(leaf=number)}
    asked = _asked(selection.sought, sent)
    if asked is not None:
        return {page.selection: selection.but(sought=asked, leaf=1)}
    if selection.dataset is None:
        return {}
    seen = Seen(page, selection, load_dataset(page.workspace, selection.dataset))
    return _act_on(view, Listing(seen), act, sent)


def _act_on(view: Rows, found: Listing, act: str, sent: Mapping[str, str]) -> Updates:
    """What is to be done with the ticked rows waits in the draft as one change."""
    workspace, dataset = view.page.workspace, found.seen.dataset
    rows = found.ticked(sent)
    if not rows:
        return {}
    if act == "alone":
        key = chosen.keep(workspace, dataset, rows)
        return rows_of(view.page, found.seen.selection, Sought(chosen=key))
    if act == "drop":
        changes.put(workspace, dataset.id, changes.make("drop", {"rows": rows}))
    elif act == "spare":
        draft.spare(workspace, dataset, rows)
    elif act in ("set", "add", "remove", "accept"):
        _relabel(found, rows, act, sent.get("label", ""))
    return show(view, found.seen)


def _relabel(found: Listing, rows: list[int], act: str, label: str) -> None:
    """Raises DataError where nothing would change, or no label is given."""
    if not label and act != "accept":
        raise DataError("table.no_label_given")
    wanted: dict[str, Callable[[int, Names], Names]] = {
        "set": lambda row, now: (label,),
        "add": lambda row, now: tuple(dict.fromkeys((*now, label))),
        "remove": lambda row, now: tuple(name for name in now if name != label),
        "accept": lambda row, now: tuple(found.suggested.get(row, now)),
    }
    places = found.table.places_of(rows)
    saved = found.table.columns.select(["row_id", "labels"]).take(places).to_pylist()
    rights = {}
    for row in saved:
        right = found.waiting.fate(row).right
        becomes = wanted[act](row["row_id"], right)
        if becomes != right:
            rights[row["row_id"]] = becomes
    if not rights:
        raise DataError("table.nothing_to_do")
    draft.relabel(found.seen.page.workspace, found.seen.dataset, rights)


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
