"""What rows look like at a glance: how many carry each label, and how long the texts are."""

from collections.abc import Callable
from dataclasses import dataclass

import gradio as gr

from engine.data.dataset import Dataset
from engine.data.importing import Inspection
from engine.tasks import TASKS
from webui import lengths
from webui.page import Page, Part, Updates, html_block
from webui.state import Selection
from webui.views import lengths as length_view
from webui.views.looks import LOOKS


@dataclass(frozen=True)
class Pictures(Part):
    label_plot: gr.Plot
    length_plot: gr.Plot
    length_why: gr.HTML


def build(page: Page) -> Pictures:
    with gr.Column(elem_classes="ts-card"), gr.Row():
        label_plot = gr.Plot(show_label=False, container=False)
        with gr.Column():
            length_plot = gr.Plot(show_label=False, container=False)
            length_why = html_block()
    return Pictures(page, label_plot, length_plot, length_why)


def of_upload(part: Pictures, inspection: Inspection, selection: Selection) -> Updates:
    """Those of a file that is being set up."""
    workspace, upload = part.page.workspace, str(selection.upload)
    chart = LOOKS[inspection.shape].chart(
        inspection.counts, lambda: lengths.answer_words(inspection.prepared), part.t
    )
    return {part.label_plot: chart} | _lengths(
        part, inspection.task, lambda: lengths.of_upload(workspace, upload, selection.model)
    )


def of_dataset(part: Pictures, dataset: Dataset, selection: Selection) -> Updates:
    """Those of a saved data set."""
    place = (part.page.workspace, dataset.id, dataset.version)
    chart = LOOKS[TASKS[dataset.task].shape].chart(
        dataset.counts, lambda: lengths.answer_words_of(*place), part.t
    )
    return {part.label_plot: chart} | _lengths(
        part, dataset.task, lambda: lengths.of_dataset(*place, selection.model)
    )


def _lengths(part: Pictures, task: str | None, count: Callable[[], lengths.Found]) -> Updates:
    figure, why = length_view.show(count, task, part.t, part.page.language)
    return {part.length_plot: figure, part.length_why: why}
