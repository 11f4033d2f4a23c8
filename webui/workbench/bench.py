"""A saved data set: what it is and the way to training above, below one of `workbench.VIEWS`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from engine.data.dataset import Dataset, delete_dataset, list_datasets
from engine.errors import WorkspaceError
from webui import checking, drafting
from webui.drafting import Drafting
from webui.html import note
from webui.page import EVERY_CLICK, LAST_CHOICE, Page, Part, Updates, View, event_data, html_block
from webui.state import Selection
from webui.views import data as html
from webui.workbench import VIEWS
from webui.workbench.base import Seen


@dataclass(frozen=True)
class Bench(Part):
    frame: gr.Column
    facts: gr.HTML
    train: gr.Button
    view: gr.Radio
    """Which of the views is in sight."""
    draft: Drafting
    """What waits to become the next version."""
    trouble: gr.HTML
    """Why something cannot be shown."""
    views: Mapping[str, View]


def build(page: Page) -> Bench:
    with gr.Column(visible=False, elem_classes="ts-sight") as frame:
        with gr.Row(elem_classes="ts-card ts-top"):
            facts = html_block(acts=True, elem_classes="ts-grow")
            train = gr.Button(page.t("dataset_train"), variant="primary", scale=0, min_width=220)
        draft = drafting.build(page)
        view = gr.Radio(
            [], label=page.t("bench_view"), elem_id="bench-view", elem_classes="ts-switch"
        )
        trouble = html_block(visible=False)
        views = {name: module.build(page) for name, module in VIEWS.items()}
    return Bench(page, frame, facts, train, view, draft, trouble, views)


def wire(part: Bench) -> None:
    selection = [part.page.selection]
    part.on(part.facts.click, _act, selection, **EVERY_CLICK)
    part.on(part.train.click, _train, selection)
    part.on(part.view.input, _choose, [*selection, part.view], **LAST_CHOICE)
    drafting.wire(part.draft)
    for name, module in VIEWS.items():
        module.wire(part.views[name])


def show(part: Bench, selection: Selection, dataset: Dataset) -> Updates:
    """The data set in the chosen view."""
    checking.begin_once(part.page.workspace, dataset)
    names = [name for name, module in VIEWS.items() if module.applies(dataset)]
    name = _chosen(selection, dataset)
    choices = [(_called(part, each, dataset), each) for each in names]
    updates: Updates = {
        part.facts: html.saved(dataset, part.t, part.page.language),
        part.view: gr.Radio(choices, value=name, visible=len(names) > 1),
        part.trouble: gr.HTML(visible=False),
    }
    updates |= {view.frame: gr.Column(visible=each == name) for each, view in part.views.items()}
    updates |= drafting.show(part.draft, dataset)
    try:
        return updates | VIEWS[name].show(part.views[name], Seen(part.page, selection, dataset))
    except WorkspaceError as error:
        told = gr.HTML(note("warning", part.page.say(error.message)), visible=True)
        return updates | {part.views[name].frame: gr.Column(visible=False), part.trouble: told}


def stamp(part: Bench, selection: Selection, dataset: Dataset) -> Any:
    """Changes when `show` would show something else."""
    name = _chosen(selection, dataset)
    of_view = VIEWS[name].stamp(part.views[name], Seen(part.page, selection, dataset))
    state = checking.state(part.page.workspace, dataset, part.t)
    return drafting.stamp(part.page, dataset.id), state, of_view


def _called(part: Bench, name: str, dataset: Dataset) -> str:
    """A view, and what is known of it before one looks."""
    called = part.t(f"bench_{name}")
    state = checking.state(part.page.workspace, dataset, part.t) if name == "problems" else ""
    return part.t("tab_with_state", label=called, state=state) if state else called


def _chosen(selection: Selection, dataset: Dataset) -> str:
    """The view in the address where there is one of that name for such data, else the first."""
    module = VIEWS.get(selection.bench)
    return selection.bench if module and module.applies(dataset) else next(iter(VIEWS))


def _choose(part: Bench, selection: Selection, name: str) -> Updates:
    return {part.page.selection: selection.but(bench=name, leaf=1)}


def _act(part: Bench, selection: Selection, event: gr.EventData) -> Updates:
    if event_data(event).get("act") != "delete" or selection.dataset is None:
        return {}
    delete_dataset(part.page.workspace, selection.dataset)
    left = list_datasets(part.page.workspace)
    return {part.page.selection: selection.but(dataset=left[0].id if left else None)}


def _train(part: Bench, selection: Selection) -> Updates:
    return part.page.go(selection, tab="train")
