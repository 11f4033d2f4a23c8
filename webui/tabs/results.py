"""The results tab: what the selected run has learnt, on rows it never trained on."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from engine.errors import WorkspaceError
from engine.evaluation import report as reports
from engine.evaluation.report import Report
from engine.tasks import TASKS
from webui.html import Html, note
from webui.page import EVERY_CLICK, Page, Updates, event_data, html_block
from webui.picker import PickerTab, build_nothing, has_report, run_state, show_picker, wire_picker
from webui.predicted import read_predicted
from webui.state import SPLITS, Selection
from webui.views import results as view
from webui.views.shapes import FIRST, SHAPES, Look


@dataclass(frozen=True)
class ResultsTab(PickerTab):
    split: gr.Radio
    headline: gr.HTML
    playground: gr.Button
    scores: gr.HTML
    classes: gr.Column
    per_class: gr.HTML
    behind: gr.Column
    """What lies behind the scores, as the shape of the task's rows has it."""
    figure: gr.Plot
    details: gr.HTML


def build(page: Page, frame: gr.Tab) -> ResultsTab:
    """Run and split above, then headline, scores, labels, and what lies behind them."""
    t = page.t
    parts = build_nothing(page)
    splits = [(t(f"report.split.{split}"), split) for split in SPLITS]
    with gr.Column(visible=False) as parts["content"]:
        with gr.Row(elem_classes="ts-top"):
            parts["run"] = gr.Dropdown([], label=t("run"), min_width=280)
            parts["split"] = gr.Radio(splits, label=t("results_split"), value="test", min_width=280)
        with gr.Column(elem_classes="ts-card"):
            with gr.Row(elem_classes="ts-top"):
                parts["headline"] = html_block(elem_classes="ts-grow")
                parts["playground"] = gr.Button(
                    t("go_playground"), variant="primary", scale=0, min_width=180
                )
            parts["scores"] = html_block()
        with gr.Column(visible=False, elem_classes="ts-card") as parts["classes"]:
            parts["per_class"] = html_block()
        with gr.Column(visible=False, elem_classes="ts-card") as parts["behind"]:
            parts["figure"] = gr.Plot(show_label=False, container=False)
            parts["details"] = html_block(acts=True, elem_id="details")
    return ResultsTab(page=page, frame=frame, **parts)


def wire(tab: ResultsTab) -> None:
    selection = tab.page.selection
    wire_picker(tab)
    tab.on(tab.split.input, _choose_split, [selection, tab.split])
    tab.on(tab.details.click, _look_at, [selection], **EVERY_CLICK)
    tab.on(tab.playground.click, _try, [selection])


def show(tab: ResultsTab, selection: Selection) -> Updates:
    """The report of the selected run, or why there is none yet."""
    page, t = tab.page, tab.t
    updates, chosen = show_picker(tab, selection, has_report, "results_empty")
    if chosen is None:
        return updates
    report = reports.load(page.workspace.run(chosen))
    per_class = view.per_class(report, selection.split, t)
    return updates | {
        tab.split: selection.split,
        tab.headline: view.headline(report, selection.split, t),
        tab.scores: view.scores(report, selection.split, t),
        tab.classes: gr.Column(visible=bool(per_class)),
        tab.per_class: per_class,
        **_behind(tab, report, selection),
    }


def stamp(tab: ResultsTab, selection: Selection) -> Any:
    return run_state(tab.page, selection)


def _behind(tab: ResultsTab, report: Report, selection: Selection) -> Updates:
    figures = report.splits.get(selection.split, {}).get("best")
    if figures is None:
        return {tab.behind: gr.Column(visible=False)}
    shape = SHAPES[TASKS[report.task].shape]
    figure = shape.figure(report, figures, tab.t)
    workspace, split = tab.page.workspace, selection.split
    look = Look(
        report,
        figures,
        lambda: read_predicted(workspace, report, split),
        selection.pick,
        selection.shown,
    )
    details: Html
    try:
        details = shape.details(look, tab.t)
    except WorkspaceError as error:
        details = note("warning", tab.page.say(error.message))
    return {
        tab.behind: gr.Column(visible=True),
        tab.figure: gr.Plot(figure, visible=True) if figure else gr.Plot(visible=False),
        tab.details: details,
    }


def _choose_split(tab: ResultsTab, selection: Selection, split: str) -> Updates:
    return {tab.page.selection: selection.but(split=split, shown=FIRST)}


def _look_at(tab: ResultsTab, selection: Selection, event: gr.EventData) -> Updates:
    """A part of the details was chosen, or more of them asked for."""
    sent = event_data(event)
    if sent.get("act") == "more":
        return {tab.page.selection: selection.but(shown=selection.shown + FIRST)}
    pick = sent.get("value", sent.get("pick", ""))
    return {tab.page.selection: selection.but(pick=pick, shown=FIRST)}


def _try(tab: ResultsTab, selection: Selection) -> Updates:
    return tab.page.go(selection, tab="playground")
