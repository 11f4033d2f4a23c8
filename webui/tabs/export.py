"""The export tab: the selected run's model as a zip that works without this app."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from engine.export.model_zip import kept_steps, model_of, zip_model
from webui import reporting
from webui.html import tag
from webui.page import FETCH, Page, Updates, html_block
from webui.picker import (
    PickerTab,
    build_nothing,
    has_model,
    has_report,
    run_state,
    show_picker,
    wire_picker,
)
from webui.reporting import Reporting
from webui.state import Selection, whole
from webui.views import export as view

BEST = "best"


@dataclass(frozen=True)
class ExportTab(PickerTab):
    weights: gr.Dropdown
    """Which checkpoint, where more than the best were kept."""
    about: gr.HTML
    download: gr.Button
    report: Reporting
    file: gr.File
    contents: gr.HTML


def build(page: Page, frame: gr.Tab) -> ExportTab:
    """Run, what one gets, the button, then what the zip holds."""
    t = page.t
    parts = build_nothing(page)
    with gr.Column(visible=False, elem_classes="ts-card") as parts["content"]:
        parts["run"] = gr.Dropdown([], label=t("run"), min_width=280)
        parts["weights"] = gr.Dropdown(
            [], label=t("export_weights"), info=t("export_weights_help"), visible=False
        )
        parts["about"] = html_block(tag("p", t("export_about")))
        with gr.Row(elem_classes="ts-top"):
            parts["download"] = gr.Button(
                t("download", size=""),
                variant="primary",
                scale=0,
                min_width=300,
                elem_id="download-model",
            )
            parts["report"] = reporting.build(page)
        parts["file"] = gr.File(visible=False)
        parts["contents"] = html_block()
    return ExportTab(page=page, frame=frame, **parts)


def wire(tab: ExportTab) -> None:
    wire_picker(tab)
    reporting.wire(tab.report, tab.run)
    tab.on(tab.weights.input, _choose, [tab.run, tab.weights])
    done = tab.on(
        tab.download.click,
        _download,
        [tab.run, tab.weights],
        show_progress="full",
        show_progress_on=tab.contents,
        concurrency_id="export",
        concurrency_limit=1,
    )
    done.success(None, [tab.file], js=FETCH, api_visibility="private")


def show(tab: ExportTab, selection: Selection) -> Updates:
    """The models there are, and what the zip of the chosen one holds."""
    updates, chosen = show_picker(tab, selection, has_model, "export_empty")
    if chosen is None:
        return updates
    steps = kept_steps(tab.page.workspace, chosen)
    best = (tab.t("report.weights.best"), BEST)
    choices = [best, *((tab.t("report.weights.step", step=step), str(step)) for step in steps)]
    return updates | {
        tab.weights: gr.Dropdown(choices, value=BEST, visible=bool(steps)),
        tab.report.button: gr.Button(visible=has_report(tab.page.workspace.run(chosen))),
        **_show_contents(tab, chosen, BEST),
    }


def _show_contents(tab: ExportTab, run: str, weights: str) -> Updates:
    contents = view.read_contents(model_of(tab.page.workspace, run, _step(weights)))
    size = view.megabytes(contents.bytes)
    return {
        tab.download: gr.Button(tab.t("download", size=size)),
        tab.contents: view.contents(contents, tab.t),
    }


def _step(weights: str) -> int | None:
    return whole(weights)


def _choose(tab: ExportTab, run: str, weights: str) -> Updates:
    return _show_contents(tab, run, weights)


def stamp(tab: ExportTab, selection: Selection) -> Any:
    return run_state(tab.page, selection)


def _download(tab: ExportTab, run: str, weights: str) -> Updates:
    step = _step(weights)
    path = _made(tab, run, step)
    if path is None:
        folder = _folder(tab, run, step)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = zip_model(tab.page.workspace, run, folder, step)
    return {tab.file: str(path)}


def _folder(tab: ExportTab, run: str, step: int | None) -> Path:
    """Beside the uploads: a place Gradio may hand files out from, and that is cleared in time."""
    name = tab.page.registry.get(run).id
    return tab.page.workspace.uploads / f"export-{name}{f'-{step}' if step else ''}"


def _made(tab: ExportTab, run: str, step: int | None) -> Path | None:
    """The zip as made before, if it is newer than the model."""
    made = next(_folder(tab, run, step).glob("*.zip"), None)
    folder = model_of(tab.page.workspace, run, step)
    written = [path.stat().st_mtime for path in folder.glob("*.json")]
    if made is None or made.stat().st_mtime < max(written):
        return None
    return made
