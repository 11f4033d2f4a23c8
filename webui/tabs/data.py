"""The data tab: from a file to a saved data set, and the saved ones with their workbench."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from engine.data.dataset import list_datasets
from engine.data.samples import SAMPLES
from engine.data.several_files import sort_out
from webui import bringing, setting_up, uploads
from webui.bringing import Bringing
from webui.page import EVERY_CLICK, Page, Tab, Updates, event_data, html_block
from webui.setting_up import ONE_AT_A_TIME, SettingUp
from webui.state import Selection
from webui.views import data as view
from webui.workbench import bench
from webui.workbench.bench import Bench


@dataclass(frozen=True)
class DataTab(Tab):
    shelf: gr.HTML
    upload: gr.UploadButton
    bringing: Bringing
    samples: gr.HTML
    draft: SettingUp
    bench: Bench

    def refreshed(self, selection: Selection, updates: Updates) -> Updates:
        """News from elsewhere leaves a file being set up as it is: the user may be typing."""
        if selection.upload is None:
            return updates
        return {self.shelf: updates[self.shelf]}


def build(page: Page, frame: gr.Tab) -> DataTab:
    """The layout: shelf and upload, the file being set up or the saved data set, samples."""
    parts: dict[str, Any] = {}
    with gr.Row(elem_classes="ts-top"):
        parts["shelf"] = html_block(acts=True, elem_classes="ts-grow")
        parts["upload"] = gr.UploadButton(
            page.t("upload"),
            file_count="multiple",
            elem_id="upload-file",
            scale=0,
            min_width=180,
        )
    parts["draft"] = setting_up.build(page)
    parts["bench"] = bench.build(page)
    parts["bringing"] = bringing.build(page)
    parts["samples"] = html_block(view.samples(page.t), acts=True)
    return DataTab(page=page, frame=frame, **parts)


def wire(tab: DataTab) -> None:
    selection = tab.page.selection
    waiting = {"show_progress": "full", "show_progress_on": tab.shelf} | ONE_AT_A_TIME
    tab.on(tab.shelf.click, _pick, [selection], **ONE_AT_A_TIME, **EVERY_CLICK)
    tab.on(tab.samples.click, _pick, [selection], **waiting)
    tab.on(tab.upload.upload, _upload, [selection, tab.upload], **waiting)
    bringing.wire(tab.bringing, waiting)
    setting_up.wire(tab.draft, waiting)
    bench.wire(tab.bench)


def show(tab: DataTab, selection: Selection) -> Updates:
    """The upload being set up, else the chosen data set, else how to begin."""
    datasets = list_datasets(tab.page.workspace)
    setting = selection.upload is not None
    chosen = None if setting else next((d for d in datasets if d.id == selection.dataset), None)
    beginning = not setting and (chosen is None or selection.bench == Selection().bench)
    updates: Updates = {
        tab.shelf: view.shelf(datasets, chosen.id if chosen else None, not setting, tab.t),
        tab.samples: gr.HTML(visible=beginning),
        tab.upload: gr.UploadButton(variant="secondary" if setting or chosen else "primary"),
        tab.bringing.frame: gr.Column(visible=beginning),
        tab.draft.frame: gr.Column(visible=setting),
        tab.bench.frame: gr.Column(visible=chosen is not None),
    }
    if setting:
        return updates | setting_up.show(tab.draft, selection)
    return updates | (bench.show(tab.bench, selection, chosen) if chosen else {})


def stamp(tab: DataTab, selection: Selection) -> Any:
    datasets = list_datasets(tab.page.workspace)
    chosen = next((d for d in datasets if d.id == selection.dataset), None)
    shown = (
        None if selection.upload or chosen is None else bench.stamp(tab.bench, selection, chosen)
    )
    return [(dataset.id, dataset.version) for dataset in datasets], shown


def _pick(tab: DataTab, selection: Selection, event: gr.EventData) -> Updates:
    """A data set or a sample was clicked."""
    sent = event_data(event)
    if sent.get("act") == "open":
        chosen = selection.but(tab="data", dataset=sent.get("id"), upload=None)
        return {tab.page.selection: chosen}
    sample = next((s for s in SAMPLES if s.id == sent.get("id")), None)
    if sample is None:
        return {}
    name = f"{tab.t(sample.name)}{sample.file.suffix}"
    upload_id = uploads.begin(tab.page.workspace, sort_out([(sample.file, name)]))
    return {tab.page.selection: selection.but(tab="data", upload=upload_id)}


def _upload(tab: DataTab, selection: Selection, files: list[str]) -> Updates:
    given = [(Path(file), Path(file).name) for file in files]
    upload_id = uploads.begin(tab.page.workspace, sort_out(given))
    return {tab.page.selection: selection.but(upload=upload_id), tab.upload: None}
