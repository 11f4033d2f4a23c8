"""What is wrong with a recipe as text: every fault with its line, in plain words."""

import pytest

from engine.errors import RecipeError
from engine.training.recipe import find_faults, read_values
from engine.training.recipe_text import MOST_FAULTS
from engine.training.settings import check_values
from engine.training.sweep import read_sweep


def said(text: str) -> list[tuple[int, str]]:
    return [(line, problem.text()) for line, problem in find_faults(text, check_values)]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("seed: 1\nepochs: [", 2, "A bracket is opened and not closed"),
        ("lora_modules: [query, value\nseed: 1", 1, "A bracket is opened and not closed"),
        ('{"epochs": 3 "seed": 1}', 1, "a comma is missing between two values"),
        ("# mine\nmodel: 'abc\nseed: 1", 2, "The quote ' is opened but not closed."),
        ('seed: 1\nmodel: "C:\\models"', 2, "In double quotes a backslash begins"),
        ("epochs: 6 seed: 1", 1, "There is a second colon in the line."),
        ("epochs: 6\n  seed: 1", 2, "The spaces at the start of the line do not fit."),
        ("own_weights:\n  a: 1\n b: 2", 3, "The spaces at the start of the line do not fit."),
        ("seed: 1\nepochs 6", 2, "There is no colon and space between a name and its value."),
        ("seed: 1\nepochs：6", 2, "There is no colon and space between a name and its value."),
        ("seed: 1\n\tepochs: 6", 2, "There is a tab where only spaces can stand."),
        ("model: @me/mine", 1, "A value cannot begin with “@” as it stands."),
        ("model: *mine", 1, "A value cannot begin with “*” as it stands."),
        ("model: !mine x", 1, "A value cannot begin with “!” as it stands."),
        ("seed: 1\nepochs: 3\x07", 2, "an invisible control character (code 7)"),
        ("seed: 1\nexperiment: 2024-13-45", 2, "looks like a number or a date and is none."),
        ("seed: 1\n- 2\nepochs: 1", 2, "The line cannot be understood."),
        ("seed: 1\n? [a]\n: b", 2, "The line cannot be understood."),
        ("epochs: " + 3000 * "[", 1, "The line cannot be understood."),
    ],
)
def test_a_fault_of_the_writing_has_its_line_and_its_reason(text, line, words):
    ((found, sentence),) = said(text)
    assert found == line
    assert words in sentence


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "epochs: lots",
            "takes a number, whole or with a decimal point, like 3 or 0.5; found “lots”",
        ),
        (
            "epochs: 0,5",
            "takes a number, whole or with a decimal point, like 3 or 0.5; found “0,5”",
        ),
        ("seed: 1.5", "takes a whole number, like 8; found “1.5”"),
        ("experiment: 2026", "found “2026”. Put quotes around a number, a date"),
    ],
)
def test_a_wrong_value_is_told_with_what_was_expected(line, words):
    ((_, sentence),) = said(line)
    assert words in sentence


def test_one_fault_does_not_hide_another():
    text = "epochs: lots\nseed: 1\nmodel: 'abc\nseed: 2\nepochz: 1\n  x: 2\nmethod: magic\nseed: y"
    lines = [line for line, _ in said(text)]
    assert lines == [1, 3, 4, 6, 7, 8, 8]
    told = " ".join(sentence for _, sentence in said(text))
    assert told.count("“seed” is given a second time") == 2
    assert "found “magic”" in told
    assert "found “y”" in told


def test_the_data_a_recipe_is_for_can_be_given_twice_as_little():
    assert said("dataset: a\ndataset: b")[0][0] == 2


def test_all_faults_are_in_the_error_too():
    with pytest.raises(RecipeError, match=r"Line 1: .*lots.* Line 2: A bracket .* Line 3: .*epoch"):
        read_values("epochs: lots\nbeams: [\nepoch: 3")[1].check(read_sweep)


def test_what_is_wrong_with_the_whole_has_no_line():
    assert said("- 1")[0][0] == 0
    many = list(range(20))
    text = f"seed: {many}\nepochs: {many[1:]}"
    ((line, problem),) = find_faults(text, read_sweep)
    assert (line, problem.key) == (0, "recipe.too_many_runs")


def test_a_good_recipe_has_no_fault():
    assert said("# mine\n\nlora_modules:\n- query\n- value\n\nseed: 1\n") == []
    assert said('{"epochs": 3,\n "seed": 1}') == []
    assert said("{}") == []


def test_a_text_that_is_no_recipe_is_not_told_line_by_line():
    assert len(said("dear: 'all\n" + 500 * "how are you: today\n")) == MOST_FAULTS
