"""The runs tab: all runs, their queue, and the selected one as it trains."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from engine.data.dataset import Dataset, load_dataset
from engine.data.pins import Pin, pins
from engine.errors import WorkspaceError
from engine.evaluation.pins import count_held, read_outcomes
from engine.runs.run import Request, Run, State
from engine.training.events import Event, followed
from engine.training.recipe import Recipe
from webui import charts, groups
from webui.html import empty
from webui.page import EVERY_CLICK, Page, Tab, Updates, event_data, html_block
from webui.progress import Progress, events_of, progress, size
from webui.state import Selection
from webui.views import pins as pins_view
from webui.views import results as results_view
from webui.views import runs as view

LOG_BYTES = 40_000
STEPS = {"up": -1, "down": 1}
STOPS = {
    "keep": Request.STOP_AND_KEEP,
    "cancel": Request.STOP_AND_KEEP,
    "discard": Request.STOP_AND_DISCARD,
}


@dataclass(frozen=True)
class RunsTab(Tab):
    list: gr.HTML
    lead: gr.Button
    detail: gr.Column
    head: gr.HTML
    results: gr.Button
    curves: gr.Row
    loss: gr.Plot
    scores: gr.Plot
    rate_fold: gr.Accordion
    rate: gr.Plot
    log: gr.HTML


def build(page: Page, frame: gr.Tab) -> RunsTab:
    """The list above, the selected run below."""
    t = page.t
    parts: dict[str, Any] = {}
    parts["list"] = html_block(acts=True)
    parts["lead"] = gr.Button(
        t("runs_lead"), variant="primary", visible=False, elem_classes="ts-empty-button"
    )
    with gr.Column(visible=False, elem_classes="ts-card") as parts["detail"]:
        parts["head"] = html_block(acts=True)
        parts["results"] = gr.Button(
            t("run_results"), variant="primary", visible=False, elem_classes="ts-lead-button"
        )
        with gr.Row() as parts["curves"]:
            parts["loss"] = gr.Plot(show_label=False, container=False)
            parts["scores"] = gr.Plot(show_label=False, container=False)
        with gr.Accordion(t("chart_rate"), open=False) as parts["rate_fold"]:
            parts["rate"] = gr.Plot(show_label=False, container=False)
        with gr.Accordion(t("log"), open=False):
            parts["log"] = html_block()
    return RunsTab(page=page, frame=frame, **parts)


def wire(tab: RunsTab) -> None:
    selection = tab.page.selection
    tab.on([tab.list.click, tab.head.click], _act, [selection], **EVERY_CLICK)
    tab.on(tab.results.click, _results, [selection])
    tab.on(tab.lead.click, _begin, [selection])


def show(tab: RunsTab, selection: Selection) -> Updates:
    """The list, and the selected run with its curves."""
    registry, t = tab.page.registry, tab.t
    runs = registry.list()
    places = {run.id: place for place, run in enumerate(registry.queued())}
    told_apart = groups.settings_by_run(tab.page, runs)
    pinned = cache(lambda dataset: pins(tab.page.workspace, dataset))
    lines = [replace(_line(tab, run, pinned), settings=told_apart.get(run.id, "")) for run in runs]
    chosen = next((line for line in lines if line.run.id == selection.run), None)
    listed = view.run_list(lines, selection.run, places, t) if lines else empty(t("runs_empty"))
    updates: Updates = {
        tab.list: listed,
        tab.lead: gr.Button(visible=not lines),
        tab.detail: gr.Column(visible=chosen is not None),
    }
    return updates | (_show_run(tab, chosen) if chosen else {})


def stamp(tab: RunsTab, selection: Selection) -> Any:
    """States, and how much the selected run and those under way have written."""
    states = tuple((run.id, run.state, run.request) for run in tab.page.registry.list())
    watched = [run for run, state, _ in states if state.active or run == selection.run]
    sizes = tuple(size(tab.page.workspace.run(run).events) for run in watched)
    return states, tuple(run.id for run in tab.page.registry.queued()), sizes


def _line(tab: RunsTab, run: Run, pinned: Callable[[str], list[Pin]]) -> view.Line:
    """`pinned`: the pins of a data set."""
    folder, t = tab.page.workspace.run(run.id), tab.t
    if run.state.active:
        events = events_of(folder.events)
        done = progress(events)
        return view.Line(run, done, _score_so_far(tab, events, done))
    score, value, metric = "", None, ""
    ended = run.state in (State.FINISHED, State.STOPPED)
    if ended and (report := groups.report(folder)) is not None:
        told = [results_view.short_score(report, t)]
        if there := pinned(run.dataset):
            told.append(pins_view.short(count_held(read_outcomes(folder), there), t))
        score, value = " · ".join(filter(None, told)), groups.on_validation(report)
        metric = report.headline
    return view.Line(run, Progress(), score, _resumable(tab, run), value=value, metric=metric)


def _score_so_far(tab: RunsTab, events: Sequence[Event], done: Progress) -> str:
    metric, name = next(iter(followed(events).items()))
    if done.best is None or metric not in done.best:
        return ""
    return tab.t("score_so_far", metric=name, score=f"{done.best[metric]:.2f}")


def _show_run(tab: RunsTab, line: view.Line) -> Updates:
    page, run, t = tab.page, line.run, tab.t
    folder = page.workspace.run(run.id)
    events = events_of(folder.events)
    begun = any(event["type"] in ("step", "evaluation", "before") for event in events)
    dataset = _dataset(tab, run)
    name = dataset.name if dataset else run.dataset
    return {
        tab.head: view.head(line, _recipe(tab, run), name, t, page.language),
        tab.results: gr.Button(visible=folder.report.is_file() and not run.state.active),
        tab.curves: gr.Row(visible=begun),
        tab.rate_fold: gr.Accordion(visible=begun),
        tab.log: view.log(_tail(folder.log), t),
        **(_curves(tab, events) if begun else {}),
    }


def _curves(tab: RunsTab, events: Sequence[Event]) -> Updates:
    return {
        tab.loss: charts.loss_curve(events, tab.t),
        tab.scores: charts.score_curve(events, tab.t),
        tab.rate: charts.rate_curve(events, tab.t),
    }


def _act(tab: RunsTab, selection: Selection, event: gr.EventData) -> Updates:
    """What was clicked in the list or the head; the registry refuses what no longer fits.

    The second click of a double click finds done what it asks for.
    """
    sent = event_data(event)
    act, run_id, registry = sent.get("act"), sent.get("id", ""), tab.page.registry
    if act == "copy":
        return tab.page.copy(selection, run_id)
    if act == "select":
        return {tab.page.selection: selection.but(run=run_id)}
    if act == "delete":
        registry.delete(run_id)
        left = registry.list()
        return {tab.page.selection: selection.but(run=left[0].id if left else None)}
    if act in STEPS:
        order = [run.id for run in registry.queued()]
        registry.move(run_id, order.index(run_id) + STEPS[act] if run_id in order else 0)
    elif act == "cancel_all":
        registry.cancel_queue()
    elif act == "cancel_group":
        registry.stop_group(run_id)
    elif act == "resume" and not registry.get(run_id).state.active:
        registry.resume(run_id)
    elif act in STOPS and registry.get(run_id).request is not STOPS[act]:
        registry.request_stop(run_id, STOPS[act])
    return show(tab, selection)


def _results(tab: RunsTab, selection: Selection) -> Updates:
    return tab.page.go(selection, tab="results")


def _begin(tab: RunsTab, selection: Selection) -> Updates:
    """To the next thing to do: choose data, then train."""
    return tab.page.go(selection, tab="train" if selection.dataset else "data")


def _recipe(tab: RunsTab, run: Run) -> Recipe | None:
    try:
        return tab.page.recipe(run.id)
    except WorkspaceError:
        return None


def _resumable(tab: RunsTab, run: Run) -> bool:
    """It ended early, its data are still there, and the user has not thrown it away."""
    early = run.state in (State.STOPPED, State.INTERRUPTED, State.FAILED)
    discarded = run.reason is not None and run.reason.key == "runs.discarded"
    return early and not discarded and _dataset(tab, run) is not None


def _dataset(tab: RunsTab, run: Run) -> Dataset | None:
    try:
        return load_dataset(tab.page.workspace, run.dataset, run.dataset_version)
    except WorkspaceError:
        return None


def _tail(path: Path) -> str:
    """The end of a log, whatever its length."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, size(path) - LOG_BYTES))
        return file.read().decode("utf-8", errors="replace")
