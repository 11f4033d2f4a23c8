"""The view of what the data is worth: what simple models reach, and what more rows would bring."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import gradio as gr

from engine.data.dataset import Dataset, load_dataset
from engine.quality import worth
from engine.quality.worth import Worth
from engine.runs import errands
from engine.workspace import Workspace
from webui import background, charts_worth
from webui.page import EVERY_CLICK, Page, Updates, View, event_data, html_block
from webui.state import Selection
from webui.views import worth as html
from webui.workbench.base import Seen

KIND = "worth"


@dataclass(frozen=True)
class WorthView(View):
    lead: gr.HTML
    more: gr.Column
    ahead: gr.HTML
    chart: gr.Plot
    labels: gr.HTML


def build(page: Page) -> WorthView:
    """What simple models reach; below it what more rows would bring."""
    with gr.Column() as frame:
        with gr.Column(elem_classes="ts-card"):
            lead = html_block(acts=True, elem_id="worth")
        with gr.Column(elem_classes="ts-card", visible=False) as more:
            ahead = html_block()
            chart = gr.Plot(show_label=False, container=False)
            labels = html_block(acts=True, elem_id="worth-labels")
    return WorthView(page, frame, lead, more, ahead, chart, labels)


def wire(view: WorthView) -> None:
    view.on([view.lead.click, view.labels.click], _act, [view.page.selection], **EVERY_CLICK)


def applies(dataset: Dataset) -> bool:
    return worth.offered(dataset)


def show(view: WorthView, seen: Seen) -> Updates:
    page, dataset, t = seen.page, seen.dataset, view.t
    found = _found(page.workspace, dataset)
    standing = background.look(page.workspace, KIND, dataset)
    task = dataset.make_task()
    metric = task.metric(task.headline)
    ahead = found.prospects if found else None
    updates: Updates = {
        view.lead: html.lead(found, standing, metric, t, page.language),
        view.more: gr.Column(visible=ahead is not None),
    }
    if ahead is None:
        return updates
    chosen = _chosen(seen.selection, dataset)
    shown = ahead.labels[chosen] if chosen else ahead.overall
    title, y = (chosen, t("worth.f1")) if chosen else (t("worth.chart"), page.say(metric))
    return updates | {
        view.ahead: html.ahead(ahead, metric, t, page.language),
        view.chart: charts_worth.growth(shown, title, y, t),
        view.labels: html.labels(ahead, dataset, chosen, t, page.language),
    }


def stamp(view: WorthView, seen: Seen) -> Any:
    workspace, dataset = seen.page.workspace, seen.dataset
    result = background.changed(workspace.worth(dataset.id, dataset.version))
    return dataset.version, result, background.look(workspace, KIND, dataset)


def _found(workspace: Workspace, dataset: Dataset) -> Worth | None:
    changed = background.changed(workspace.worth(dataset.id, dataset.version))
    return _load(workspace, dataset.id, dataset.version, changed) if changed else None


@lru_cache(maxsize=8)
def _load(workspace: Workspace, dataset: str, version: int, _changed: int) -> Worth | None:
    return worth.load(workspace, load_dataset(workspace, dataset, version))


def _chosen(selection: Selection, dataset: Dataset) -> str:
    """The label whose curve is looked at; empty for that of all."""
    place = selection.pick
    known = place.isdecimal() and int(place) < len(dataset.labels)
    return dataset.labels[int(place)] if known else ""


def _act(view: WorthView, selection: Selection, event: gr.EventData) -> Updates:
    """Measuring begins or is called off, or another curve is looked at."""
    sent, page = event_data(event), view.page
    act = sent.get("act")
    if act == "label":
        return {page.selection: selection.but(pick=sent.get("pick", ""))}
    if selection.dataset is None:
        return {}
    dataset = load_dataset(page.workspace, selection.dataset)
    if act == "measure":
        errands.begin(page.workspace, KIND, dataset.id, {"version": dataset.version})
    elif act == "cancel":
        background.cancel(page.workspace, KIND, dataset)
    return show(view, Seen(page, selection, dataset))
