"""Several values in the train form: the fields to tick them in, the review of all the runs."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import gradio as gr

from engine.models import hardware
from engine.runs.run import Run
from engine.training.recipe import Recipe
from engine.training.sweep import distinct, seconds_in_all
from webui.page import Page, html_block
from webui.several import TICKED, forms
from webui.views.train import Group, Review

DOUBLE_CLICK = 10.0
"""Seconds within which the same recipes once more are taken for a double click: on a busy machine
the second click may be heard long after the first."""
Choices = list[tuple[str, str]]
LookAtOne = Callable[[Mapping[str, Any]], Review]


def build(
    page: Page, choices: Mapping[str, Choices]
) -> tuple[gr.Accordion, dict[str, gr.components.Component]]:
    """A fold with one field for each setting that is chosen from a list, in `choices`."""
    fields: dict[str, gr.components.Component] = {}
    with gr.Accordion(page.t("several"), open=False) as frame:
        html_block(f'<p class="ts-why">{page.t("several_help")}</p>')
        with gr.Row():
            for name, setting in TICKED.items():
                words: dict[str, Any] = {
                    "label": setting.label(page.language),
                    "min_width": 260,
                    "elem_id": f"set-{name}",
                }
                offered = [choice for choice in choices[setting.name] if choice[1]]
                if setting.name == "model":
                    more = {"multiselect": True, "allow_custom_value": True}
                    fields[name] = gr.Dropdown(offered, value=[], **more, **words)
                else:
                    fields[name] = gr.CheckboxGroup(offered, value=[], **words)
    return frame, fields


def look(page: Page, values: Mapping[str, Any], look_at_one: LookAtOne) -> Review:
    """What would run with these fields; the review of the first run stands for all of them."""
    each_form, wrong = forms(values)
    reviews = [look_at_one(form) for form in each_form]
    problems = list(wrong)
    for review in reviews:
        problems += [problem for problem in review.problems if problem not in problems]
    first = replace(reviews[0], problems=tuple(problems))
    ready = [(review.recipe, review.plan) for review in reviews if review.recipe and review.plan]
    ready = [ready[index] for index in distinct([recipe for recipe, _ in ready])]
    if len(ready) < 2:
        return first
    recipes, plans = zip(*ready, strict=True)
    machine = hardware.load(page.workspace)
    seconds = seconds_in_all(plans, len(machine.gpus) if machine else 0)
    return replace(first, group=Group(recipes, seconds))


def submit(page: Page, recipes: Sequence[Recipe]) -> Run:
    """Queue the runs, several as a group; the first of them. A double click queues them once."""
    newest = next(iter(page.registry.list()), None)
    if newest is not None and time.time() - newest.created < DOUBLE_CLICK:
        last = page.registry.group(newest.group) if newest.group else [newest]
        if [page.recipe(run.id) for run in last] == list(recipes):
            return last[0]
    if len(recipes) == 1:
        return page.registry.submit(recipes[0])
    return page.registry.submit_group(recipes)[0]
