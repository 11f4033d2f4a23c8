"""The playground tab: type texts, see what the model says and how sure it is."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import gradio as gr

from engine.data.alike import is_blank
from engine.data.dataset import columns_of, load_dataset, load_rows
from engine.errors import WorkspaceError
from engine.models.manual import read_manual
from engine.tasks import TASKS, AnyTask
from engine.workspace import Workspace
from webui.html import empty
from webui.page import EVERY_CLICK, Page, Updates, event_data, html_block
from webui.picker import PickerTab, build_nothing, has_model, run_state, show_picker, wire_picker
from webui.predictors import PREDICTORS
from webui.state import Selection
from webui.views import playground as view
from webui.views.shapes import SHAPES, Asked, Shape

MODEL_TIME: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1}
EXAMPLES = 6
MOST_TEXTS = 200
Rows = list[Mapping[str, Any]]
Before = Asked[Any] | None
"""What was asked and said last."""


@dataclass(frozen=True)
class PlaygroundTab(PickerTab):
    text: gr.Textbox
    question: gr.Textbox
    ask: gr.Button
    threshold: gr.Slider
    answer: gr.State
    answers: gr.HTML
    offset: gr.State
    """Which of the test rows are shown as examples."""
    examples: gr.HTML


def build(page: Page, frame: gr.Tab) -> PlaygroundTab:
    """Question left, answer right; examples below."""
    t = page.t
    parts = build_nothing(page) | {"answer": gr.State(None), "offset": gr.State(0)}
    with gr.Row(visible=False) as parts["content"]:
        with gr.Column(elem_classes="ts-card", min_width=360):
            parts["run"] = gr.Dropdown([], label=t("run"))
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
    return PlaygroundTab(page=page, frame=frame, **parts)


def wire(tab: PlaygroundTab) -> None:
    asking = [tab.run, tab.text, tab.question]
    busy: dict[str, Any] = {"show_progress": "full", "show_progress_on": tab.answers} | MODEL_TIME
    wire_picker(tab)
    tab.on(tab.run.change, _fresh, [tab.run, tab.answer])
    kept = [tab.answer, tab.threshold]
    tab.on([tab.ask.click, tab.question.submit], _ask, [*asking, *kept], **busy)
    tab.on(tab.examples.click, _example, [tab.run, tab.offset, *kept], **busy, **EVERY_CLICK)
    latest: dict[str, Any] = {"trigger_mode": "always_last"}
    tab.on(tab.threshold.input, _threshold, [tab.answer, tab.threshold], **latest)


def show(tab: PlaygroundTab, selection: Selection) -> Updates:
    """The models there are, and the boxes that the chosen one asks for."""
    updates, chosen = show_picker(tab, selection, has_model, "playground_empty")
    if chosen is None:
        return updates
    task = _task(tab, chosen)
    help_ = "try_help_lines" if _shape(task).line_by_line else "try_help_whole"
    return updates | {
        tab.text: gr.Textbox(info=tab.t(help_)),
        tab.question: gr.Textbox(visible="question" in task.asks),
        tab.offset: 0,
        tab.examples: _examples(tab, chosen, 0),
    }


def stamp(tab: PlaygroundTab, selection: Selection) -> Any:
    return run_state(tab.page, selection)


def _task(tab: PlaygroundTab, run: str) -> type[AnyTask]:
    return TASKS[read_manual(tab.page.workspace.run(run).model).task]


def _shape(task: type[AnyTask] | AnyTask) -> Shape[Any]:
    return SHAPES[task.shape]


def _fresh(tab: PlaygroundTab, run: str, before: Before) -> Updates:
    """Another model has said nothing yet."""
    if before is None or before.run == run:
        return {}
    return _nothing(tab, tab.t("answers_empty"))


def _nothing(tab: PlaygroundTab, sentence: str) -> Updates:
    """No answer, and a sentence in its place."""
    return {
        tab.answer: None,
        tab.answers: empty(sentence),
        tab.threshold: gr.Slider(visible=False),
    }


def _ask(
    tab: PlaygroundTab, run: str, text: str, question: str, before: Before, threshold: float
) -> Updates:
    task = _task(tab, run)
    written = text or ""
    lines = written.splitlines() if _shape(task).line_by_line else [written]
    row = {"text": tuple(line.strip() for line in lines if not is_blank(line))}
    if "question" in task.asks:
        row["question"] = () if is_blank(question or "") else (question.strip(),)
    missing = [name for name in task.asks if not row[name]]
    if missing:
        return _nothing(tab, tab.t(f"missing_{'_'.join(missing)}"))
    return _answer(tab, run, row, before, threshold)


def _answer(
    tab: PlaygroundTab,
    run: str,
    row: Mapping[str, tuple[str, ...]],
    before: Before,
    threshold: float,
) -> Updates:
    """What the model says. A threshold the user has moved holds until another run is chosen, or
    the model's own is changed."""
    predictor = PREDICTORS.get(tab.page.workspace.run(run).model)
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
        tab.answer: asked,
        tab.answers: view.answers(shape, shown, tab.t),
        tab.threshold: gr.Slider(**slider),
    }


def _threshold(tab: PlaygroundTab, answer: Before, threshold: float) -> Updates:
    if answer is None or answer.said.threshold is None:
        return {}
    moved = replace(answer, said=answer.said.at(threshold))
    return {tab.answers: view.answers(_shape(_task(tab, answer.run)), moved, tab.t)}


def _example(
    tab: PlaygroundTab,
    run: str,
    offset: int,
    before: Before,
    threshold: float,
    event: gr.EventData,
) -> Updates:
    """One of the examples was clicked, or more of them asked for."""
    sent = event_data(event)
    if sent.get("act") == "more":
        return {tab.offset: offset + EXAMPLES, tab.examples: _examples(tab, run, offset + EXAMPLES)}
    shown = _some(tab, run, offset)
    index = int(sent.get("index", "-1"))
    if not 0 <= index < len(shown):
        return {}
    task = _task(tab, run)
    chosen = {name: shown[index][name] for name in task.asks}
    if _shape(task).line_by_line:
        chosen["text"] = " ".join(chosen["text"].split())
    boxes = {"text": tab.text, "question": tab.question}
    row = {name: (value,) for name, value in chosen.items()}
    filled: Updates = {boxes[name]: value for name, value in chosen.items()}
    return filled | _answer(tab, run, row, before, threshold)


def _examples(tab: PlaygroundTab, run: str, offset: int) -> str:
    shown = _some(tab, run, offset)
    return view.examples(_shape(_task(tab, run)), shown, tab.t) if shown else ""


def _some(tab: PlaygroundTab, run_id: str, offset: int) -> Rows:
    """EXAMPLES of the run's test rows, going round; none when its data set is gone."""
    run = tab.page.registry.get(run_id)
    try:
        rows = _test_rows(tab.page.workspace, run.dataset, run.dataset_version)
    except WorkspaceError:
        return []
    return [rows[(offset + i) % len(rows)] for i in range(min(EXAMPLES, len(rows)))]


@lru_cache(maxsize=4)
def _test_rows(workspace: Workspace, dataset_id: str, version: int) -> Rows:
    """Test rows in an order that mixes the labels."""
    rows = load_rows(workspace, load_dataset(workspace, dataset_id, version))
    test = columns_of(rows[rows["split"] == "test"].sample(frac=1, random_state=0).head(600))
    return [dict(zip(test, row, strict=True)) for row in zip(*test.values(), strict=True)]
