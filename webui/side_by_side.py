"""Beside an answer of the playground: what other models say of the same text.

Listens to what was asked and said last; the models are loaded one by one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import gradio as gr

from engine.errors import TunesmithError
from engine.models.manual import read_manual
from engine.runs.run import Run
from webui import asking
from webui.html import Html, note
from webui.page import Page, Part, Updates, html_block
from webui.picker import has_model
from webui.predictors import PREDICTORS
from webui.views import side_by_side as html
from webui.views.shapes import Asked

if TYPE_CHECKING:  # torch takes seconds
    from engine.inference.predictor import Predictor

MOST = 3
"""Other models at a time."""
UNTRAINED = "untrained"
TIME: dict[str, Any] = {
    "concurrency_id": "others",
    "concurrency_limit": 1,
    "trigger_mode": "always_last",
}
Last = Asked[Any] | None


@dataclass(frozen=True)
class SideBySide(Part):
    names: gr.Dropdown
    """Ids of runs, and UNTRAINED."""
    answers: gr.HTML


def build_choice(page: Page) -> gr.Dropdown:
    return gr.Dropdown(
        [],
        value=[],
        multiselect=True,
        max_choices=MOST,
        label=page.t("trying.others"),
        info=page.t("trying.others_help"),
        elem_id="try-others",
    )


def build(page: Page, names: gr.Dropdown) -> SideBySide:
    return SideBySide(page, names, html_block(elem_id="others", visible=False))


def wire(part: SideBySide, answer: gr.State) -> None:
    part.on([part.names.change, answer.change], _ask, [answer, part.names], **TIME)


def show(part: SideBySide, run: str) -> Updates:
    """The models that can be asked the same: those of the data set first."""
    choices = [(part.t("trying.untrained"), UNTRAINED)]
    choices += [(_name(part.page, other, run), other.id) for other in _others(part.page, run)]
    return {part.names: gr.Dropdown(choices)}


def _others(page: Page, run: str) -> list[Run]:
    """Runs with a model for the same task, those on the same data set first."""
    chosen = page.registry.get(run)
    task = read_manual(page.workspace.run(run).model).task
    found = [
        other
        for other in page.registry.list()
        if other.id != run
        and not other.state.active
        and has_model(page.workspace.run(other.id))
        and read_manual(page.workspace.run(other.id).model).task == task
    ]
    return sorted(found, key=lambda other: other.dataset != chosen.dataset)


def _name(page: Page, other: Run, run: str) -> str:
    if other.dataset == page.registry.get(run).dataset:
        return other.name
    return page.t("trying.of_other_data", name=other.name)


def _ask(part: SideBySide, answer: Last, names: Sequence[str]) -> Iterator[Updates]:
    """What each of them says, as soon as it says it."""
    if answer is None or not names:
        yield {part.answers: gr.HTML("", visible=False)}
        return
    said: list[Html] = []
    known = {run.id: run.name for run in part.page.registry.list()}
    known[UNTRAINED] = part.t("trying.untrained")
    for name in names[:MOST]:
        if name not in known or name == answer.run:
            continue
        if not _is_there(part.page, name):
            waiting = html.waiting(known[name], part.t)
            yield {part.answers: gr.HTML(html.columns([*said, waiting]), visible=True)}
        said.append(_column(part, answer, name, known[name]))
    yield {part.answers: gr.HTML(html.columns(said), visible=bool(said))}


def _is_there(page: Page, name: str) -> bool:
    return name != UNTRAINED and PREDICTORS.has(page.workspace.run(name).model)


def _column(part: SideBySide, answer: Asked[Any], name: str, title: str) -> Html:
    """What one of them says; one that cannot be asked says why."""
    page = part.page
    shape = asking.shape_of(asking.task_of(page, answer.run))
    row = {"text": answer.texts, "question": answer.questions}
    try:
        asked = asking.asked(_predictor(page, answer.run, name), answer.run, row)
    except TunesmithError as error:
        return html.column(title, note("problem", page.say(error.message)))
    rows = range(len(answer.texts))
    pairs = [(shape.verdict(answer, place), shape.verdict(asked, place)) for place in rows]
    return html.column(title, html.difference(pairs, part.t), shape.answers(asked, part.t, answer))


def _predictor(page: Page, run: str, name: str) -> "Predictor":
    if name == UNTRAINED:
        return PREDICTORS.untrained(page.workspace, run)
    return PREDICTORS.get(page.workspace.run(name).model)
