"""The draft of corrections of a run's data set: listed, undone, made a version, trained on."""

import time
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from engine.data.corrections import Correction, drafted, undo
from engine.data.dataset import Dataset, load_dataset
from engine.data.versions import apply_draft
from engine.errors import WorkspaceError
from engine.runs.run import Run
from webui.html import Html, note, tag
from webui.page import EVERY_CLICK, Page, Part, Updates, event_data, html_block
from webui.state import Selection
from webui.views import corrections as html


@dataclass(frozen=True)
class Drafting(Part):
    run: gr.State
    """Id of the run whose data set, and whose recipe, it is about."""
    listed: gr.HTML
    note: gr.Textbox
    make: gr.Button
    made: gr.HTML
    train: gr.Button
    changed: gr.State
    """When the draft was last changed here: what else shows it listens to that."""


def build(page: Page) -> Drafting:
    """The corrections, then a note and the button that makes them a version, then the next one."""
    t = page.t
    with gr.Column(elem_classes="ts-card"):
        run, changed = gr.State(""), gr.State(0)
        listed = html_block(acts=True)
        words = gr.Textbox(label=t("correct.note"), max_lines=1, max_length=500, visible=False)
        make = gr.Button("", variant="primary", visible=False, elem_classes="ts-lead-button")
        made = html_block()
        train = gr.Button("", visible=False, elem_classes="ts-lead-button")
    return Drafting(page, run, listed, words, make, made, train, changed)


def wire(part: Drafting) -> None:
    part.on(part.listed.click, _undo, [part.run], **EVERY_CLICK)
    part.on(part.make.click, _make, [part.run, part.note])
    part.on(part.train.click, _train, [part.page.selection, part.run])


def show(part: Drafting, run_id: str, told: Html | None = None) -> Updates:
    """The draft of the run's data set, and what can be made of it."""
    run, t = part.page.registry.get(run_id), part.t
    dataset = dataset_of(part.page, run)
    if dataset is None:
        hidden: Updates = {
            part.note: gr.Textbox(visible=False),
            part.make: gr.Button(visible=False),
        }
        gone = html.cannot(t("correct.no_data"))
        return {**hidden, part.run: run_id, part.listed: gone, part.train: gr.Button(visible=False)}
    waiting = drafted(part.page.workspace, dataset.id)
    newer = dataset.version > run.dataset_version
    made = t("correct.make", version=dataset.version + 1, rows=len(waiting))
    train = t("correct.train", version=dataset.version)
    return {
        part.run: run_id,
        part.listed: _listed(waiting, part),
        part.note: gr.Textbox(visible=bool(waiting)),
        part.make: gr.Button(made, visible=bool(waiting)),
        part.made: told or (_origin(dataset, part) if newer else ""),
        part.train: gr.Button(train, visible=newer, variant="secondary" if waiting else "primary"),
    }


def stamp(page: Page, run_id: str | None) -> Any:
    """Changes with the draft, which may be that of another window."""
    if run_id is None:
        return None
    folder = page.workspace.corrections(page.registry.get(run_id).dataset)
    return folder.stat().st_mtime_ns if folder.is_dir() else None


def dataset_of(page: Page, run: Run) -> Dataset | None:
    """The newest version of a run's data set; None where that has been deleted."""
    try:
        return load_dataset(page.workspace, run.dataset)
    except WorkspaceError:
        return None


def told(dataset: Dataset, page: Page) -> str:
    """What a version was made of."""
    reasons = page.t("correct.names", names=[page.say(reason) for reason in dataset.reasons])
    return page.t("correct.made", version=dataset.version, name=dataset.name, reasons=reasons)


def _origin(dataset: Dataset, part: Drafting) -> Html:
    return note("info", told(dataset, part.page))


def _listed(waiting: list[Correction], part: Drafting) -> Html:
    return tag(
        "section",
        tag("h3", part.t("correct.draft_title")),
        tag("p", part.t("correct.draft_help"), class_="ts-why"),
        html.draft(waiting, part.t),
    )


def _undo(part: Drafting, run_id: str, event: gr.EventData) -> Updates:
    sent = event_data(event)
    if sent.get("act") == "undo":
        run = part.page.registry.get(run_id)
        undo(part.page.workspace, run.dataset, sent.get("key", ""))
    return {**show(part, run_id), part.changed: time.time_ns()}


def _make(part: Drafting, run_id: str, words: str) -> Updates:
    """The draft becomes a version; it is then empty."""
    run = part.page.registry.get(run_id)
    dataset = apply_draft(part.page.workspace, run.dataset, words or "")
    shown = show(part, run_id, note("info", told(dataset, part.page)))
    shown[part.note] = gr.Textbox("", visible=False)
    return {**shown, part.changed: time.time_ns()}


def _train(part: Drafting, selection: Selection, run_id: str) -> Updates:
    """Queue a run with the same recipe on the newest version, and watch it."""
    page = part.page
    newest = load_dataset(page.workspace, page.registry.get(run_id).dataset)
    recipe = replace(page.recipe(run_id), dataset_version=newest.version)
    started = page.registry.submit(recipe)
    return page.go(selection, tab="runs", run=started.id, dataset=newest.id)
