"""The view that comes first: type texts, see what the model says, how sure it is, and why."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import gradio as gr

from engine.data.dataset import columns_of, load_dataset, load_rows
from engine.errors import WorkspaceError
from engine.tasks import AnyTask
from engine.workspace import Workspace
from webui import asking, correcting, explaining, side_by_side
from webui.asking import Row, shape_of, task_of
from webui.correcting import Correcting
from webui.explaining import Explaining
from webui.html import empty
from webui.page import EVERY_CLICK, NO_TRIAL, Page, Updates, View, event_data, html_block
from webui.predictors import PREDICTORS
from webui.side_by_side import SideBySide
from webui.state import whole
from webui.trying.base import Tried
from webui.views import playground as html
from webui.views.shapes import Asked

MODEL_TIME: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1}
LATEST: dict[str, Any] = {"trigger_mode": "always_last"}
"""While one answer is on its way only the newest of what is asked waits: none comes too late."""
READ_OUT = "element.setAttribute('aria-live', 'polite');"
DRAW_TYPED = "window.playground.draw();"
EXAMPLES = 6
Rows = list[Mapping[str, Any]]
Last = Asked[Any] | None
"""What was asked and said."""


@dataclass(frozen=True)
class Ask(View):
    text: gr.Textbox
    question: gr.Textbox
    ask: gr.Button
    live: gr.Button
    """Pressed by assets/playground.js when somebody has stopped typing for a moment."""
    threshold: gr.Slider
    answer: gr.State
    """What was asked and said last."""
    held: gr.State
    """What later answers are compared with."""
    again: gr.State
    """When another model was to be asked what stands in the boxes."""
    answers: gr.HTML
    others: SideBySide
    why: Explaining
    correcting: Correcting
    offset: gr.State
    """Which of the test rows are shown as examples."""
    examples: gr.HTML


def build(page: Page) -> Ask:
    """Question left, answer right; examples and what was typed before below the question."""
    t = page.t
    parts: dict[str, Any] = {}
    with gr.Column() as frame:
        parts |= {name: gr.State(None) for name in ("answer", "held")}
        parts |= {name: gr.State(0) for name in ("again", "offset")}
        with gr.Row(elem_classes="ts-try"):
            with gr.Column(elem_classes="ts-card ts-try-ask", min_width=360):
                parts |= _boxes(page)
                html_block(html.keys(t))
            with gr.Column(elem_classes="ts-card ts-try-said", min_width=360):
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
                with gr.Row(elem_classes="ts-sides"):
                    parts["answers"] = html_block(
                        empty(t("answers_empty")), script=READ_OUT, min_height=160
                    )
                    parts["others"] = side_by_side.build(page, parts.pop("names"))
                parts["why"] = explaining.build(page)
                parts["correcting"] = correcting.build(page)
            with gr.Column(elem_classes="ts-card ts-try-more", min_width=360):
                html_block(html.typed(t), script=DRAW_TYPED)
                parts["examples"] = html_block(acts=True)
    return Ask(page=page, frame=frame, **parts)


def _boxes(page: Page) -> dict[str, Any]:
    t = page.t
    return {
        "text": gr.Textbox(
            label=t("try_text"),
            info=t("try_help_lines"),
            lines=5,
            max_lines=16,
            elem_id="try-text",
        ),
        "question": gr.Textbox(
            label=t("try_question"), max_lines=3, elem_id="try-question", visible=False
        ),
        "ask": gr.Button(t("try"), variant="primary", elem_id="try-run"),
        "live": gr.Button("", visible="hidden", elem_id="try-live"),
        "names": side_by_side.build_choice(page),
    }


def wire(view: Ask, run: gr.Dropdown) -> None:
    written = [run, view.text, view.question]
    kept = [view.answer, view.held, view.threshold, view.why.about]
    view.on(run.change, _another, [run, view.answer])
    said = [view.answer, view.held, view.answers, view.threshold, *view.why.components()]
    # the fewer parts an answer may change, the sooner the browser shows it
    view.on(view.again.change, _again, [*written, *kept], said, **MODEL_TIME)
    asked = [view.ask.click, view.question.submit]
    view.on(asked, _hold, [*written, *kept], said, **MODEL_TIME)
    view.on(view.live.click, _follow, [*written, *kept], said, **LATEST, **MODEL_TIME)
    sent = [run, view.offset, *kept]
    view.on(view.examples.click, _example, sent, **MODEL_TIME, **EVERY_CLICK)
    view.on(view.threshold.input, _threshold, [view.answer, view.held, view.threshold], **LATEST)
    explaining.wire(view.why, run, view.text)
    side_by_side.wire(view.others, view.answer)
    correcting.wire(view.correcting, view.answer)
    view.on(view.page.trial.change, _try_row, [view.page.trial, *kept], **MODEL_TIME)


def applies(task: type[AnyTask]) -> bool:
    return True


def show(view: Ask, tried: Tried) -> Updates:
    """The boxes that the chosen model asks for, and examples."""
    task = tried.task
    help_ = "try_help_lines" if shape_of(task).line_by_line else "try_help_whole"
    return {
        view.text: gr.Textbox(info=view.t(help_)),
        view.question: gr.Textbox(visible="question" in task.asks),
        view.offset: 0,
        view.examples: _examples(view, tried.run, 0),
        **explaining.show(view.why, task),
        **side_by_side.show(view.others, tried.run),
    }


@dataclass(frozen=True)
class Kept:
    """What a page keeps of what was asked before."""

    answer: Last
    held: Last
    threshold: float
    why: explaining.About


def _another(view: Ask, run: str, answer: Last) -> Updates:
    """Another model has said nothing yet. What it is asked are the boxes as they stand then: a row
    of the results may be on its way into them."""
    if answer is None or answer.run == run:
        return {}
    return _nothing(view, view.t("answers_empty")) | {view.again: time.time_ns()}


def _hold(view: Ask, run: str, text: str, question: str, *kept: Any) -> Iterator[Updates]:
    """Asked on purpose: later answers are compared with this one."""
    row = asking.written(task_of(view.page, run), text or "", question or "")
    lacking = asking.missing(row)
    if lacking:
        yield _nothing(view, view.t(f"missing_{lacking}"))
    else:
        yield from _answered(view, run, row, Kept(*kept), hold=True)


def _again(view: Ask, run: str, text: str, question: str, *kept: Any) -> Iterator[Updates]:
    if not run:  # the playground has not been opened yet
        return
    row = asking.written(task_of(view.page, run), text or "", question or "")
    if not asking.missing(row):
        yield from _answered(view, run, row, Kept(*kept), hold=True)


def _follow(view: Ask, run: str, text: str, question: str, *kept: Any) -> Iterator[Updates]:
    """Somebody types: the answer follows where it comes fast enough."""
    row, before = asking.written(task_of(view.page, run), text or "", question or ""), Kept(*kept)
    if not asking.missing(row):
        yield from _answered(view, run, row, before, hold=False)
    elif before.answer is not None:  # else it says already what is missing
        yield _nothing(view, view.t("answers_empty"))


def _nothing(view: Ask, sentence: str) -> Updates:
    """No answer, and a sentence in its place."""
    return {
        view.answer: None,
        view.answers: empty(sentence),
        view.threshold: gr.Slider(visible=False),
        **explaining.nothing(view.why),
    }


def _answered(view: Ask, run: str, row: Row, kept: Kept, hold: bool) -> Iterator[Updates]:
    """What the model says, once it is in memory. A threshold the user has moved holds until
    another run is chosen, or the model's own is changed."""
    folder = view.page.workspace.run(run).model
    if not PREDICTORS.has(folder):
        yield {view.answers: html.waiting(view.t)}
    predictor = PREDICTORS.get(folder)
    if not hold and asking.is_slow(predictor, row, kept.answer):
        yield {view.answers: html.outdated(_shown(view, kept.answer, kept), view.t)}
        return
    asked = asking.asked(predictor, run, row)
    said, before = asked.said, kept.answer
    slider: dict[str, Any] = {"visible": said.threshold is not None}
    threshold = kept.threshold
    if before is None or before.run != run or before.said.threshold != said.threshold:
        threshold = slider["value"] = 0.5 if said.threshold is None else said.threshold
    held = asked if hold else kept.held
    yield {
        view.answer: asked,
        view.held: held,
        view.answers: _shown(view, asked, replace(kept, held=held, threshold=threshold)),
        view.threshold: gr.Slider(**slider),
        **explaining.outdated(view.why, kept.why, row["text"]),
    }


def _shown(view: Ask, asked: Last, kept: Kept) -> str:
    """An answer at the threshold the slider stands at, beside the one that is held."""
    if asked is None:
        return empty(view.t("answers_empty"))
    task = task_of(view.page, asked.run)
    shown = asked
    if asked.said.threshold not in (None, kept.threshold):
        shown = replace(asked, said=asked.said.at(kept.threshold))
    compared = html.Compared(kept.held, asked) if task.has_probabilities else None
    name = view.page.registry.get(asked.run).name
    return html.answers(shape_of(task), shown, view.t, compared, name)


def _threshold(view: Ask, answer: Last, held: Last, threshold: float) -> Updates:
    if answer is None or answer.said.threshold is None:
        return {}
    return {view.answers: _shown(view, answer, Kept(answer, held, threshold, None))}


def _example(
    view: Ask,
    run: str,
    offset: int,
    answer: Last,
    held: Last,
    threshold: float,
    about: explaining.About,
    event: gr.EventData,
) -> Iterator[Updates]:
    """One of the examples was clicked, or more of them asked for."""
    sent = event_data(event)
    if sent.get("act") == "more":
        more = offset + EXAMPLES
        yield {view.offset: more, view.examples: _examples(view, run, more)}
        return
    shown = _some(view, run, offset)
    index = whole(sent.get("index"))
    if index is not None and index < len(shown):
        yield from _fill(view, run, shown[index], Kept(answer, held, threshold, about))


def _try_row(view: Ask, trial: tuple[str, Mapping[str, str], int], *kept: Any) -> Iterator[Updates]:
    """A row of the results is to be tried: once, as Gradio may tell of it more than once."""
    run, row, _ = trial
    if run:
        yield {view.page.trial: NO_TRIAL}
        yield from _fill(view, run, row, Kept(*kept))


def _fill(view: Ask, run: str, written: Mapping[str, str], kept: Kept) -> Iterator[Updates]:
    """Put a row into the boxes, and ask."""
    task = task_of(view.page, run)
    chosen = {name: written[name] for name in task.asks}
    if shape_of(task).line_by_line:
        chosen["text"] = " ".join(chosen["text"].split())
    boxes = {"text": view.text, "question": view.question}
    yield {boxes[name]: value for name, value in chosen.items()}
    row = {name: (value,) for name, value in chosen.items()}
    yield from _answered(view, run, row, kept, hold=True)


def _examples(view: Ask, run: str, offset: int) -> str:
    shown = _some(view, run, offset)
    return html.examples(shape_of(task_of(view.page, run)), shown, view.t) if shown else ""


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
