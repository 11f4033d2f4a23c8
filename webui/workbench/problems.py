"""The view of what is wrong with the data: the findings of the check, each with its fix."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from engine.data import changes
from engine.data.changes import Change
from engine.data.dataset import Dataset, load_dataset
from engine.data.seeking import Sought
from engine.data.table import open_table
from engine.quality.finders import FINDERS
from engine.quality.findings import Finding
from webui import checking
from webui.html import Html
from webui.page import EVERY_CLICK, Page, Updates, View, event_data, html_block
from webui.state import Selection
from webui.views import problems as html
from webui.workbench import review
from webui.workbench.base import Seen, named, rows_of


@dataclass(frozen=True)
class Problems(View):
    lead: gr.HTML
    cards: gr.HTML


def build(page: Page) -> Problems:
    """How the check stands, then a card for each finding."""
    with gr.Column() as frame:
        with gr.Column(elem_classes="ts-card"):
            lead = html_block(acts=True, elem_id="check")
        cards = html_block(acts=True, elem_id="problems")
    return Problems(page, frame, lead, cards)


def wire(view: Problems) -> None:
    view.on(view.lead.click, _check, [view.page.selection])
    view.on(view.cards.click, _act, [view.page.selection], **EVERY_CLICK)


def applies(dataset: Dataset) -> bool:
    return True


def show(view: Problems, seen: Seen) -> Updates:
    page, dataset = seen.page, seen.dataset
    check = checking.look(page.workspace, dataset)
    lead = html.lead(check, dataset, list(FINDERS), view.t, page.language)
    found = check.found if not check.active else None
    cards = _cards(view, dataset, named(found.findings) if found else {})
    return {view.lead: lead, view.cards: cards}


def stamp(view: Problems, seen: Seen) -> Any:
    workspace, dataset = seen.page.workspace, seen.dataset
    waiting = [change.key for change in changes.drafted(workspace, dataset.id)]
    return dataset.version, checking.progress(workspace, dataset), waiting


def _cards(view: Problems, dataset: Dataset, found: Mapping[str, Finding]) -> Html:
    workspace = view.page.workspace
    draft = {change.key for change in changes.drafted(workspace, dataset.id)}
    shown = [row for finding in found.values() for row in html.few(finding)]
    rows = open_table(workspace, dataset).by_id(shown)
    task, cards = dataset.make_task(), []
    for name, finding in found.items():
        fixes = _fixes(name, finding)
        waiting = next((fix.reason for fix in fixes if fix.key in draft), None)
        reviewable = bool(finding.suggested) and review.applies(dataset)
        cards.append(html.Card(name, finding, task, rows, waiting, reviewable))
    return html.cards(cards, view.t, view.page.language)


def _fixes(name: str, finding: Finding) -> list[Change]:
    """Its fixes as they are called in the draft."""
    return [replace(fix, key=f"{name}-{place}") for place, fix in enumerate(finding.fixes)]


def _check(view: Problems, selection: Selection, event: gr.EventData) -> Updates:
    """Look at the data (again), or call it off."""
    acts = {"check": checking.begin, "cancel": checking.cancel}
    what = event_data(event).get("act", "")
    dataset = _dataset(view, selection)
    if dataset is None or what not in acts:
        return {}
    acts[what](view.page.workspace, dataset)
    return show(view, Seen(view.page, selection, dataset))


def _dataset(view: Problems, selection: Selection) -> Dataset | None:
    return load_dataset(view.page.workspace, selection.dataset) if selection.dataset else None


def _act(view: Problems, selection: Selection, event: gr.EventData) -> Updates:
    """A fix goes into the draft or out of it, or the rows of a finding are looked at."""
    sent, dataset, page = event_data(event), _dataset(view, selection), view.page
    found = checking.found_in(page.workspace, dataset) if dataset else None
    name = sent.get("name", "")
    finding = named(found.findings).get(name) if found else None
    if finding is None or dataset is None:
        return {}
    act = sent.get("act")
    if act == "rows":
        return rows_of(page, selection, Sought(problem=name))
    if act == "review":
        return {page.selection: selection.but(bench="review", sought=Sought(problem=name), leaf=1)}
    fixes = _fixes(name, finding)
    if act == "undo":
        for fix in fixes:
            changes.undo(page.workspace, dataset.id, fix.key)
    elif act == "fix" and sent.get("fix", "") in map(str, range(len(fixes))):
        changes.put(page.workspace, dataset.id, fixes[int(sent["fix"])])
    return show(view, Seen(page, selection, dataset))
