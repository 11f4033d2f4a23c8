"""Problems of the train form stand in their fields, and are named beside the start button."""

import html
import json
import re

import pytest

from engine.text import Message, table
from engine.training import problems
from engine.training.settings import BY_NAME, SETTINGS
from webui import faults, form
from webui.text import t
from webui.views.train import Review

FRESH = form.write({})


def words(key, **params):
    return t(key, "en", **params)


def marked(shown):
    """What the page's script is told: the words by the id of the field."""
    return json.loads(html.unescape(re.search(r'data-faults="([^"]*)"', shown)[1]))


@pytest.mark.parametrize(
    "setting", [s for s in SETTINGS if s.kind in ("number", "integer") and s.when is None]
)
def test_what_is_wrong_with_a_number_is_in_its_field(setting):
    (problem,) = form.read(FRESH | {setting.name: "many"})[1]
    assert faults.field_of(problem) == setting.name


def test_every_problem_that_names_no_setting_has_a_field():
    assert set(problems._PLACES) <= set(table())
    assert set(problems._PLACES.values()) <= set(BY_NAME)
    assert faults.field_of(Message("recipe.unknown_weights", {"unknown": "x"})) == "own_weights"


def test_each_field_is_told_its_own_and_the_summary_leads_there():
    _, wrong = form.read(FRESH | {"epochs": "<b>", "seed": "x"})
    shown = faults.summary(Review(None, {}, problems=wrong), words, "en")
    assert list(marked(shown)) == ["set-epochs", "set-seed"]
    assert "found “<b>”" in marked(shown)["set-epochs"]
    assert "<b>" not in shown
    assert "These fields need another value: " in shown
    assert [part.split('"')[0] for part in shown.split('data-goto="')[1:]] == [
        "set-epochs",
        "set-seed",
    ]


def test_two_problems_of_one_field_stand_there_together():
    found = [error for name in ("-1", "x") for error in form.read(FRESH | {"seed": name})[1]]
    shown = faults.summary(Review(None, {}, problems=tuple(found)), words, "en")
    assert "One field needs another value: " in shown
    assert "found -1" in marked(shown)["set-seed"]
    assert "found “x”" in marked(shown)["set-seed"]


def test_what_is_in_no_field_is_told_whole_and_a_refused_model_beside_the_model():
    refusal, many = (
        Message("models.x"),
        Message("recipe.too_many_runs", {"count": 101, "most": 100}),
    )
    shown = faults.summary(Review(None, {}, refusal=refusal, problems=(refusal, many)), words, "en")
    assert "make 101 runs" in shown
    assert shown.count("ts-note-problem") == 1
    assert marked(shown) == {}


def test_without_a_problem_nothing_is_said():
    shown = faults.summary(Review(None, {}), words, "en")
    assert marked(shown) == {}
    assert "ts-note" not in shown
