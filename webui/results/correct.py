"""The view in which wrong rows are gone through, and those whose label is wrong are put right."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import gradio as gr

from engine.data.corrections import Correction, drafted, put, undo
from engine.data.dataset import Dataset
from engine.data.truths import TRUTHS, truth_of
from engine.data.versions import rights
from engine.errors import WorkspaceError
from engine.evaluation import report as reports
from engine.evaluation.predicted import Predicted, read_predicted
from engine.evaluation.report import Report
from engine.tasks import TASKS, AnyTask, make_task
from webui import drafting
from webui.correcting import toggled
from webui.drafting import Drafting
from webui.html import Html, join, note, tag
from webui.page import EVERY_CLICK, Page, Updates, View, event_data, html_block
from webui.results.base import Seen
from webui.state import Selection, whole
from webui.views import corrections as html
from webui.views.shapes import FIRST
from webui.views.shapes.base import some


@dataclass(frozen=True)
class Correct(View):
    run: gr.State
    """Id of the run whose rows are shown."""
    rows: gr.HTML
    draft: Drafting


def build(page: Page) -> Correct:
    """The wrong rows, then what was corrected."""
    with gr.Column() as frame:
        run = gr.State("")
        with gr.Column(elem_classes="ts-card"):
            rows = html_block(acts=True, script=html.KEYS_SCRIPT, elem_id="wrong-rows")
        draft = drafting.build(page)
    return Correct(page, frame, run, rows, draft)


def wire(view: Correct) -> None:
    drafting.wire(view.draft)
    view.on(view.rows.click, _act, [view.page.selection, view.run], **EVERY_CLICK)
    view.on(view.draft.changed.change, _again, [view.page.selection, view.run])


def applies(report: Report) -> bool:
    return TRUTHS[TASKS[report.task].shape].correctable


def show(view: Correct, seen: Seen) -> Updates:
    shown = drafting.show_run(view.draft, seen.report.run)
    return shown | {view.run: seen.report.run, view.rows: _rows(view, seen)}


def _rows(view: Correct, seen: Seen) -> Html:
    t, run = view.t, view.page.registry.get(seen.report.run)
    dataset = drafting.dataset_of(view.page, run)
    if dataset is None or seen.figures is None:
        key = "correct.no_data" if dataset is None else "correct.no_rows"
        return html.cannot(t(key))
    try:
        predicted = seen.read()
    except WorkspaceError as error:
        return note("warning", view.page.say(error.message))
    wrong = wrong_rows(predicted, seen.report.task, seen.report.labels)
    if not wrong:
        return tag("p", t("correct.none_wrong"))
    draft = {each.key: each for each in drafted(view.page.workspace, dataset.id)}
    shown = [predicted.row_ids[row] for row in wrong[: seen.selection.shown]]
    now = right_now(view.page, dataset, seen.report, shown)
    rows, key = len(predicted.row_ids), "correct.rows_help"
    help_ = t(key if dataset.labels else f"{key}_answers", wrong=len(wrong), rows=rows)
    return join(
        [
            tag("h3", t("correct.rows_title")),
            tag("p", help_, class_="ts-why"),
            some(
                wrong,
                lambda row: _row(row, predicted, dataset, draft, now, view),
                seen.selection.shown,
                t,
            ),
        ]
    )


def _row(
    row: int,
    predicted: Predicted,
    dataset: Dataset,
    draft: Mapping[str, Correction],
    newest: Mapping[int, tuple[str, ...]],
    view: Correct,
) -> Html:
    """A row with its truth and what was said of it, and what it could be instead."""
    t, task, cells = view.t, dataset.make_task(), _cells(predicted, row)
    truth, row_id = truth_of(dataset.task).right(cells), predicted.row_ids[row]
    now = newest.get(row_id, truth)
    said = task.verdict(predicted.predictions, row, cells["text"])
    fix = fix_of(dataset, row_id, now, task.likely(predicted.predictions, row), draft)
    question, later = cells.get("question"), None
    if now != truth:
        told = t("correct.row_later", version=dataset.version, names=_names(now, view))
        later = join([" · ", tag("b", told)])
    return tag(
        "article",
        tag("p", question, class_="ts-question", dir="auto") if question else None,
        tag("p", cells["text"], class_="ts-clip", dir="auto"),
        tag(
            "p",
            t("correct.row_truth", names=_names(truth, view)),
            " · ",
            tag("b", t("correct.row_said", names=_names(said, view))),
            later,
            class_="ts-soft",
        ),
        html.fixes(fix, t),
        class_="ts-line-item",
    )


def fix_of(
    dataset: Dataset,
    row_id: int,
    now: tuple[str, ...],
    likely: tuple[str, ...],
    draft: Mapping[str, Correction],
) -> html.Fix:
    """What a row could be instead, and what counts as right: as corrected, or as it is `now`."""
    old = draft.get(f"row-{row_id}")
    labels = html.in_key_order(dataset.make_task().labels, likely)
    return html.Fix(str(row_id), labels, old.right if old else now, old is not None)


def right_now(
    page: Page, dataset: Dataset, report: Report, row_ids: Sequence[int]
) -> dict[int, tuple[str, ...]]:
    """What is right for these rows in the newest version, where the run has not seen that one."""
    newer = dataset.version > report.dataset_version
    return rights(page.workspace, dataset, row_ids) if newer else {}


def _names(names: tuple[str, ...], view: Correct) -> str:
    return view.t("correct.names", names=list(names)) if names else view.t("no_label")


def _cells(predicted: Predicted, row: int) -> dict[str, Any]:
    return {name: cells[row] for name, cells in predicted.rows.items()}


@lru_cache(maxsize=4)
def wrong_rows(predicted: Predicted, kind: str, labels: tuple[str, ...]) -> tuple[int, ...]:
    """Places of the rows whose answer is not the right one."""
    task, truth = make_task(kind, labels), truth_of(kind)
    return tuple(
        row
        for row in range(len(predicted.row_ids))
        if not _right(task, predicted, row, truth.right(_cells(predicted, row)))
    )


def _right(task: AnyTask, predicted: Predicted, row: int, right: tuple[str, ...]) -> bool:
    return task.agrees(right, task.verdict(predicted.predictions, row, predicted.rows["text"][row]))


def _act(view: Correct, selection: Selection, run_id: str, event: gr.EventData) -> Updates:
    """A row was given another label, or its old one back."""
    sent = event_data(event)
    if sent.get("act") == "more":
        return {view.page.selection: selection.but(shown=selection.shown + FIRST)}
    report = reports.load(view.page.workspace.run(run_id))
    seen = Seen(view.page, selection, report)
    dataset = drafting.dataset_of(view.page, view.page.registry.get(run_id))
    index = whole(sent.get("index"))
    if dataset is not None and index is not None:
        predicted = read_predicted(view.page.workspace, report, selection.split)
        if index in predicted.row_ids:
            cells = _cells(predicted, predicted.row_ids.index(index))
            change(view.page, dataset, index, cells, sent)
    return show(view, seen)


def change(
    page: Page, dataset: Dataset, row_id: int, cells: Mapping[str, Any], sent: Mapping[str, str]
) -> None:
    """Into the draft, or out of it where the row is to be as the newest version has it."""
    given, key = sent.get("given") or sent.get("value", ""), f"row-{row_id}"
    if sent.get("act") == "undo":
        undo(page.workspace, dataset.id, key)
    elif given:
        now = rights(page.workspace, dataset, [row_id])[row_id]
        waiting = drafted(page.workspace, dataset.id)
        right = toggled(dataset, next((old.right for old in waiting if old.key == key), now), given)
        if right == now:
            undo(page.workspace, dataset.id, key)
        else:
            question = cells.get("question") or ""
            put(page.workspace, dataset.id, Correction(cells["text"], right, now, question, row_id))


def _again(view: Correct, selection: Selection, run_id: str) -> Updates:
    """The draft was changed below."""
    if not run_id:  # a new page: nothing is shown yet
        return {}
    report = reports.load(view.page.workspace.run(run_id))
    return {view.rows: _rows(view, Seen(view.page, selection, report))}
