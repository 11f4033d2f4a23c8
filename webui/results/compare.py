"""The view that holds the run against another one of the same task."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import gradio as gr

from engine.errors import WorkspaceError
from engine.evaluation.comparison import Comparison, RowByRow, compare_runs
from engine.evaluation.predicted import dataset_of, rows_of
from engine.evaluation.report import Report
from engine.runs.run import Run
from engine.tasks import make_task
from webui import charts_compare, groups
from webui.html import Html, button, empty, note
from webui.page import EVERY_CLICK, Page, Updates, View, event_data, html_block
from webui.progress import events_of
from webui.results.base import Seen
from webui.state import Selection
from webui.views import compare as html
from webui.views.compare import GAINED, LOST, Flip, Names
from webui.views.results import metric_name, short_score
from webui.views.shapes import FIRST, SHAPES


@dataclass(frozen=True)
class Compare(View):
    nothing: gr.HTML
    content: gr.Column
    other: gr.Dropdown
    verdict: gr.HTML
    scores: gr.HTML
    settings: gr.HTML
    loss: gr.Plot
    score: gr.Plot
    flips: gr.HTML


def build(page: Page) -> Compare:
    """The other run and the verdict, then scores, settings, curves and changed rows."""
    with gr.Column() as frame:
        nothing = html_block(acts=True, elem_id="nothing-to-compare")
        with gr.Column(visible=False) as content:
            with gr.Column(elem_classes="ts-card"):
                other = gr.Dropdown([], label=page.t("compare.with"), elem_id="compare-with")
                verdict = html_block()
            with gr.Column(elem_classes="ts-card"):
                scores = html_block()
            with gr.Column(elem_classes="ts-card"):
                settings = html_block()
                with gr.Row():
                    loss = gr.Plot(show_label=False, container=False, min_width=320)
                    score = gr.Plot(show_label=False, container=False, min_width=320)
            with gr.Column(elem_classes="ts-card"):
                flips = html_block(acts=True, elem_id="flips")
    return Compare(
        page, frame, nothing, content, other, verdict, scores, settings, loss, score, flips
    )


def wire(view: Compare) -> None:
    selection = view.page.selection
    # `input` also comes when the list was only looked at, which is no choice
    view.on(view.other.select, _choose, [selection, view.other])
    view.on(view.nothing.click, _another, [selection])
    view.on(view.flips.click, _look_at, [selection], **EVERY_CLICK)


def applies(report: Report) -> bool:
    return True


def show(view: Compare, seen: Seen) -> Updates:
    page, report = view.page, seen.report
    others = _others(page, report)
    if not others:
        another = button(view.t("compare.another"), "another", kind="ts-strong", id=report.run)
        told = empty(view.t("compare.none"), another)
        return {view.nothing: told, view.content: gr.Column(visible=False)}
    chosen = _chosen(page, seen, [run for run, _ in others.values()])
    choices = [(_choice(view, *pair, report), run_id) for run_id, pair in others.items()]
    shown: Updates = {
        view.nothing: "",
        view.content: gr.Column(visible=True),
        view.other: gr.Dropdown(choices, value=chosen.id, info=_instead(view, seen, chosen)),
    }
    try:
        found = compare_runs(page.workspace, report.run, chosen.id, seen.selection.split)
    except WorkspaceError as error:
        told = note("warning", page.say(error.message))
        rest = [view.scores, view.settings, view.flips]
        hidden = {plot: gr.Plot(visible=False) for plot in (view.loss, view.score)}
        return shown | {view.verdict: told} | dict.fromkeys(rest, "") | hidden
    names = Names(page.registry.get(report.run).name, chosen.name)
    return shown | {
        view.verdict: html.verdict(found, names, view.t),
        view.scores: html.scores(found, names, view.t),
        view.settings: html.settings(
            found, [_data_name(page, each) for each in found.both], names, view.t
        ),
        view.flips: _flips(view, seen, found, names),
        **_curves(view, found, names),
    }


def _others(page: Page, report: Report) -> dict[str, tuple[Run, Report]]:
    """Runs with results of the same kind of task by id, those on the same data first, then the
    newest."""
    found = {
        run.id: (run, other)
        for run in page.registry.list()
        if run.id != report.run and not run.state.active
        for other in [groups.report(page.workspace.run(run.id))]
        if other is not None and other.task == report.task
    }
    alike = {run_id: pair for run_id, pair in found.items() if pair[1].dataset == report.dataset}
    return alike | found


def _choice(view: Compare, run: Run, other: Report, report: Report) -> str:
    """The name of a run, what it was trained on where that is something else, and its score."""
    parts = [run.name, short_score(other, view.t)]
    if (other.dataset, other.dataset_version) != (report.dataset, report.dataset_version):
        parts.insert(1, _data_name(view.page, other))
    return " · ".join(filter(None, parts))


def _instead(view: Compare, seen: Seen, chosen: Run) -> str:
    """Why another run stands there than the one that was chosen."""
    asked = seen.selection.other
    if asked is None or asked in [run.id for run in view.page.registry.list()]:
        return ""
    return view.t("compare.gone", name=chosen.name)


def _chosen(page: Page, seen: Seen, others: Sequence[Run]) -> Run:
    """The one in the address; else the newest before this one, on the same data if there is one."""
    asked = next((run for run in others if run.id == seen.selection.other), None)
    own = page.registry.get(seen.report.run)
    alike = [run for run in others if run.dataset == own.dataset] or list(others)
    earlier = [run for run in alike if run.created < own.created]
    return asked or next(iter([*earlier, *alike]))


def _data_name(page: Page, report: Report) -> str:
    """What the data of a run are called, with their version."""
    try:
        name = dataset_of(page.workspace, report).name
    except WorkspaceError:
        name = report.dataset
    return page.t("compare.version", name=name, version=report.dataset_version)


def _curves(view: Compare, found: Comparison, names: Names) -> Updates:
    folders = (view.page.workspace.run(report.run) for report in found.both)
    both = {
        name: events_of(folder.events)
        for name, folder in zip((names.own, names.other), folders, strict=True)
    }
    if not any(event["type"] == "evaluation" for events in both.values() for event in events):
        return {plot: gr.Plot(visible=False) for plot in (view.loss, view.score)}
    score = found.own.headline
    metric = metric_name(found.own, score, view.t)
    return {
        view.loss: gr.Plot(charts_compare.both_losses(both, view.t), visible=True),
        view.score: gr.Plot(charts_compare.both_scores(both, score, metric, view.t), visible=True),
    }


def _flips(view: Compare, seen: Seen, found: Comparison, names: Names) -> Html:
    if found.rows is None:
        return Html("")
    pick = seen.selection.pick if seen.selection.pick in html.DIRECTIONS else ""
    flipped = {GAINED: found.rows.gained, LOST: found.rows.lost}
    counts = {direction: len(rows) for direction, rows in flipped.items()}
    wanted = [(d, row) for d, rows in flipped.items() if pick in ("", d) for row in rows]
    shown = wanted[: seen.selection.shown]
    try:
        read = rows_of(view.page.workspace, found.judge, found.split) if shown else {}
    except WorkspaceError as error:
        return note("warning", view.page.say(error.message))
    told = [_flip(view, found, read, direction, row) for direction, row in shown]
    return html.flips(told, counts, pick, len(wanted) - len(shown), names, view.t)


def _flip(
    view: Compare, found: Comparison, read: Mapping[str, Sequence[Any]], direction: str, row: int
) -> Flip:
    report, rows = found.judge, cast(RowByRow, found.rows)
    cells = {name: cells[rows.places[row]] for name, cells in read.items()}
    task, text = make_task(report.task, report.labels, report.positive), cells["text"]
    return Flip(
        direction,
        cells["row_id"],
        text,
        cells.get("question", ""),
        SHAPES[task.shape].truth(cells, view.t),
        _said(task.verdict(rows.other, row, text), view),
        _said(task.verdict(rows.own, row, text), view),
    )


def _said(names: Sequence[str], view: Compare) -> str:
    told = [name for name in names if name]
    return view.t("compare.names", names=told) if told else view.t("compare.nothing_said")


def _another(view: Compare, selection: Selection, event: gr.EventData) -> Updates:
    """The train form with the settings of the run."""
    return view.page.copy(selection, event_data(event).get("id", ""))


def _choose(view: Compare, selection: Selection, other: str) -> Updates:
    return {view.page.selection: selection.but(other=other, pick="", shown=FIRST)}


def _look_at(view: Compare, selection: Selection, event: gr.EventData) -> Updates:
    """One direction was chosen, or more rows asked for."""
    sent = event_data(event)
    if sent.get("act") == "more":
        return {view.page.selection: selection.but(shown=selection.shown + FIRST)}
    return {view.page.selection: selection.but(pick=sent.get("pick", ""), shown=FIRST)}
