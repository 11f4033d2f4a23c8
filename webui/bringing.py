"""Ways to bring rows along other than a file: pasted, or as a data set of the Hugging Face hub."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from engine.errors import DataError
from webui import uploads
from webui.page import Page, Part, Updates
from webui.state import Selection


@dataclass(frozen=True)
class Bringing(Part):
    frame: gr.Column
    pasted: gr.Textbox
    paste: gr.Button


def build(page: Page) -> Bringing:
    """Folded, beside the place for a file."""
    t = page.t
    with gr.Column() as frame, gr.Accordion(t("bring_paste"), open=False):
        pasted = gr.Textbox(
            label=t("paste_rows"),
            info=t("paste_help"),
            placeholder=t("paste_example"),
            lines=6,
            max_lines=14,
            elem_id="paste-rows",
        )
        paste = gr.Button(t("paste_use"), scale=0, min_width=180, elem_classes="ts-lead-button")
    return Bringing(page, frame, pasted, paste)


def wire(part: Bringing, waiting: dict[str, Any]) -> None:
    """`waiting`: options of what takes a while."""
    part.on(part.paste.click, _paste, [part.page.selection, part.pasted], **waiting)


def _paste(part: Bringing, selection: Selection, text: str | None) -> Updates:
    if not (text or "").strip():
        raise DataError("page.paste_empty")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pasted.txt"
        path.write_text(str(text), "utf-8", errors="replace")
        name = part.t("paste_name") + ".txt"
        upload_id = uploads.begin(part.page.workspace, [(path, name)])
    return {part.page.selection: selection.but(upload=upload_id), part.pasted: ""}
