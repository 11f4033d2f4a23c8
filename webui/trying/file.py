"""The view that predicts a whole file: which columns are read, how far it is, the file back."""

import shutil
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import gradio as gr

from engine.data.several_files import sort_out
from engine.errors import DataError, TunesmithError, WorkspaceError
from engine.inference.asking import Asking, ask, choose, read_rows, trained_on
from engine.inference.batch import Batch, form_of
from engine.models.manual import read_manual
from engine.runs import errands as jobs
from engine.tasks import AnyTask
from engine.workspace import Workspace
from webui import errands, uploads
from webui.asking import task_of
from webui.page import EVERY_CLICK, FETCH, Page, Updates, View, html_block
from webui.trying.base import Tried
from webui.views import batch as html
from webui.views.batch import Given

KIND = "batch"
PREVIEWED = 5


@dataclass(frozen=True)
class Draft:
    """A file that was uploaded and waits to be predicted."""

    upload: str
    name: str


Waiting = Draft | None


@dataclass(frozen=True)
class FileView(View):
    draft: gr.State
    upload: gr.UploadButton
    setting_up: gr.Column
    about: gr.HTML
    text: gr.Dropdown
    question: gr.Dropdown
    preview: gr.HTML
    doubtful_first: gr.Checkbox
    start: gr.Button
    discard: gr.Button
    board: errands.Board
    fetched: gr.File


def build(page: Page) -> FileView:
    """How to begin, the file being set up, and the files there are."""
    t = page.t
    parts: dict[str, Any] = {"draft": gr.State(None)}
    with gr.Column() as frame:
        with gr.Row(elem_classes="ts-card ts-top"):
            html_block(html.lead(t), elem_classes="ts-grow")
            parts["upload"] = gr.UploadButton(
                t("batch.upload"), elem_id="batch-upload", variant="primary", scale=0, min_width=200
            )
        with gr.Column(visible=False, elem_classes="ts-card") as parts["setting_up"]:
            parts["about"] = html_block()
            with gr.Row():
                parts["text"] = gr.Dropdown(
                    [], label=t("batch.text"), info=t("batch.text_help"), multiselect=True,
                    elem_id="batch-text", min_width=320,
                )  # fmt: skip
                parts["question"] = gr.Dropdown(
                    [], label=t("batch.question"), elem_id="batch-question", min_width=320
                )
            parts["preview"] = html_block()
            parts["doubtful_first"] = gr.Checkbox(
                label=t("batch.doubtful_first"), info=t("batch.doubtful_first_help")
            )
            with gr.Row(elem_classes="ts-actions"):
                parts["discard"] = gr.Button(t("batch.discard"), scale=0, min_width=140)
                parts["start"] = gr.Button(
                    "", variant="primary", elem_id="batch-start", scale=0, min_width=220
                )
        parts["board"] = errands.build(page, KIND)
        parts["fetched"] = gr.File(visible=False)
    return FileView(page=page, frame=frame, **parts)


def wire(view: FileView, run: gr.Dropdown) -> None:
    waiting: dict[str, Any] = {"show_progress": "full", "show_progress_on": view.upload}
    columns = [view.text, view.question]
    view.on(view.upload.upload, _upload, [run, view.upload], **waiting)
    view.on(run.change, _fresh, [run, view.draft])
    view.on([field.input for field in columns], _preview, [run, view.draft, *columns])
    view.on(view.discard.click, _discard)
    asked = [run, view.draft, *columns, view.doubtful_first]
    view.on(view.start.click, _start, asked)
    view.on(
        view.board.clock.tick, _look, [view.board.run], view.board.components(), **errands.LOOKING
    )
    clicked = view.on(view.board.cards.click, _act, [view.board.run], **EVERY_CLICK)
    clicked.success(None, [view.fetched], js=FETCH, api_visibility="private")


def applies(task: type[AnyTask]) -> bool:
    return True


def show(view: FileView, tried: Tried) -> Updates:
    """The files that are or were predicted with this model; one being set up stays as it is."""
    return _board(view, tried.run)


def _upload(view: FileView, run: str, file: str) -> Updates:
    name = Path(file).name
    draft = Draft(uploads.store(view.page.workspace, sort_out([(Path(file), name)])), name)
    try:
        return _set_up(view, run, draft)
    except TunesmithError:
        uploads.remove(view.page.workspace, draft.upload)
        raise


def _fresh(view: FileView, run: str, draft: Waiting) -> Updates:
    """Another model may read other columns."""
    return {} if draft is None else _set_up(view, run, draft)


def _set_up(view: FileView, run: str, draft: Draft) -> Updates:
    given = _given(view.page, run, draft)
    asking, t = given.asking, view.t
    columns = [str(name) for name in given.head]
    asks = _asks(view.page, run)
    return {
        view.draft: draft,
        view.setting_up: gr.Column(visible=True),
        view.upload: gr.UploadButton(t("batch.upload_other"), variant="secondary"),
        view.about: html.about(given, t, view.page.language),
        view.text: gr.Dropdown(columns, value=list(asking.text), multiselect=True),
        view.question: gr.Dropdown(columns, value=asking.question, visible=asks),
        **_read_first(view, run, given, asking),
    }


def _preview(
    view: FileView, run: str, draft: Waiting, text: list[str], question: str | None
) -> Updates:
    if draft is None:
        return {}
    chosen = Asking(tuple(text or ()), question if _asks(view.page, run) else None)
    return _read_first(view, run, _given(view.page, run, draft), chosen)


def _read_first(view: FileView, run: str, given: Given, asking: Asking) -> Updates:
    """What the model would read of the first rows; it cannot start where a column is missing."""
    if not asking.text or (_asks(view.page, run) and not asking.question):
        start = gr.Button(view.t("batch.start", rows=given.rows), interactive=False)
        return {view.preview: html.nothing(view.t), view.start: start}
    first = ask(given.head, task_of(view.page, run).kind, asking)
    start = gr.Button(view.t("batch.start", rows=given.rows), interactive=True)
    return {view.preview: html.preview(first, view.t), view.start: start}


def _discard(view: FileView) -> Updates:
    return {
        view.draft: None,
        view.setting_up: gr.Column(visible=False),
        view.upload: gr.UploadButton(view.t("batch.upload"), variant="primary"),
    }


def _start(
    view: FileView,
    run: str,
    draft: Waiting,
    text: list[str],
    question: str | None,
    doubtful_first: bool,
) -> Updates:
    """Begin the errand. A second click finds the same one, or no draft."""
    if draft is None:
        return {}
    page = view.page
    path = _path(page.workspace, draft)
    asking = Asking(tuple(text), question if _asks(page, run) else None)
    suffix = ".jsonl" if _given(page, run, draft).form == "jsonl" else ".csv"
    asks = {
        "name": draft.name,
        "out": f"{Path(draft.name).stem[:80] or 'file'}-predicted{suffix}",
        "upload": draft.upload,
        "batch": Batch(asking, bool(doubtful_first)).to_dict(),
    }
    jobs.begin(page.workspace, KIND, run, asks, (path, f"given{path.suffix}"))
    return _discard(view) | _board(view, run)


def _look(view: FileView, run: str) -> Updates:
    return _board(view, run)


def _act(view: FileView, run: str, event: gr.EventData) -> Updates:
    what, errand = errands.chosen(view.page, event)
    fetched = _fetch(view.page.workspace, errand) if what == "fetch" else None
    errands.act(view.page, what, errand)
    return {view.fetched: fetched} | _board(view, run)


def _board(view: FileView, run: str) -> Updates:
    return errands.show(view.board, errands.listed(view.page, KIND, run), run)


def _fetch(workspace: Workspace, errand: jobs.Errand) -> str:
    """A copy beside the uploads: a place Gradio may hand files out from."""
    made = workspace.errand(errand.id).made / str(errand.asks["out"])
    if not made.is_file():
        raise WorkspaceError("errands.gone")
    copy = workspace.uploads / f"export-{errand.id}" / made.name
    copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not copy.is_file():
        shutil.copyfile(made, copy)
    return str(copy)


def _asks(page: Page, run: str) -> bool:
    return "question" in task_of(page, run).asks


def _path(workspace: Workspace, draft: Draft) -> Path:
    gone = WorkspaceError("batch.upload_gone", file=draft.name)
    if not uploads.exists(workspace, draft.upload):
        raise gone
    path = uploads.load(workspace, draft.upload).sources.train
    if not path.is_file():
        raise gone
    return path


def _given(page: Page, run_id: str, draft: Draft) -> Given:
    run = page.registry.get(run_id)
    task = read_manual(page.workspace.run(run_id).model).task
    path = _path(page.workspace, draft)
    return _read(page.workspace, path, draft.name, task, run.dataset, run.dataset_version)


@lru_cache(maxsize=8)
def _read(
    workspace: Workspace, path: Path, name: str, task: str, dataset: str, version: int
) -> Given:
    """What the file holds and which columns a model of that data set would read, none where that
    cannot be guessed; not the table, which may be large."""
    table, report = read_rows(path, name)
    try:
        asking = choose(table, task, trained_on(workspace, dataset, version), name)
    except DataError:
        asking = Asking(())
    return Given(report, len(table), table.head(PREVIEWED), asking, form_of(report))
