"""Several values for a setting: how many runs they make, and what is wrong with them."""

from dataclasses import replace
from typing import Any

import pytest

from engine.errors import RecipeError
from engine.text import Message
from engine.training.plan import TrainingPlan
from engine.training.sweep import (
    Sweep,
    differences,
    distinct,
    problems_in_all,
    read_sweep,
    seconds_in_all,
)
from tests.cli.conftest import RECIPE

PLAN = TrainingPlan(1, 1, 1, 1, "cpu", "CPU", "fp32", Message("x"), 60.0, ())


def problems(values: dict[str, Any]) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        read_sweep(values)
    assert all(problem.text("zh") for problem in caught.value.problems)
    return [problem.text() for problem in caught.value.problems]


def test_single_values_make_one_run():
    sweep = read_sweep({"epochs": "3", "lora_modules": ["query", "value"], "seed": None})
    assert sweep.varied == {}
    assert sweep.drafts() == [{"epochs": 3.0, "lora_modules": ("query", "value")}]
    assert Sweep({}).drafts() == [{}]


def test_every_combination_of_lists_is_a_run_in_their_proper_types():
    sweep = read_sweep({"learning_rate": ["1e-4", 2e-4], "seed": [0, 1, 2], "dora": [True]})
    assert sweep.varied == {"learning_rate": 2, "seed": 3}
    assert [(draft["learning_rate"], draft["seed"]) for draft in sweep.drafts()] == [
        (rate, seed) for rate in (1e-4, 2e-4) for seed in (0, 1, 2)
    ]
    assert all(draft["dora"] is True for draft in sweep.drafts())


def test_settings_that_are_lists_take_a_list_of_lists():
    sweep = read_sweep({"lora_modules": [["query"], ["query", "value"]]})
    assert [draft["lora_modules"] for draft in sweep.drafts()] == [("query",), ("query", "value")]
    assert read_sweep({"lora_modules": []}).drafts() == [{"lora_modules": ()}]
    weights = read_sweep({"own_weights": [{"a": 1}, {"a": 2}]})
    assert weights.drafts() == [{"own_weights": {"a": 1.0}}, {"own_weights": {"a": 2.0}}]


def test_the_same_value_twice_counts_once():
    assert read_sweep({"learning_rate": [1e-4, "0.0001", 1e-4]}).varied == {}


def test_what_is_wrong_names_the_setting_and_the_value():
    told = problems(
        {"seed": [0, "many"], "epochs": [0, 3, None], "method": ["full", "half"], "epoch": [1]}
    )
    assert len(told) == 5
    assert "(seed)” takes a whole number, like 8; found “many”" in told[0]
    assert "found 0" in told[1]
    assert "found “None”" in told[2]
    assert "found “half”" in told[3]
    assert "Did you mean “epochs”?" in told[4]
    assert "(seed)” is given an empty list" in problems({"seed": []})[0]


def test_too_many_runs_are_refused_before_they_are_made():
    many = {"seed": list(range(60)), "batch_size": list(range(1, 61)), "epochs": [1, 2]}
    assert problems(many) == [
        "These values make 7,200 runs; at most 100 can be queued as one group. Give fewer values."
    ]
    assert len(read_sweep({"seed": list(range(100))}).drafts()) == 100


def test_combinations_that_make_no_difference_are_one_run():
    recipes = [
        replace(RECIPE, method=method, lora_rank=rank)
        for method in ("lora", "full")
        for rank in (8, 16)
    ]
    assert distinct(recipes) == [0, 1, 2]


def test_only_what_was_chosen_and_differs_is_shown():
    recipes = [
        replace(RECIPE, chosen=("method", "lora_rank", "seed"), **values)
        for values in (
            {"method": "lora", "lora_rank": 8, "learning_rate": 3e-4},
            {"method": "lora", "lora_rank": 16, "learning_rate": 3e-4},
            {"method": "full", "learning_rate": 1e-4},
        )
    ]
    assert differences(recipes) == [
        {"method": "lora", "lora_rank": 8},
        {"method": "lora", "lora_rank": 16},
        {"method": "full"},
    ]
    assert differences(recipes[:1]) == [{}]


def test_the_time_of_all_runs_is_shared_by_the_gpus():
    plans = [PLAN] * 6
    assert seconds_in_all(plans, 0) == 360
    assert seconds_in_all(plans, 2) == 180
    assert seconds_in_all([*plans, replace(PLAN, seconds=None)], 2) is None


def test_each_problem_is_told_once():
    long, short = Message("x", {"length": 9}), Message("y")
    plans = [replace(PLAN, problems=each) for each in ((long,), (long, short), ())]
    assert problems_in_all(plans) == (long, short)
