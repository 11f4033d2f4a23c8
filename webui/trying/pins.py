"""The view of the pins: what every run must get right, and how the runs did, red or green."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from engine.data import pins
from engine.data.dataset import Dataset, load_dataset
from engine.data.pins import Pin
from engine.evaluation.pins import count_held, read_outcomes, score_pins
from engine.runs.run import Run
from engine.tasks import AnyTask
from webui import drafting
from webui.html import Html, note, tag
from webui.page import EVERY_CLICK, Page, Updates, View, event_data, html_block
from webui.picker import has_model
from webui.predictors import PREDICTORS
from webui.trying.ask import MODEL_TIME
from webui.trying.base import Tried
from webui.views import corrections
from webui.views import pins as html

RUNS_SHOWN = 6
MUST_BE, SAME = "must_be", "must_match"


@dataclass(frozen=True)
class Pins(View):
    head: gr.HTML
    check: gr.Button
    history: gr.HTML
    form: gr.Column
    text: gr.Textbox
    question: gr.Textbox
    demand: gr.Radio
    labels: gr.Dropdown
    answer: gr.Textbox
    """The demanded answer, where it is written."""
    other: gr.Textbox
    pin: gr.Button


def build(page: Page) -> Pins:
    """How the runs did, then the form for another pin."""
    t = page.t
    parts: dict[str, Any] = {}
    with gr.Column() as frame:
        with gr.Column(elem_classes="ts-card"):
            parts["head"] = html_block()
            parts["history"] = html_block(acts=True)
            parts["check"] = gr.Button("", visible=False, elem_classes="ts-lead-button")
        with gr.Column(elem_classes="ts-card") as parts["form"]:
            html_block(tag("h3", t("pins.new")))
            parts["text"] = gr.Textbox(label=t("pins.text"), max_lines=6, elem_id="pin-text")
            parts["question"] = gr.Textbox(label=t("try_question"), max_lines=3, visible=False)
            choices = [(t(f"pins.demand_{name}"), name) for name in (MUST_BE, SAME)]
            parts["demand"] = gr.Radio(
                choices, value=MUST_BE, label=t("pins.demand"), elem_classes="ts-switch"
            )
            parts["labels"] = gr.Dropdown([], label=t("pins.answer"), elem_id="pin-labels")
            parts["answer"] = gr.Textbox(label=t("pins.answer"), max_lines=3, visible=False)
            parts["other"] = gr.Textbox(
                label=t("pins.other"), info=t("pins.other_help"), max_lines=6, visible=False,
                elem_id="pin-other",
            )  # fmt: skip
            parts["pin"] = gr.Button(
                t("pins.add"), variant="primary", elem_id="pin-add", elem_classes="ts-lead-button"
            )
    return Pins(page, frame, **parts)


def wire(view: Pins, run: gr.Dropdown) -> None:
    form = [view.text, view.question, view.demand, view.labels, view.answer, view.other]
    view.on(view.pin.click, _add, [run, *form])
    view.on(view.demand.input, _demand, [run, view.demand])
    view.on(view.history.click, _remove, [run], **EVERY_CLICK)
    busy: dict[str, Any] = {"show_progress": "full", "show_progress_on": view.head}
    view.on(view.check.click, _check, [run], **busy, **MODEL_TIME)


def applies(task: type[AnyTask]) -> bool:
    return True


def show(view: Pins, tried: Tried) -> Updates:
    """The history of the pins, and the fields that the task of the model asks for."""
    run = view.page.registry.get(tried.run)
    dataset = drafting.dataset_of(view.page, run)
    if dataset is None:
        return {
            view.head: corrections.cannot(view.t("correct.no_data")),
            view.history: "",
            view.check: gr.Button(visible=False),
            view.form: gr.Column(visible=False),
        }
    task = dataset.make_task()
    fields = _fields(view, dataset, _demands(dataset)[0])
    fields[view.labels]["value"] = [] if task.several else None
    return {
        **_history(view, run, dataset),
        **fields,
        view.form: gr.Column(visible=True),
        view.question: gr.Textbox(visible="question" in task.asks),
    }


def _demands(dataset: Dataset) -> tuple[str, ...]:
    """What can be demanded in the form: of mentions that they are the same in two texts alone."""
    return (MUST_BE, SAME) if pins.can_be_said(dataset.task) else (SAME,)


def _fields(view: Pins, dataset: Dataset, demand: str) -> Updates:
    demands, labels = _demands(dataset), bool(dataset.labels)
    choices = [(view.t(f"pins.demand_{name}"), name) for name in demands]
    must_be = demand == MUST_BE
    return {
        view.demand: gr.Radio(choices, value=demand, visible=len(demands) > 1),
        view.labels: gr.update(
            choices=list(dataset.labels),
            multiselect=dataset.make_task().several,
            visible=must_be and labels,
        ),
        view.answer: gr.Textbox(visible=must_be and not labels),
        view.other: gr.Textbox(visible=not must_be),
    }


def _demand(view: Pins, run_id: str, demand: str) -> Updates:
    dataset = load_dataset(view.page.workspace, view.page.registry.get(run_id).dataset)
    known = demand if demand in _demands(dataset) else SAME
    return _fields(view, dataset, known)


def _history(view: Pins, run: Run, dataset: Dataset, told: Html | None = None) -> Updates:
    there = pins.pins(view.page.workspace, dataset.id)
    runs = [_scored(view, each, there) for each in _runs(view, run)]
    behind = [each for each in runs if each.held.scored < each.held.pins]
    title = tag("h3", view.t("pins.title", name=dataset.name))
    about = tag("p", view.t("pins.about"), class_="ts-why")
    return {
        view.head: tag("div", title, about, told),
        view.history: html.history(there, runs, run.id, view.t),
        view.check: gr.Button(
            view.t("pins.check", runs=len(behind)), visible=bool(there and behind)
        ),
    }


def _runs(view: Pins, run: Run) -> Sequence[Run]:
    """The chosen run and the newest others of its data set that have a model."""
    every = [each for each in view.page.registry.list() if each.dataset == run.dataset]
    models = [each for each in every if has_model(view.page.workspace.run(each.id))]
    return sorted(models, key=lambda each: each.id != run.id)[:RUNS_SHOWN]


def _scored(view: Pins, run: Run, there: Sequence[Pin]) -> html.Scored:
    outcomes = read_outcomes(view.page.workspace.run(run.id))
    held = count_held(outcomes, there)
    return html.Scored(run.id, run.name, run.dataset_version, outcomes, held)


def _add(
    view: Pins, run_id: str, text: str, question: str, demand: str, labels: Any, answer: str,
    other: str,
) -> Updates:  # fmt: skip
    """Pin what the form says. What was typed stays where the pin is refused."""
    run = view.page.registry.get(run_id)
    dataset = load_dataset(view.page.workspace, run.dataset)
    expected, same = None, None
    if demand == MUST_BE and pins.can_be_said(dataset.task):
        given = (labels if isinstance(labels, list) else [labels]) if dataset.labels else [answer]
        expected = tuple(str(name) for name in given if name)
    else:
        same = (other or "").strip()
    asked = (question or "").strip() if "question" in dataset.make_task().asks else ""
    pins.add(view.page.workspace, dataset.id, Pin((text or "").strip(), expected, same, asked))
    told = note("info", view.t("pins.pinned"))
    return _history(view, run, dataset, told) | {
        view.text: "",
        view.other: "",
        view.answer: "",
    }


def _remove(view: Pins, run_id: str, event: gr.EventData) -> Updates:
    run, sent = view.page.registry.get(run_id), event_data(event)
    dataset = load_dataset(view.page.workspace, run.dataset)
    if sent.get("act") == "remove":
        pins.remove(view.page.workspace, dataset.id, sent.get("id", ""))
    return _history(view, run, dataset)


def _check(view: Pins, run_id: str) -> Iterator[Updates]:
    """Score the runs that lack some of the pins, one after another, through their models."""
    workspace, run = view.page.workspace, view.page.registry.get(run_id)
    dataset = load_dataset(workspace, run.dataset)
    there = pins.pins(workspace, dataset.id)
    runs = [(each, _scored(view, each, there).held) for each in _runs(view, run)]
    behind = [each for each, held in runs if held.scored < held.pins]
    for number, each in enumerate(behind, 1):
        words = view.t("pins.checking", number=number, runs=len(behind), name=each.name)
        yield _history(view, run, dataset, note("info", words))
        folder = workspace.run(each.id)
        score_pins(workspace, folder, dataset.id, PREDICTORS.get(folder.model))
    yield _history(view, run, dataset)
