"""The train form's fields ↔ a draft: nothing typed is lost, nothing untouched is decided."""

from pathlib import Path

import pytest

from engine.training.settings import SETTINGS
from engine.workspace import DEFAULT_WORKSPACE
from webui import form

FRESH = form.write({})


def test_a_fresh_form_decides_nothing():
    assert form.read(FRESH) == ({}, ())


def test_every_setting_has_one_field():
    first = {name: raw for name, raw in FRESH.items() if not name.startswith("several_")}
    assert list(first) == [setting.name for setting in SETTINGS]
    assert all(isinstance(raw, str) for raw in first.values())


@pytest.mark.parametrize(
    "draft",
    [
        {"epochs": 3.0},
        {"learning_rate": 2e-05},
        {"batch_size": 64, "seed": 2147483647},
        {"model": "org/some-model", "method": "lora", "preset": "best"},
        {"rslora": True, "dora": False, "early_stopping": False},
        {"lora_targets": "named", "lora_modules": ("query", "value")},
        {"class_weights": "own", "own_weights": {"a: b": 2.0, "<c>": 0.5}},
        {"loss": "focal", "focal_gamma": 1.5, "evaluate_every": 100},
    ],
)
def test_a_draft_survives_the_form(draft):
    assert form.read(form.write(draft)) == (draft, ())


def test_wrong_values_are_told_all_at_once_and_left_out():
    draft, problems = form.read(FRESH | {"epochs": "many", "batch_size": "1.5", "seed": "7"})
    assert draft == {"seed": 7}
    first, second = (problem.text() for problem in problems)
    assert "(epochs)” takes a number" in first
    assert "takes a whole number" in second
    assert all(problem.text("en") and problem.text("zh") for problem in problems)


def test_a_hidden_field_is_not_looked_at():
    hidden = {"lora_rank": "many", "patience": "x"}
    chosen = {"method": "full", "early_stopping": form.OFF}
    assert form.read(FRESH | hidden | chosen) == ({"method": "full", "early_stopping": False}, ())
    recommended = {"method": "head", "early_stopping": False}
    assert form.read(FRESH | hidden, recommended) == ({}, ())
    _, problems = form.read(FRESH | hidden, {"method": "lora", "early_stopping": True})
    assert len(problems) == 2


def test_spaces_alone_mean_recommended():
    assert form.read(FRESH | {"epochs": "  "}) == ({}, ())


def test_only_advanced_settings_count_as_changed():
    draft = {"model": "org/name", "preset": "quick", "epochs": 2.0, "seed": 1}
    assert form.changed(draft) == ["epochs", "seed"]


def test_a_setting_shows_only_where_it_is_of_use():
    by_name = {setting.name: setting for setting in SETTINGS}
    assert by_name["lora_rank"].of_use({"method": "lora"})
    assert not by_name["lora_rank"].of_use({"method": "full"})
    named = {"method": "full", "lora_targets": "named"}
    assert not by_name["lora_modules"].of_use(named)
    assert by_name["patience"].of_use({"early_stopping": True})


def test_the_command_says_the_same_and_survives_a_shell():
    import shlex

    from engine.training.settings import check_values

    draft = {"epochs": 2.0, "lora_modules": ("a", "b"), "own_weights": {"it's; rm": 2.0}}
    words = shlex.split(form.command(Path("/my place"), "tickets-1", draft))
    assert words[:6] == ["python", "-m", "engine", "train", "--dataset", "tickets-1"]
    assert words[words.index("--workspace") + 1] == "/my place"
    assert "--workspace" not in form.command(DEFAULT_WORKSPACE, "tickets-1", draft)
    import yaml

    values = [word.split("=", 1) for word in words if "=" in word]
    assert check_values({name: yaml.safe_load(value) for name, value in values}) == draft
