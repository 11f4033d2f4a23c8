"""Operating points by target, cost and F1: against every possible one, where that can be tried."""

import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import f1_score, precision_recall_curve

from engine.errors import DataError
from engine.evaluation.choosing import (
    by_hand,
    choose,
    for_cost,
    for_f1,
    for_precision,
    for_recall,
    too_few,
)
from engine.evaluation.consequences import compared, consequences, mean_cost, row_costs
from engine.evaluation.tuned import cross_validated
from engine.tasks import make_task
from engine.tasks.operating_point import NEVER, Chosen, Cut, OperatingPoint
from tests.said import drawn, said

BINARY = make_task("binary", ("ham", "spam"), "spam")
CLASSES = make_task("multiclass", ("a", "b", "c"))
SEVERAL = make_task("multilabel", ("x", "y"))
COSTS = {"false_alarm": 5, "miss": 200, "look": 2}


def binary(spam, truth):
    spam, truth = np.asarray(spam, dtype=np.float32), np.asarray(truth, dtype=bool)
    rows = np.column_stack([1 - spam, spam])
    return said(np.column_stack([~truth, truth]), BINARY.decide(rows), rows)


def cost(task, seen, point, costs):
    return row_costs(task, task.at(seen, point), costs).mean()


@pytest.mark.parametrize("task", [BINARY, CLASSES, SEVERAL])
@pytest.mark.parametrize("target", [0.5, 0.8, 0.95])
def test_a_target_is_met_and_no_more_is_given_up_than_it_takes(task, target):
    seen, label = drawn(task), task.cuttable[-1]
    column = task.labels.index(label)
    truth = seen.truth[:, column]
    scores = task.reach(seen.probabilities, OperatingPoint(), label)
    precision, recall, _ = precision_recall_curve(truth, scores)

    found = task.at(seen, for_precision(task, seen, OperatingPoint(), label, target))
    hits = truth & found.decided[:, column]
    assert hits.sum() / found.decided[:, column].sum() >= target
    assert hits.sum() / truth.sum() == pytest.approx(recall[precision >= target].max())

    found = task.at(seen, for_recall(task, seen, OperatingPoint(), label, target))
    decided = found.decided[:, column]
    assert (truth & decided).sum() / truth.sum() >= target
    least = decided.sum()
    assert all((truth & (scores >= t)).sum() < target * truth.sum()
               for t in np.unique(scores) if (scores >= t).sum() < least)  # fmt: skip


def test_the_other_labels_keep_their_part():
    point = SEVERAL.with_cut(OperatingPoint(), "y", Cut(0.3, 0.2, 0.6))
    found = for_recall(SEVERAL, drawn(SEVERAL), point, "x", 0.9)
    assert SEVERAL.cut(found, "y") == Cut(0.3, 0.2, 0.6)
    assert (found.chosen.by, found.chosen.label, found.chosen.target) == ("recall", "x", 0.9)


def test_what_cannot_be_reached_is_said():
    seen = binary([0.2, 0.9, 0.8], [True, False, True])
    with pytest.raises(DataError, match=r"precision of 0\.90.*best one reaches 0\.67"):
        for_precision(BINARY, seen, OperatingPoint(), "spam", 0.9)
    with pytest.raises(DataError, match="No validation row has the label"):
        for_recall(BINARY, binary([0.2], [False]), OperatingPoint(), "spam", 0.9)


def test_thresholds_are_short_numbers_between_the_probabilities():
    seen = binary([0.1, 0.3, 0.62, 0.9], [False, False, True, True])
    point = for_recall(BINARY, seen, OperatingPoint(), "spam", 1)
    assert BINARY.cut(point, "spam").threshold == 0.46


def test_the_known_optimum_of_a_hand_made_case_is_found():
    """A miss costs far more than a look, a false alarm a little more: what is not surely ham is
    looked at, what is surely spam is not."""
    seen = binary(
        [0.01, 0.02, 0.1, 0.2, 0.3, 0.5, 0.9, 0.95],
        [False, False, False, True, False, False, True, True],
    )
    point = for_cost(BINARY, seen, COSTS)
    found = BINARY.at(seen, point)
    assert found.review.tolist() == [False, False, False, True, True, True, False, False]
    assert cost(BINARY, seen, point, COSTS) == 3 * 2 / 8
    assert point.chosen.costs == COSTS


def test_a_look_that_costs_nothing_takes_all_and_one_that_costs_much_takes_none():
    seen = drawn(BINARY)
    free = BINARY.at(seen, for_cost(BINARY, seen, COSTS | {"look": 0}))
    assert cost(BINARY, seen, for_cost(BINARY, seen, COSTS | {"look": 0}), COSTS | {"look": 0}) == 0
    assert free.review.any()
    dear = for_cost(BINARY, seen, COSTS | {"look": 1000})
    assert dear.band is None
    without = for_cost(BINARY, seen, {"false_alarm": 5, "miss": 200})
    assert without.band is None
    assert without.thresholds == dear.thresholds


@pytest.mark.parametrize("seed", range(5))
def test_no_binary_point_is_cheaper(seed):
    seen = drawn(BINARY, rows=24, noise=0.4, seed=seed)
    best = cost(BINARY, seen, for_cost(BINARY, seen, COSTS), COSTS)
    spam = np.unique(seen.probabilities[:, 1])
    ends = [0.0, *((spam[1:] + spam[:-1]) / 2), NEVER]
    for low, high in itertools.combinations_with_replacement(ends, 2):
        point = BINARY.with_cut(OperatingPoint(), "spam", Cut(max(low, 1e-9), low, high))
        assert best <= cost(BINARY, seen, point, COSTS) + 1e-9


def every_cut(seen, column):
    scores = np.unique(seen.probabilities[:, column])
    ends = [0.0, *((scores[1:] + scores[:-1]) / 2), NEVER]
    return [Cut(low, low, high) for low, high in itertools.combinations_with_replacement(ends, 2)]


@pytest.mark.parametrize("seed", range(3))
def test_labels_that_share_a_look_are_cut_together(seed):
    costs = {"false_alarm": 3, "miss": 7, "look": 2}
    seen = drawn(SEVERAL, rows=9, noise=0.5, seed=seed)
    point = for_cost(SEVERAL, seen, costs)
    best = cost(SEVERAL, seen, point, costs)
    for column, label in enumerate(SEVERAL.labels):
        for cut in every_cut(seen, column):
            other = SEVERAL.with_cut(point, label, cut)
            assert best <= cost(SEVERAL, seen, other, costs) + 1e-9, "no single label is better cut"
    both = itertools.product(*(every_cut(seen, column) for column in (0, 1)))
    points = (SEVERAL.with_cut(SEVERAL.with_cut(OperatingPoint(), "x", x), "y", y) for x, y in both)
    assert best <= 1.2 * min(cost(SEVERAL, seen, other, costs) for other in points)


def test_a_label_keeps_its_own_cut_where_others_ask_for_a_look_anyway():
    """There any cut costs the same on these rows, but on others it will matter."""
    seen = drawn(SEVERAL, noise=0.15)
    rows = seen.probabilities.copy()
    rows[:, 0] = np.linspace(0.2, 0.8, len(rows))  # says nothing about its label
    point = for_cost(SEVERAL, said(seen.truth, SEVERAL.decide(rows), rows), COSTS)
    assert SEVERAL.at(replace(seen, probabilities=rows), point).review.mean() > 0.99
    cut = SEVERAL.cut(point, "y")
    assert cut.low > 0.2
    assert cut.high < 1


@pytest.mark.parametrize("seed", range(5))
def test_no_floor_for_many_labels_is_cheaper(seed):
    costs = {"wrong": 10, "look": 2}
    seen = drawn(CLASSES, rows=60, noise=0.5, seed=seed)
    point = for_cost(CLASSES, seen, costs)
    assert point.thresholds is None
    best = cost(CLASSES, seen, point, costs)
    for floor in [0.0, *np.unique(seen.probabilities.max(axis=1)), NEVER]:
        other = OperatingPoint(band=((0.0, float(floor)),) * 3)
        assert best <= cost(CLASSES, seen, other, costs) + 1e-9
    assert for_cost(CLASSES, seen, {"wrong": 10}).is_default


@pytest.mark.parametrize("task", [BINARY, SEVERAL])
def test_no_other_threshold_has_a_higher_f1(task):
    seen = drawn(task, noise=0.4)
    found = task.at(seen, for_f1(task, seen))
    for label in task.cuttable:
        column = task.labels.index(label)
        truth, scores = seen.truth[:, column], seen.probabilities[:, column]
        best = f1_score(truth, found.decided[:, column])
        assert best == pytest.approx(max(f1_score(truth, scores >= t) for t in np.unique(scores)))


def test_equal_probabilities_are_never_parted():
    seen = binary([0.4] * 10 + [0.8] * 10, [False, True] * 5 + [True] * 10)
    for point in (for_f1(BINARY, seen), for_cost(BINARY, seen, COSTS)):
        found = BINARY.at(seen, point)
        for rows in (slice(0, 10), slice(10, 20)):
            assert len(set(found.decided[rows, 1].tolist())) == 1


def test_consequences_are_counted_over_what_is_automated():
    seen = binary([0.05, 0.4, 0.6, 0.95], [False, True, False, True])
    point = BINARY.with_cut(OperatingPoint(), "spam", Cut(0.5, 0.3, 0.7))
    found = consequences(BINARY, seen, point, COSTS)
    assert (found.rows, found.automated) == (4, 2)
    assert found.mistakes == {"false_alarm": 0, "miss": 0}
    assert found.figures["per_class"]["spam"]["support"] == 1
    assert found.cost.mean == (2 + 2) / 4
    default = consequences(BINARY, seen, OperatingPoint(), COSTS)
    assert default.cost.mean == (200 + 5) / 4
    assert default.mistakes == {"false_alarm": 1, "miss": 1}
    assert consequences(BINARY, seen, point).cost is None


def test_a_point_is_compared_with_the_default_rule_and_with_people():
    seen = binary([0.05, 0.4, 0.6, 0.95], [False, True, False, True])
    point = for_cost(BINARY, seen, COSTS)
    sides = compared(BINARY, seen, point)
    assert list(sides) == ["this_point", "default_rule", "by_people"]
    assert sides["default_rule"].saved.mean == sides["default_rule"].cost.mean - 4 / 4
    assert sides["by_people"].saved.mean == 2 - 4 / 4
    assert (sides["by_people"].automated, sides["by_people"].looked_at) == (0, 4)
    assert list(compared(BINARY, seen, OperatingPoint())) == ["default_rule"]
    assert json.dumps({name: side.to_record() for name, side in sides.items()}, allow_nan=False)


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (Chosen("cost", costs={"miss": 3}), "a price for each of false_alarm, look, miss"),
        (Chosen("cost", costs={"miss": -1, "false_alarm": 2}), "prices from 0 to 1,000"),
        (Chosen("cost", costs={"miss": math.nan, "false_alarm": 2}), "prices from 0 to 1,000"),
        (Chosen("recall", "spam", 1.5), "above 0 and up to 1"),
        (Chosen("recall", "spam"), "above 0 and up to 1"),
        (Chosen("recall", "ham", 0.9), "no threshold of “ham”"),
    ],
)
def test_a_wish_that_makes_no_sense_is_refused(wish, told):
    with pytest.raises(DataError, match=told):
        choose(BINARY, drawn(BINARY), OperatingPoint(), wish)


def test_a_choice_that_rests_on_few_rows_is_told_of():
    seen = binary(np.linspace(0.01, 0.99, 40), [False] * 32 + [True] * 8)
    for chosen in (Chosen("recall", "spam", 0.9), Chosen("cost", costs=COSTS)):
        told = too_few(BINARY, seen, chosen).text()
        assert "Only 8 validation rows have the label “spam”" in told
    assert too_few(BINARY, seen, Chosen("hand")) is None
    assert too_few(BINARY, None, None) is None
    assert too_few(BINARY, drawn(BINARY), Chosen("cost", costs=COSTS)) is None
    by_cost = Chosen("cost", costs={"wrong": 3, "look": 1})
    assert "only 18 validation rows" in too_few(CLASSES, drawn(CLASSES, 18), by_cost).text()
    assert too_few(CLASSES, drawn(CLASSES, 90), by_cost) is None, "all labels have one number"


def test_nothing_is_chosen_without_validation_rows():
    with pytest.raises(DataError, match="no validation rows"):
        choose(BINARY, None, OperatingPoint(), Chosen("recall", "spam", 0.9))


@pytest.mark.parametrize("numbers", [(0.5, 0.9, 0.2), (1.2, 0.1, 0.2), (math.nan, 0, 1)])
def test_numbers_set_by_hand_are_checked(numbers):
    with pytest.raises(DataError, match="numbers from 0 to 1"):
        by_hand(SEVERAL, OperatingPoint(), "x", Cut(*numbers))


def test_no_rows_have_no_consequences():
    empty = said(np.zeros((0, 2), bool), np.zeros((0, 2), bool), np.zeros((0, 2), np.float32))
    for task in (BINARY, SEVERAL):
        found = consequences(task, empty, OperatingPoint(), COSTS)
        assert (found.rows, found.automated, found.cost.mean) == (0, 0, 0)


def test_the_interval_of_a_cost_is_that_of_a_bootstrap_over_rows():
    rng = np.random.default_rng(0)
    costs = rng.choice([0.0, 2.0, 5.0, 200.0], 800, p=[0.7, 0.2, 0.08, 0.02])
    found = mean_cost(costs)
    drawn = rng.choice(costs, (4000, 800)).mean(axis=1)
    assert found.mean == costs.mean()
    assert (found.low, found.high) == pytest.approx(np.quantile(drawn, (0.025, 0.975)), rel=0.06)


def test_tuning_is_proposed_where_it_helps():
    """True labels lie around 0.3: a threshold of 0.5 misses most of them."""
    rng = np.random.default_rng(0)
    truth = rng.random((400, 2)) < 0.3
    rows = np.clip(rng.normal(0.1 + 0.25 * truth, 0.08), 0, 1).astype(np.float32)
    verdict = cross_validated(SEVERAL, said(truth, SEVERAL.decide(rows), rows))
    assert verdict.helps
    assert verdict.score == "macro_f1"
    assert verdict.tuned > 0.8 > verdict.default
    assert verdict.low < verdict.gain < verdict.high
    assert all(0.1 < t < 0.4 for t in verdict.point.thresholds)


def test_tuning_is_not_proposed_for_chance():
    """Thresholds around 0.5 are right; few true rows let others look better by chance."""
    rng = np.random.default_rng(1)
    truth = rng.random((400, 8)) < 0.03
    rows = np.clip(rng.normal(0.08 + 0.64 * truth, 0.14), 0, 1).astype(np.float32)
    task = make_task("multilabel", tuple("abcdefgh"))
    verdict = cross_validated(task, said(truth, task.decide(rows), rows))
    assert not verdict.helps
    tuned = task.at(said(truth, truth, rows), verdict.point).decided
    assert f1_score(truth, tuned, average="macro", zero_division=0) > verdict.default, (
        "on the rows they were chosen on they do look better"
    )


def test_tuning_is_not_tried_without_single_thresholds_or_rows():
    assert cross_validated(CLASSES, drawn(CLASSES)) is None
    assert cross_validated(BINARY, binary([0.1, 0.9], [False, True])) is None
