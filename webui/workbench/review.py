"""The view in which doubtful rows are gone through one by one, by keyboard."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from engine.data import changes, confirmed, corrections
from engine.data.confirmed import SKIPPED
from engine.data.dataset import Dataset, load_dataset
from engine.data.seeking import Sought
from engine.data.table import open_table
from engine.data.truths import truth_of
from engine.data.waiting import waiting
from engine.quality import reviewing
from engine.quality.findings import Finding
from engine.quality.reviewing import Doubt, Queue
from webui import checking
from webui.html import Html, button, empty
from webui.page import EVERY_CLICK, Page, Updates, View, event_data, html_block
from webui.state import Selection, texts, whole
from webui.views import review as html
from webui.views.review import AHEAD, Part
from webui.workbench.base import Seen, named


@dataclass(frozen=True)
class Review(View):
    rows: gr.HTML


def build(page: Page) -> Review:
    with gr.Column() as frame, gr.Column(elem_classes="ts-card"):
        script = "window.review(element, watch);"
        rows = html_block(acts=True, script=script, elem_id="review")
    return Review(page, frame, rows)


def wire(view: Review) -> None:
    view.on(view.rows.click, _act, [view.page.selection], **EVERY_CLICK)


def applies(dataset: Dataset) -> bool:
    return bool(dataset.labels) and truth_of(dataset.task).correctable


def stamp(view: Review, seen: Seen) -> Any:
    workspace, dataset = seen.page.workspace, seen.dataset
    return (
        dataset.version,
        checking.progress(workspace, dataset),
        confirmed.words(workspace, dataset.id),
        [(each.key, each.right) for each in corrections.drafted(workspace, dataset.id)],
        [change.key for change in changes.drafted(workspace, dataset.id)],
    )


def show(view: Review, seen: Seen) -> Updates:
    page, t = seen.page, view.t
    check = checking.look(page.workspace, seen.dataset)
    if check.found is None:
        words = t("review.checking" if check.active else "review.not_checked")
        return {view.rows: empty(words, button(t("review.problems"), "problems"))}
    found = _doubting(check.found.findings)
    every = reviewing.doubts(found.values())
    if not every:
        return {view.rows: empty(t("review.nothing"), button(t("review.problems"), "problems"))}
    place = _place(seen, found, every)
    head = _choice(view, seen, found, len(every))
    rows = _rows(place)
    return {view.rows: html.page(place.queue, seen.dataset, rows, head, t, page.language)}


@dataclass(frozen=True)
class _Place:
    """The rows that are gone through."""

    page: Page
    dataset: Dataset
    queue: Queue


def _doubting(findings: Iterable[Finding]) -> dict[str, Finding]:
    """The findings that suggest other labels."""
    return {name: each for name, each in named(findings).items() if each.suggested}


def _place(seen: Seen, found: Mapping[str, Finding], every: Sequence[Doubt]) -> _Place:
    """Those of the chosen finding, or of all."""
    workspace, dataset = seen.page.workspace, seen.dataset
    chosen = found.get(seen.selection.sought.problem)
    doubted = reviewing.doubts([chosen]) if chosen else every
    settled: list[int] = []
    if changes.drafted(workspace, dataset.id):
        draft = waiting(workspace, dataset)
        rows = open_table(workspace, dataset).by_id(doubt.row_id for doubt in doubted)
        better = {doubt.row_id: doubt.suggested for doubt in doubted}
        settled = [row for row, cells in rows.items() if draft.settles(cells, better[row])]
    return _Place(seen.page, dataset, reviewing.load(workspace, dataset, doubted, settled))


def _choice(view: Review, seen: Seen, found: Mapping[str, Finding], rows: int) -> Html | None:
    parts = [Part(name, each.kind, len(each.suggested)) for name, each in found.items()]
    problem = seen.selection.sought.problem
    chosen = problem if problem in found else ""
    return html.choice(parts, chosen, rows, view.t, seen.page.language)


def _rows(place: _Place) -> Mapping[int, Mapping[str, Any]]:
    """The next rows that are open, and those like them."""
    coming = place.queue.open[:AHEAD]
    wanted = [row for doubt in coming for row in (doubt.row_id, *doubt.near[: html.LOOKED_AT])]
    return open_table(place.page.workspace, place.dataset).by_id(wanted)


def _act(view: Review, selection: Selection, event: gr.EventData) -> Updates:
    """A row was decided, or a decision taken back; or other rows are to be gone through."""
    sent, page = event_data(event), view.page
    act = sent.get("act")
    if act == "problems":
        return {page.selection: selection.but(bench="problems")}
    if act == "choose":
        sought = Sought(problem=sent.get("name", ""))
        return {page.selection: selection.but(sought=sought)}
    if selection.dataset is None:
        return {}
    seen = Seen(page, selection, load_dataset(page.workspace, selection.dataset))
    check = checking.found_in(page.workspace, seen.dataset)
    if check is not None:
        found = _doubting(check.findings)
        _decide(_place(seen, found, reviewing.doubts(found.values())), sent)
    return show(view, seen)


def _decide(place: _Place, sent: Mapping[str, str]) -> None:
    """Put down what was decided. A row that is decided already, in another window or by the same
    key pressed twice, stays as it is."""
    workspace, dataset, queue = place.page.workspace, place.dataset, place.queue
    act, row = sent.get("act"), whole(sent.get("row"))
    if act == "undo" and queue.last is not None:
        reviewing.take_back(workspace, dataset, [queue.last])
    elif act == "reopen":
        skipped = [row for row, state in queue.decided.items() if state == SKIPPED]
        reviewing.take_back(workspace, dataset, skipped)
    elif row is not None and row in {doubt.row_id for doubt in queue.open}:
        right = texts(sent.get("labels"))
        if act == "skip":
            reviewing.skip(workspace, dataset, row)
        elif act == "take" and right is not None:
            for cells in open_table(workspace, dataset).by_id([row]).values():
                reviewing.decide(workspace, dataset, cells, right)
