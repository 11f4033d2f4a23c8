"""Curves: how well one label is told apart at every threshold, and whether probabilities are true.

Everything is computed from the predictions files.
"""

from dataclasses import dataclass
from typing import cast

import gradio as gr
import numpy as np

from engine.evaluation import curves
from engine.evaluation.probabilities import read_splits
from engine.evaluation.report import Report
from engine.tasks import TASKS, make_task
from engine.tasks.labelled import LabelPredictions, LabelTask
from webui import charts_curves as charts
from webui.html import escape
from webui.page import Page, Updates, View, html_block
from webui.results.base import Seen
from webui.results.points import saved_point
from webui.state import Selection
from webui.views import curves as html

WIDTH = 420
"""Of a figure in pixels; on a narrow page they stand below each other."""


@dataclass(frozen=True)
class Curves(View):
    label: gr.Dropdown
    precision_recall: gr.Plot
    roc: gr.Plot
    help: gr.HTML
    reliability: gr.Plot
    calibration: gr.HTML


def build(page: Page) -> Curves:
    """One label's two curves, and below them the reliability of all."""
    t = page.t
    with gr.Column(visible=False) as frame:
        with gr.Column(elem_classes="ts-card"):
            label = gr.Dropdown([], label=t("label"), elem_id="curves-label")
            with gr.Row():
                with gr.Column(min_width=WIDTH):
                    precision_recall = gr.Plot(show_label=False, container=False)
                with gr.Column(min_width=WIDTH):
                    roc = gr.Plot(show_label=False, container=False)
            help_ = html_block()
        with gr.Row(elem_classes="ts-card"):
            with gr.Column(min_width=WIDTH):
                reliability = gr.Plot(show_label=False, container=False)
            with gr.Column(min_width=WIDTH):
                calibration = html_block()
    return Curves(page, frame, label, precision_recall, roc, help_, reliability, calibration)


def wire(view: Curves) -> None:
    view.on(view.label.input, _choose, [view.page.selection, view.label])


def applies(report: Report) -> bool:
    return TASKS[report.task].has_probabilities


def show(view: Curves, seen: Seen) -> Updates:
    report, t = seen.report, view.t
    task = cast(LabelTask, make_task(report.task, report.labels, report.positive))
    splits = read_splits(seen.page.workspace, report)
    predictions = splits.get(seen.selection.split)
    choices = [(label, str(place)) for place, label in enumerate(task.labels)]
    label = _label(task, seen.selection.pick)
    updates: Updates = {view.label: gr.Dropdown(choices, value=str(task.labels.index(label)))}
    if predictions is None:
        nothing = html.nothing(t)
        gone = {plot: gr.Plot(visible=False) for plot in _plots(view)}
        return updates | gone | {view.help: nothing, view.calibration: escape("")}
    return (
        updates
        | _of_label(view, seen, task, predictions, label)
        | _of_all(view, seen, task, predictions, splits.get("validation"))
    )


def _plots(view: Curves) -> tuple[gr.Plot, ...]:
    return view.precision_recall, view.roc, view.reliability


def _label(task: LabelTask, pick: str) -> str:
    """The label that was picked; at first the one that has a threshold."""
    picked = int(pick) if pick.isdecimal() else len(task.labels)
    return task.labels[picked] if picked < len(task.labels) else task.cuttable[0]


def _of_label(
    view: Curves, seen: Seen, task: LabelTask, predictions: LabelPredictions, label: str
) -> Updates:
    column, t = task.labels.index(label), view.t
    truth = predictions.truth[:, column]
    scores = np.asarray(predictions.probabilities)[:, column]
    decided = task.at(predictions, saved_point(seen)).decided[:, column]
    curve, other = curves.precision_recall(truth, scores), curves.roc(truth, scores)
    hits, found, true = (int(rows.sum()) for rows in (truth & decided, decided, truth))
    places = {}
    if curve and found:
        places["pr"] = (hits / true, hits / found)
    if other:
        places["roc"] = ((found - hits) / (len(truth) - true), hits / true)
    marks = {name: [(t("curves.decided"), place)] for name, place in places.items()}
    return {
        view.precision_recall: gr.Plot(
            charts.precision_recall(curve, label, t, marks.get("pr", ())) if curve else None,
            visible=curve is not None,
        ),
        view.roc: gr.Plot(
            charts.roc(other, label, t, marks.get("roc", ())) if other else None,
            visible=other is not None,
        ),
        view.help: html.of_label(label, true, len(truth), t),
    }


def _of_all(
    view: Curves,
    seen: Seen,
    task: LabelTask,
    predictions: LabelPredictions,
    validation: LabelPredictions | None,
) -> Updates:
    before, after, temperature = curves.reliability(task, predictions), None, None
    if validation is not None:
        temperature = curves.temperature(task, validation)
        after = curves.reliability(task, predictions, temperature)
    found = html.Calibration(before, after, temperature, seen.selection.split, len(predictions))
    return {
        view.reliability: gr.Plot(charts.reliability(before, after, view.t), visible=True),
        view.calibration: html.calibration(found, task.several, view.t),
    }


def _choose(view: Curves, selection: Selection, label: str) -> Updates:
    return {view.page.selection: selection.but(pick=label)}
