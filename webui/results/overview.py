"""The view that comes first: scores, labels, and what lies behind them."""

from dataclasses import dataclass

import gradio as gr

from engine.errors import WorkspaceError
from engine.evaluation.report import Report
from engine.tasks import TASKS
from webui.html import Html, note
from webui.page import EVERY_CLICK, Page, Updates, event_data, html_block
from webui.results.base import Seen, View
from webui.state import Selection
from webui.views import results as html
from webui.views.shapes import FIRST, SHAPES, Look


@dataclass(frozen=True)
class Overview(View):
    scores: gr.HTML
    classes: gr.Column
    per_class: gr.HTML
    behind: gr.Column
    """What lies behind the scores, as the shape of the task's rows has it."""
    figure: gr.Plot
    details: gr.HTML


def build(page: Page) -> Overview:
    """Scores, labels, and what lies behind them, each a card."""
    with gr.Column() as frame:
        with gr.Column(elem_classes="ts-card"):
            scores = html_block()
        with gr.Column(visible=False, elem_classes="ts-card") as classes:
            per_class = html_block()
        with gr.Column(visible=False, elem_classes="ts-card") as behind:
            figure = gr.Plot(show_label=False, container=False)
            details = html_block(acts=True, elem_id="details")
    return Overview(page, frame, scores, classes, per_class, behind, figure, details)


def wire(view: Overview) -> None:
    view.on(view.details.click, _look_at, [view.page.selection], **EVERY_CLICK)


def applies(report: Report) -> bool:
    return True


def show(view: Overview, seen: Seen) -> Updates:
    report, split, t = seen.report, seen.selection.split, view.t
    per_class = html.per_class(report, split, t)
    return {
        view.scores: html.scores(report, split, t),
        view.classes: gr.Column(visible=bool(per_class)),
        view.per_class: per_class,
        **_behind(view, seen),
    }


def _behind(view: Overview, seen: Seen) -> Updates:
    figures, selection = seen.figures, seen.selection
    if figures is None:
        return {view.behind: gr.Column(visible=False)}
    shape = SHAPES[TASKS[seen.report.task].shape]
    figure = shape.figure(seen.report, figures, view.t)
    look = Look(seen.report, figures, seen.read, selection.pick, selection.shown)
    details: Html
    try:
        details = shape.details(look, view.t)
    except WorkspaceError as error:
        details = note("warning", view.page.say(error.message))
    return {
        view.behind: gr.Column(visible=True),
        view.figure: gr.Plot(figure, visible=True) if figure else gr.Plot(visible=False),
        view.details: details,
    }


def _look_at(view: Overview, selection: Selection, event: gr.EventData) -> Updates:
    """A part of the details was chosen, or more of them asked for."""
    sent = event_data(event)
    if sent.get("act") == "more":
        return {view.page.selection: selection.but(shown=selection.shown + FIRST)}
    pick = sent.get("value", sent.get("pick", ""))
    return {view.page.selection: selection.but(pick=pick, shown=FIRST)}
