"""The button that fetches a run's report as one file, in the language of the page."""

from dataclasses import dataclass

import gradio as gr

from engine.export.report_file import write_document
from webui.page import FETCH, Page, Part, Updates


@dataclass(frozen=True)
class Reporting(Part):
    button: gr.Button
    file: gr.File


def build(page: Page) -> Reporting:
    button = gr.Button(page.t("report_file.fetch"), scale=0, min_width=220)
    return Reporting(page, button, gr.File(visible=False))


def wire(part: Reporting, run: gr.Dropdown) -> None:
    """`run` holds the id of the run it is about."""
    done = part.on(
        part.button.click,
        _fetch,
        [run],
        show_progress="full",
        show_progress_on=part.button,
        concurrency_id="export",
        concurrency_limit=1,
    )
    done.success(None, [part.file], js=FETCH, api_visibility="private")


def _fetch(part: Reporting, run_id: str) -> Updates:
    """Written anew at every click: thresholds, pins and alternatives may be others since."""
    page = part.page
    run = page.registry.get(run_id)
    folder = page.workspace.uploads / f"report-{run.id}"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{run.id}-report-{page.language}.html"
    return {part.file: str(write_document(page.workspace, run, page.language, path))}
