"""The draft of a data set: what waits is listed and undone, made a version, and trained on.

Stands above the views of a saved data set, and beside the answers and wrong rows of a run; there
the run's own recipe is trained again, elsewhere that of the newest run that is finished or at work.
"""

import time
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from engine.data import changes
from engine.data.changes import Change
from engine.data.corrections import Correction, drafted, undo
from engine.data.dataset import Dataset, load_dataset
from engine.data.versions import apply_draft
from engine.errors import WorkspaceError
from engine.runs.run import Run, State
from webui.guard import login
from webui.html import Html, join, note
from webui.page import EVERY_CLICK, Page, Part, Updates, event_data, html_block
from webui.state import Selection
from webui.views import draft as html
from webui.views.corrections import cannot


@dataclass(frozen=True)
class Drafting(Part):
    frame: gr.Column
    dataset: gr.State
    """Id of the data set it is about."""
    run: gr.State
    """Id of the run whose recipe is trained again; "" for the newest, finished or at work."""
    listed: gr.HTML
    note: gr.Textbox
    make: gr.Button
    train: gr.Button
    changed: gr.State
    """When the draft was last changed here: what else shows it listens to that."""


def build(page: Page) -> Drafting:
    """What waits, then a note and the button that makes it a version, then the next one."""
    t = page.t
    with gr.Column(elem_classes="ts-card") as frame:
        dataset, run, changed = gr.State(""), gr.State(""), gr.State(0)
        listed = html_block(acts=True, elem_classes="ts-waiting")
        with gr.Row(elem_classes="ts-make-row"):
            words = gr.Textbox(
                label=t("correct.note"), max_lines=1, max_length=500, min_width=260, visible=False
            )
            make = gr.Button("", variant="primary", visible=False, scale=0, min_width=280)
        train = gr.Button("", visible=False, elem_classes="ts-lead-button")
    return Drafting(page, frame, dataset, run, listed, words, make, train, changed)


def wire(part: Drafting) -> None:
    part.on(part.listed.click, _undo, [part.dataset, part.run], **EVERY_CLICK)
    busy = {"show_progress": "full", "show_progress_on": part.listed}
    part.on(part.make.click, _make, [part.dataset, part.run, part.note], **busy)
    part.on(part.train.click, _train, [part.page.selection, part.dataset, part.run])


def show_run(part: Drafting, run_id: str) -> Updates:
    """The draft of a run's data set."""
    dataset = dataset_of(part.page, part.page.registry.get(run_id))
    if dataset is not None:
        return show(part, dataset, run_id)
    hidden: Updates = {part.note: gr.Textbox(visible=False), part.make: gr.Button(visible=False)}
    gone = cannot(part.t("correct.no_data"))
    return {**hidden, part.run: run_id, part.listed: gone, part.train: gr.Button(visible=False)}


def show(part: Drafting, dataset: Dataset, run_id: str = "", told: Html | None = None) -> Updates:
    """The draft of a data set, and what can be made of it. Beside no run nothing at all where there
    is neither a draft nor a version that was not trained on yet, and not both at once."""
    page, t = part.page, part.t
    many, single = _waiting(page, dataset.id)
    waiting = len(many) + len(single)
    source = None if waiting and not run_id else _source(page, dataset, run_id)
    made = told or (_origin(part, dataset) if source or _is_news(page, dataset, waiting) else None)
    train = t("correct.train", version=dataset.version)
    return {
        part.frame: gr.Column(visible=bool(run_id or waiting or made)),
        part.dataset: dataset.id,
        part.run: run_id,
        part.listed: join([made, html.waiting(many, single, t, page.say, always=bool(run_id))]),
        part.note: gr.Textbox(visible=waiting > 0),
        part.make: gr.Button(
            t("correct.make", version=dataset.version + 1, changes=waiting), visible=waiting > 0
        ),
        part.train: gr.Button(
            train, visible=source is not None, variant="secondary" if waiting else "primary"
        ),
    }


def stamp(page: Page, dataset_id: str) -> Any:
    """Changes with the draft, which may be that of another window, and with what is trained."""
    folders = (page.workspace.corrections(dataset_id), page.workspace.changes(dataset_id))
    written = [folder.stat().st_mtime_ns if folder.is_dir() else None for folder in folders]
    return written, [run.state for run in page.registry.list() if run.dataset == dataset_id]


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


def _waiting(page: Page, dataset_id: str) -> tuple[list[Change], list[Correction]]:
    workspace = page.workspace
    return changes.drafted(workspace, dataset_id), drafted(workspace, dataset_id)


def _source(page: Page, dataset: Dataset, run_id: str) -> Run | None:
    """The run of an older version whose recipe is to be trained on the newest one, also of one that
    is still at work; beside no run only while none has been started on that."""
    if run_id:
        run = page.registry.get(run_id)
        older = run.dataset_version < dataset.version
        return run if older and _fits(page, run, dataset) else None
    runs = [run for run in page.registry.list() if run.dataset == dataset.id]
    if any(run.dataset_version == dataset.version for run in runs):
        return None
    worth = (run for run in runs if run.state is State.FINISHED or run.state.active)
    return next((run for run in worth if _fits(page, run, dataset)), None)


def _is_news(page: Page, dataset: Dataset, waiting: int) -> bool:
    """Whether a version was made and nobody has gone on from there: of data that were never trained
    on nothing else would tell."""
    trained = any(run.dataset == dataset.id for run in page.registry.list())
    return bool(dataset.reasons) and not waiting and not trained


def _fits(page: Page, run: Run, dataset: Dataset) -> bool:
    """Whether the recipe of a run makes sense for a newer version, which may be of another task or
    have other labels."""
    try:
        recipe = page.recipe(run.id)
        learnt = load_dataset(page.workspace, run.dataset, run.dataset_version)
    except WorkspaceError:
        return False
    return learnt.task == dataset.task and set(recipe.own_weights) <= set(dataset.labels)


def _origin(part: Drafting, dataset: Dataset) -> Html:
    return note("info", told(dataset, part.page))


def _undo(part: Drafting, dataset_id: str, run_id: str, event: gr.EventData) -> Updates:
    workspace, sent = part.page.workspace, event_data(event)
    if sent.get("act") == "undo":
        undo(workspace, dataset_id, sent.get("key", ""))
    elif sent.get("act") == "undo_change":
        changes.undo(workspace, dataset_id, sent.get("key", ""))
    shown = show(part, load_dataset(workspace, dataset_id), run_id)
    return {**shown, part.changed: time.time_ns()}


def _make(part: Drafting, dataset_id: str, run_id: str, words: str, request: gr.Request) -> Updates:
    """The draft becomes a version; it is then empty."""
    workspace = part.page.workspace
    dataset = apply_draft(workspace, dataset_id, words or "", login(request))
    shown = show(part, dataset, run_id, _origin(part, dataset))
    shown[part.note] = gr.Textbox("", visible=False)
    return {**shown, part.changed: time.time_ns()}


def _train(part: Drafting, selection: Selection, dataset_id: str, run_id: str) -> Updates:
    """Queue a run with the same recipe on the newest version, and watch it."""
    page = part.page
    newest = load_dataset(page.workspace, dataset_id)
    source = _source(page, newest, run_id)
    if source is None:  # another window was first
        return show(part, newest, run_id)
    recipe = replace(page.recipe(source.id), dataset_version=newest.version)
    started = page.registry.submit(recipe)
    return page.go(selection, tab="runs", run=started.id, dataset=newest.id)
