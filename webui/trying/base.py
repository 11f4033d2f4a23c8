"""What all views of the playground have in common: which model is tried."""

from dataclasses import dataclass

from engine.tasks import AnyTask
from webui.asking import task_of
from webui.page import Page
from webui.state import Selection


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
