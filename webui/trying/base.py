"""What all views of the playground have in common: their record, and which model is tried."""

from dataclasses import dataclass

import gradio as gr

from engine.tasks import AnyTask
from webui.asking import task_of
from webui.page import Page, Part
from webui.state import Selection


@dataclass(frozen=True)
class View(Part):
    """Base of the views' records."""

    frame: gr.Column
    """In sight while the view is the chosen one."""


@dataclass(frozen=True)
class Tried:
    """The model that is tried, and what else the page has selected."""

    page: Page
    selection: Selection
    run: str
    """Id of the run whose model it is; not always the selected one, which may have none yet."""

    @property
    def task(self) -> type[AnyTask]:
        return task_of(self.page, self.run)
