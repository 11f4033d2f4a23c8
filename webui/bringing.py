"""Ways to bring rows along other than a file: pasted, or as a data set of the Hugging Face hub."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from engine.data import hub_data
from engine.data.several_files import sort_out
from engine.errors import DataError
from engine.text import Message
from webui import uploads
from webui.guard import BODY_LIMIT
from webui.page import Page, Part, Updates
from webui.state import Selection

TOO_LONG = "\0"
"""What the browser sends in place of rows that no request can hold."""
_WITHIN = f"""(place, selection, rows) =>
  [place, selection, new Blob([JSON.stringify(rows)]).size > {BODY_LIMIT} ? '\\0' : rows]"""


@dataclass(frozen=True)
class Bringing(Part):
    frame: gr.Column
    pasted: gr.Textbox
    paste: gr.Button
    hub_id: gr.Textbox
    hub_part: gr.Dropdown
    """Which configuration, of a data set with several."""
    fetch: gr.Button


def build(page: Page) -> Bringing:
    """Folded, beside the place for a file."""
    with gr.Column() as frame:
        with gr.Accordion(page.t("bring_paste"), open=False):
            pasted, paste = _build_paste(page)
        with gr.Accordion(page.t("bring_hub"), open=False):
            hub_id, hub_part, fetch = _build_hub(page)
    return Bringing(page, frame, pasted, paste, hub_id, hub_part, fetch)


def _build_paste(page: Page) -> tuple[gr.Textbox, gr.Button]:
    t = page.t
    pasted = gr.Textbox(
        label=t("paste_rows"),
        info=t("paste_help"),
        placeholder=t("paste_example"),
        lines=6,
        max_lines=14,
        elem_id="paste-rows",
    )
    button = gr.Button(t("paste_use"), scale=0, min_width=180, elem_classes="ts-lead-button")
    return pasted, button


def _build_hub(page: Page) -> tuple[gr.Textbox, gr.Dropdown, gr.Button]:
    t = page.t
    with gr.Row(elem_classes="ts-even"):
        hub_id = gr.Textbox(
            label=t("hub_id"),
            info=t("hub_help"),
            placeholder="stanfordnlp/imdb",
            max_lines=1,
            max_length=200,
            min_width=260,
            elem_id="hub-id",
        )
        hub_part = gr.Dropdown(
            [], label=t("hub_part"), info=t("hub_part_help"), visible=False, min_width=220
        )
    fetch = gr.Button(t("hub_fetch"), scale=0, min_width=180, elem_classes="ts-lead-button")
    return hub_id, hub_part, fetch


def wire(part: Bringing, waiting: dict[str, Any]) -> None:
    """`waiting`: options of what takes a while."""
    selection = part.page.selection
    part.on(part.paste.click, _paste, [selection, part.pasted], js=_WITHIN, **waiting)
    asked = [selection, part.hub_id, part.hub_part]
    alone = waiting | {"concurrency_id": "hub"}  # a download keeps nobody else waiting
    part.on([part.fetch.click, part.hub_id.submit], _fetch, asked, **alone)


def _paste(part: Bringing, selection: Selection, text: str | None) -> Updates:
    if text == TOO_LONG:
        raise DataError("page.paste_long", limit=BODY_LIMIT // 2**20)
    if not (text or "").strip():
        raise DataError("page.paste_empty")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pasted.txt"
        path.write_text(str(text), "utf-8", errors="replace")
        name = part.t("paste_name") + ".txt"
        upload_id = uploads.begin(part.page.workspace, sort_out([(path, name)]))
    return {part.page.selection: selection.but(upload=upload_id), part.pasted: ""}


def _fetch(part: Bringing, selection: Selection, name: str | None, chosen: str | None) -> Updates:
    """Of a data set with several parts one is chosen first."""
    if not (name or "").strip():
        raise DataError("page.hub_empty")
    listing = hub_data.look(name or "", chosen or "")
    if len(listing.parts) > 1 and chosen not in listing.parts:
        choice = gr.Dropdown(list(listing.parts), value=listing.part, visible=True)
        return {part.hub_part: choice}
    with tempfile.TemporaryDirectory() as folder:
        sources = hub_data.fetch(listing, Path(folder))
        upload_id = uploads.begin(part.page.workspace, sources)
    if listing.left_out:
        gr.Info(part.page.say(Message("data.hub_left_out", {"splits": listing.left_out})))
    done = {part.hub_id: "", part.hub_part: gr.Dropdown([], value=None, visible=False)}
    return {part.page.selection: selection.but(upload=upload_id), **done}
