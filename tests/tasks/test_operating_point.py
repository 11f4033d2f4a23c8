"""Where a task decides and what it leaves to a person, by hand-made probabilities."""

import json
import math

import numpy as np
import pytest

from engine.errors import ModelError
from engine.tasks import TASKS, make_task
from engine.tasks.operating_point import NEVER, Chosen, Cut, OperatingPoint
from tests.said import said

BINARY = make_task("binary", ("ham", "spam"), "spam")
TURNED = make_task("binary", ("spam", "ham"), "spam")
CLASSES = make_task("multiclass", ("a", "b", "c"))
SEVERAL = make_task("multilabel", ("x", "y"))


def at(task, point, rows):
    rows = np.asarray(rows, dtype=np.float32)
    return task.at(said(np.zeros(rows.shape, dtype=bool), rows > 2, rows), point)


def names(task, found):
    return [[task.labels[i] for i in np.nonzero(row)[0]] for row in found.decided]


@pytest.mark.parametrize("task", [CLASSES, SEVERAL, BINARY])
def test_the_default_point_is_the_tasks_own_rule_and_asks_no_person(task):
    rows = np.random.default_rng(0).dirichlet(np.ones(len(task.labels)), 50)
    found = at(task, OperatingPoint(), rows)
    assert (found.decided == task.decide(rows.astype(np.float32))).all()
    assert found.review is None
    assert "review" not in task.say(found, 0)


def test_labels_that_stand_alone_have_a_threshold_and_a_band_each():
    point = OperatingPoint((0.3, 0.8), ((0.2, 0.4), (0.8, 0.8)))
    found = at(SEVERAL, point, [[0.19, 0.1], [0.2, 0.9], [0.3, 0.8], [0.4, 0.79], [0.9, 0.9]])
    assert names(SEVERAL, found) == [[], ["y"], ["x", "y"], ["x"], ["x", "y"]]
    assert found.review.tolist() == [False, True, True, False, False]
    assert SEVERAL.say(found, 1)["review"] is True


@pytest.mark.parametrize("task", [BINARY, TURNED])
def test_a_binary_band_lies_around_the_threshold_of_the_positive_label(task):
    point = task.with_cut(OperatingPoint(), "spam", Cut(0.3, 0.1, 0.75))
    spam = np.array([0.05, 0.2, 0.29, 0.31, 0.7, 0.8])
    rows = np.column_stack([spam, 1 - spam] if task is TURNED else [1 - spam, spam])
    found = at(task, point, rows)
    assert [row[0] for row in names(task, found)] == ["ham"] * 3 + ["spam"] * 3
    assert found.review.tolist() == [False, True, True, True, True, False]
    cut = task.cut(point, "spam")
    assert (cut.threshold, cut.low, cut.high) == pytest.approx((0.3, 0.1, 0.75))


def test_of_many_labels_the_one_furthest_above_its_own_wins_and_is_asked():
    point = CLASSES.with_cut(OperatingPoint(), "c", Cut(0.2, 0, 0.5))
    assert sum(point.thresholds) == pytest.approx(1)
    found = at(CLASSES, point, [[0.45, 0.25, 0.3], [0.6, 0.1, 0.3], [0.2, 0.2, 0.6]])
    assert names(CLASSES, found) == [["c"], ["a"], ["c"]]
    assert found.review.tolist() == [True, False, False], "a has no band"


@pytest.mark.parametrize("task", [BINARY, TURNED, CLASSES, SEVERAL])
def test_what_reaches_the_threshold_is_decided(task):
    rows = np.random.default_rng(1).dirichlet(np.ones(len(task.labels)), 200).astype(np.float32)
    label = task.cuttable[-1]
    for threshold in (0.1, 0.37, 0.8):
        point = task.with_cut(OperatingPoint(), label, Cut.at(threshold))
        reached = task.reach(rows, OperatingPoint(), label) >= threshold
        decided = at(task, point, rows).decided[:, task.labels.index(label)]
        assert (reached == decided).all()


@pytest.mark.parametrize("task", [BINARY, TURNED, SEVERAL])
def test_a_cut_is_read_as_it_was_written(task):
    for cut in (Cut(0.4, 0.2, 0.9), Cut.at(0.25), Cut(0.5, 0.5, 0.8), Cut(0.5, 0.0, NEVER)):
        for label in task.cuttable:
            found = task.cut(task.with_cut(OperatingPoint(), label, cut), label)
            numbers = (found.threshold, found.low, found.high)
            assert numbers == pytest.approx((cut.threshold, cut.low, cut.high))


@pytest.mark.parametrize("task", [BINARY, TURNED])
def test_a_machine_that_may_decide_nothing_decides_nothing(task):
    point = task.with_cut(OperatingPoint(), "spam", Cut(0.5, 0.0, NEVER))
    assert at(task, point, [[0, 1], [1, 0], [0.5, 0.5]]).review.all()


@pytest.mark.parametrize("task", [BINARY, SEVERAL])
def test_a_threshold_beside_its_band_is_moved_to_it(task):
    """Nobody means that texts between the two are decided at random: the band says who decides."""
    label = task.cuttable[0]
    for given, settled in (
        (Cut(0.9, 0.2, 0.6), Cut(0.6, 0.2, 0.6)),
        (Cut(0.1, 0.2, 0.6), Cut(0.2, 0.2, 0.6)),
        (Cut(0.9, 0.5, 0.5), Cut.at(0.9)),
    ):
        found = task.cut(task.with_cut(OperatingPoint(), label, given), label)
        numbers = (found.threshold, found.low, found.high)
        assert numbers == pytest.approx((settled.threshold, settled.low, settled.high))


def test_a_label_without_a_band_keeps_its_threshold_beside_one_that_has_one():
    point = SEVERAL.with_cut(OperatingPoint(), "x", Cut.at(0.7))
    point = SEVERAL.with_cut(point, "y", Cut(0.5, 0.2, 0.6))
    assert SEVERAL.cut(point, "x") == Cut.at(0.7)
    assert at(SEVERAL, point, [[0.6, 0.1], [0.7, 0.3]]).review.tolist() == [False, True]


def test_a_band_without_width_is_none():
    assert SEVERAL.with_cut(OperatingPoint(), "x", Cut.at(0.2)).band is None
    assert BINARY.with_cut(OperatingPoint(), "spam", Cut.at(0.2)).band is None


def test_mistakes_cost_what_they_cost():
    costs = {"false_alarm": 5, "miss": 200}
    truth = np.array([[True, False], [False, True], [True, True], [False, False]])
    decided = np.array([[False, True], [False, True], [True, True], [True, False]])
    assert SEVERAL.mistake_costs(truth, decided, costs).tolist() == [205, 0, 0, 5]
    one, other = np.array([[True, False], [False, True]]), np.array([[False, True], [True, False]])
    assert BINARY.mistake_costs(one, other, costs).tolist() == [5, 200]
    assert TURNED.mistake_costs(one, other, costs).tolist() == [200, 5]
    assert CLASSES.mistake_costs(one, other, {"wrong": 7}).tolist() == [7, 7]


def test_tasks_without_probabilities_of_labels_have_no_operating_point():
    able = {kind for kind, task in TASKS.items() if task.has_probabilities}
    assert able == {"binary", "multiclass", "multilabel"}
    task, predictions = make_task("tokens", ("p",)), object()
    assert task.at(predictions, OperatingPoint((0.1,))) is predictions


def test_a_point_survives_the_way_through_json():
    point = OperatingPoint(
        (0.3, 0.7), ((0.2, 0.4), (0.7, 0.7)), Chosen("cost", costs={"miss": 200, "look": 2})
    )
    again = OperatingPoint.from_record(json.loads(json.dumps(point.to_record())), 2)
    assert again == point
    assert OperatingPoint.from_record({"thresholds": None}, 2) == OperatingPoint()


@pytest.mark.parametrize(
    "record",
    [
        None,
        [],
        {},
        {"thresholds": [0.5]},
        {"thresholds": [0.5, "0.5"]},
        {"thresholds": [0.5, True]},
        {"thresholds": [0.5, math.nan]},
        {"thresholds": [0.5, -0.1]},
        {"thresholds": 0.5},
        {"thresholds": None, "band": [[0.1, 0.2]]},
        {"thresholds": None, "band": [[0.1, 0.2], [0.1]]},
        {"thresholds": None, "chosen": {"by": "magic"}},
        {"thresholds": None, "chosen": {"by": "cost", "price": 3}},
        {"thresholds": None, "chosen": {"by": "cost", "costs": {"miss": math.inf}}},
    ],
)
def test_a_record_that_does_not_fit_is_refused(record):
    with pytest.raises(ModelError, match=r"expected 2 thresholds between 0 and 1"):
        OperatingPoint.from_record(record, 2)
