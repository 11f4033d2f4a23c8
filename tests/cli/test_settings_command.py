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
    assert takes(BY_NAME["method"]) == "full, lora, qlora, head"


def test_the_list_is_there_for_programs_too(call: Call) -> None:
    by_name = {setting["name"]: setting for setting in call("settings", "--json").json["settings"]}
    assert by_name.keys() == BY_NAME.keys()
    assert by_name["epochs"]["low"] == 0.01
