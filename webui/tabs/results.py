"""The results tab: what the selected run has learnt, on rows it never trained on."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from engine.evaluation import report as reports
from engine.evaluation.report import Report
from engine.tasks import TASKS
from webui import charts
from webui.page import Page, Updates, html_block
from webui.picker import PickerTab, build_nothing, has_report, run_state, show_picker, wire_picker
from webui.state import SPLITS, Selection
from webui.views import results as view


@dataclass(frozen=True)
class ResultsTab(PickerTab):
    split: gr.Radio
    headline: gr.HTML
    playground: gr.Button
    scores: gr.HTML
    per_class: gr.HTML
    matrix: gr.Plot
    one: gr.Column
    label: gr.Dropdown
    four: gr.HTML


def build(page: Page, frame: gr.Tab) -> ResultsTab:
    """Run and split above, then headline, scores, labels, confusions."""
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
        with gr.Column(elem_classes="ts-card"):
            parts["per_class"] = html_block()
        with gr.Column(elem_classes="ts-card"):
            parts["matrix"] = gr.Plot(show_label=False, container=False)
            with gr.Column(visible=False) as parts["one"]:
                parts["label"] = gr.Dropdown([], label=t("one_label"), info=t("one_label_help"))
                parts["four"] = html_block()
    return ResultsTab(page=page, frame=frame, **parts)


def wire(tab: ResultsTab) -> None:
    selection = tab.page.selection
    wire_picker(tab)
    tab.on(tab.split.input, _choose_split, [selection, tab.split])
    tab.on(tab.label.input, _choose_label, [selection, tab.run, tab.label])
    tab.on(tab.playground.click, _try, [selection])


def show(tab: ResultsTab, selection: Selection) -> Updates:
    """The report of the selected run, or why there is none yet."""
    page, t = tab.page, tab.t
    updates, chosen = show_picker(tab, selection, has_report, "results_empty")
    if chosen is None:
        return updates
    report = reports.load(page.workspace.run(chosen))
    return updates | {
        tab.split: selection.split,
        tab.headline: view.headline(report, selection.split, t),
        tab.scores: view.scores(report, selection.split, t),
        tab.per_class: view.per_class(report, selection.split, t),
        **_confusion(tab, report, selection.split),
    }


def stamp(tab: ResultsTab, selection: Selection) -> Any:
    return run_state(tab.page, selection)


def _confusion(tab: ResultsTab, report: Report, split: str) -> Updates:
    figures = report.splits.get(split, {}).get("best")
    if figures is None or TASKS[report.task].shape != "labels":
        return {tab.matrix: gr.Plot(visible=False), tab.one: gr.Column(visible=False)}
    if isinstance(figures["confusion"][0][0], int):
        plot = charts.confusion(report.labels, figures["confusion"], tab.t)
        return {tab.matrix: gr.Plot(plot, visible=True), tab.one: gr.Column(visible=False)}
    first = report.labels[0]
    return {
        tab.matrix: gr.Plot(visible=False),
        tab.one: gr.Column(visible=True),
        tab.label: gr.Dropdown(list(report.labels), value=first),
        tab.four: _four(tab, report, split, first),
    }


def _four(tab: ResultsTab, report: Report, split: str, label: str) -> str:
    counts = report.splits[split]["best"]["confusion"]
    found = counts[label] if isinstance(counts, dict) else counts[report.labels.index(label)]
    return view.one_against_rest(label, found, tab.t)


def _choose_split(tab: ResultsTab, selection: Selection, split: str) -> Updates:
    return {tab.page.selection: selection.but(split=split)}


def _choose_label(tab: ResultsTab, selection: Selection, run: str, label: str) -> Updates:
    report = reports.load(tab.page.workspace.run(run))
    if label not in report.labels:
        return {}
    return {tab.four: _four(tab, report, selection.split, label)}


def _try(tab: ResultsTab, selection: Selection) -> Updates:
    return tab.page.go(selection, tab="playground")
