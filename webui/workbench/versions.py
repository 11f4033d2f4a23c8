"""The view of a data set's versions: when and why each was made, how two differ, an older one put
back, any of them as a file."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from engine.data.dataset import Dataset, load_dataset
from engine.data.differences import KINDS, compare, lines
from engine.data.exporting import FORMATS, export
from engine.data.versions import restore, versions
from engine.errors import WorkspaceError
from webui.guard import login
from webui.html import Html
from webui.page import EVERY_CLICK, FETCH, Page, Updates, View, event_data, html_block
from webui.state import Selection, whole
from webui.views import versions as html
from webui.views.rows import Leaf
from webui.workbench.base import Seen

PAGE = 20
"""Rows on a page."""


@dataclass(frozen=True)
class Versions(View):
    listed: gr.HTML
    version: gr.Dropdown
    form: gr.Radio
    write: gr.Button
    file: gr.File
    before: gr.Dropdown
    after: gr.Dropdown
    differ: gr.HTML


def build(page: Page) -> Versions:
    """The list and the file, then two versions side by side."""
    t = page.t
    with gr.Column() as frame:
        with gr.Column(elem_classes="ts-card"):
            listed = html_block(acts=True, elem_id="versions")
            with gr.Row(elem_classes="ts-top"):
                version = gr.Dropdown([], label=t("versions.which"), min_width=160)
                forms = [(t(f"versions.form_{ending[1:]}"), ending) for ending in FORMATS]
                form = gr.Radio(forms, value=".csv", label=t("versions.form"), min_width=320)
                write = gr.Button(t("versions.write"), scale=0, min_width=180)
                file = gr.File(visible=False)
        with gr.Column(elem_classes="ts-card"):
            with gr.Row():
                before = gr.Dropdown([], label=t("versions.before"), min_width=160)
                after = gr.Dropdown([], label=t("versions.after"), min_width=160)
            differ = html_block(acts=True, elem_id="differences")
    return Versions(page, frame, listed, version, form, write, file, before, after, differ)


def wire(view: Versions) -> None:
    selection = [view.page.selection]
    view.on(view.listed.click, _act, selection, **EVERY_CLICK)
    view.on(view.differ.click, _look, selection, **EVERY_CLICK)
    both = [*selection, view.before, view.after]
    view.on([view.before.select, view.after.select], _choose, both)
    done = view.on(
        view.write.click,
        _write,
        [*selection, view.version, view.form],
        show_progress="full",
        show_progress_on=view.write,
        concurrency_id="export",
        concurrency_limit=1,
    )
    done.success(None, [view.file], js=FETCH, api_visibility="private")


def applies(dataset: Dataset) -> bool:
    return True


def show(view: Versions, seen: Seen) -> Updates:
    """All versions, and the two that are held against each other."""
    page, dataset, t = view.page, seen.dataset, view.t
    every = versions(page.workspace, dataset.id)
    choices = [(t("versions.number", version=each.version), each.version) for each in every]
    before, after, kind = _picked(seen.selection, dataset)
    return {
        view.listed: html.listed(every, t, page.say),
        view.version: gr.Dropdown(choices, value=dataset.version),
        view.before: gr.Dropdown(choices, value=before, visible=len(every) > 1),
        view.after: gr.Dropdown(choices, value=after, visible=len(every) > 1),
        view.differ: _differ(view, seen, before, after, kind) if len(every) > 1 else html.only(t),
    }


def stamp(view: Versions, seen: Seen) -> Any:
    return seen.dataset.version


def _picked(selection: Selection, dataset: Dataset) -> tuple[int, int, str]:
    """The two versions in the address and the kind of rows; else the newest and the one before."""
    first, second, kind = (*selection.pick.split("_"), "", "")[:3]
    numbers = [int(each) for each in (first, second) if each.isdecimal()]
    if len(numbers) < 2 or not all(1 <= each <= dataset.version for each in numbers):
        return max(1, dataset.version - 1), dataset.version, ""
    return numbers[0], numbers[1], kind if kind in KINDS else ""


def _differ(view: Versions, seen: Seen, before: int, after: int, kind: str) -> Html:
    page, t = view.page, view.t
    found = compare(page.workspace, seen.dataset.id, before, after)
    kind = kind or next((each for each in KINDS if found.rows[each]), "")
    rows = found.rows.get(kind, ())
    pages = Leaf(1, len(rows), "", PAGE).pages
    leaf = Leaf(min(seen.selection.leaf, pages), len(rows), "", PAGE)
    read = lines(page.workspace, found, rows[leaf.first : leaf.last])
    return html.differences(found, kind, leaf, read, t)


def _choose(view: Versions, selection: Selection, before: Any, after: Any) -> Updates:
    return {view.page.selection: selection.but(pick=f"{before}_{after}", leaf=1)}


def _look(view: Versions, selection: Selection, event: gr.EventData) -> Updates:
    """Another kind of rows, or another page of them."""
    sent, page = event_data(event), view.page
    number = whole(sent.get("page"))
    if sent.get("act") == "page" and number is not None:
        return {page.selection: selection.but(leaf=number)}
    if sent.get("act") == "pick":
        return {page.selection: selection.but(pick=sent.get("pick", ""), leaf=1)}
    return {}


def _act(view: Versions, selection: Selection, event: gr.EventData, request: gr.Request) -> Updates:
    """A version is held against the one before, or put back."""
    sent, page = event_data(event), view.page
    number, dataset = whole(sent.get("version")), selection.dataset
    if dataset is None or number is None:
        return {}
    if sent.get("act") == "restore":
        made = restore(page.workspace, dataset, number, author=login(request))
        return show(view, Seen(page, selection.but(pick=""), made)) | {
            page.selection: selection.but(pick="", leaf=1)
        }
    if sent.get("act") == "compare":
        pick = f"{sent.get('before', '')}_{number}"
        return {page.selection: selection.but(pick=pick, leaf=1)}
    return {}


def _write(view: Versions, selection: Selection, version: Any, form: str) -> Updates:
    """The rows of a version as a file to fetch."""
    number = whole(version)
    if selection.dataset is None or form not in FORMATS or number is None:
        return {}
    dataset = load_dataset(view.page.workspace, selection.dataset, number)
    folder = view.page.workspace.uploads / f"version-{dataset.id}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    target = folder / f"{dataset.id}-v{dataset.version}{form}"
    try:
        export(view.page.workspace, dataset, target)
    except OSError as error:
        raise WorkspaceError("data.cannot_save", reason=error.strerror or str(error)) from None
    return {view.file: str(target)}
