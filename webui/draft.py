"""The fields of a data set that is being set up; what they do is in the data tab."""

from typing import Any

import gradio as gr

from engine.data.dataset import SPLITS
from engine.data.importing import SplitPlan
from engine.data.limits import LONGEST_NAME
from engine.tasks import TASKS
from webui import plans
from webui.charts import Words
from webui.page import Page, html_block
from webui.views.looks import Look

TYPED = tuple(plans.typed(SplitPlan()))
"""The fields a user types a split into. A re-plan never writes into them."""


def split_kinds(shared: str, t: Words) -> list[tuple[str, str]]:
    """The ways to split, in words; `shared` is the key of how rows are shared out."""
    keys = {"ratios": shared, "column": "split_by_column", "files": "split_by_files"}
    return [(t(key), kind) for kind, key in keys.items()]


def build_draft(page: Page) -> dict[str, Any]:
    t = page.t
    usual = plans.typed(SplitPlan())
    parts: dict[str, Any] = {"told": gr.State(())}
    parts["reading"] = html_block()
    parts["table"] = gr.Dropdown([], label=t("which_table"), visible=False, min_width=220)
    parts["preview"] = html_block(acts=True)
    fields: dict[str, Any] = {}
    tasks = [(t(f"task_{kind}"), kind) for kind in TASKS]
    with gr.Row(elem_classes="ts-even"):
        fields["task"] = gr.Dropdown(tasks, label=t("task"), min_width=220, scale=1)
        fields["positive"] = gr.Dropdown(
            [], label=t("positive"), info=t("positive_help"), min_width=220, scale=1
        )
    parts["task_why"] = html_block()
    parts["labels"] = html_block(acts=True)
    fields["kind"] = gr.Radio(split_kinds(Look.shared, t), label=t("split"), value="ratios")
    with gr.Row():
        for name in TYPED[: len(SPLITS) + 1]:
            fields[name] = gr.Textbox(
                usual[name], label=t(name), max_lines=1, max_length=40, min_width=110
            )
    with gr.Row(visible=False) as parts["files"]:
        for split in ("validation", "test"):
            parts[f"{split}_file"] = gr.UploadButton(
                t(f"upload_{split}"),
                elem_id=f"upload-{split}",
                min_width=220,
            )
    with gr.Accordion(t(Look.capped), open=False) as parts["caps"], gr.Row():
        for split in SPLITS:
            fields[f"cap_{split}"] = gr.Textbox(
                label=t(f"cap_{split}"), placeholder=t("cap_none"), max_lines=1, min_width=150
            )
    fields["overlap"] = gr.Checkbox(label=t("overlap_none"))
    parts["remarks"] = html_block()
    with gr.Row(elem_classes="ts-actions"):
        fields["name"] = gr.Textbox(label=t("dataset_name"), max_length=LONGEST_NAME, min_width=220)
        parts["discard"] = gr.Button(t("upload_discard"), scale=0, min_width=140)
        parts["save"] = gr.Button(
            t("save"), variant="primary", scale=0, min_width=260, elem_id="save-dataset"
        )
    return parts | {"fields": fields}
