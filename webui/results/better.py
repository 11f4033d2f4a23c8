"""The view that asks whether the run is better than something simpler, or than no training."""

from dataclasses import dataclass

import gradio as gr

from engine.evaluation import report as reports
from engine.evaluation.alternatives import Alternative, alternatives, strongest
from engine.evaluation.report import Report
from webui import charts_compare
from webui.page import EVERY_CLICK, Page, Updates, View, html_block
from webui.results import computing
from webui.results.base import Seen
from webui.views import better as html
from webui.views.results import metric_name


@dataclass(frozen=True)
class Better(View):
    verdict: gr.HTML
    missing: gr.HTML
    """What has not been computed: how far that is, or why not."""
    beside: gr.Column
    table: gr.HTML
    chart: gr.Plot


def build(page: Page) -> Better:
    """The verdict, then what it rests on."""
    with gr.Column() as frame:
        with gr.Column(elem_classes="ts-card"):
            verdict = html_block()
            missing = html_block(acts=True, elem_id="alternatives")
        with gr.Column(elem_classes="ts-card") as beside:
            table = html_block()
            chart = gr.Plot(show_label=False, container=False)
    return Better(page, frame, verdict, missing, beside, table, chart)


def wire(view: Better) -> None:
    view.on(view.missing.click, _compute, (), **EVERY_CLICK)


def applies(report: Report) -> bool:
    return report.best is not None


def show(view: Better, seen: Seen) -> Updates:
    report, t = seen.report, view.t
    found = alternatives(view.page.workspace, report)
    against = strongest(report) or next(iter(found), None)
    return {
        view.verdict: html.verdict(report, against, t),
        view.missing: computing.told(view.page, report),
        view.beside: gr.Column(visible=bool(found)),
        view.table: html.listed(report, found, t),
        view.chart: _chart(report, found, view),
    }


def _chart(report: Report, found: list[Alternative], view: Better) -> gr.Plot:
    score, t = report.headline, view.t
    marks = [
        charts_compare.Mark(
            html.capital(t(each.called.key)),
            *each.paired.differences[score],
            each.paired.verdict(score),
        )
        for each in found
        if each.paired is not None
    ]
    if not marks:
        return gr.Plot(visible=False)
    figure = charts_compare.forest(marks, metric_name(report, score, t), t)
    return gr.Plot(figure, visible=True)


def _compute(view: Better, event: gr.EventData) -> Updates:
    run = computing.act(view.page, event)
    report = reports.load(view.page.workspace.run(run))
    return {view.missing: computing.told(view.page, report)}
