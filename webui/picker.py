"""The choice of a run on the tabs that show one: which runs qualify, and which is chosen."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from engine.data.dataset import list_datasets
from engine.runs.run import Run
from engine.workspace import RunFolder
from webui.html import empty
from webui.page import Page, Tab, Updates, html_block
from webui.state import Selection

Qualifies = Callable[[RunFolder], bool]


@dataclass(frozen=True)
class PickerTab(Tab):
    """Base of the tabs that show one run; without any run to show they lead to the runs."""

    nothing: gr.HTML
    lead: gr.Button
    content: gr.Row | gr.Column
    run: gr.Dropdown


def build_nothing(page: Page) -> dict[str, Any]:
    """What stands there while there is no run to show."""
    return {
        "nothing": html_block(),
        "lead": gr.Button(
            page.t("go_runs"), variant="primary", visible=False, elem_classes="ts-empty-button"
        ),
    }


def wire_picker(tab: PickerTab) -> None:
    selection = tab.page.selection
    # `input` also comes when the list was only looked at, which is no choice
    tab.on(tab.run.select, _choose, [selection, tab.run])
    tab.on(tab.lead.click, _lead, [selection])


def show_picker(
    tab: PickerTab, selection: Selection, qualifies: Qualifies, none: str
) -> tuple[Updates, str | None]:
    """The picker and the chosen id; while no run qualifies, the text of key `none` and None.

    Where another run than the selected one stands in, the picker says why, and until when.
    """
    page = tab.page
    choices, chosen = picker(page, selection, qualifies)
    updates: Updates = {
        tab.nothing: "" if chosen else empty(tab.t(none)),
        tab.lead: gr.Button(visible=chosen is None),
        tab.content: gr.update(visible=chosen is not None),
    }
    if chosen:
        info = _why_another(tab, selection, chosen)
        updates[tab.run] = gr.Dropdown(choices, value=chosen, info=info)
    return updates, chosen


def _why_another(tab: PickerTab, selection: Selection, chosen: str) -> str:
    if selection.run in (None, chosen):
        return ""
    registry = tab.page.registry
    followed, other = registry.get(str(selection.run)), registry.get(chosen)
    key = "picker_until" if followed.state.active else "picker_instead"
    return tab.t(key, name=followed.name, other=other.name)


def has_report(folder: RunFolder) -> bool:
    return folder.report.is_file()


def has_model(folder: RunFolder) -> bool:
    return (folder.model / "labels.json").is_file()


def picker(
    page: Page, selection: Selection, qualifies: Qualifies
) -> tuple[list[tuple[str, str]], str | None]:
    """(name, id) of the runs that qualify, newest first, and the chosen id.

    The selected run where it qualifies, else the newest that does, of the same data set where
    there is one, else None.
    """
    every = page.registry.list()
    runs = [run for run in every if _ready(page, run, qualifies)]
    followed = next((run for run in every if run.id == selection.run), None)
    nearest = [run for run in runs if followed and run.dataset == followed.dataset]
    newest = next(iter([*nearest, *runs]), None)
    chosen = followed if followed in runs else newest
    return [(run.name, run.id) for run in runs], chosen.id if chosen else None


def run_state(page: Page, selection: Selection) -> Any:
    """What the tabs with a picker depend on: which runs there are and what state they are in."""
    return tuple((run.id, run.state) for run in page.registry.list())


def _ready(page: Page, run: Run, qualifies: Qualifies) -> bool:
    return not run.state.active and qualifies(page.workspace.run(run.id))


def _choose(tab: PickerTab, selection: Selection, run: str) -> Updates:
    """Along with the run goes the data set it has learnt from, as long as there is one."""
    page = tab.page
    there = [dataset.id for dataset in list_datasets(page.workspace)]
    dataset = page.registry.get(run).dataset
    kept = dataset if dataset in there else selection.dataset
    return {page.selection: selection.but(run=run, dataset=kept)}


def _lead(tab: PickerTab, selection: Selection) -> Updates:
    return tab.page.go(selection, tab="runs")
