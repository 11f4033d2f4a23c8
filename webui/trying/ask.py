"""The view that comes first: type texts, see what the model says and how sure it is."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import gradio as gr

from engine.data.alike import is_blank
from engine.data.dataset import columns_of, load_dataset, load_rows
from engine.errors import WorkspaceError
from engine.tasks import AnyTask
from engine.workspace import Workspace
from webui import correcting
from webui.correcting import Correcting
from webui.html import empty
from webui.page import EVERY_CLICK, Page, Updates, event_data, html_block
from webui.predictors import PREDICTORS
from webui.trying.base import Tried, View, task_of
from webui.views import playground as html
from webui.views.shapes import SHAPES, Asked, Shape

MODEL_TIME: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1}
EXAMPLES = 6
MOST_TEXTS = 200
Rows = list[Mapping[str, Any]]
Before = Asked[Any] | None
"""What was asked and said last."""


@dataclass(frozen=True)
class Ask(View):
    text: gr.Textbox
    question: gr.Textbox
    ask: gr.Button
    threshold: gr.Slider
    answer: gr.State
    answers: gr.HTML
    correcting: Correcting
    offset: gr.State
    """Which of the test rows are shown as examples."""
    examples: gr.HTML


def build(page: Page) -> Ask:
    """Question left, answer right; examples below."""
    t = page.t
    parts: dict[str, Any] = {}
    with gr.Column() as frame:
        parts |= {"answer": gr.State(None), "offset": gr.State(0)}
        with gr.Row():
            with gr.Column(elem_classes="ts-card", min_width=360):
                parts["text"] = gr.Textbox(
                    label=t("try_text"),
                    info=t("try_help_lines"),
                    lines=5,
                    max_lines=16,
                    elem_id="try-text",
                )
                parts["question"] = gr.Textbox(
                    label=t("try_question"), max_lines=3, elem_id="try-question", visible=False
                )
                parts["ask"] = gr.Button(t("try"), variant="primary", elem_id="try-run")
                parts["examples"] = html_block(acts=True)
            with gr.Column(elem_classes="ts-card", min_width=360):
                parts["threshold"] = gr.Slider(
                    0.01,
                    0.99,
                    value=0.5,
                    step=0.01,
                    label=t("threshold"),
                    info=t("threshold_help"),
                    buttons=[],
                    visible=False,
                )
                parts["answers"] = html_block(empty(t("answers_empty")), min_height=160)
                parts["correcting"] = correcting.build(page)
    return Ask(page=page, frame=frame, **parts)


def wire(view: Ask, run: gr.Dropdown) -> None:
    asking = [run, view.text, view.question]
    busy: dict[str, Any] = {"show_progress": "full", "show_progress_on": view.answers} | MODEL_TIME
    view.on(run.change, _fresh, [run, view.answer])
    correcting.wire(view.correcting, view.answer)
    kept = [view.answer, view.threshold]
    view.on([view.ask.click, view.question.submit], _ask, [*asking, *kept], **busy)
    view.on(view.examples.click, _example, [run, view.offset, *kept], **busy, **EVERY_CLICK)
    view.on(view.page.trial.change, _try_row, [view.page.trial, *kept], **busy)
    latest: dict[str, Any] = {"trigger_mode": "always_last"}
    view.on(view.threshold.input, _threshold, [view.answer, view.threshold], **latest)


def applies(task: type[AnyTask]) -> bool:
    return True


def show(view: Ask, tried: Tried) -> Updates:
    """The boxes that the chosen model asks for, and examples."""
    task = tried.task
    help_ = "try_help_lines" if _shape(task).line_by_line else "try_help_whole"
    return {
        view.text: gr.Textbox(info=view.t(help_)),
        view.question: gr.Textbox(visible="question" in task.asks),
        view.offset: 0,
        view.examples: _examples(view, tried.run, 0),
    }


def _shape(task: type[AnyTask] | AnyTask) -> Shape[Any]:
    return SHAPES[task.shape]


def _fresh(view: Ask, run: str, before: Before) -> Updates:
    """Another model has said nothing yet."""
    if before is None or before.run == run:
        return {}
    return _nothing(view, view.t("answers_empty"))


def _nothing(view: Ask, sentence: str) -> Updates:
    """No answer, and a sentence in its place."""
    return {
        view.answer: None,
        view.answers: empty(sentence),
        view.threshold: gr.Slider(visible=False),
    }


def _ask(
    view: Ask, run: str, text: str, question: str, before: Before, threshold: float
) -> Updates:
    task = task_of(view.page, run)
    written = text or ""
    lines = written.splitlines() if _shape(task).line_by_line else [written]
    row = {"text": tuple(line.strip() for line in lines if not is_blank(line))}
    if "question" in task.asks:
        row["question"] = () if is_blank(question or "") else (question.strip(),)
    missing = [name for name in task.asks if not row[name]]
    if missing:
        return _nothing(view, view.t(f"missing_{'_'.join(missing)}"))
    return _answer(view, run, row, before, threshold)


def _answer(
    view: Ask,
    run: str,
    row: Mapping[str, tuple[str, ...]],
    before: Before,
    threshold: float,
) -> Updates:
    """What the model says. A threshold the user has moved holds until another run is chosen, or
    the model's own is changed."""
    predictor = PREDICTORS.get(view.page.workspace.run(run).model)
    shape = _shape(predictor.task)
    texts, questions = row["text"][:MOST_TEXTS], row.get("question", ())
    start = time.perf_counter()
    predictions = predictor.predict(texts, questions)
    spent = 1000 * (time.perf_counter() - start)
    said = shape.said(predictor, predictions)
    asked = Asked(run, texts, questions, said, spent, len(row["text"]) - len(texts))
    slider: dict[str, Any] = {"visible": said.threshold is not None}
    shown = asked
    if before is None or before.run != run or before.said.threshold != said.threshold:
        slider["value"] = 0.5 if said.threshold is None else said.threshold
    elif said.threshold not in (None, threshold):
        shown = replace(asked, said=said.at(threshold))
    return {
        view.answer: asked,
        view.answers: html.answers(shape, shown, view.t),
        view.threshold: gr.Slider(**slider),
    }


def _threshold(view: Ask, answer: Before, threshold: float) -> Updates:
    if answer is None or answer.said.threshold is None:
        return {}
    moved = replace(answer, said=answer.said.at(threshold))
    return {view.answers: html.answers(_shape(task_of(view.page, answer.run)), moved, view.t)}


def _example(
    view: Ask,
    run: str,
    offset: int,
    before: Before,
    threshold: float,
    event: gr.EventData,
) -> Updates:
    """One of the examples was clicked, or more of them asked for."""
    sent = event_data(event)
    if sent.get("act") == "more":
        return {
            view.offset: offset + EXAMPLES,
            view.examples: _examples(view, run, offset + EXAMPLES),
        }
    shown = _some(view, run, offset)
    index = int(sent.get("index", "-1"))
    if not 0 <= index < len(shown):
        return {}
    return _fill(view, run, shown[index], before, threshold)


def _try_row(
    view: Ask,
    trial: tuple[str, Mapping[str, str], int],
    before: Before,
    threshold: float,
) -> Updates:
    """A row of the results is to be tried."""
    run, row, _ = trial
    return _fill(view, run, row, before, threshold) if run else {}


def _fill(
    view: Ask, run: str, written: Mapping[str, str], before: Before, threshold: float
) -> Updates:
    """Put a row into the boxes, and ask."""
    task = task_of(view.page, run)
    chosen = {name: written[name] for name in task.asks}
    if _shape(task).line_by_line:
        chosen["text"] = " ".join(chosen["text"].split())
    boxes = {"text": view.text, "question": view.question}
    row = {name: (value,) for name, value in chosen.items()}
    filled: Updates = {boxes[name]: value for name, value in chosen.items()}
    return filled | _answer(view, run, row, before, threshold)


def _examples(view: Ask, run: str, offset: int) -> str:
    shown = _some(view, run, offset)
    return html.examples(_shape(task_of(view.page, run)), shown, view.t) if shown else ""


def _some(view: Ask, run_id: str, offset: int) -> Rows:
    """EXAMPLES of the run's test rows, going round; none when its data set is gone."""
    run = view.page.registry.get(run_id)
    try:
        rows = _test_rows(view.page.workspace, run.dataset, run.dataset_version)
    except WorkspaceError:
        return []
    return [rows[(offset + i) % len(rows)] for i in range(min(EXAMPLES, len(rows)))]


@lru_cache(maxsize=4)
def _test_rows(workspace: Workspace, dataset_id: str, version: int) -> Rows:
    """Test rows in an order that mixes the labels."""
    rows = load_rows(workspace, load_dataset(workspace, dataset_id, version))
    test = columns_of(rows[rows["split"] == "test"].sample(frac=1, random_state=0).head(600))
    return [dict(zip(test, row, strict=True)) for row in zip(*test.values(), strict=True)]
