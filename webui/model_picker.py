"""The choice of a model on the train tab: filters, a list, and a field for any other.

The field holds the value of the setting `model`; a click in the list writes it there.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from engine.errors import ModelError, WorkspaceError
from engine.models import hardware
from engine.models.catalogue import BUNDLED
from engine.models.choices import Choice, all_choices, languages, matching
from engine.tasks import TASKS
from engine.training.footprint import outlook
from engine.training.recommend import fitting_output, usual_method
from engine.training.settings import BY_NAME
from webui import lookups
from webui.page import EVERY_CLICK, Page, Updates, event_data, html_block
from webui.state import Selection
from webui.views import models as view
from webui.views.train import Review

if TYPE_CHECKING:
    from webui.tabs.train import TrainTab

_INTO_VIEW = """
const show = () => {
  const top = element.getBoundingClientRect().top;
  if (element.innerText && (top < 0 || top > 0.7 * window.innerHeight)) element.scrollIntoView();
};
watch('value', () => requestAnimationFrame(show));
requestAnimationFrame(show);
"""
"""The list may be opened from far below."""

Look = Callable[["TrainTab", Selection, Mapping[str, Any]], Review]
Put = Callable[["TrainTab", Selection, Mapping[str, str]], Updates]


def build(page: Page) -> tuple[dict[str, Any], gr.Textbox]:
    """The picker, closed, and the field of the setting."""
    setting = BY_NAME["model"]
    parts: dict[str, Any] = {"filters": gr.State(view.Filters())}
    with gr.Column(visible=False, elem_id="model-picker", elem_classes="ts-picker") as parts[
        "column"
    ]:
        parts["head"] = html_block(acts=True, script=_INTO_VIEW)
        parts["models"] = html_block(acts=True)
        with gr.Row(elem_classes="ts-actions"):
            field = gr.Textbox(
                setting.default,
                label=page.t("model_other"),
                info=page.t("model_other_help"),
                max_lines=1,
                max_length=1000,
                min_width=260,
                elem_id="set-model",
            )
            parts["use"] = gr.Button(page.t("model_use"), scale=0, min_width=150)
    return parts, field


def names(page: Page) -> list[tuple[str, str]]:
    """(title, value) of every model of the list."""
    return [(choice.title, choice.name) for choice in all_choices(_used(page))]


def wire(tab: "TrainTab", look: Look, put: Put) -> None:
    """`look` reviews raw values of the form; `put` writes them into it."""
    parts, field, inputs = tab.picker, tab.fields["model"], tab.inputs()
    filtered = [parts["filters"], *inputs]

    # `tab` is of no named type here: Gradio resolves the annotations of handlers, at run time
    def act(tab: Any, selection: Selection, event: gr.EventData, *values: Any) -> Updates:
        raw, sent = _raw(tab, values), event_data(event)
        if sent.get("act") == "models":
            return opened(tab, look, selection, raw, sent.get("language", ""))
        return choose(tab, selection, event, *values)

    def narrow(
        tab: Any,
        chosen: view.Filters,
        selection: Selection,
        event: gr.EventData,
        *values: Any,
    ) -> Updates:
        sent = event_data(event)
        if sent.get("act") == "close":
            return {parts["column"]: gr.Column(visible=False)}
        if sent.get("act") not in ("task", "language"):
            return {}
        chosen = replace(chosen, **{sent["act"]: sent["value"]})
        return {parts["filters"]: chosen} | _list(tab, look, selection, _raw(tab, values), chosen)

    def again(tab: Any, chosen: view.Filters, selection: Selection, *values: Any) -> Updates:
        return _list(tab, look, selection, _raw(tab, values), chosen)

    def choose(tab: Any, selection: Selection, event: gr.EventData, *values: Any) -> Updates:
        name = event_data(event).get("model")
        if not name:
            return {}
        lookups.again(name)
        closed = {parts["column"]: gr.Column(visible=False)}
        return put(tab, selection, _raw(tab, values) | {"model": name}) | closed

    def typed(tab: Any, selection: Selection, *values: Any) -> Updates:
        raw = _raw(tab, values)
        lookups.again(raw["model"])
        return put(tab, selection, raw)

    tab.on(tab.model_about.click, act, inputs)
    tab.on(parts["head"].click, narrow, filtered, **EVERY_CLICK)
    tab.on(tab.fields["method"].input, again, filtered)
    tab.on(parts["models"].click, choose, inputs)
    tab.on([field.submit, parts["use"].click], typed, inputs)


def _raw(tab: "TrainTab", values: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(tab.fields, values, strict=True))


def opened(
    tab: "TrainTab",
    look: Look,
    selection: Selection,
    raw: Mapping[str, Any],
    language: str = "",
) -> Updates:
    """The list for the data set's task; on a second click, which asks for the same, as it was."""
    parts, t = tab.picker, tab.t
    review = look(tab, selection, raw)
    chosen = view.Filters(TASKS[review.dataset.task].use, language)
    every = all_choices(_used(tab.page))
    return {
        parts["column"]: gr.Column(visible=True),
        parts["filters"]: chosen,
        parts["head"]: view.filters(chosen, languages(every), t),
        parts["models"]: _models(tab, look, selection, raw, review, every, chosen),
    }


def _list(
    tab: "TrainTab",
    look: Look,
    selection: Selection,
    raw: Mapping[str, Any],
    chosen: view.Filters,
) -> Updates:
    review = look(tab, selection, raw)
    every = all_choices(_used(tab.page))
    shown = _models(tab, look, selection, raw, review, every, chosen)
    return {tab.picker["models"]: shown}


def _models(
    tab: "TrainTab",
    look: Look,
    selection: Selection,
    raw: Mapping[str, Any],
    review: Review,
    every: list[Choice],
    chosen: view.Filters,
) -> str:
    current = review.draft.get("model", BUNDLED)
    if review.recipe is None:  # what is chosen cannot be used: the others fare as beside the usual
        review = look(tab, selection, {**raw, "model": BUNDLED})
    rows = [
        _row(tab.page, review, choice, choice.name == current)
        for choice in matching(every, chosen.task, chosen.language)
    ]
    return view.models(rows, tab.t, tab.page.language)


def _row(page: Page, review: Review, choice: Choice, current: bool) -> view.Row:
    """How a model would fare: the method it would be trained with, and the memory that takes."""
    machine, recipe, plan = hardware.load(page.workspace), review.recipe, review.plan
    dataset, info = review.dataset, choice.info
    if info is None:
        return view.Row(choice, "", None, current)
    try:
        output = fitting_output(dataset, info)
    except ModelError as error:
        return view.Row(replace(choice, refusal=error.message), "", None, current)
    if recipe is None or plan is None or review.counts is None:
        return view.Row(choice, "", None, current)
    method = usual_method(info.parameters, machine)[0]
    if "method" in recipe.chosen:
        method = recipe.method
    length = min(recipe.max_length, info.max_length)
    alike = replace(recipe, method=method, max_length=length)
    found = outlook(alike, info, machine, plan.precision, review.counts, output)
    return view.Row(choice, method, found, current)


def _used(page: Page) -> list[str]:
    """Models of earlier runs, the newest first."""
    used: dict[str, None] = {}
    for run in page.registry.list():
        with contextlib.suppress(WorkspaceError):
            used[page.recipe(run.id).model] = None
    return list(used)
