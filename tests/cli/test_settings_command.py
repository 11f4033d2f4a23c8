"""Every setting is explained on the command line and in the docs, from one description."""

import re
from pathlib import Path

import pytest

from engine.cli.settings import markdown, takes
from engine.training.settings import BY_NAME, SETTINGS
from tests.cli.conftest import Call

DOCS = Path(__file__).parent.parent.parent / "docs"


def test_the_docs_page_is_up_to_date() -> None:
    page = (DOCS / "settings.md").read_text("utf-8")
    assert page == markdown() + "\n", "run: python -m engine settings --markdown > docs/settings.md"


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_and_choice_is_in_the_docs(setting: object) -> None:
    page = markdown()
    assert f"### `{setting.name}`" in page
    for choice in setting.choices:
        assert f"- `{choice}`: " in page


def test_the_help_of_train_lists_every_setting(call: Call) -> None:
    help_ = call("train", "--help").out
    assert [s.name for s in SETTINGS if f"\n{s.name} " not in help_] == []


def test_the_list_says_what_a_setting_takes(call: Call) -> None:
    listed = call("settings").out
    assert re.search(r"epochs +a number, 0.01 to 1,000", listed)
    assert takes(BY_NAME["seed"]) == "a whole number, 0 to 2,147,483,647"
    assert takes(BY_NAME["experiment"]) == "a name"
    assert takes(BY_NAME["model"]) == "a name or path"
    assert takes(BY_NAME["method"]) == "full, lora, qlora, head"


def test_the_list_is_there_for_programs_too(call: Call) -> None:
    by_name = {setting["name"]: setting for setting in call("settings", "--json").json["settings"]}
    assert by_name.keys() == BY_NAME.keys()
    assert by_name["epochs"]["low"] == 0.01


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("devices=two", "(devices)” takes a whole number, like 8; found “two”."),
        ("devices=1.5", "(devices)” takes a whole number, like 8; found “1.5”."),
        ("devices=yes", "(devices)” takes a whole number, like 8; found “true”."),
        ("devices=0", "(devices)” takes a number from 1 to 64; found 0."),
        ("tracker=mlfow", "takes one of none, mlflow, tensorboard, wandb, trackio; found “mlfow”."),
        ("tracker={a: 1}", "takes one of none, mlflow, tensorboard, wandb, trackio; found"),
        ("experiment={a: 1}", "(experiment)” takes a text; found “{'a': 1}”."),
        ("experiment='  '", "(experiment)” takes a text; found “”."),
        (f"experiment={'x' * 300}", "takes at most 200 characters; found 300, beginning with “xxx"),
        ("seed=2024-13-45", "--set takes KEY=VALUE"),
    ],
)
def test_rubbish_is_answered_with_what_is_expected(call: Call, given: str, said: str) -> None:
    answer = call("train", "--dataset", "d-1", "--set", given)
    assert answer.status == 1
    assert said in answer.sentence


@pytest.mark.parametrize("name", ["2026", "yes", "2026-12-05", "1.10", "新闻", "a/b"])
def test_an_experiment_may_be_called_by_a_number_or_a_date(name: str) -> None:
    from engine.cli.train import _key_and_value

    assert _key_and_value(f"experiment={name}") == ("experiment", name)
