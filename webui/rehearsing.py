"""The rehearsal on the train tab: some real steps, what they cost, and the change that helps."""

import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import gradio as gr

from engine.errors import RecipeError
from engine.models.memory import Remedy, find_remedy
from engine.runs.rehearsal import Failure, Progress, Rehearsal, rehearse
from engine.training.footprint import changes, gigabytes, spoken
from webui import form
from webui.html import Html, bar, join, note, tag
from webui.page import Page, Updates, event_data, html_block
from webui.progress import duration
from webui.state import Selection, whole
from webui.views.train import Review, remedy_button

if TYPE_CHECKING:
    from webui.tabs.train import TrainTab

Look = Callable[["TrainTab", Selection, Mapping[str, Any]], Review]
Put = Callable[["TrainTab", Selection, Mapping[str, Any]], Updates]
TIGHT = 0.9
"""Share of the memory from which on a run may fail although its rehearsal did not."""


def build(page: Page) -> dict[str, gr.components.Component]:
    with gr.Row(elem_classes="ts-actions"):
        start = gr.Button(page.t("rehearse"), elem_id="rehearse", min_width=160)
        stop = gr.Button(page.t("rehearse_stop"), visible=False, scale=0, min_width=110)
    return {"rehearse": start, "rehearse_stop": stop, "rehearsal": html_block(acts=True)}


def wire(tab: "TrainTab", look: Look, put: Put) -> None:
    """`look` reviews raw values of the form; `put` writes them into it."""
    parts, inputs = tab.rehearsing, tab.inputs()
    idle = {
        parts["rehearse"]: gr.update(visible=True),
        parts["rehearse_stop"]: gr.update(visible=False),
    }

    def run(tab: Any, selection: Selection, *values: Any) -> Iterator[Updates]:
        review = look(tab, selection, _raw(tab, values))
        if review.recipe is None or review.problems:
            raise RecipeError(review.problems)
        yield {
            parts["rehearse"]: gr.Button(visible=False),
            parts["rehearse_stop"]: gr.Button(visible=True),
            parts["rehearsal"]: tag("p", tab.t("rehearsal_loading"), class_="ts-why"),
        }
        for said in rehearse(tab.page.workspace, review.recipe):
            done = {} if isinstance(said, Progress) else idle
            yield done | {parts["rehearsal"]: _show(tab.page, review, said)}

    def stop(tab: Any) -> Updates:
        return idle | {parts["rehearsal"]: ""}

    def apply(tab: Any, selection: Selection, event: gr.EventData, *values: Any) -> Updates:
        raw, sent = _raw(tab, values), event_data(event)
        review = look(tab, selection, raw)
        value = whole(sent.get("value"))
        if review.recipe is None or sent.get("act") != "remedy" or value is None:
            return {}
        changed = changes(sent.get("change", ""), value, review.recipe)
        written = form.write(changed)
        return put(tab, selection, raw | {name: written[name] for name in changed}) | {
            parts["rehearsal"]: ""
        }

    one_at_a_time: dict[str, Any] = {"concurrency_id": "rehearsal", "concurrency_limit": 1}
    event = tab.on(parts["rehearse"].click, run, inputs, parts.values(), **one_at_a_time)
    tab.on(parts["rehearse_stop"].click, stop, (), parts.values(), cancels=[event])
    tab.on([parts["rehearsal"].click, tab.card.click], apply, inputs)


def _raw(tab: Any, values: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(tab.fields, values, strict=True))


def _show(page: Page, review: Review, said: Progress | Rehearsal | Failure) -> Html:
    if isinstance(said, Progress):
        return _progress(page, said)
    if isinstance(said, Failure):
        remedy = _remedy(review) if said.too_big else None
        advice = page.say(spoken(remedy, review.recipe)) if said.too_big and review.recipe else ""
        text = tag("p", " ".join(filter(None, [page.say(said.reason), advice])))
        return note("problem", text, remedy_button(remedy, page.t))
    return _measured(page, review, said)


def _progress(page: Page, said: Progress) -> Html:
    words = page.t(f"rehearsal_{said.phase}", done=said.done, of=said.of)
    share = bar(said.done / said.of, label=words, role="progressbar") if said.of else None
    return join([tag("p", words, class_="ts-why"), share])


def _measured(page: Page, review: Review, said: Rehearsal) -> Html:
    t = page.t
    end = time.strftime("%H:%M", time.localtime(time.time() + said.seconds))
    facts = {
        "time": t(
            "rehearsal_time",
            all=duration(said.seconds),
            training=duration(said.training_seconds),
            scoring=duration(said.evaluation_seconds),
            other=duration(said.other_seconds),
        ),
        "end": t("rehearsal_end", clock=end),
        "memory": t(
            "rehearsal_memory",
            peak=gigabytes(said.peak_memory),
            free=gigabytes(said.free_memory),
            longest=said.longest,
        ),
    }
    items = (join([tag("dt", t(f"card_{name}")), tag("dd", fact)]) for name, fact in facts.items())
    listed = tag("dl", *items, class_="ts-facts-list")
    title = tag("h4", t("rehearsal_title", steps=said.steps))
    if said.peak_memory < TIGHT * said.free_memory:
        return tag("section", title, listed)
    remedy = _remedy(review)
    advice = page.say(spoken(remedy, review.recipe)) if review.recipe else ""
    warning = note(
        "warning", tag("p", t("rehearsal_tight"), " ", advice), remedy_button(remedy, page.t)
    )
    return tag("section", title, listed, warning)


def _remedy(review: Review) -> Remedy | None:
    """The cheapest change that brings the need well below what turned out to be too much."""
    found = review.plan.memory if review.plan else None
    return find_remedy(found.load, round(0.75 * found.need.total)) if found else None
