"""Below the answers of the playground: why a label is as probable as it is, asked for by a button.

First the words a text's label rests on, then the training texts most like it, which the first time
means to read them all.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from queue import SimpleQueue
from threading import Event
from typing import TYPE_CHECKING, Any

import gradio as gr

from engine.data.dataset import Dataset, load_dataset
from engine.errors import WorkspaceError
from engine.tasks import AnyTask
from webui import asking
from webui.html import Html, note
from webui.page import Page, Part, Updates, event_data, html_block
from webui.predictors import PREDICTORS
from webui.state import whole
from webui.views import playground
from webui.views import why as html

if TYPE_CHECKING:  # torch takes seconds
    from engine.inference.similar import Neighbour

EVERY = 0.5
"""Seconds between two words on how far the reading is."""
TIME: dict[str, Any] = {"concurrency_id": "why", "concurrency_limit": 1}
STOP = Event()
"""Ends the reading of training texts: there is one at a time."""


@dataclass(frozen=True)
class Why:
    """What is explained."""

    run: str
    texts: tuple[str, ...]
    line: int = 0
    """Which of the texts."""
    label: str | None = None
    """The label it is explained for; None for the most probable one."""

    @property
    def text(self) -> str:
        return self.texts[self.line]


About = Why | None


@dataclass(frozen=True)
class Explaining(Part):
    ask: gr.Button
    about: gr.State
    old: gr.HTML
    """Says that the explanation is of a text that has changed since."""
    words: gr.HTML
    similar: gr.HTML
    stop: gr.Button


def build(page: Page) -> Explaining:
    """The button, and below it what it brings."""
    with gr.Column(elem_classes="ts-close"):
        ask = gr.Button(page.t("explain.ask"), elem_id="try-why", elem_classes="ts-lead-button")
        about, old = gr.State(None), html_block()
        words = html_block(acts=True, elem_id="why-words")
        similar = html_block(elem_id="why-similar")
        stop = gr.Button(page.t("explain.stop"), visible=False, elem_classes="ts-lead-button")
    return Explaining(page, ask, about, old, words, similar, stop)


def wire(part: Explaining, run: gr.Dropdown, text: gr.Textbox) -> None:
    part.on(part.ask.click, _ask, [run, text], **TIME)
    part.on(part.words.click, _other, [part.about], **TIME)
    part.on(part.stop.click, _stop)


def show(part: Explaining, task: type[AnyTask]) -> Updates:
    """It is offered for labels of whole texts alone."""
    return {part.ask: gr.Button(visible=task.has_probabilities)}


def nothing(part: Explaining) -> Updates:
    return {part.about: None, part.old: "", part.words: "", part.similar: ""}


def outdated(part: Explaining, about: About, texts: tuple[str, ...]) -> Updates:
    """What is to be said of an explanation when these texts have been answered."""
    if about is None:
        return {}
    same = about.text in texts
    return {part.old: "" if same else note("info", part.t("explain.outdated"))}


def _ask(part: Explaining, run: str, text: str) -> Iterator[Updates]:
    texts = asking.written(asking.task_of(part.page, run), text or "", "")["text"]
    if texts:
        yield from _explained(part, Why(run, texts[: asking.MOST_TEXTS]))
        return
    yield nothing(part) | {part.words: note("info", part.t("missing_text"))}


def _other(part: Explaining, about: About, event: gr.EventData) -> Iterator[Updates]:
    """Another label of the text, or another of the texts, was chosen."""
    sent = event_data(event)
    value = sent.get("value", "")
    line = whole(value)
    if about is None:
        return
    if sent.get("act") == "label":
        yield _words(part, replace(about, label=value))
    elif sent.get("act") == "line" and line is not None and line < len(about.texts):
        yield from _explained(part, replace(about, line=line, label=None))


def _explained(part: Explaining, about: Why) -> Iterator[Updates]:
    if not PREDICTORS.has(part.page.workspace.run(about.run).model):
        yield {part.words: playground.waiting(part.t)}
    yield _words(part, about)
    for told in _similar(part, about):
        yield {part.similar: told, part.stop: gr.Button(visible=True)}
    yield {part.stop: gr.Button(visible=False)}


def _words(part: Explaining, about: Why) -> Updates:
    from engine.inference.attribution import explain

    predictor = PREDICTORS.get(part.page.workspace.run(about.run).model)
    found = explain(predictor, about.text, about.label)
    shown = html.words(about.texts, about.line, found, predictor.labels, part.t)
    return {part.about: about, part.old: "", part.words: shown}


def _stop(part: Explaining) -> Updates:
    STOP.set()
    return {}


def _similar(part: Explaining, about: Why) -> Iterator[Html]:
    """How far the reading is, now and then, and at last the texts themselves."""
    run, t = part.page.registry.get(about.run), part.t
    try:
        dataset = load_dataset(part.page.workspace, run.dataset, run.dataset_version)
    except WorkspaceError:
        yield note("info", t("explain.no_data"))
        return
    heard: SimpleQueue[tuple[int, int] | None] = SimpleQueue()
    STOP.clear()

    def told(done: int, of: int) -> None:
        heard.put((done, of))
        if STOP.is_set():
            raise WorkspaceError("explain.left")

    with ThreadPoolExecutor(1) as pool:
        found = pool.submit(_nearest, part.page, about, dataset, told)
        found.add_done_callback(lambda _: heard.put(None))
        try:
            yield from _progress(heard, part)
        except GeneratorExit:  # the page was closed
            STOP.set()
            raise
    try:
        yield html.similar(*found.result(), t)
    except WorkspaceError as error:
        yield note("info", part.page.say(error.message))


def _nearest(
    page: Page, about: Why, dataset: Dataset, progress: Any
) -> "tuple[list[Neighbour], int]":
    from engine.inference.similar import training_texts

    folder = page.workspace.run(about.run).model
    predictor = PREDICTORS.get(folder)
    texts = training_texts(page.workspace, folder, predictor, dataset, progress)
    return texts.nearest(predictor, about.text), len(texts.rows)


def _progress(heard: "SimpleQueue[tuple[int, int] | None]", part: Explaining) -> Iterator[Html]:
    begun = last = time.monotonic()
    while (told := heard.get()) is not None:
        now = time.monotonic()
        if now - last >= EVERY:
            last = now
            yield html.reading(*told, now - begun, part.t)
