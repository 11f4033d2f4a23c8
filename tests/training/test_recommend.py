"""Recommendations follow data, model and machine, say why, and never overwrite a choice."""

import json
from dataclasses import replace

import numpy as np
import pytest

from engine.errors import RecipeError
from engine.models.hardware import Hardware
from engine.text import Message
from engine.training.plan import make_plan
from engine.training.recipe import Recipe, read_draft
from engine.training.recommend import complete, usual_length, usual_method
from engine.training.settings import BY_NAME, SETTINGS
from tests.tiny import tiny_dataset

MACHINE = Hardware("cpu", "Test CPU", 4, 16 << 30, None, 5.0, 100.0, "2.13")
COUNTS = np.array([10] * 90 + [40] * 9 + [300], dtype=np.int32)


@pytest.fixture
def dataset(workspace, tmp_path):
    return tiny_dataset(workspace, tmp_path / "source")


def test_every_setting_that_is_not_chosen_gets_a_value_and_every_recommendation_a_reason(dataset):
    done = complete({}, dataset, COUNTS, MACHINE)
    for setting in SETTINGS:
        value = getattr(done.recipe, setting.name)
        assert setting.check(value) == value
        if setting.default is None:
            assert isinstance(done.whys[setting.name], Message)
            assert done.whys[setting.name].text("zh")


def test_what_the_user_set_stays(dataset):
    draft = {"learning_rate": "1e-3", "epochs": 2, "method": "lora", "max_length": 99}
    done = complete(draft, dataset, COUNTS, MACHINE)
    assert (done.recipe.learning_rate, done.recipe.epochs, done.recipe.max_length) == (1e-3, 2, 99)
    assert done.recipe.draft() == {
        "learning_rate": 1e-3,
        "epochs": 2.0,
        "method": "lora",
        "max_length": 99,
    }
    assert not set(draft) & set(done.whys)


def test_no_text_is_cut_up_to_512_tokens(dataset):
    assert complete({}, dataset, COUNTS, MACHINE).recipe.max_length == 304
    assert complete({}, dataset, COUNTS * 9, MACHINE).recipe.max_length == 512


def test_one_length_serves_the_remark_and_the_recipe(dataset):
    """The page says beforehand what the recipe will say."""
    for counts in (COUNTS, COUNTS * 9, np.array([3]), np.array([], dtype=np.int32)):
        length = complete({}, dataset, counts, MACHINE).recipe.max_length
        assert usual_length(counts, 512) == length


def test_where_texts_are_read_in_windows_nothing_is_said_to_be_cut(workspace):
    from tests.answers import task_dataset

    tokens, labels = (task_dataset(workspace, task) for task in ("tokens", "multiclass"))
    cut = complete({}, labels, COUNTS * 9, MACHINE).whys["max_length"].text()
    read = complete({}, tokens, COUNTS * 9, MACHINE).whys["max_length"].text()
    assert "fit uncut" in cut
    assert "overlapping windows, and nothing is cut" in read


CARD = Hardware("cuda", "A card", 8, 64 << 30, 16 << 30, 3.0, 9000.0, "2.13")


@pytest.mark.parametrize("machine", [None, MACHINE, CARD, replace(MACHINE, memory=1 << 40)])
@pytest.mark.parametrize("parameters", [None, 61e6, 4e9, 8e9])
def test_all_of_a_large_model_is_never_tuned_by_recommendation(parameters, machine):
    method, why, params = usual_method(parameters, machine)
    assert method in ("lora", "qlora")
    for language in ("en", "zh"):
        assert "LoRA" in Message(f"recommend.{why}", params).text(language)


def test_what_does_not_fit_a_card_in_half_precision_is_kept_in_4_bits():
    assert usual_method(8e9, CARD)[0] == "qlora"
    assert usual_method(1e9, CARD)[0] == "lora"
    assert usual_method(22.7e6, CARD)[0] == "full"


def test_presets_read_the_data_less_or_more_often(dataset):
    epochs = [
        complete({"preset": preset}, dataset, COUNTS, MACHINE).recipe.epochs
        for preset in ("quick", "balanced", "best")
    ]
    assert epochs == sorted(set(epochs))


def test_adapters_and_heads_take_larger_steps(dataset):
    rates = [
        complete({"method": method}, dataset, COUNTS, MACHINE).recipe.learning_rate
        for method in ("full", "lora", "head")
    ]
    assert rates == sorted(set(rates))


def test_all_problems_are_listed_at_once_with_near_misses(dataset):
    with pytest.raises(RecipeError) as caught:
        complete({"epoch": 3, "batch_size": 0, "method": "magic"}, dataset, COUNTS, MACHINE)
    said = str(caught.value)
    assert len(caught.value.problems) == 3
    assert "epochs" in said
    assert "full, lora, qlora, head" in said


def test_a_recipe_survives_json_and_yaml(dataset):
    recipe = complete({"own_weights": {"refund": 2}}, dataset, COUNTS, MACHINE).recipe
    assert Recipe.from_json(recipe.to_json()) == recipe
    draft = read_draft(recipe.to_yaml())
    assert all(draft[name] == getattr(recipe, name) for name in BY_NAME)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("epochs: 3\n  bad: [", "Line 2: The spaces at the start"),
        ("- 1", "list of settings"),
        ("seed: 1\nepochz: 3", "Line 2: .*epochs"),
        ("# mine\nseed: x\nepochs: 1\nmethod: magic", "(?s)Line 2: .*Line 4: .*magic"),
        ("seed: 1\nepochs: 2\nseed: 2", "Line 3: “seed” is given a second time"),
    ],
)
def test_a_broken_recipe_file_says_where(text, says):
    with pytest.raises(RecipeError, match=says):
        read_draft(text)


def test_the_plan_says_what_will_run(dataset):
    recipe = complete(
        {"batch_size": 8, "accumulation": 2, "epochs": 3}, dataset, COUNTS, MACHINE
    ).recipe
    plan = make_plan(recipe, dataset, MACHINE, COUNTS)
    assert plan.effective_batch == 16
    assert plan.steps == 3 * plan.steps_per_epoch == 3 * -(-plan.rows // 16)
    assert (plan.device, plan.precision) == ("cpu", "bf16")
    assert "5.0 times" in plan.precision_why.text()
    assert plan.seconds > 0
    assert plan.problems == ()


def test_a_slow_bf16_machine_gets_fp32(dataset):
    slow = Hardware("cpu", "Old CPU", 2, 8 << 30, None, 0.4, 50.0, "2.13")
    recipe = complete({}, dataset, COUNTS, slow).recipe
    assert make_plan(recipe, dataset, slow, COUNTS).precision == "fp32"


@pytest.mark.parametrize(
    ("draft", "says"),
    [
        ({"max_length": 5000}, "512 or less"),
        ({"best_metric": "f1"}, "“f1” does not exist for this task"),
        ({"method": "lora", "lora_targets": "named"}, "none is named"),
        ({"class_weights": "own", "own_weights": {"nolabel": 2}}, "Unknown: nolabel"),
    ],
)
def test_what_cannot_work_is_said_before_start(dataset, draft, says):
    recipe = complete(draft, dataset, COUNTS, MACHINE).recipe
    (problem,) = make_plan(recipe, dataset, MACHINE, COUNTS).problems
    assert says in problem.text()


def test_a_recipe_from_before_a_setting_existed_is_read(dataset):
    saved = complete({"focal_gamma": 1.0}, dataset, COUNTS, MACHINE).recipe
    record = json.loads(saved.to_json())
    del record["focal_gamma"]
    assert Recipe.from_json(json.dumps(record)) == replace(saved, focal_gamma=2.0)


def test_every_score_of_every_task_can_pick_the_best_checkpoint():
    from engine.tasks import TASKS
    from engine.training.settings import METRICS

    assert set(METRICS) == {name for task in TASKS.values() for name in task.metrics} | {"loss"}
