"""What one should know of results: cases in which it is plain what is the matter."""

from itertools import pairwise

import numpy as np
import pytest

from engine.evaluation import report as reports
from engine.evaluation.alerts import alerts, calibration_error
from engine.evaluation.filters import NO_LABEL, OTHER, Filter
from engine.evaluation.rows import read_rows
from engine.text import LANGUAGES
from tests.recipes import complete_recipe
from tests.rows import label_rows, said
from tests.shaped import answer_run, entity_run

EVEN = ["a", "b", "c"] * 200
"""True labels of a test set that is large enough."""


def raised(rows):
    """Name → alert; with what must hold of every alert."""
    found = alerts(rows)
    for alert in found:
        assert alert.rows == rows.mask(alert.filter).sum()
        for language in LANGUAGES:
            assert alert.what.text(language)
            assert alert.why.text(language)
    return {alert.name: alert for alert in found}


def told(rows, name):
    alert = raised(rows)[name]
    return f"{alert.what.text()} {alert.why.text()}"


def but(labels, wrong):
    """The labels as said, some of them wrong: place → label."""
    decided = list(labels)
    for place, label in wrong.items():
        decided[place] = label
    return decided


def test_of_a_good_model_on_enough_rows_there_is_nothing_to_say(workspace):
    right = but(EVEN, {0: "b", 100: "c", 200: "a"})
    sure = np.where(np.array(right) == EVEN, 0.99, 0.5)
    rows = label_rows(workspace, said(EVEN, right, sure), trained=["another text"])
    assert raised(rows) == {}


def test_leaked_rows_are_counted_and_the_score_without_them_is_told(workspace):
    texts = [f"text {i}" for i in range(600)]
    decided = but(EVEN, dict.fromkeys(range(300, 600), "a"))
    rows = label_rows(workspace, said(EVEN, decided), texts=texts, trained=["TEXT 7", "text  8"])
    alert = raised(rows)["leaked"]
    assert (alert.rows, alert.filter) == (2, Filter(alert="leaked"))
    assert "2 of the 600 test texts stand in the training data too." in told(rows, "leaked")
    without = rows.figures(~rows.mask(alert.filter))["macro_f1"]
    assert f"{without:.3f} without them" in told(rows, "leaked")


def test_empty_rows_make_accuracy_mean_nothing(workspace):
    truth = ["a"] * 10 + [""] * 90
    rows = label_rows(workspace, said(truth, [""] * 100, 0.1), "multilabel")
    assert raised(rows)["empty"].filter == Filter(truth=NO_LABEL)
    assert "90 % of the test texts are empty" in told(rows, "empty")
    assert "this one is right on 90 %" in told(rows, "empty")


def test_one_label_nearly_everywhere_makes_accuracy_say_little(workspace):
    truth = ["a"] * 90 + ["b"] * 10
    rows = label_rows(workspace, said(truth, ["a"] * 100))
    assert (raised(rows)["dominant"].filter, raised(rows)["dominant"].rows) == (
        Filter(truth="a"),
        90,
    )


@pytest.mark.parametrize(("rows", "told_of"), [(20, True), (40, False)])
def test_a_test_set_without_an_error_is_small_by_the_rule_of_three(workspace, rows, told_of):
    right = ["a", "b"] * (rows // 2)
    split = label_rows(workspace, said([*right, "c"], [*right, "c"], 0.99))
    assert ("small" in raised(split)) is told_of


def test_a_wide_interval_is_told_with_its_ends(workspace):
    rows = label_rows(workspace, said("abcabcabc", "abcabcaaa"))
    low, high = rows.report.best["intervals"]["macro_f1"]
    assert f"between {low:.2f} and {high:.2f}" in told(rows, "small")
    assert not raised(rows)["small"].filter, "it means all rows"


def test_test_rows_far_below_the_validation_rows_are_told(workspace):
    wrong = but(EVEN, dict.fromkeys(range(0, 300, 3), "b"))
    rows = label_rows(workspace, said(EVEN, wrong), validation=said(EVEN, EVEN))
    assert raised(rows)["gap"].filter == Filter(outcome="wrong")
    assert "instead of 1.00" in told(rows, "gap")
    validation = read_rows(workspace, rows.report, "validation")
    assert "gap" not in raised(validation)


def test_a_small_gap_or_one_by_chance_is_none(workspace):
    rows = label_rows(workspace, said("abcabc", "abcabb"), validation=said("abcabc", "abcabc"))
    assert "gap" not in raised(rows)


def test_a_label_that_is_missed_is_weak_and_so_is_one_said_wrongly(workspace):
    missed = but(EVEN, {i: "b" if i % 2 else "a" for i in range(2, 450, 3)})
    rows = label_rows(workspace, said(EVEN, missed))
    alert = raised(rows)["weak_missed"]
    assert (alert.filter, alert.rows) == (Filter(truth="c", decided=OTHER), 150)
    assert "“c” is often missed: F1 0.40" in told(rows, "weak_missed")


def test_a_label_said_wrongly_is_weak(workspace):
    truth = ["a"] * 200 + ["b"] * 200 + ["c"] * 20
    decided = ["a"] * 160 + ["c"] * 40 + ["b"] * 160 + ["c"] * 40 + ["c"] * 20
    rows = label_rows(workspace, said(truth, decided))
    alert = raised(rows)["weak_added"]
    assert (alert.filter, alert.rows) == (Filter(truth=OTHER, decided="c"), 80)


def test_a_label_that_is_swallowed_by_another_is_told_once(workspace):
    wrong = but(EVEN, dict.fromkeys(range(0, 120, 3), "b") | dict.fromkeys(range(1, 90, 3), "a"))
    rows = label_rows(workspace, said(EVEN, wrong))
    found = [alert for alert in alerts(rows) if alert.name == "swallowed"]
    assert [(alert.filter, alert.rows) for alert in found] == [(Filter(truth="a", decided="b"), 40)]
    assert "taken for “b” 40 times: 20 % of its 200" in told(rows, "swallowed")
    assert "other way round it happens 30 times" in told(rows, "swallowed")


def test_what_is_swallowed_is_a_share_of_all_rows_with_the_label(workspace):
    truth = ["a"] * 100 + ["b"] * 100 + ["c"] * 100
    decided = ["b"] * 20 + [""] * 40 + truth[60:]
    rows = label_rows(workspace, said(truth, decided), "multilabel")
    assert "taken for “b” 20 times: 20 % of its 100" in told(rows, "swallowed")


def test_a_swapped_label_is_told(workspace):
    truth = but(EVEN, {3: "b"})
    rows = label_rows(workspace, said(truth, EVEN, np.linspace(0.99, 0.9, 600)))
    assert raised(rows)["mislabelled"].rows == 1
    assert rows.mask(Filter(alert="mislabelled")).nonzero()[0].tolist() == [3]


def test_a_model_surer_than_it_should_be_is_told_with_its_calibration_error(workspace):
    wrong = but(EVEN, dict.fromkeys(range(90), "a"))  # 60 of them wrong
    rows = label_rows(workspace, said(EVEN, wrong, [0.99] * 300 + [0.97] * 300))
    words = told(rows, "overconfident")
    assert "claims 98 % and is right 90 %" in words
    alert = raised(rows)["overconfident"]
    assert (alert.filter, alert.rows) == (Filter(outcome="wrong", least=0.9), 60)


def test_an_honest_model_is_not_overconfident(workspace):
    wrong = but(EVEN, dict.fromkeys(range(60), "a"))
    rows = label_rows(workspace, said(EVEN, wrong, 0.93))
    assert "overconfident" not in raised(rows)


def test_the_calibration_error_is_the_mean_distance_of_claim_and_truth_over_bins():
    rng = np.random.default_rng(0)
    claimed = rng.random(500)
    right = rng.random(500) < claimed**2
    expected = 0.0
    for low, high in pairwise(np.linspace(0, 1, 16)):
        inside = (claimed >= low) & (claimed < high)
        if inside.any():
            gap = abs(claimed[inside].mean() - right[inside].mean())
            expected += inside.mean() * gap
    assert calibration_error(claimed, right) == pytest.approx(expected)


@pytest.mark.parametrize(("limit", "told_of"), [(16, True), (64, False)])
def test_cut_texts_that_fail_more_often_are_told(workspace, limit, told_of):
    wrong = but(EVEN, dict.fromkeys(range(0, 30, 3), "b"))
    tokens = [16] * 40 + [10] * 560
    recipe = complete_recipe("d-1", max_length=limit)
    rows = label_rows(workspace, said(EVEN, wrong), tokens=tokens, recipe=recipe)
    assert ("truncated" in raised(rows)) is told_of
    if told_of:
        assert raised(rows)["truncated"].filter == Filter(shortest=16)
        assert "25 % of these texts go wrong, 0 % of the others" in told(rows, "truncated")


def test_runs_without_tokens_or_recipe_are_told_of_all_the_rest(workspace):
    rows = label_rows(workspace, said("abcabcabc", "abcabcaaa"))
    workspace.run("r-1").recipe.unlink()
    assert {"small", "weak_missed"} & raised(rows).keys()


def test_mentions_have_their_alerts(workspace):
    run = entity_run(workspace)
    rows = read_rows(workspace, reports.load(workspace.run(run.id)), "test")
    assert "small" in raised(rows)


def test_answers_have_no_labels_to_be_weak(workspace):
    run = answer_run(workspace)
    rows = read_rows(workspace, reports.load(workspace.run(run.id)), "test")
    assert raised(rows).keys() == {"small"}
