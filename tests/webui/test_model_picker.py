"""The list of models on the train tab: what it holds, what it says, and what is chosen."""

import re
from dataclasses import replace

import gradio as gr
import pytest

from engine.models import hardware, hub, memory
from engine.models.catalogue import BUNDLED
from engine.models.choices import Choice
from engine.models.hardware import Hardware
from engine.models.memory import OFFERS
from engine.runs.registry import Registry
from engine.text import Message
from engine.training import footprint
from tests.pages import page_states
from tests.tiny import recipe, tiny_dataset, tiny_model
from webui import form, lookups, model_picker
from webui.page import Page
from webui.state import Selection
from webui.tabs import train
from webui.text import t
from webui.views import models as view

GB = 10**9
MACHINE = Hardware("cpu", "A processor", 4, 16 * GB, None, 3.0, 50.0, "2.13")


def words(key, **params):
    return t(key, "en", **params)


@pytest.fixture(autouse=True)
def no_hub_cache(monkeypatch):
    monkeypatch.setattr(hub, "cached_names", lambda: ())
    monkeypatch.setattr(lookups, "_looks", {})
    monkeypatch.setattr("engine.training.footprint.free_memory", lambda hardware: 8 * GB)


@pytest.fixture
def tab(workspace):
    hardware.save(workspace, MACHINE)
    with gr.Blocks(), gr.Tabs() as tabs:
        page = Page(workspace, "en", Registry(workspace), *page_states(), tabs)
        with gr.Tab("Train") as frame:
            tab = train.build(page, frame)
        train.wire(tab)
    return tab


@pytest.fixture
def dataset(workspace, tmp_path):
    return tiny_dataset(workspace, tmp_path / "data")


@pytest.fixture
def selection(dataset):
    return Selection(tab="train", dataset=dataset.id)


def opened(tab, selection, **raw):
    shown = model_picker.opened(tab, train._look, selection, form.write({}) | raw)
    return {name: shown[tab.picker[name]] for name in ("head", "models", "filters")}


def badges(listed):
    return dict(re.findall(r"<b>([^<]*)</b>.*?ts-badge-\w+\">([^<]*)<", listed))


def gigabytes(badge):
    return float(badge.split()[-2].replace(",", ""))


def test_the_list_opens_on_the_task_of_the_data_set(tab, selection):
    shown = opened(tab, selection)
    assert shown["filters"] == view.Filters("classification")
    assert 'value="classification" selected' in shown["head"]
    assert shown["models"].startswith("<div>")
    assert "DistilBERT" in shown["models"]
    assert "T5 small" not in shown["models"]


def test_each_model_says_whether_it_fits_this_machine(tab, selection):
    found = badges(opened(tab, selection)["models"])
    assert found["MiniLM-L6"].startswith("fits · ")
    assert found["Qwen3 8B"].startswith("too big · ")
    assert gigabytes(found["MiniLM-L6"]) < gigabytes(found["RoBERTa base"])


def test_the_badge_is_for_the_method_chosen(tab, selection):
    full = badges(opened(tab, selection, method="full")["models"])
    head = badges(opened(tab, selection, method="head")["models"])
    assert gigabytes(head["RoBERTa large"]) < gigabytes(full["RoBERTa large"])


def test_what_was_used_before_comes_first_and_can_be_chosen(tab, selection, dataset, tmp_path):
    folder = tiny_model(tmp_path / "my-model")
    tab.page.registry.submit(recipe(dataset, folder))
    listed = opened(tab, selection)["models"]
    assert listed.index("MiniLM-L6") < listed.index("my-model") < listed.index("DistilBERT")
    assert f'data-model="{folder}"' in listed
    assert "folder on this computer" in listed


def test_what_cannot_be_used_gives_the_reason_and_no_button(tab, selection, dataset, tmp_path):
    gone = tmp_path / "gone"
    tab.page.registry.submit(recipe(dataset, gone))
    listed = opened(tab, selection)["models"]
    assert "neither a folder" in listed or "no readable config" in listed
    assert f'data-model="{gone}"' not in listed


def test_filters_narrow_the_list(tab, selection):
    raw = form.write({})
    chosen = view.Filters("classification", "zh")
    listed = model_picker._list(tab, train._look, selection, raw, chosen)[tab.picker["models"]]
    assert "Chinese BERT" in listed
    assert "RoBERTa base" not in listed
    none = view.Filters("question_answering", "ro")
    listed = model_picker._list(tab, train._look, selection, raw, none)[tab.picker["models"]]
    assert "RoBERTa base" not in listed


def test_choosing_puts_the_name_into_the_form_and_reviews_it(tab, selection, tmp_path):
    folder = tiny_model(tmp_path / "mine")
    raw = form.write({}) | {"model": str(folder)}
    shown = train._put(tab, selection, raw)
    assert shown[tab.fields["model"]]["value"] == str(folder)
    assert tab.written in shown, "what the page writes is kept by the browser"
    assert shown[tab.page.selection].model == str(folder)
    assert "mine" in shown[tab.model_about]
    assert shown[tab.start].interactive
    assert "Memory" in shown[tab.card]


def test_while_a_model_is_looked_up_the_page_says_so(tab, selection, monkeypatch):
    def slow(name):
        raise lookups.LookingUp(name)

    monkeypatch.setattr(lookups, "find", slow)
    shown = train._put(tab, selection, form.write({}) | {"model": "org/slow"})
    assert "Looking for “org/slow”" in shown[tab.model_about]
    assert "ts-note-info" in shown[tab.model_about]
    assert not shown[tab.start].interactive
    assert shown[tab.start].value == words("start_looking")


def test_a_model_that_cannot_be_had_leaves_the_list_with_its_badges(tab, selection):
    found = opened(tab, selection, model="not a name")
    assert badges(found["models"])["MiniLM-L6"].startswith("fits")


def test_too_big_is_a_warning_with_the_change_and_no_refusal(tab, selection, monkeypatch):
    monkeypatch.setattr("engine.training.footprint.free_memory", lambda hardware: int(0.8 * GB))
    shown = train._put(tab, selection, form.write({}))
    assert "ts-note-warning" in shown[tab.card]
    assert "0.8 GB are free" in shown[tab.card]
    assert shown[tab.start].interactive


@pytest.mark.parametrize("change", OFFERS)
def test_every_change_that_can_be_made_has_its_words(change, dataset):
    load = memory.Load(
        memory.Shape(384, 1536, 6, 12, 30_522, 384, False), 22_713_728, "full", "fp32", 16, 128
    )
    need = memory.estimate(load)
    found = memory.Outlook(load, need, need.total - 1, "big", memory.Remedy(change, 8, need))
    for language in ("en", "zh"):
        said = footprint.warning(found, recipe(dataset, BUNDLED)).text(language)
        assert "GB" in said
    calm = replace(found, fit="tight")
    assert footprint.warning(calm, recipe(dataset, BUNDLED)) is None


def test_names_and_reasons_are_data():
    hostile = '<img src=x onerror="x">'
    choice = Choice(hostile, hostile, refusal=Message("models.not_a_name", {"found": hostile}))
    listed = view.models([view.Row(choice, "", None, False)], words, "en")
    assert "<img" not in listed
