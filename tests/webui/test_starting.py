"""What the train form starts from, and what goes along to another data set."""

import gradio as gr
import numpy as np
import pytest

from engine.data.dataset import list_datasets, load_dataset
from engine.data.importing import Sources, import_dataset
from engine.models import hardware
from engine.models.hardware import Hardware
from engine.runs.registry import Registry
from engine.training.recommend import complete
from tests.pages import page_states
from webui import form, starting
from webui.page import START, Page
from webui.starting import UNTOUCHED, Began
from webui.state import Selection
from webui.tabs import train

CLAUSES = START + "contract-clauses"


@pytest.fixture
def page(workspace):
    hardware.save(workspace, Hardware("cpu", "CPU", 4, 16 << 30, None, 0.0, 100.0, "2"))
    with gr.Blocks(), gr.Tabs() as tabs:
        return Page(workspace, "en", Registry(workspace), *page_states(), tabs)


@pytest.fixture
def tab(page):
    with gr.Blocks(), gr.Tabs(), gr.Tab() as frame:
        return train.build(page, frame)


@pytest.fixture
def make(workspace, tmp_path):
    """A data set whose rows have these labels."""

    def make(name, labels):
        path = tmp_path / f"{name}.csv"
        rows = [f"a text with number {i},{labels[i % len(labels)]}" for i in range(90)]
        path.write_text("\n".join(["text,label", *rows]), "utf-8")
        return import_dataset(workspace, Sources(path)).id

    return make


def test_runs_for_another_task_are_nothing_to_start_from(page, make):
    two, four = make("two", "ab"), make("four", "abcd")
    lengths = np.array([9, 12])
    chosen = complete({"epochs": 1}, load_dataset(page.workspace, two), lengths, None)
    run = page.registry.submit(chosen.recipe)
    offered = [source for _, source in starting.sources(page, four)]
    assert run.id not in offered
    assert run.id in [source for _, source in starting.sources(page, two)]
    assert run.id in [source for _, source in starting.sources(page, four, chosen=run.id)]


def test_a_score_of_another_task_is_refused_in_words_at_its_field(page, tab, make):
    four = make("four", "abcd")
    raw = UNTOUCHED | {"best_metric": "f1"}
    shown = train._put(tab, Selection("train", four), raw)
    field = tab.fields["best_metric"]
    choices = [value for _, value in shown[field]["choices"]]
    assert shown[field]["value"] == "f1"
    assert "f1" in choices
    assert field.preprocess("f1") == "f1", "Gradio's own words are never shown"
    assert "does not exist" in shown[tab.faults]
    assert not shown[tab.start]._constructor_args[0]["interactive"]


def follow(tab, dataset, began, raw, copied=("", 0)):
    """What the page shows after a change: (where it stands, raw values, remark)."""
    values = [raw[name] for name in tab.fields]
    shown = train._follow(tab, copied, began, Selection("train", dataset), *values)
    written = {
        name: shown[field]["value"]
        for name, field in tab.fields.items()
        if isinstance(shown.get(field), dict) and "value" in shown[field]
    }
    return shown, raw | written


def caption(shown, tab):
    return shown[tab.source]._constructor_args[0]["info"]


def test_a_recipe_of_another_task_is_put_aside_with_its_caption(tab, make):
    two, three = make("two", "ab"), make("three", "abc")
    chosen = train._choose_source(tab, Selection("train", two), CLAUSES)
    assert "wanted one is rare" in caption(chosen, tab)
    raw = form.write(starting.draft(tab.page, CLAUSES))
    assert raw["best_metric"] == "f1"
    shown, raw = follow(tab, three, chosen[tab.began], raw)
    assert raw == UNTOUCHED
    assert shown[tab.began].source == ""
    assert caption(shown, tab) == tab.t("start_help")
    assert "does not fit this data set" in shown[tab.carried]
    assert "A rare label" in shown[tab.carried]
    again, _ = follow(tab, three, shown[tab.began], raw)
    assert "does not fit" in again[tab.carried]
    edited, _ = follow(tab, three, again[tab.began], raw | {"seed": "3"})
    assert edited[tab.carried] == ""


def test_a_recipe_that_fits_goes_along_and_is_said_to(tab, make):
    two, other = make("two", "ab"), make("other", "xy")
    began = Began(CLAUSES, two)
    raw = form.write(starting.draft(tab.page, CLAUSES))
    shown, kept = follow(tab, other, began, raw)
    assert kept == raw
    assert shown[tab.began].source == CLAUSES
    assert hash(shown[tab.began]) != hash(began), "or the page would not take it for a change"
    assert "Kept from the earlier data set: Model to start from, method" in shown[tab.carried]
    assert "metric" in shown[tab.carried]


def test_what_was_typed_goes_along_and_the_remark_stays_true(tab, make):
    two, three = make("two", "ab"), make("three", "abc")
    raw = UNTOUCHED | {"epochs": "2", "seed": "7"}
    shown, kept = follow(tab, three, Began("", two), raw)
    assert kept == raw
    assert "Kept from the earlier data set: epochs, seed. " in shown[tab.carried]
    edited, _ = follow(tab, three, shown[tab.began], raw | {"epochs": "3"})
    assert "data set: seed. " in edited[tab.carried]
    back, _ = follow(tab, three, edited[tab.began], UNTOUCHED)
    assert back[tab.carried] == ""


def test_a_score_the_task_does_not_have_is_told_and_stays_choosable(tab, make):
    two, three = make("two", "ab"), make("three", "abc")
    shown, _ = follow(tab, three, Began("", two), UNTOUCHED | {"best_metric": "f1"})
    assert "set-best_metric" in shown[tab.faults]
    choices = [value for _, value in shown[tab.fields["best_metric"]]["choices"]]
    assert "f1" in choices


def test_old_values_stay_choosable_until_the_new_ones_are_in_the_fields(tab, make):
    """Gradio refuses what is not among the choices, and may still be sent the old values."""

    def metrics(shown):
        return [value for _, value in shown[tab.fields["best_metric"]]["choices"]]

    two, three = make("two", "ab"), make("three", "abc")
    raw = form.write(starting.draft(tab.page, CLAUSES))
    shown, raw = follow(tab, three, Began(CLAUSES, two), raw)
    assert "f1" in metrics(shown)
    assert tab.written in shown, "which asks for the review below"
    reviewed, _ = follow(tab, three, shown[tab.began], raw)
    assert "f1" not in metrics(reviewed)


def a_run(tab, dataset, **raw):
    values = [(UNTOUCHED | raw)[name] for name in tab.fields]
    train._start(tab, Selection("train", dataset), *values)
    return tab.page.registry.list()[0]


def test_own_weights_of_other_labels_do_not_go_along(tab, make):
    two, other = make("two", "ab"), make("other", "xy")
    run = a_run(tab, two, class_weights="own", own_weights="a: 2", epochs="1")
    raw = form.write(tab.page.recipe(run.id).draft())
    shown, kept = follow(tab, other, Began(run.id, two), raw)
    assert kept == UNTOUCHED
    assert f"“{run.name}” does not fit" in shown[tab.carried]


def test_a_run_that_learnt_the_same_goes_along(tab, make):
    two, other = make("two", "ab"), make("other", "xy")
    run = a_run(tab, two, epochs="1")
    raw = form.write(tab.page.recipe(run.id).draft())
    shown, kept = follow(tab, other, Began(run.id, two), raw)
    assert kept == raw
    assert shown[tab.began].source == run.id


def test_a_copied_run_is_taken_over_once(tab, make):
    two, three = make("two", "ab"), make("three", "abc")
    run = a_run(tab, two, epochs="1")
    began = Began(CLAUSES, three)
    asked = tab.page.copy(Selection("runs"), run.id)[tab.page.copied]
    shown, raw = follow(tab, two, began, UNTOUCHED | {"seed": "5"}, asked)
    assert raw == UNTOUCHED | {"epochs": "1"}
    assert (shown[tab.began].source, shown[tab.carried]) == (run.id, "")
    _, kept = follow(tab, two, shown[tab.began], raw | {"seed": "6"}, asked)
    assert kept["seed"] == "6"


def test_a_deleted_run_is_no_source_any_more_and_its_settings_stay(tab, make):
    two = make("two", "ab")
    raw = UNTOUCHED | {"epochs": "1"}
    shown, kept = follow(tab, two, Began("gone-1", two), raw)
    assert kept == raw
    assert shown[tab.began].source == ""


def test_the_browser_keeps_where_the_settings_come_from(tab, make):
    two, three = make("two", "ab"), make("three", "abc")
    raw = form.write(starting.draft(tab.page, CLAUSES))
    shown, _ = follow(tab, two, Began(CLAUSES, two), raw)
    back = train.restored(tab, shown[tab.page.form])
    assert back[tab.fields["best_metric"]] == "f1"
    assert (back[tab.began].source, back[tab.began].dataset) == (CLAUSES, two)
    shown, raw = follow(tab, three, back[tab.began], raw)
    assert raw == UNTOUCHED
    assert shown[tab.page.form] == {}
    assert train.restored(tab, {"start": 3, "dataset": ["x"]})[tab.began].dataset is None
    assert len(list_datasets(tab.page.workspace)) == 2
