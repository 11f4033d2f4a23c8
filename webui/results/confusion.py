"""The view of what was taken for what, each cell one click from its rows."""

from dataclasses import dataclass
from functools import lru_cache

import gradio as gr
import numpy as np

from engine.evaluation.confusions import crossed, names, one_against_rest, together, worst
from engine.evaluation.report import Report
from engine.evaluation.rows import SplitRows
from engine.tasks.scores import Bools
from webui.html import Html, join, tag
from webui.page import EVERY_CLICK, Page, Updates, View, event_data, html_block
from webui.results.base import Seen, filtered
from webui.state import Selection
from webui.views import confusion as html


@dataclass(frozen=True)
class Confusion(View):
    worst: gr.HTML
    matrix: gr.HTML
    beside: gr.Column
    more: gr.HTML
    """What a matrix does not tell: each label alone, or the kinds of error."""


def build(page: Page) -> Confusion:
    """The worst in words, the matrix, and what it does not tell, each a card."""
    with gr.Column() as frame:
        with gr.Column(elem_classes="ts-card"):
            worst = html_block(acts=True, elem_id="worst")
        with gr.Column(elem_classes="ts-card") as beside:
            more = html_block(acts=True, elem_id="confused")
        with gr.Column(elem_classes="ts-card"):
            matrix = html_block(acts=True, elem_id="matrix")
    return Confusion(page, frame, worst, matrix, beside, more)


def wire(view: Confusion) -> None:
    for block in (view.worst, view.matrix, view.more):
        view.on(block.click, _act, [view.page.selection], **EVERY_CLICK)


def applies(report: Report) -> bool:
    return bool(report.labels)


def show(view: Confusion, seen: Seen) -> Updates:
    """Of the rows that the rest of the filter lets through: a chosen cell leaves the others in
    sight."""
    rows, t = seen.rows, view.t
    wanted = seen.filter.but(truth="", decided="", kind="")
    mask = seen.mask if wanted == seen.filter else rows.mask(wanted)
    mentions = rows.facts.pairs is not None
    note = None
    if wanted != seen.filter:
        note = tag("p", t("confusion.whole", rows=int(mask.sum())), class_="ts-why")
    more = _more(view, seen, mask)
    return {
        view.worst: join([html.worst(worst(rows, mask), t, mentions), note]),
        view.beside: gr.Column(visible=more is not None),
        view.more: more or "",
        view.matrix: _matrix(view, seen, mask),
    }


def _matrix(view: Confusion, seen: Seen, mask: Bools) -> Html:
    rows, t = seen.rows, view.t
    counts, called = crossed(rows, mask), names(rows)
    if rows.task.several:
        return html.together(rows.task.labels, together(rows, mask), t)
    scale = seen.selection.pick if seen.selection.pick in html.SCALES else html.COUNTS
    found = html.Crossed(called, counts, _order(rows), (seen.filter.truth, seen.filter.decided))
    return html.matrix(found, scale, t)


@lru_cache(maxsize=4)
def _order(rows: SplitRows) -> list[int]:
    """That of all rows, so that labels stay in their places when some are filtered."""
    return html.ordered(crossed(rows, np.ones(len(rows), dtype=bool)), names(rows))


def _more(view: Confusion, seen: Seen, mask: Bools) -> Html | None:
    rows, t = seen.rows, view.t
    if rows.task.several:
        return html.one_by_one(rows.task.labels, one_against_rest(rows, mask), t)
    if rows.facts.kinds:
        counts = {kind: int(of[mask].sum()) for kind, of in rows.facts.kinds.items()}
        return html.kinds(counts, seen.filter.kind, t)
    return None


def _act(view: Confusion, selection: Selection, event: gr.EventData) -> Updates:
    """A cell or a kind of error was clicked, or another scale."""
    sent, page, wanted = event_data(event), view.page, selection.filter
    if sent.get("act") == "cell":
        changes = {"truth": sent.get("truth", ""), "decided": sent.get("decided", ""), "kind": ""}
        return filtered(page, selection, wanted.but(**changes), "rows")
    if sent.get("act") == "kind":
        changes = {"truth": "", "decided": "", "kind": sent.get("pick", "")}
        return filtered(page, selection, wanted.but(**changes), "rows")
    return {page.selection: selection.but(pick=sent.get("pick", ""))}
