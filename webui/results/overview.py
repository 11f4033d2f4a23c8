"""The view that comes first: what to know before believing the scores, the scores, labels, and how
sure the model was."""

from dataclasses import dataclass
from typing import Any

import gradio as gr
import numpy as np

from engine.evaluation.alerts import alerts
from engine.evaluation.brought import brought
from engine.evaluation.report import Report
from webui import charts_rows as charts
from webui import groups
from webui.html import note
from webui.page import EVERY_CLICK, Page, Updates, View, event_data, html_block
from webui.results.base import Seen, follow
from webui.state import Selection
from webui.views import alerts as alerts_html
from webui.views import results as html
from webui.views.shapes import FIRST


@dataclass(frozen=True)
class Overview(View):
    brought: gr.Column
    fixes: gr.HTML
    known: gr.Column
    alerts: gr.HTML
    scores: gr.HTML
    classes: gr.Column
    per_class: gr.HTML
    sure: gr.Column
    confidence: gr.Plot
    help: gr.HTML


def build(page: Page) -> Overview:
    """Alerts, scores, labels, and confidence, each a card."""
    parts: dict[str, Any] = {}
    with gr.Column() as frame:
        with gr.Column(visible=False, elem_classes="ts-card") as parts["brought"]:
            parts["fixes"] = html_block(acts=True, elem_id="fixes-brought")
        with gr.Column(visible=False, elem_classes="ts-card") as parts["known"]:
            parts["alerts"] = html_block(acts=True, elem_id="alerts")
        with gr.Column(elem_classes="ts-card"):
            parts["scores"] = html_block()
        with gr.Column(visible=False, elem_classes="ts-card") as parts["classes"]:
            parts["per_class"] = html_block(acts=True, elem_id="per-class")
        with gr.Column(visible=False, elem_classes="ts-card") as parts["sure"]:
            parts["confidence"] = gr.Plot(show_label=False, container=False)
            parts["help"] = html_block()
    return Overview(page, frame, **parts)


def wire(view: Overview) -> None:
    selection = [view.page.selection]
    for block in (view.alerts, view.per_class):
        view.on(block.click, follow, selection, **EVERY_CLICK)
    view.on(view.fixes.click, _look_at, selection)


def applies(report: Report) -> bool:
    return True


def show(view: Overview, seen: Seen) -> Updates:
    """All of it of the filtered rows, but for the alerts and the other weights; without single rows
    what the report says."""
    report, split, t = seen.report, seen.selection.split, view.t
    cards = (view.known, view.classes, view.sure)
    updates: Updates = {card: gr.Column(visible=False) for card in cards} | _brought(view, seen)
    some = None
    if seen.trouble is None:
        found = alerts(seen.rows)
        updates[view.known] = gr.Column(visible=True)
        updates[view.alerts] = alerts_html.alerts(found, len(seen.rows), t)
        if not seen.mask.any():
            return updates | {view.scores: note("info", t("no_row_left"))}
        some = seen.rows.figures(seen.mask) if seen.filter else None
        updates |= _sure(view, seen)
    per_class = html.per_class(report, some or seen.figures, t, some is not None)
    return updates | {
        view.scores: html.scores(report, split, t, some),
        view.classes: gr.Column(visible=bool(per_class)),
        view.per_class: per_class,
    }


def _brought(view: Overview, seen: Seen) -> Updates:
    """What came of the fixes, where the data have an older version that was trained on as well."""
    page, report = view.page, seen.report
    runs = [run for run in page.registry.list() if run.dataset == report.dataset]
    older = (run for run in runs if run.dataset_version < report.dataset_version)
    reports = (groups.report(page.workspace.run(run.id)) for run in older)
    found = brought(page.workspace, report, filter(None, reports))
    said = [page.say(message) for message in found.messages] if found else []
    return {
        view.brought: gr.Column(visible=found is not None),
        view.fixes: html.brought(said, found.found.other.run, view.t) if found else "",
    }


def _look_at(view: Overview, selection: Selection, event: gr.EventData) -> Updates:
    """The rows whose answer changed."""
    other = event_data(event).get("other")
    changed = selection.but(view="compare", other=other, split="test", pick="", shown=FIRST)
    return {view.page.selection: changed}


def _sure(view: Overview, seen: Seen) -> Updates:
    """How sure the model was of what came of the filtered rows."""
    rows, t = seen.rows, view.t
    figure = charts.confidence(rows.facts, rows.task.outcomes, seen.mask, t)
    if figure is None:
        return {}
    silent = int(np.isnan(rows.facts.confidence[seen.mask]).sum())
    told = [t("confidence_help"), *([t("confidence_silent", rows=silent)] if silent else [])]
    return {
        view.sure: gr.Column(visible=True),
        view.confidence: gr.Plot(figure),
        view.help: html.why(told),
    }
