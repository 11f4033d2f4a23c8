"""The settings as text on the train tab: a recipe file to edit, load and save, and the command."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from engine.errors import RecipeError
from engine.text import Message
from engine.training.recipe import read_values
from engine.training.settings import BY_NAME
from engine.training.sweep import Sweep, chosen_values, read_sweep
from webui import form
from webui.html import Html, join, note, tag
from webui.page import Page, Updates, html_block
from webui.state import Selection
from webui.views.train import Review

if TYPE_CHECKING:
    from webui.tabs.train import TrainTab

MOST_BYTES = 1_000_000
Look = Callable[["TrainTab", Selection, Mapping[str, Any]], Review]
Put = Callable[["TrainTab", Selection, Mapping[str, Any]], Updates]


def build(page: Page) -> dict[str, gr.components.Component]:
    """The text, what can be done with it, and the command below."""
    t = page.t
    parts: dict[str, gr.components.Component] = {
        "text": gr.Textbox(
            label=t("as_recipe"),
            info=t("recipe_help"),
            lines=8,
            max_lines=24,
            elem_id="recipe-text",
            elem_classes="ts-mono",
        )
    }
    parts["wrong"] = html_block(elem_id="recipe-wrong")
    with gr.Row(elem_classes="ts-actions ts-one-height"):
        parts["use"] = gr.Button(t("recipe_use"), scale=0, min_width=120, elem_id="recipe-use")
        parts["load"] = gr.UploadButton(
            t("recipe_load"),
            file_types=[".yaml", ".yml", ".json"],
            scale=0,
            min_width=120,
            elem_id="recipe-load",
        )
        html_block(_save(t("recipe_save")))
    parts["about"] = html_block()
    return parts


def wire(tab: "TrainTab", look: Look, put: Put) -> None:
    """`look` reviews raw values of the form; `put` writes them into it."""
    parts, selection = tab.editor, tab.page.selection

    def use(tab: Any, selection: Selection, text: str) -> Updates:
        try:
            raw = _raw(tab, look, selection, text)
        except RecipeError as error:
            return {parts["wrong"]: _wrong(error.problems, tab.page)}
        return put(tab, selection, raw)

    def load(tab: Any, selection: Selection, file: str) -> Updates:
        path = Path(file)
        if path.stat().st_size > MOST_BYTES:
            raise RecipeError([Message("recipe.not_a_mapping")])
        text = path.read_text("utf-8-sig", errors="replace")
        return {parts["text"]: text, parts["load"]: None} | use(tab, selection, text)

    tab.on(parts["use"].click, use, [selection, parts["text"]])
    tab.on(parts["load"].upload, load, [selection, parts["load"]])


def show(tab: "TrainTab", review: Review) -> Updates:
    """The recipe of what the form says; only what was chosen while it does not fit together."""
    page, parts = tab.page, tab.editor
    draft = chosen_values(review.recipes) if review.group else review.draft
    if review.recipe and not review.group:
        text = review.recipe.to_yaml()
    else:
        text = form.recipe_file(review.dataset.id, review.dataset.version, draft)
    command = form.command(page.workspace.root.resolve(), review.dataset.id, draft)
    return {
        parts["text"]: text,
        parts["wrong"]: "",
        parts["about"]: _command(command if review.recipe else "", page),
    }


def _raw(tab: Any, look: Look, selection: Selection, text: str) -> dict[str, Any]:
    """The form for a recipe file. What is as recommended anyway stays a recommendation."""
    _, given = read_values(text or "")
    choices = given.check(read_sweep).choices
    simple = {name: found for name, found in choices.items() if BY_NAME[name].simple}
    usual = look(tab, selection, form.write_sweep(Sweep(simple))).recipe
    kept = {
        name: found
        for name, found in choices.items()
        if name in simple or usual is None or found != (getattr(usual, name),)
    }
    return form.write_sweep(Sweep(kept))


def _wrong(problems: Sequence[Message], page: Page) -> Html:
    """Every fault of the text, in the order of its lines; what stands in the form stays."""
    items = (tag("li", page.say(problem)) for problem in problems)
    head = tag("p", page.t("recipe_wrong"))
    box = note("problem", head, tag("ul", *items, class_="ts-list"))
    return tag("div", box, role="alert")


def _save(label: str) -> Html:
    """Saves what stands in the text field; the browser makes the file."""
    return tag(
        "button",
        label,
        type="button",
        class_="ts-button",
        data_save="recipe.yaml",
        data_from="#recipe-text textarea",
    )


def _command(command: str, page: Page) -> Html:
    if not command:
        return tag("p", page.t("recipe_none"), class_="ts-soft")
    copy = tag(
        "button", page.t("copy"), type="button", class_="ts-button", data_copy="train-command"
    )
    head = tag("div", tag("h4", page.t("as_command")), copy, class_="ts-head")
    return join(
        [
            head,
            tag("pre", tag("code", command), id="train-command", class_="ts-code", tabindex="0"),
        ]
    )
