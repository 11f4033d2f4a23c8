"""A recipe as text: into the form, and back."""

import pytest

from engine.errors import RecipeError
from engine.training.recipe import read_values
from engine.training.sweep import read_sweep
from webui import form
from webui.several import forms


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
