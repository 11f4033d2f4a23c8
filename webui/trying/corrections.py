"""The view of the corrections that wait: undo them, make them a version, train on it."""

from dataclasses import dataclass

import gradio as gr

from engine.data.truths import TRUTHS
from engine.tasks import AnyTask
from webui import drafting
from webui.drafting import Drafting
from webui.page import Page, Updates, View
from webui.trying.base import Tried


@dataclass(frozen=True)
class Corrections(View):
    draft: Drafting


def build(page: Page) -> Corrections:
    with gr.Column() as frame:
        draft = drafting.build(page)
    return Corrections(page, frame, draft)


def wire(view: Corrections, run: gr.Dropdown) -> None:
    drafting.wire(view.draft)


def applies(task: type[AnyTask]) -> bool:
    return TRUTHS[task.shape].correctable


def show(view: Corrections, tried: Tried) -> Updates:
    return drafting.show_run(view.draft, tried.run)
