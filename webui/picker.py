"""The choice of a run on the tabs that show one: which runs qualify, and which is chosen."""

from collections.abc import Callable
from typing import Any

from engine.runs.run import Run
from engine.workspace import RunFolder
from webui.page import Page
from webui.state import Selection

Qualifies = Callable[[RunFolder], bool]


def has_report(folder: RunFolder) -> bool:
    return folder.report.is_file()


def has_model(folder: RunFolder) -> bool:
    return (folder.model / "labels.json").is_file()


def picker(
    page: Page, selection: Selection, qualifies: Qualifies
) -> tuple[list[tuple[str, str]], str | None]:
    """(name, id) of the runs that qualify, newest first, and the chosen id.

    The selected run where it qualifies, else the newest that does, else None.
    """
    runs = [run for run in page.registry.list() if _ready(page, run, qualifies)]
    ids = [run.id for run in runs]
    chosen = selection.run if selection.run in ids else next(iter(ids), None)
    return [(run.name, run.id) for run in runs], chosen


def run_state(page: Page, selection: Selection) -> Any:
    """What the tabs with a picker depend on: which runs there are and what state they are in."""
    return tuple((run.id, run.state) for run in page.registry.list())


def _ready(page: Page, run: Run, qualifies: Qualifies) -> bool:
    return not run.state.active and qualifies(page.workspace.run(run.id))
