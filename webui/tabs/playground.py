"""The playground tab: type texts, see what the model says and how sure it is."""

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import gradio as gr
import numpy as np

from engine.data.dataset import load_dataset, load_rows
from engine.errors import WorkspaceError
from engine.tasks.labelled import LabelTask
from engine.workspace import Workspace
from webui.html import empty
from webui.page import EVERY_CLICK, Page, Updates, event_data, html_block
from webui.picker import PickerTab, build_nothing, has_model, run_state, show_picker, wire_picker
from webui.predictors import PREDICTORS
from webui.state import Selection
from webui.views import playground as view

MODEL_TIME: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1}
EXAMPLES = 6
MOST_TEXTS = 200
Example = tuple[str, tuple[str, ...]]


@dataclass(frozen=True)
class PlaygroundTab(PickerTab):
    text: gr.Textbox
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
                label=t("try_text"), info=t("try_help"), lines=5, max_lines=16, elem_id="try-text"
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
    asking = [tab.run, tab.text]
    busy: dict[str, Any] = {"show_progress": "full", "show_progress_on": tab.answers} | MODEL_TIME
    wire_picker(tab)
    tab.on(tab.run.input, _fresh)
    kept = [tab.answer, tab.threshold]
    tab.on(tab.ask.click, _ask, [*asking, *kept], **busy)
    tab.on(tab.examples.click, _example, [tab.run, tab.offset, *kept], **busy, **EVERY_CLICK)
    latest: dict[str, Any] = {"trigger_mode": "always_last"}
    tab.on(tab.threshold.input, _threshold, [tab.answer, tab.threshold], **latest)


def show(tab: PlaygroundTab, selection: Selection) -> Updates:
    """The models there are; another one empties the answer."""
    updates, chosen = show_picker(tab, selection, has_model, "playground_empty")
    if chosen is None:
        return updates
    return updates | {tab.offset: 0, tab.examples: _examples(tab, chosen, 0)}


def stamp(tab: PlaygroundTab, selection: Selection) -> Any:
    return run_state(tab.page, selection)


def _fresh(tab: PlaygroundTab) -> Updates:
    """Another model has said nothing yet."""
    return {
        tab.answer: None,
        tab.answers: empty(tab.t("answers_empty")),
        tab.threshold: gr.Slider(visible=False),
    }


def _ask(
    tab: PlaygroundTab, run: str, text: str, before: view.Answer | None, threshold: float
) -> Updates:
    texts = tuple(line.strip() for line in (text or "").splitlines() if line.strip())
    if not texts:
        return {tab.answers: empty(tab.t("answers_empty"))}
    return _answer(tab, run, texts, before, threshold)


def _answer(
    tab: PlaygroundTab,
    run: str,
    texts: tuple[str, ...],
    before: view.Answer | None,
    threshold: float,
) -> Updates:
    """What the model says. A threshold the user has moved holds until another run is chosen."""
    predictor = PREDICTORS.get(tab.page.workspace.run(run).model)
    asked = texts[:MOST_TEXTS]
    start = time.perf_counter()
    found = predictor.predict(asked)
    spent = 1000 * (time.perf_counter() - start)
    probabilities = tuple(tuple(round(float(p), 6) for p in row) for row in found.probabilities)
    labels = tuple(predictor.labels)
    thresholds: tuple[float, ...] = ()
    if isinstance(predictor.task, LabelTask) and predictor.task.loss == "sigmoid":
        own = predictor.output.thresholds
        thresholds = (0.5,) * len(labels) if own is None else tuple(float(x) for x in own)
    left_out = len(texts) - len(asked)
    answer = view.Answer(asked, labels, probabilities, thresholds, spent, run, left_out)
    middle = round(float(np.median(thresholds)), 2) if thresholds else 0.5
    slider: dict[str, Any] = {"visible": bool(thresholds)}
    shown = answer
    if before is None or before.run != run:
        slider["value"] = middle
    elif thresholds and threshold != middle:
        shown = answer.at(threshold)
    return {
        tab.answer: answer,
        tab.answers: view.answers(shown, tab.t),
        tab.threshold: gr.Slider(**slider),
    }


def _threshold(tab: PlaygroundTab, answer: view.Answer | None, threshold: float) -> Updates:
    if answer is None or not answer.thresholds:
        return {}
    return {tab.answers: view.answers(answer.at(threshold), tab.t)}


def _example(
    tab: PlaygroundTab,
    run: str,
    offset: int,
    before: view.Answer | None,
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
    text = " ".join(shown[index][0].split())
    return {tab.text: text} | _answer(tab, run, (text,), before, threshold)


def _examples(tab: PlaygroundTab, run: str, offset: int) -> str:
    shown = _some(tab, run, offset)
    return view.examples(shown, tab.t) if shown else ""


def _some(tab: PlaygroundTab, run_id: str, offset: int) -> list[Example]:
    """EXAMPLES of the run's test rows, going round; none when its data set is gone."""
    run = tab.page.registry.get(run_id)
    try:
        rows = _test_rows(tab.page.workspace, run.dataset, run.dataset_version)
    except WorkspaceError:
        return []
    return [rows[(offset + i) % len(rows)] for i in range(min(EXAMPLES, len(rows)))]


@lru_cache(maxsize=4)
def _test_rows(workspace: Workspace, dataset_id: str, version: int) -> list[Example]:
    """Test rows in an order that mixes the labels."""
    rows = load_rows(workspace, load_dataset(workspace, dataset_id, version))
    test = rows[rows["split"] == "test"].sample(frac=1, random_state=0).head(600)
    return [
        (text, tuple(labels)) for text, labels in zip(test["text"], test["labels"], strict=True)
    ]
