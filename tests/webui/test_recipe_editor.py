"""A recipe as text: into the form, and back."""

import gradio as gr
import pytest

from engine.data.dataset import list_datasets
from engine.data.importing import Sources, import_dataset
from engine.errors import RecipeError
from engine.runs.registry import Registry
from engine.training.recipe import read_values
from engine.training.sweep import read_sweep
from tests.pages import page_states
from webui import form
from webui.page import Page
from webui.several import forms
from webui.state import Place, Selection
from webui.tabs import train


def raw_of(text: str) -> dict:
    _, given = read_values(text)
    return form.write_sweep(given.check(read_sweep))


def test_what_is_written_into_the_form_is_what_is_read_from_it():
    text = """
    model: bundled
    method: lora
    learning_rate: [1.0e-4, 2.0e-4]
    early_stopping: [true, false]
    lora_targets: named
    lora_modules: [query, value]
    own_weights: {spam: 2}
    class_weights: own
    seed: 7
    """
    each, wrong = forms(raw_of(text))
    assert wrong == ()
    drafts = [form.read(raw)[0] for raw in each]
    assert len(drafts) == 4
    assert {draft["learning_rate"] for draft in drafts} == {1e-4, 2e-4}
    assert {draft["early_stopping"] for draft in drafts} == {True, False}
    assert all(draft["lora_modules"] == ("query", "value") for draft in drafts)
    assert all(draft["own_weights"] == {"spam": 2.0} for draft in drafts)
    assert all(draft["seed"] == 7 for draft in drafts)


def test_every_wrong_line_is_named():
    with pytest.raises(RecipeError, match=r"(?s)Line 1: .*Line 3: .*epochs"):
        raw_of("method: magic\nseed: 1\nepochz: 2\n")


def test_what_is_given_twice_hides_no_other_fault():
    with pytest.raises(RecipeError) as caught:
        raw_of("epochs: many\nseed: 1\nepochs: 2\nbatch_size: -3\nepochz: 2\n")
    first, twice, small, unknown = (problem.text() for problem in caught.value.problems)
    assert "Line 1: " in first
    assert "found “many”" in first
    assert "Line 3: “epochs” is given a second time" in twice
    assert "Line 4: " in small
    assert "found -3" in small
    assert "Line 5: " in unknown


def test_of_a_broken_text_the_line_is_told_beside_what_else_is_wrong():
    for broken in ("epochs: [1, 2", "epochs: 2026-99-99"):
        with pytest.raises(RecipeError, match=r"(?s)Line 2: .*Line 3: .*found “x”"):
            raw_of(f"batch_size: 8\n{broken}\nseed: x\n")


@pytest.fixture
def tab(workspace, tmp_path):
    path = tmp_path / "rows.csv"
    rows = [f"a text with number {i},{'ab'[i % 2]}" for i in range(60)]
    path.write_text("\n".join(["text,label", *rows]), "utf-8")
    import_dataset(workspace, Sources(path))
    with gr.Blocks(), gr.Tabs() as tabs:
        page = Page(workspace, "en", Registry(workspace), *page_states(), tabs)
        with gr.Tab() as frame:
            return train.build(page, frame)


def using(tab):
    """What “Use this text” does."""
    with gr.Blocks() as blocks:
        train.wire(tab)
    handlers = [found.fn for found in blocks.fns.values() if found.fn]
    return next(fn for fn in handlers if fn.__qualname__.endswith("wire.<locals>.use"))


def test_faults_stand_below_the_text_line_by_line_and_go_when_it_is_right(tab):
    (dataset,) = list_datasets(tab.page.workspace)
    selection, use = Selection("train", dataset.id), using(tab)
    shown = use(Place(), selection, "epochs: many\nepochs: 2\nseed: x")
    assert list(shown) == [tab.editor["wrong"]], "the form stays as it was"
    listed = shown[tab.editor["wrong"]]
    assert listed.count("<li>") == 3
    places = [listed.index(f"Line {number}") for number in (1, 2, 3)]
    assert places == sorted(places)
    assert 'role="alert"' in listed
    right = use(Place(), selection, "epochs: 2\nseed: 7")
    assert right[tab.editor["wrong"]] == ""
    assert right[tab.fields["seed"]]["value"] == "7"
