"""The playground tab: try the model of the selected run.

The run is chosen above; below stands one of the views of `webui.trying`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from webui import drafting
from webui.page import LAST_CHOICE, Page, Updates, View
from webui.picker import (
    PickerTab,
    build_nothing,
    has_model,
    picker,
    run_state,
    show_picker,
    wire_picker,
)
from webui.state import Selection
from webui.trying import VIEWS
from webui.trying.base import Tried


@dataclass(frozen=True)
class PlaygroundTab(PickerTab):
    view: gr.Radio
    """Which of the views is in sight."""
    views: Mapping[str, View]


def build(page: Page, frame: gr.Tab) -> PlaygroundTab:
    """The run and the choice of views above, the views below."""
    t = page.t
    parts = build_nothing(page)
    with gr.Column(visible=False) as parts["content"]:
        with gr.Row(elem_classes="ts-top"):
            parts["run"] = gr.Dropdown([], label=t("run"), min_width=280)
            parts["view"] = gr.Radio(
                [], label=t("trying.view"), elem_id="trying-view", elem_classes="ts-switch"
            )
        parts["views"] = {name: module.build(page) for name, module in VIEWS.items()}
    return PlaygroundTab(page=page, frame=frame, **parts)


def wire(tab: PlaygroundTab) -> None:
    wire_picker(tab)
    tab.on(tab.view.input, _choose_view, [tab.page.selection, tab.view], **LAST_CHOICE)
    for name, module in VIEWS.items():
        module.wire(tab.views[name], tab.run)


def show(tab: PlaygroundTab, selection: Selection) -> Updates:
    """The models there are, and the chosen one in the chosen view."""
    updates, chosen = show_picker(tab, selection, has_model, "playground_empty")
    if chosen is None:
        return updates
    tried = Tried(tab.page, selection, chosen)
    task = tried.task
    names = [name for name, module in VIEWS.items() if module.applies(task)]
    view = selection.trying if selection.trying in names else names[0]
    choices = [(tab.t(f"trying.{name}"), name) for name in names]
    frames = {tab.views[name].frame: gr.Column(visible=name == view) for name in VIEWS}
    return (
        updates
        | {tab.view: gr.Radio(choices, value=view, visible=len(names) > 1)}
        | frames
        | VIEWS[view].show(tab.views[view], tried)
    )


def stamp(tab: PlaygroundTab, selection: Selection) -> Any:
    page = tab.page
    _, chosen = picker(page, selection, has_model)
    draft = None
    if chosen is not None and selection.trying == "corrections":
        draft = drafting.stamp(page, page.registry.get(chosen).dataset)
    return run_state(page, selection), draft


def _choose_view(tab: PlaygroundTab, selection: Selection, view: str) -> Updates:
    return {tab.page.selection: selection.but(trying=view)}
