"""`threshold`: where a model decides, shown, chosen, tried and forgotten on the command line."""

import json

import pytest

from engine.models.thresholds import read_point
from engine.tasks import make_task
from tests.said import drawn
from tests.shaped import entity_run, label_run

BINARY = make_task("binary", ("ham", "spam"), "spam")
SEVERAL = make_task("multilabel", ("x", "y"))
COST = ("--cost", "false_alarm=5", "miss=200", "look=2")


@pytest.fixture
def spam(workspace):
    return label_run(workspace, BINARY, drawn(BINARY, seed=1), drawn(BINARY, seed=2))


@pytest.fixture
def folder(workspace, spam):
    return workspace.run(spam.id).model


def test_without_a_wish_it_says_how_the_model_decides(call, spam, folder):
    told = call("threshold", spam.id)
    assert told.status == 0
    assert "default rule" in told.out
    assert "Test, 300 rows" in told.out
    assert not (folder / "thresholds.json").exists()
    assert call("threshold", spam.id, "--json").json["saved"] is False


def test_a_point_by_cost_is_saved_and_reported_on_test_rows(call, spam, folder):
    told = call("threshold", spam.id, *COST, "--json").json
    point = read_point(folder)
    assert told["saved"] is True
    assert told["point"] == json.loads(json.dumps(point.to_record()))
    assert point.chosen.costs == {"false_alarm": 5, "miss": 200, "look": 2}
    sides = told["splits"]["test"]
    found = BINARY.at(drawn(BINARY, seed=1), point)
    assert sides["this_point"]["looked_at"] == found.review.sum() > 0
    assert sides["by_people"]["cost"]["mean"] == 2
    shown = call("threshold", spam.id).out
    assert "a false alarm costs 5, a miss 200, a human look 2" in shown
    assert "Expected cost per text" in shown


def test_trying_and_resetting_leave_the_default_rule(call, spam, folder):
    assert "Go to a person" in call("threshold", spam.id, *COST, "--try").out
    assert read_point(folder).is_default
    call("threshold", spam.id, *COST)
    assert "default rule" in call("threshold", spam.id, "--reset").out
    assert read_point(folder).is_default


def test_a_target_and_numbers_by_hand(call, spam, folder):
    told = call("threshold", spam.id, "--target-recall", "0.95").out
    assert "for a recall of 0.95 of “spam”" in told
    call("threshold", spam.id, "--at", "spam=0.4", "--band", "spam=0.2..0.7")
    cut = BINARY.cut(read_point(folder), "spam")
    assert (cut.threshold, cut.low, cut.high) == pytest.approx((0.4, 0.2, 0.7))


def test_tuned_thresholds_are_saved_only_where_they_help(call, workspace):
    run = label_run(workspace, SEVERAL, drawn(SEVERAL, noise=0.1), drawn(SEVERAL, noise=0.1))
    told = call("threshold", run.id, "--tune", "--json").json
    assert told["tuned"]["helps"] is told["saved"] is False
    assert "Tuned thresholds" in call("threshold", run.id, "--tune").out
    assert read_point(workspace.run(run.id).model).is_default


def test_few_validation_rows_are_told_of(call, workspace):
    run = label_run(workspace, BINARY, drawn(BINARY), drawn(BINARY, 12))
    assert "validation rows have the label “spam”" in call("threshold", run.id, *COST).out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--cost", "miss=3"), "a price for each of false_alarm, look, miss"),
        (("--cost", "miss=-1", "false_alarm=2"), "prices from 0 to"),
        (("--cost", "miss=much", "false_alarm=2"), "expected a number, found “much”"),
        (("--cost", "200"), "pairs such as NAME=0.5"),
        (("--at", "eggs=0.5"), "no threshold of “eggs”"),
        (("--at", "spam=1.5"), "numbers from 0 to 1"),
        (("--band", "spam=0.6..0.2"), "numbers from 0 to 1"),
        (("--target-precision", "2"), "above 0 and up to 1"),
        ((*COST, "--tune"), "one way to choose"),
    ],
)
def test_a_wish_that_cannot_be_had_is_one_sentence(call, spam, folder, arguments, told):
    answer = call("threshold", spam.id, *arguments)
    assert answer.status != 0
    assert told in answer.sentence
    assert read_point(folder).is_default


def test_a_damaged_file_is_told_of_and_replaced(call, spam, folder):
    (folder / "thresholds.json").write_text("{", "utf-8")
    assert "thresholds.json" in call("threshold", spam.id).sentence
    assert call("threshold", spam.id, *COST).status == 0
    assert not read_point(folder).is_default


def test_nothing_is_chosen_without_validation_rows(call, workspace):
    run = label_run(workspace, BINARY, drawn(BINARY))
    assert "never chosen on test rows" in call("threshold", run.id, *COST).sentence
    assert call("threshold", run.id, "--at", "spam=0.4").status == 0


def test_a_task_without_thresholds_says_so(call, workspace):
    run = entity_run(workspace)
    assert "gives no probability to each label" in call("threshold", run.id).sentence
