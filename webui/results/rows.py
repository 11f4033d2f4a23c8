"""The view of single rows: the worst errors first, a page at a time, each ready to be acted on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import gradio as gr
import numpy as np

from engine.data.corrections import Correction, drafted
from engine.data.dataset import Dataset
from engine.data.truths import truth_of
from engine.evaluation import report as reports
from engine.evaluation.report import Report
from webui import drafting
from webui.charts import Words
from webui.html import Html, button, join, tag
from webui.page import EVERY_CLICK, Page, Updates, View, event_data, html_block
from webui.picker import has_model
from webui.results import correct
from webui.results.base import Seen
from webui.state import Selection, whole
from webui.views import corrections
from webui.views import rows as html
from webui.views.shapes import FIRST, SHAPES, Result


@dataclass(frozen=True)
class Rows(View):
    run: gr.State
    """Id of the run whose rows are shown."""
    rows: gr.HTML


def build(page: Page) -> Rows:
    with gr.Column() as frame:
        run = gr.State("")
        with gr.Column(elem_classes="ts-card"):
            rows = html_block(acts=True, script=corrections.KEYS_SCRIPT, elem_id="rows")
    return Rows(page, frame, run, rows)


def wire(view: Rows) -> None:
    view.on(view.rows.click, _act, [view.page.selection, view.run], **EVERY_CLICK)


def applies(report: Report) -> bool:
    return True


def show(view: Rows, seen: Seen) -> Updates:
    """The chosen page of the filtered rows. Raises WorkspaceError where their texts are gone."""
    return {view.run: seen.report.run, view.rows: _page(view, seen)}


def _page(view: Rows, seen: Seen) -> Html:
    rows, t, selection = seen.rows, view.t, seen.selection
    shown = html.leaf(selection.leaf, int(seen.mask.sum()), selection.pick)
    places = rows.order(seen.mask, shown.sort)[shown.first : shown.last].tolist()
    offer = _offer(view.page, seen.report, rows.said.row_ids[places].tolist())
    items = [html.item(found, _acts(found, offer, t), t) for found in html.results(rows, places)]
    legend = SHAPES[rows.task.shape].legend(rows, t)
    return html.page(shown, items, join([legend, _waiting(offer, t)]), t)


@dataclass(frozen=True)
class _Offer:
    """What can be done with a row beside looking at it."""

    trying: bool
    dataset: Dataset | None
    """The newest version, where its rows can be corrected."""
    draft: Mapping[str, Correction]
    now: Mapping[int, tuple[str, ...]]
    """What is right for the shown rows in that version, where it is not the run's own."""


def _offer(page: Page, report: Report, shown: Sequence[int]) -> _Offer:
    trying, dataset = has_model(page.workspace.run(report.run)), _newest(page, report)
    if dataset is None:
        return _Offer(trying, None, {}, {})
    waiting = {each.key: each for each in drafted(page.workspace, dataset.id)}
    return _Offer(trying, dataset, waiting, correct.right_now(page, dataset, report, shown))


def _newest(page: Page, report: Report) -> Dataset | None:
    if not correct.applies(report):
        return None
    return drafting.dataset_of(page, page.registry.get(report.run))


def _acts(found: Result, offer: _Offer, t: Words) -> Html:
    rows, row = found.rows, int(found.rows.said.row_ids[found.place])
    trying = button(t("rows.try"), "try", index=str(row)) if offer.trying else None
    fold = None
    if offer.dataset is not None:
        likely = rows.task.likely(rows.said.predictions, found.place)
        now = offer.now.get(row, truth_of(offer.dataset.task).right(found.cells))
        fix = correct.fix_of(offer.dataset, row, now, likely, offer.draft)
        words = t("rows.correct" if rows.task.labels else "rows.correct_answer")
        inner = corrections.fixes(fix, t)
        fold = tag(
            "details",
            tag("summary", words),
            inner,
            class_="ts-fold ts-grow",
            open=fix.drafted,
            data_keep=f"fix-{row}",
        )
    return tag("div", trying, fold, class_="ts-row-acts")


def _waiting(offer: _Offer, t: Words) -> Html | None:
    """How many corrections there are, and the way to what becomes of them."""
    if not offer.draft:
        return None
    look = button(t("correct.review"), "review")
    return tag("p", t("correct.waiting", rows=len(offer.draft)), " ", look)


def _act(view: Rows, selection: Selection, run: str, event: gr.EventData) -> Updates:
    """Another order or page; or something is done with a row."""
    sent, page = event_data(event), view.page
    act, number = sent.get("act"), whole(sent.get("page"))
    if act == "sort":
        return {page.selection: selection.but(pick=sent.get("value", ""), leaf=1)}
    if act == "page" and number is not None:
        return {page.selection: selection.but(leaf=number)}
    if act == "review":
        return {page.selection: selection.but(view="correct", shown=FIRST)}
    index = whole(sent.get("index"))
    if not run or index is None:
        return {}
    seen = Seen(page, selection, reports.load(page.workspace.run(run)))
    places = np.flatnonzero(seen.rows.said.row_ids == index)
    found = html.results(seen.rows, places[:1].tolist())
    if not found:
        return {}
    if act == "try":
        return page.try_row(
            selection, run, {name: found[0].cells[name] for name in seen.rows.task.asks}
        )
    _correct(view, seen, found[0], sent)
    return show(view, seen)


def _correct(view: Rows, seen: Seen, found: Result, sent: Mapping[str, str]) -> None:
    dataset = _newest(view.page, seen.report)
    if dataset is not None:
        row = int(found.rows.said.row_ids[found.place])
        correct.change(view.page, dataset, row, found.cells, sent)
