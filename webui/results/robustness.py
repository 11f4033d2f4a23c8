"""The view that checks whether answers hold when a text changes in ways that should not matter."""

from dataclasses import dataclass

import gradio as gr

from engine.errors import WorkspaceError
from engine.evaluation import robustness as found
from engine.evaluation.report import Report
from engine.runs import errands as jobs
from engine.tasks import TASKS
from webui import errands
from webui.html import note
from webui.page import Page, Updates, View, html_block
from webui.picker import has_model
from webui.results.base import Seen
from webui.views import robustness as html

KIND = "robustness"


@dataclass(frozen=True)
class RobustnessView(View):
    lead: gr.HTML
    start: gr.Button
    board: errands.Board
    result: gr.HTML


def build(page: Page) -> RobustnessView:
    """What is checked and the one button, how far it is, what came of it."""
    with gr.Column() as frame:
        with gr.Row(elem_classes="ts-card ts-top"):
            lead = html_block(elem_classes="ts-grow")
            start = gr.Button(
                "", variant="primary", elem_id="robustness-start", scale=0, min_width=200
            )
        board = errands.build(page, KIND)
        result = html_block()
    return RobustnessView(page, frame, lead, start, board, result)


def wire(view: RobustnessView) -> None:
    view.on(view.start.click, _start, [view.board.run])
    view.on(view.board.clock.tick, _look, [view.board.run], **errands.LOOKING)
    view.on(view.board.cards.click, _act, [view.board.run])


def applies(report: Report) -> bool:
    return True


def show(view: RobustnessView, seen: Seen) -> Updates:
    offered = TASKS[seen.report.task].compares
    updates: Updates = {view.lead: html.lead(offered, view.t)}
    if not offered:
        return updates | {view.start: gr.Button(visible=False), view.result: ""}
    return updates | _state(view, seen.report.run)


def _state(view: RobustnessView, run: str) -> Updates:
    """The check that is at work or did not come to an end, and what the last one found."""
    page, t = view.page, view.t
    folder = page.workspace.run(run)
    listed = errands.listed(page, KIND, run)[:1]
    shown = [pair for pair in listed if pair[1].state != "finished"]
    active = any(standing.active for _, standing in shown)
    result = ""
    try:
        last = found.load(folder)
        if last is not None:
            result = html.result(last, found.outdated(folder), t)
    except WorkspaceError as error:
        last, result = None, note("warning", page.say(error.message))
    words = t("robustness.start" if last is None else "robustness.again")
    return errands.show(view.board, shown, run) | {
        view.start: gr.Button(words, visible=not active, interactive=has_model(folder)),
        view.result: result,
    }


def _start(view: RobustnessView, run: str) -> Updates:
    jobs.begin(view.page.workspace, KIND, run, {})
    return _state(view, run)


def _look(view: RobustnessView, run: str) -> Updates:
    return _state(view, run)


def _act(view: RobustnessView, run: str, event: gr.EventData) -> Updates:
    errands.act(view.page, *errands.chosen(view.page, event))
    return _state(view, run)
