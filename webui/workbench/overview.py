"""The view that comes first: splits, what the import noted, labels and lengths at a glance."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from engine.data.dataset import Dataset
from engine.training import scripts
from webui import pictures
from webui.page import START, Page, Updates, View, event_data, html_block
from webui.pictures import Pictures
from webui.state import Selection
from webui.views import data as html
from webui.workbench.base import Seen


@dataclass(frozen=True)
class Overview(View):
    facts: gr.HTML
    pictures: Pictures


def build(page: Page) -> Overview:
    with gr.Column() as frame:
        with gr.Column(elem_classes="ts-card"):
            facts = html_block(acts=True)
        seen = pictures.build(page)
    return Overview(page, frame, facts, seen)


def wire(view: Overview) -> None:
    view.on(view.facts.click, _act, [view.page.selection])


def applies(dataset: Dataset) -> bool:
    return True


def show(view: Overview, seen: Seen) -> Updates:
    dataset, model = seen.dataset, seen.selection.model
    foreign = scripts.of_dataset(view.page.workspace, dataset.id, dataset.version, model)
    return {
        view.facts: html.rows_of(dataset, foreign, view.t, view.page.language),
        **pictures.of_dataset(view.pictures, dataset, seen.selection),
    }


def stamp(view: Overview, seen: Seen) -> Any:
    return seen.dataset.version


def _act(view: Overview, selection: Selection, event: gr.EventData) -> Updates:
    """To the train tab, with the settings of a recipe where one is named."""
    sent = event_data(event)
    if sent.get("act") not in ("start", "train"):
        return {}
    taken = view.page.take(START + sent["id"]) if "id" in sent else {}
    return view.page.go(selection, tab="train") | taken
