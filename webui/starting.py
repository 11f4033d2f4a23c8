"""What the train form starts from, and what of it goes along to another data set.

Its settings begin as recommended, as a recipe that came along has them, or as those of an earlier
run.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import gradio as gr

from engine.data.dataset import load_dataset
from engine.errors import WorkspaceError
from engine.training.settings import BY_NAME
from engine.training.starts import STARTS, Start, starts_for
from webui import form
from webui.html import Html, escape, note
from webui.page import START, Page, Updates
from webui.several import TICKED
from webui.views.train import Review, term

if TYPE_CHECKING:
    from webui.tabs.train import TrainTab

_OF_DATA = {f"recipe.{name}" for name in ("unknown_weights", "metric_of_other_task")}
"""Problems a recipe has with one data set and not with another."""
UNTOUCHED = form.write({})
Raw = Mapping[str, Any]
Look = Callable[[Raw], Review]


@dataclass(frozen=True)
class Began:
    """Where the settings of the form come from."""

    source: str = ""
    """A run's id, START and the id of a recipe, or nothing: what is recommended."""
    dataset: str | None = None
    """The data set they were last looked at for."""
    moment: int = field(default_factory=time.time_ns)
    carried: Raw = field(default_factory=dict, hash=False)
    """Raw values that came from an earlier data set. (Gradio hashes what a page holds.)"""
    dropped: str = ""
    """Name of the start that did not fit another data set and was put aside."""


def settle(
    page: Page, dataset: str, copied: tuple[str, int], began: Began, raw: Raw, look: Look
) -> tuple[Began, Raw]:
    """Where the form stands now, and its values: those of a run whose settings were asked for, or
    what of `raw` goes along to another data set. The values are `raw` itself if nothing changes."""
    if copied[0] and copied[1] > began.moment:
        return Began(copied[0], dataset), form.write(draft(page, copied[0]))
    if began.source not in [source for _, source in sources(page, None)]:
        began = replace(began, source="")  # its run is gone; the settings stay
    if began.dataset in (None, dataset):
        return replace(began, dataset=dataset), raw
    changed = {name: value for name, value in raw.items() if value != UNTOUCHED[name]}
    if not changed:
        return Began("", dataset), raw
    if _fits(page, began.source, dataset, lambda: look(raw)):
        return Began(began.source, dataset, carried=changed), raw
    return Began("", dataset, dropped=_name(page, began.source)), UNTOUCHED


def restored(kept: Mapping[str, Any]) -> Began:
    """What a browser has stored of it."""
    source, dataset = kept.get("start"), kept.get("dataset")
    known = isinstance(source, str)
    return Began(str(source) if known else "", dataset if isinstance(dataset, str) else None, 0)


def stored(began: Began, raw: Raw) -> dict[str, Any]:
    """What a browser stores: what differs from an untouched form, and where it comes from."""
    changed = {name: value for name, value in raw.items() if value != UNTOUCHED[name]}
    return changed | {"start": began.source, "dataset": began.dataset} if changed else {}


def draft(page: Page, source: str) -> dict[str, Any]:
    """What a source decides. Raises WorkspaceError for a run whose recipe cannot be read."""
    start = _start(source)
    if start:
        return start.draft()
    return page.recipe(source).draft() if source else {}


def sources(page: Page, dataset: str | None, chosen: str = "") -> list[tuple[str, str]]:
    """(name, source) of what one can start from: what is recommended, recipes and earlier runs for
    the task of the data set (of all tasks without one), and what was chosen in any case."""
    task = load_dataset(page.workspace, dataset).task if dataset else None
    starts = [
        (page.t(start.title), START + start.id) for start in (starts_for(task) if task else STARTS)
    ]
    learnt = cache(lambda *version: _learnt(page, *version))
    runs = [
        (run.name, run.id)
        for run in page.registry.list()
        if not task or run.id == chosen or learnt(run.dataset, run.dataset_version) in (None, task)
    ]
    return [(page.t("start_recommended"), ""), *starts, *runs]


def show(tab: "TrainTab", dataset: str | None, began: Began, raw: Raw) -> Updates:
    """What the settings started from, as it is now."""
    page, start = tab.page, _start(began.source)
    choices = sources(page, dataset, began.source)
    info = page.t(start.about if start else "start_help")
    return {
        tab.began: began,
        tab.source: gr.Dropdown(choices, value=began.source, info=info),
        tab.carried: _remark(page, began, raw),
    }


def _remark(page: Page, began: Began, raw: Raw) -> Html:
    """What came along from the earlier data set, as far as it still stands, or was put aside."""
    names = [name for name, value in began.carried.items() if raw.get(name) == value]
    if names:
        settings = dict.fromkeys(TICKED[name].name if name in TICKED else name for name in names)
        labels = [term(page.t(f"settings.{name}.label")) for name in BY_NAME if name in settings]
        return note("info", page.t("start_carried", settings=labels))
    if began.dropped and all(raw[name] == value for name, value in UNTOUCHED.items()):
        return note("info", page.t("start_put_aside", name=began.dropped))
    return escape("")


def _start(source: str) -> Start | None:
    return next((start for start in STARTS if START + start.id == source), None)


def _fits(page: Page, source: str, dataset: str, look: Callable[[], Review]) -> bool:
    """Whether what stems from `source` makes sense for a data set. What was typed by the user
    alone does: it is theirs to change."""
    if not source:
        return True
    task, start = load_dataset(page.workspace, dataset).task, _start(source)
    tasks = start.tasks if start else (_task(page, source) or task,)
    return task in tasks and not any(problem.key in _OF_DATA for problem in look().problems)


def _task(page: Page, run_id: str) -> str | None:
    """What a run has learnt; None once its data set is gone."""
    run = page.registry.get(run_id)
    return _learnt(page, run.dataset, run.dataset_version)


def _learnt(page: Page, dataset: str, version: int) -> str | None:
    try:
        return load_dataset(page.workspace, dataset, version).task
    except WorkspaceError:
        return None


def _name(page: Page, source: str) -> str:
    return next(name for name, found in sources(page, None) if found == source)
