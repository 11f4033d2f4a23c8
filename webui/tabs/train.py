"""The train tab: model, method, preset; every other setting one click further; what will run."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from engine.data.dataset import list_datasets
from engine.errors import RecipeError
from engine.training.recommend import offered
from engine.training.settings import BY_NAME, SETTINGS, Setting
from webui import (
    faults,
    form,
    lookups,
    model_picker,
    recipe_editor,
    rehearsing,
    several,
    starting,
    sweep,
)
from webui.choosing import AnyDropdown, AnyRadio
from webui.html import empty
from webui.page import START, Page, Tab, Updates, edited, event_data, html_block
from webui.picker import run_state
from webui.reviewing import review_one
from webui.state import Selection
from webui.views import models as models_view
from webui.views import train as view


@dataclass(frozen=True)
class TrainTab(Tab):
    nothing: gr.HTML
    lead: gr.Button
    content: gr.Row
    dataset: gr.Dropdown
    source: gr.Dropdown
    began: gr.State
    """Where the settings come from (`starting.Began`)."""
    written: gr.State
    """Changes when the page has written into the fields."""
    carried: gr.HTML
    model_about: gr.HTML
    picker: dict[str, Any]
    looked: gr.State
    """What was known of models and machine when the page was last shown."""
    fields: dict[str, gr.components.Component]
    groups: dict[str, gr.Column]
    advanced: gr.Accordion
    reset: gr.Button
    several: gr.Accordion
    card: gr.HTML
    faults: gr.HTML
    start: gr.Button
    rehearsing: dict[str, gr.components.Component]
    editor: dict[str, gr.components.Component]

    def inputs(self) -> list[gr.components.Component]:
        """What a review looks at: the selection and every field."""
        return [self.page.selection, *self.fields.values()]


def build(page: Page, frame: gr.Tab) -> TrainTab:
    """Form left, the card with the one button right (below on a narrow screen)."""
    t = page.t
    parts: dict[str, Any] = {"nothing": html_block()}
    parts["lead"] = gr.Button(
        t("go_data"), variant="primary", visible=False, elem_classes="ts-empty-button"
    )
    with gr.Row(visible=False, elem_classes="ts-sides") as parts["content"]:
        with gr.Column(scale=5, min_width=480):
            parts |= _build_form(page)
        with gr.Column(scale=3, min_width=320, elem_classes="ts-card ts-sticky"):
            parts["card"] = html_block(acts=True)
            parts["faults"] = faults.build()
            parts["start"] = gr.Button(t("start"), variant="primary", elem_id="start-training")
            parts["rehearsing"] = rehearsing.build(page)
            with gr.Accordion(t("recipe_and_command"), open=False):
                parts["editor"] = recipe_editor.build(page)
    return TrainTab(page=page, frame=frame, **parts)


def _build_form(page: Page) -> dict[str, Any]:
    t = page.t
    parts: dict[str, Any] = {}
    with gr.Column(elem_classes="ts-card"):
        with gr.Row():
            parts["dataset"] = gr.Dropdown(
                [],
                label=t("train_on"),
                info=t("train_on_help"),
                min_width=220,
                elem_id="train-on",
            )
            parts["source"] = gr.Dropdown(
                [(t("start_recommended"), "")],
                value="",
                label=t("start_from"),
                info=t("start_help"),
                min_width=220,
                elem_id="start-from",
            )
        parts["began"], parts["written"] = gr.State(starting.Began()), gr.State(0)
        parts["carried"] = html_block()
        parts["model_about"] = html_block(acts=True)
        parts["looked"] = gr.State(None)
        fields: dict[str, gr.components.Component] = {}
        parts["picker"], fields["model"] = model_picker.build(page)
        fields |= {name: _field(page, BY_NAME[name]) for name in ("method", "preset")}
        fold = gr.Accordion(t("advanced"), open=False, elem_id="advanced-settings")
        with fold as parts["advanced"]:
            groups: dict[str, gr.Column] = {}
            for group in form.GROUPS:
                with gr.Column(elem_classes="ts-group ts-even") as groups[group]:
                    html_block(f"<h4>{t(f'settings.group.{group}')}</h4>")
                    with gr.Row():
                        fields |= {s.name: _field(page, s) for s in form.advanced(group)}
            parts["reset"] = gr.Button(
                t("reset"), scale=0, min_width=240, elem_classes="ts-lead-button"
            )
        listed = {
            name: _choices(page, BY_NAME[name], None)
            for name in fields
            if BY_NAME[name].kind in ("choice", "switch")
        }
        parts["several"], ticked = sweep.build(page, listed | {"model": model_picker.names(page)})
        fields |= ticked
    return parts | {"fields": fields, "groups": groups}


def _field(page: Page, setting: Setting) -> gr.components.Component:
    """The field of one setting; left empty it means: as recommended.

    Numbers are typed into a text field, for Gradio's own number field shows an empty one as 0.
    """
    words: dict[str, Any] = {
        "label": setting.label(page.language),
        "info": setting.help(page.language),
        "min_width": 260,
        "elem_id": f"set-{setting.name}",
    }
    if setting.name in ("method", "preset"):
        return AnyRadio(_choices(page, setting, None), value=setting.default or "", **words)
    if setting.kind in ("choice", "switch"):
        return AnyDropdown(_choices(page, setting, None), value="", filterable=False, **words)
    lines = 3 if setting.kind == "weights" else 1
    return gr.Textbox(value="", lines=lines, max_lines=8, **words)


def _choices(
    page: Page, setting: Setting, recommended: Any, only: Sequence[str] | None = None
) -> list[tuple[str, str]]:
    """The choices in words, first the empty one: as recommended. `only` leaves others out."""
    named: list[tuple[str, str]]
    if setting.kind == "switch":
        named = [(page.t("on"), form.ON), (page.t("off"), form.OFF)]
    else:
        named = [
            (page.t(f"settings.{setting.name}.{choice}"), choice)
            for choice in (setting.choices if only is None else only)
        ]
    if setting.simple and setting.default is not None:
        return named
    if recommended is None:
        return [(page.t("recommended"), ""), *named]
    value = view.value_text(setting, recommended, page.t)
    return [(page.t("recommended_is", value=value), ""), *named]


def wire(tab: TrainTab) -> None:
    """Each change reviews the whole form; a copied run or a reset fills it."""
    page = tab.page
    changes = [edited(field) for name, field in tab.fields.items() if name != "model"]
    changes.append(tab.fields["model"].blur)  # a name is looked up when it is whole
    news = [page.selection.change, page.copied.change, tab.looked.change, tab.written.change]
    form = [page.copied, tab.began, *tab.inputs()]
    tab.on([*news, *changes], _follow, form, trigger_mode="always_last")
    model_picker.wire(tab, _look, _put)
    tab.on(tab.dataset.input, _choose_dataset, [page.selection, tab.dataset])
    tab.on(tab.source.select, _choose_source, [page.selection, tab.source])
    tab.on([tab.model_about.click, tab.card.click], _follow_remark, [page.selection])
    rehearsing.wire(tab, _look, _put)
    recipe_editor.wire(tab, _look, _put)
    tab.on(tab.reset.click, _reset, tab.inputs())
    tab.on(tab.start.click, _start, tab.inputs())
    tab.on(tab.lead.click, _lead, [page.selection])


def restored(tab: TrainTab, kept: Any) -> Updates:
    """The fields as this browser left them; what is stored may stem from another version."""
    stored = kept if isinstance(kept, dict) else {}
    given = several.kept(stored)
    fields: Updates = {field: given[name] for name, field in tab.fields.items() if name in given}
    return fields | {tab.began: starting.restored(stored)}


def show(tab: TrainTab, selection: Selection) -> Updates:
    """What can be chosen; the review of the form follows by itself."""
    page = tab.page
    datasets = list_datasets(page.workspace)
    ready = selection.dataset in [d.id for d in datasets]
    return {
        tab.nothing: "" if ready else empty(tab.t("train_empty")),
        tab.lead: gr.Button(visible=not ready),
        tab.content: gr.Row(visible=ready),
        tab.dataset: gr.Dropdown([(d.name, d.id) for d in datasets], value=selection.dataset),
        tab.looked: _known(tab),
    }


def stamp(tab: TrainTab, selection: Selection) -> Any:
    datasets = [d.id for d in list_datasets(tab.page.workspace)]
    return run_state(tab.page, selection), datasets, _known(tab)


def _known(tab: TrainTab) -> Any:
    """Changes when a review would say more: a model was looked up, or the machine, or there is
    another run to start from."""
    runs = tuple(run.id for run in tab.page.registry.list())
    return lookups.finished(), tab.page.workspace.hardware.exists(), runs


def _values(tab: TrainTab, values: tuple[Any, ...]) -> dict[str, Any]:
    return dict(zip(tab.fields, values, strict=True))


def _look(tab: TrainTab, selection: Selection, values: Mapping[str, Any]) -> view.Review:
    """What would run with these fields; problems instead of errors."""
    place = tab.page.workspace, str(selection.dataset)
    return sweep.look(tab.page, values, lambda each: review_one(*place, each))


def _follow(
    tab: TrainTab,
    copied: tuple[str, int],
    began: starting.Began,
    selection: Selection,
    *values: Any,
) -> Updates:
    """Take over what was asked for, leave what does not fit another data set, review it, and let
    the browser keep it: what is seen to be reviewed outlives a refresh."""
    if selection.tab != "train" or selection.dataset is None:
        return {}
    raw = _values(tab, values)
    now, wanted = starting.settle(
        tab.page, selection.dataset, copied, began, raw, lambda raw: _look(tab, selection, raw)
    )
    shown = _review(tab, selection, *values) if wanted is raw else _put(tab, selection, wanted)
    shown[tab.page.form] = starting.stored(now, wanted)
    return shown | starting.show(tab, selection.dataset, now, wanted)


def _review(tab: TrainTab, selection: Selection, *values: Any) -> Updates:
    """Say what will run, and what stands in the empty fields."""
    if selection.tab != "train" or selection.dataset is None:
        return {}
    raw = _values(tab, values)
    review = _look(tab, selection, raw)
    return _show_review(tab, selection, review)


def _show_review(
    tab: TrainTab, selection: Selection, review: view.Review, narrow: bool = True
) -> Updates:
    page, t = tab.page, tab.t
    changes = len(form.changed(review.draft))
    chosen = selection.but(model=review.draft.get("model", "bundled"))
    label = t("advanced_changed", changes=changes) if changes else t("advanced")
    runs = len(review.recipes)
    many = t("several_runs", runs=runs) if review.group else t("several")
    updates: Updates = {
        tab.card: view.card(review, t, page.language),
        tab.faults: faults.summary(review, t, page.language),
        tab.model_about: models_view.line(review, t, page.language),
        tab.start: gr.Button(
            view.start(review, t), interactive=not review.problems or review.refused
        ),
        tab.rehearsing["rehearse"]: gr.Button(interactive=not review.problems),
        tab.rehearsing["rehearsal"]: "",  # it was made for other settings
        tab.advanced: gr.Accordion(label),
        tab.reset: gr.Button(interactive=bool(changes) or review.group is not None),
        tab.several: gr.Accordion(many),
        **recipe_editor.show(tab, review),
    }
    if chosen != selection:
        updates[page.selection] = chosen
    if review.recipe:
        return updates | _show_recommended(tab, review, narrow)
    return updates | (_show_nothing_recommended(tab) if review.refused or not narrow else {})


def _show_recommended(tab: TrainTab, review: view.Review, narrow: bool) -> Updates:
    """Empty fields show what they stand for in the first run; fields without use in any run are
    hidden."""
    recipe, values = review.recipes[0], [review.values(each) for each in review.recipes]
    task = review.dataset.make_task()
    updates: Updates = {}
    for setting in SETTINGS:
        field, value = tab.fields[setting.name], getattr(recipe, setting.name)
        visible = any(setting.of_use(each) for each in values)
        if setting.name == "model":
            continue
        if f"several_{setting.name}" in tab.fields:
            updates[tab.fields[f"several_{setting.name}"]] = gr.update(visible=visible)
        if setting.kind in ("choice", "switch"):
            recommended = None if setting.name in recipe.chosen else value
            fitting = offered(setting, task, review.output) if narrow else setting.choices
            # one that was chosen stays in sight
            fitting += tuple(v for v in (value,) if recommended is None and v not in fitting)
            words: dict[str, Any] = {}
            if setting.name == "method":  # of all choices in sight no two may say the same
                words, recommended = {"info": view.method_help(recommended, tab.t)}, None
            choices = _choices(tab.page, setting, recommended, fitting)
            updates[field] = gr.update(choices=choices, visible=visible, **words)
        else:
            said = view.value_text(setting, value, tab.t)
            hint = tab.t("recommended_is", value=said) if said else ""
            updates[field] = gr.update(placeholder=hint, visible=visible)
    for group, column in tab.groups.items():
        of_use = [s for s in form.advanced(group) if any(s.of_use(each) for each in values)]
        updates[column] = gr.Column(visible=bool(of_use))
    return updates


def _show_nothing_recommended(tab: TrainTab) -> Updates:
    """Nothing is known of the model, and what was recommended for another would mislead."""
    updates: Updates = {}
    for setting in SETTINGS:
        if setting.kind in ("choice", "switch"):
            choices = _choices(tab.page, setting, None)
            updates[tab.fields[setting.name]] = gr.update(choices=choices)
            if setting.name == "method":
                updates[tab.fields["method"]]["info"] = view.method_help(None, tab.t)
        elif setting.name != "model":
            updates[tab.fields[setting.name]] = gr.update(placeholder="")
    return updates


def _start(tab: TrainTab, selection: Selection, *values: Any) -> Updates:
    """Queue what the card says; while the model cannot be used, show those that can."""
    raw = _values(tab, values)
    review = _look(tab, selection, raw)
    if review.refused:
        return model_picker.opened(tab, _look, selection, raw)
    if review.recipe is None or review.problems:
        raise RecipeError(review.problems)
    run = sweep.submit(tab.page, review.recipes)
    return tab.page.go(selection, tab="runs", run=run.id)


def _choose_source(tab: TrainTab, selection: Selection, source: str) -> Updates:
    """From what is recommended, from a recipe that came along, or from an earlier run."""
    raw = form.write(starting.draft(tab.page, source))
    began = starting.Began(source, selection.dataset)
    return _put(tab, selection, raw) | starting.show(tab, selection.dataset, began, raw)


def _follow_remark(tab: TrainTab, selection: Selection, event: gr.EventData) -> Updates:
    """A recipe that a remark offers, or what it says is wrong with the data."""
    sent = event_data(event)
    if sent.get("act") == "problems":
        return tab.page.go(selection, tab="data", bench="problems")
    known = sent.get("act") == "start" and "id" in sent
    return _choose_source(tab, selection, START + sent["id"]) if known else {}


def _reset(tab: TrainTab, selection: Selection, *values: Any) -> Updates:
    """Back to the recommended settings of the model."""
    draft, _ = form.read(_values(tab, values))
    raw = form.write({name: value for name, value in draft.items() if name == "model"})
    began = starting.Began("", selection.dataset)
    return _put(tab, selection, raw) | starting.show(tab, selection.dataset, began, raw)


def _put(tab: TrainTab, selection: Selection, raw: Mapping[str, Any]) -> Updates:
    """These values into the fields, and what follows from them. Until the review that `written`
    asks for, all choices are offered: Gradio refuses others, and may still see the old values."""
    shown = _show_review(tab, selection, _look(tab, selection, raw), narrow=False)
    shown[tab.written] = time.time_ns()
    for name, field in tab.fields.items():
        shown[field] = gr.update() | shown.get(field, {}) | {"value": raw[name]}
    return shown


def _choose_dataset(tab: TrainTab, selection: Selection, dataset: str) -> Updates:
    return {tab.page.selection: selection.but(dataset=dataset)}


def _lead(tab: TrainTab, selection: Selection) -> Updates:
    return tab.page.go(selection, tab="data")
