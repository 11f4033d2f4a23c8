"""The results tab: what the selected run has learnt, on rows it never trained on.

Run, split and headline stand above; below stands one of the views of `webui.results`, under the
control panel where the view shows rows that can be filtered.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from engine.errors import WorkspaceError
from engine.evaluation import pins
from engine.evaluation import report as reports
from engine.evaluation.report import Report
from webui import drafting, reporting
from webui.html import Html, note
from webui.page import LAST_CHOICE, Page, Updates, View, html_block
from webui.picker import (
    PickerTab,
    build_nothing,
    has_report,
    picker,
    run_state,
    show_picker,
    wire_picker,
)
from webui.reporting import Reporting
from webui.results import FILTERED, VIEWS, computing, panel, points
from webui.results.base import Seen
from webui.results.panel import Panel
from webui.state import SPLITS, Selection
from webui.views import pins as pins_html
from webui.views import results as html
from webui.views.shapes import FIRST


@dataclass(frozen=True)
class ResultsTab(PickerTab):
    split: gr.Radio
    headline: gr.HTML
    report: Reporting
    playground: gr.Button
    view: gr.Radio
    """Which of the views is in sight."""
    panel: Panel
    trouble: gr.HTML
    """Why something cannot be shown."""
    views: Mapping[str, View]


def build(page: Page, frame: gr.Tab) -> ResultsTab:
    """Run, split and headline above, then the choice of views and the views."""
    t = page.t
    parts = build_nothing(page)
    splits = [(t(f"report.split.{split}"), split) for split in SPLITS]
    with gr.Column(visible=False) as parts["content"]:
        with gr.Row(elem_classes="ts-top"):
            parts["run"] = gr.Dropdown([], label=t("run"), min_width=280)
            parts["split"] = gr.Radio(splits, label=t("results_split"), value="test", min_width=280)
        with gr.Row(elem_classes="ts-card ts-top"):
            parts["headline"] = html_block(elem_classes="ts-grow ts-sentence")
            parts["report"] = reporting.build(page)
            parts["playground"] = gr.Button(
                t("go_playground"), variant="primary", scale=0, min_width=180
            )
        parts["view"] = gr.Radio(
            [], label=t("results_view"), elem_id="results-view", elem_classes="ts-switch"
        )
        parts["panel"] = panel.build(page)
        parts["trouble"] = html_block()
        parts["views"] = {name: module.build(page) for name, module in VIEWS.items()}
    return ResultsTab(page=page, frame=frame, **parts)


def wire(tab: ResultsTab) -> None:
    selection = tab.page.selection
    wire_picker(tab)
    tab.on(tab.split.input, _choose_split, [selection, tab.split], **LAST_CHOICE)
    tab.on(tab.view.input, _choose_view, [selection, tab.view], **LAST_CHOICE)
    tab.on(tab.playground.click, _try, [selection])
    reporting.wire(tab.report, tab.run)
    panel.wire(tab.panel)
    for name, module in VIEWS.items():
        module.wire(tab.views[name])


def show(tab: ResultsTab, selection: Selection) -> Updates:
    """The report of the selected run in the chosen view, or why there is none yet."""
    page, t = tab.page, tab.t
    updates, chosen = show_picker(tab, selection, has_report, "results_empty")
    if chosen is None:
        return updates
    try:
        report = reports.load(page.workspace.run(chosen))
    except WorkspaceError as error:
        return updates | _nothing(tab, note("problem", page.say(error.message)))
    names = [name for name, module in VIEWS.items() if module.applies(report)]
    view = selection.view if selection.view in names else names[0]
    choices = [(t(f"view_{name}"), name) for name in names]
    frames = {tab.views[name].frame: gr.Column(visible=name == view) for name in VIEWS}
    return (
        updates
        | {
            tab.split: selection.split,
            tab.headline: html.headline(report, selection.split, t, _pins(page, report)),
            tab.view: gr.Radio(choices, value=view, visible=len(names) > 1),
        }
        | frames
        | _in_view(tab, view, Seen(page, selection, report))
    )


def _nothing(tab: ResultsTab, why: Html) -> Updates:
    """No view of a run whose report cannot be read."""
    frames: Updates = {view.frame: gr.Column(visible=False) for view in tab.views.values()}
    hidden: Updates = {tab.panel.frame: gr.Column(visible=False), tab.trouble: ""}
    return {tab.headline: why, tab.view: gr.Radio(visible=False)} | frames | hidden


def _in_view(tab: ResultsTab, name: str, seen: Seen) -> Updates:
    """The view, under the panel where it can be filtered, or why there is nothing to see."""
    hidden: Updates = {tab.panel.frame: gr.Column(visible=False), tab.trouble: ""}
    unseen: Updates = {tab.views[name].frame: gr.Column(visible=False)}
    if name in FILTERED and seen.figures is None:  # the headline says so
        return hidden | unseen
    updates, trouble = hidden, None
    if name in FILTERED:
        trouble = seen.trouble
        updates |= {} if trouble else panel.show(tab.panel, seen)
    try:
        updates |= VIEWS[name].show(tab.views[name], seen)
    except WorkspaceError as error:
        trouble = error.message
        updates |= unseen
    return updates | {tab.trouble: note("warning", tab.page.say(trouble)) if trouble else ""}


def _pins(page: Page, report: Report) -> Html:
    held = pins.held(page.workspace, page.workspace.run(report.run), report.dataset)
    return pins_html.line(held, page.t)


def stamp(tab: ResultsTab, selection: Selection) -> Any:
    page = tab.page
    _, chosen = picker(page, selection, has_report)
    computed = computing.stamp(page, chosen) if selection.view == "better" else None
    draft = None
    if chosen is not None and selection.view == "correct":
        draft = drafting.stamp(page, page.registry.get(chosen).dataset)
    return run_state(page, selection), computed, draft, points.stamp(page, chosen)


def _choose_split(tab: ResultsTab, selection: Selection, split: str) -> Updates:
    return {tab.page.selection: selection.but(split=split, leaf=1, shown=FIRST)}


def _choose_view(tab: ResultsTab, selection: Selection, view: str) -> Updates:
    return {tab.page.selection: selection.but(view=view, shown=FIRST)}


def _try(tab: ResultsTab, selection: Selection) -> Updates:
    return tab.page.go(selection, tab="playground")
