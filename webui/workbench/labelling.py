"""The view in which unlabelled texts are labelled, those first that teach a model most."""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from engine.data.alike import is_blank
from engine.data.dataset import Dataset, load_dataset
from engine.data.kinds import kind_of
from engine.errors import DataError
from engine.quality import labelling
from engine.quality.labelling import Next, Pick
from engine.runs import errands
from engine.workspace import Workspace, new_id
from webui import background
from webui.html import button
from webui.page import EVERY_CLICK, Page, Updates, View, event_data, html_block
from webui.state import Selection, texts
from webui.views import labelling as html
from webui.workbench.base import Seen

KIND = "next"
_NO_LABEL = "data.row_no_label"
"""Why a row was left out at import."""


@dataclass(frozen=True)
class Labelling(View):
    lead: gr.HTML
    upload: gr.UploadButton
    pasted: gr.Textbox
    rank: gr.Button
    own: gr.HTML
    """The way to the rows of the file that had no label."""
    ranked: gr.Column
    texts: gr.HTML


def build(page: Page) -> Labelling:
    """Which texts, then one after the other."""
    t = page.t
    with gr.Column() as frame:
        with gr.Column(elem_classes="ts-card"):
            lead = html_block(acts=True, elem_id="next")
            pasted = gr.Textbox(
                label=t("next.paste"), info=t("next.paste_help"), lines=4, max_lines=10,
                elem_id="next-texts",
            )  # fmt: skip
            with gr.Row(elem_classes="ts-actions"):
                upload = gr.UploadButton(
                    t("next.upload"), elem_id="next-upload", scale=0, min_width=220
                )
                rank = gr.Button(
                    t("next.rank"), variant="primary", elem_id="next-rank", scale=0, min_width=280
                )
            own = html_block(acts=True)
        with gr.Column(elem_classes="ts-card", visible=False) as ranked:
            script = "window.review(element, watch);"
            texts = html_block(acts=True, script=script, elem_id="next-list")
    return Labelling(page, frame, lead, upload, pasted, rank, own, ranked, texts)


def wire(view: Labelling) -> None:
    selection = view.page.selection
    waiting: dict[str, Any] = {"show_progress": "full", "show_progress_on": view.upload}
    view.on(view.upload.upload, _upload, [selection, view.upload], **waiting)
    view.on(view.rank.click, _pasted, [selection, view.pasted])
    clicks = [part.click for part in (view.lead, view.own, view.texts)]
    view.on(clicks, _act, [selection], **EVERY_CLICK)


def applies(dataset: Dataset) -> bool:
    return labelling.offered(dataset)


def show(view: Labelling, seen: Seen) -> Updates:
    page, dataset, t = seen.page, seen.dataset, view.t
    found = labelling.load(page.workspace, dataset)
    texts = None
    if found is not None:
        standing = labelling.standing(page.workspace, dataset, found)
        texts = html.texts(found, standing, dataset, t, page.language)
    own = button(t("next.own"), "own") if _left_out(dataset) else ""
    return {
        view.lead: html.lead(background.look(page.workspace, KIND, dataset), t, page.language),
        view.own: own,
        view.ranked: gr.Column(visible=texts is not None),
        view.texts: texts or "",
    }


def stamp(view: Labelling, seen: Seen) -> Any:
    workspace, dataset = seen.page.workspace, seen.dataset
    files = (workspace.next_texts(dataset.id), workspace.passed(dataset.id))
    drafted = workspace.corrections(dataset.id)
    waiting = sorted(path.name for path in drafted.glob("text-*.json"))
    result = [background.changed(path) for path in files]
    return dataset.version, result, waiting, background.look(workspace, KIND, dataset)


def _left_out(dataset: Dataset) -> bool:
    """Whether rows were left out at import because they had no label."""
    return any(_NO_LABEL in json.dumps(note.to_dict()) for note in dataset.notes)


def _upload(view: Labelling, selection: Selection, file: str) -> Updates:
    path = Path(file)
    kind_of(path, path.name)  # what is no table is refused here
    return _begin(view, selection, path) | {view.upload: None}


def _pasted(view: Labelling, selection: Selection, pasted: str) -> Updates:
    texts = [line for line in (pasted or "").splitlines() if not is_blank(line)]
    if not texts:
        raise DataError("next.nothing_pasted")
    folder = view.page.workspace.uploads / new_id("pasted")
    folder.mkdir(mode=0o700)
    try:
        lines = folder / "pasted.jsonl"
        lines.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts), "utf-8")
        return _begin(view, selection, lines) | {view.pasted: ""}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _begin(view: Labelling, selection: Selection, file: Path | None, **asks: Any) -> Updates:
    """Rank the texts of a file, or others."""
    page = view.page
    if selection.dataset is None:
        return {}
    dataset = load_dataset(page.workspace, selection.dataset)
    given: tuple[Path, str] | None = None
    if file is not None:
        with file.open("rb") as opened:
            asks["file"] = hashlib.file_digest(opened, "sha256").hexdigest()
        given = (file, file.name)
    errands.begin(page.workspace, KIND, dataset.id, {"version": dataset.version, **asks}, given)
    return show(view, Seen(page, selection, dataset))


def _act(view: Labelling, selection: Selection, event: gr.EventData) -> Updates:
    """A text was decided, or a decision taken back; or others are to be ranked."""
    sent, page = event_data(event), view.page
    act = sent.get("act")
    if selection.dataset is None:
        return {}
    if act == "own":
        return _begin(view, selection, None)
    if act == "again":
        return _begin(view, selection, None, again=True)
    dataset = load_dataset(page.workspace, selection.dataset)
    if act == "cancel":
        background.cancel(page.workspace, KIND, dataset)
    found = labelling.load(page.workspace, dataset)
    if found is not None:
        _decide(page.workspace, dataset, found, sent)
    return show(view, Seen(page, selection, dataset))


def _decide(workspace: Workspace, dataset: Dataset, found: Next, sent: Mapping[str, str]) -> None:
    """Put down what was decided; what is decided already, in another window, stays as it is."""
    act, standing = sent.get("act"), labelling.standing(workspace, dataset, found)
    pick = _picked(standing.open, sent.get("key", ""))
    if act == "undo" and standing.last is not None:
        labelling.take_back(workspace, dataset, [standing.last])
    elif act == "reopen":
        labelling.take_back(workspace, dataset, standing.skipped)
    elif act == "skip" and pick is not None:
        labelling.skip(workspace, dataset, pick)
    elif act == "take" and pick is not None:
        right = texts(sent.get("labels", "[]"))
        if right is not None:
            labelling.label(workspace, dataset, pick, right)


def _picked(picks: Sequence[Pick], key: str) -> Pick | None:
    return next((pick for pick in picks if pick.key == key), None)
