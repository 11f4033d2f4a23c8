"""What tells the runs of a group apart: their settings and their scores. Knows nothing of Gradio's
components; what it reads of ended runs is kept, for it does not change any more."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from engine.errors import WorkspaceError
from engine.evaluation import report as reports
from engine.evaluation.report import Report
from engine.runs.run import Run
from engine.training.recipe import Recipe
from engine.training.settings import BY_NAME, Setting
from engine.training.sweep import differences
from engine.workspace import RunFolder
from webui.page import Page
from webui.views.train import term, value_text

_KEPT = 512
"""Runs whose files are kept in memory: several groups of the largest size."""


def settings_by_run(page: Page, runs: Sequence[Run]) -> dict[str, str]:
    """For each run in a group, by id, its settings that are not the same in all of the group."""
    told: dict[str, str] = {}
    for group in dict.fromkeys(run.group for run in runs if run.group):
        recipes = {run.id: _recipe(page, run.id) for run in runs if run.group == group}
        known = {run_id: recipe for run_id, recipe in recipes.items() if recipe}
        for run_id, different in zip(known, differences(list(known.values())), strict=True):
            told[run_id] = " · ".join(
                f"{term(page.t(f'settings.{name}.label'))} {_value(page, BY_NAME[name], value)}"
                for name, value in different.items()
            )
    return told


def _value(page: Page, setting: Setting, value: Any) -> str:
    words = value_text(setting, value, page.t)
    return term(words) if setting.kind == "choice" else words


def report(folder: RunFolder) -> Report | None:
    """The report of an ended run; None where there is none (any more) or it is damaged."""
    try:
        return _report(folder, folder.report.stat().st_mtime_ns)
    except (OSError, WorkspaceError):
        return None


def on_validation(found: Report) -> float | None:
    """The headline score on the rows choices are made on: picking the best of several runs by
    their test scores would make the test score of that one too good."""
    best = found.splits.get("validation", {}).get("best")
    return best[found.headline] if best else None


@lru_cache(maxsize=_KEPT)
def _report(folder: RunFolder, _changed: int) -> Report:
    return reports.load(folder)


@lru_cache(maxsize=_KEPT)
def _read(page: Page, run_id: str) -> Recipe:
    return page.recipe(run_id)


def _recipe(page: Page, run_id: str) -> Recipe | None:
    try:
        return _read(page, run_id)
    except WorkspaceError:
        return None
