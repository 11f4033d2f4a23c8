"""The view that comes first: scores and labels."""

from dataclasses import dataclass

import gradio as gr

from engine.evaluation.report import Report
from webui.page import Page, Updates, html_block
from webui.results.base import Seen, View
from webui.views import results as html


@dataclass(frozen=True)
class Overview(View):
    scores: gr.HTML
    classes: gr.Column
    per_class: gr.HTML


def build(page: Page) -> Overview:
    """Scores and labels, each a card."""
    with gr.Column() as frame:
        with gr.Column(elem_classes="ts-card"):
            scores = html_block()
        with gr.Column(visible=False, elem_classes="ts-card") as classes:
            per_class = html_block()
    return Overview(page, frame, scores, classes, per_class)


def wire(view: Overview) -> None:
    """Nothing here listens."""


def applies(report: Report) -> bool:
    return True


def show(view: Overview, seen: Seen) -> Updates:
    report, split, t = seen.report, seen.selection.split, view.t
    per_class = html.per_class(report, split, t)
    return {
        view.scores: html.scores(report, split, t),
        view.classes: gr.Column(visible=bool(per_class)),
        view.per_class: per_class,
    }
