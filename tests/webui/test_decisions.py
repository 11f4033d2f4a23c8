"""The views of curves and decisions over real workspaces: what they show, save and refuse."""

import json

import numpy as np
import pytest

from engine.data.dataset import delete_dataset
from engine.errors import DataError
from engine.evaluation import report as reports
from engine.models.thresholds import read_point, write_point
from engine.tasks import make_task
from engine.tasks.operating_point import NEVER, Cut, OperatingPoint
from tests.pages import built_view, set_to
from tests.said import drawn, said
from tests.shaped import entity_run, label_run
from webui.results import curves, decisions, points
from webui.results.base import Seen
from webui.state import Selection

BINARY = make_task("binary", ("ham", "spam"), "spam")
CLASSES = make_task("multiclass", ("a", "b", "c"))
SEVERAL = make_task("multilabel", ("x", "y"))
TASKS = [BINARY, CLASSES, SEVERAL]
ASKED = {
    "way": "cost", "label": None, "target": 0.9, "threshold": 0.5, "low": 0.5, "high": 0.5,
    "false_alarm": 5, "miss": 200, "wrong": 20, "look": 2,
}  # fmt: skip


def asked(run, **changes):
    """What stands in the fields, in their order."""
    return (run.id, *(ASKED | changes).values())


def told(shown):
    """Whatever a handler shows in words."""
    return " ".join(value for value in shown.values() if isinstance(value, str))


@pytest.fixture(params=TASKS, ids=[task.kind for task in TASKS])
def task(request):
    return request.param


@pytest.fixture
def run(workspace, task):
    return label_run(workspace, task, drawn(task, seed=1), drawn(task, seed=2))


@pytest.fixture
def folder(workspace, run):
    return workspace.run(run.id).model


@pytest.fixture
def view(page):
    return built_view(decisions, page)


@pytest.fixture
def binary(workspace):
    return label_run(workspace, BINARY, drawn(BINARY, seed=1), drawn(BINARY, seed=2))


def seen(page, run, **chosen):
    selection = Selection(tab="results", run=run.id, **chosen)
    return Seen(page, selection, reports.load(page.workspace.run(run.id)))


class TestDecisions:
    def test_a_run_of_before_follows_the_default_rule(self, page, view, run):
        shown = decisions.show(view, seen(page, run))
        assert "default rule" in shown[view.now]
        assert set_to(shown[view.reset]) == {"visible": False}
        assert shown[view.run] == run.id

    def test_a_point_by_cost_is_shown_saved_and_forgotten(self, page, view, run, folder, task):
        shown = decisions._look(view, *asked(run))
        assert "goes to a person" in told(shown) or "go to a person" in told(shown)
        assert "Expected cost per text" in shown[view.outcome]
        assert read_point(folder).is_default, "looking saves nothing"
        shown = decisions._save(view, *asked(run))
        point = read_point(folder)
        assert point.chosen.costs == {name: ASKED[name] for name in (*task.mistakes, "look")}
        assert "cheapest on validation rows" in shown[view.now]
        assert set_to(shown[view.save]) == {
            "value": "In use in this model", "visible": True, "variant": "secondary",
        }  # fmt: skip
        assert decisions._save(view, *asked(run))[view.now] == shown[view.now], "a second click"
        shown = decisions._reset(view, *asked(run))
        assert read_point(folder).is_default
        assert set_to(shown[view.save])["variant"] == "primary"

    def test_what_a_person_would_see_is_counted_on_test_rows(self, page, view, run, folder, task):
        decisions._save(view, *asked(run))
        found = task.at(drawn(task, seed=1), read_point(folder))
        share = f"{100 * found.review.mean():.0f} %"
        told_now = decisions.show(view, seen(page, run))[view.now]
        assert f"{share} of 300 test texts would go to a person" in told_now

    @pytest.mark.parametrize("way", ["precision", "recall"])
    def test_a_target_is_of_a_label(self, view, run, folder, task, way):
        label = task.cuttable[-1]
        shown = decisions._turn(view, *asked(run, way=way, label=label))
        assert set_to(shown[view.label])["visible"] is (len(task.cuttable) > 1)
        assert set_to(shown[view.target])["visible"] is True
        assert set_to(shown[view.by_hand])["visible"] is False
        assert f"Recall of “{label}”" in shown[view.outcome]
        decisions._save(view, *asked(run, way=way, label=label))
        chosen = read_point(folder).chosen
        assert (chosen.by, chosen.label, chosen.target) == (way, label, 0.9)

    def test_the_fields_say_how_the_saved_point_was_chosen(self, view, run, folder, task):
        label = task.cuttable[0]
        point = task.with_cut(OperatingPoint(), label, Cut(0.4, 0.2, 0.7))
        decisions._save(
            view, *asked(run, way="hand", label=label, threshold=0.4, low=0.2, high=0.7)
        )
        filled = decisions._fill(view, run.id, "")
        assert filled[view.way] == "hand"
        cut = task.cut(point, label)
        assert set_to(filled[view.threshold])["value"] == pytest.approx(cut.threshold, abs=0.01)
        assert set_to(filled[view.high])["value"] == pytest.approx(cut.high, abs=0.01)
        assert set_to(filled[view.save])["variant"] == "secondary"

    def test_the_fields_hold_the_prices_and_targets_that_were_asked_for(self, view, run, task):
        decisions._save(view, *asked(run, miss=77, wrong=77))
        filled = decisions._fill(view, run.id, "")
        for name in task.mistakes:
            price = {"miss": 77, "wrong": 77}.get(name, 5)
            assert set_to(filled[view.prices[name]]) == {"value": price, "visible": True}
        decisions._save(view, *asked(run, way="recall", label=task.cuttable[0], target=0.8))
        assert set_to(decisions._fill(view, run.id, "")[view.target]) == {
            "value": 0.8,
            "visible": True,
        }

    def test_a_threshold_takes_along_a_band_without_width(self, view, binary):
        moved = decisions._move(view, *asked(binary, way="hand", label="spam", threshold=0.7))
        assert (moved[view.low], moved[view.high]) == (0.7, 0.7)
        assert "0 go to a person" in moved[view.outcome]
        kept = decisions._move(
            view, *asked(binary, way="hand", label="spam", threshold=0.4, low=0.2)
        )
        assert view.low not in kept

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"miss": -1}, "prices from 0 to 1,000,000,000"),
            ({"miss": 1e99}, "prices from 0 to 1,000,000,000"),
            ({"false_alarm": None}, "“A false alarm costs” is empty"),
            ({"way": "precision", "target": None}, "above 0 and up to 1"),
            ({"way": "recall", "target": 7}, "above 0 and up to 1"),
            ({"way": "hand", "threshold": 3}, "numbers from 0 to 1"),
            ({"way": "hand", "low": 0.9, "high": 0.1}, "numbers from 0 to 1"),
            ({"way": "hand", "label": "<b>gone</b>"}, "no threshold of “&lt;b&gt;gone"),
        ],
    )
    def test_rubbish_is_told_of_in_place_and_not_saved(
        self, workspace, view, binary, changes, words
    ):
        shown = decisions._look(view, *asked(binary, **changes))
        assert words in shown[view.outcome]
        assert set_to(shown[view.save]) == {"visible": False}
        with pytest.raises(DataError):
            decisions._save(view, *asked(binary, **changes))
        assert read_point(workspace.run(binary.id).model).is_default

    def test_a_model_that_is_left_nothing_is_told_of(self, view, binary):
        told = "a person reads every text"
        for high, said_so in ((1, True), (0.6, False)):
            shown = decisions._look(view, *asked(binary, way="hand", low=0, high=high))
            assert (told in shown[view.outcome]) is said_so

    def test_without_a_price_nobody_looks(self, workspace, view, run, folder):
        decisions._save(view, *asked(run, look=None))
        assert read_point(folder).band is None

    def test_without_validation_rows_only_the_hand_can_choose(self, workspace, view):
        run = label_run(workspace, BINARY, drawn(BINARY))
        assert decisions._fill(view, run.id, "")[view.way] == "hand"
        shown = decisions._look(view, *asked(run))
        assert "thresholds are never chosen on test rows" in shown[view.outcome]
        by_hand = decisions._look(view, *asked(run, way="hand", threshold=0.3, low=0.3, high=0.3))
        assert "Test, 300 rows" in by_hand[view.outcome]
        *_, last = decisions._tune(view, run.id)
        assert set_to(last[view.tuning]) == {"visible": False}

    def test_few_validation_rows_are_told_of(self, workspace, view):
        run = label_run(workspace, CLASSES, drawn(CLASSES, 90), drawn(CLASSES, 9))
        shown = decisions._look(view, *asked(run, way="recall", label="a"))
        assert "validation rows have the label “a”" in shown[view.outcome]
        assert "Test, 90 rows" in shown[view.outcome]

    def test_a_damaged_file_is_told_of_and_can_be_replaced(self, page, view, run, folder):
        (folder / "thresholds.json").write_text('{"thresholds": "much"}', "utf-8")
        shown = decisions.show(view, seen(page, run))
        assert "thresholds.json of this model cannot be used" in shown[view.now]
        assert set_to(shown[view.reset]) == {"visible": True}
        assert decisions._fill(view, run.id, "")[view.way] == "cost"
        decisions._reset(view, *asked(run))
        assert read_point(folder).is_default
        (folder / "thresholds.json").write_text("", "utf-8")
        decisions._save(view, *asked(run))
        assert not read_point(folder).is_default

    def test_a_point_saved_elsewhere_is_news(self, page, view, run, folder, task):
        before = points.stamp(page, run.id)
        point = task.with_cut(OperatingPoint(), task.cuttable[0], Cut.at(0.2))
        write_point(folder, point)
        assert points.stamp(page, run.id) != before
        assert "set by hand" in decisions.show(view, seen(page, run))[view.now]
        assert points.stamp(page, None) == points.stamp(page, "nothing-1") == 0

    def test_decisions_need_no_data_set(self, workspace, page, view, run):
        delete_dataset(workspace, run.dataset)
        assert "Test, 300 rows" in decisions._look(view, *asked(run))[view.outcome]
        assert decisions.show(view, seen(page, run))[view.run] == run.id

    def test_results_without_probabilities_of_labels_have_no_such_view(self, workspace, page):
        report = seen(page, entity_run(workspace)).report
        assert not decisions.applies(report)
        assert not curves.applies(report)


class TestTuning:
    def last(self, view, run):
        first, last = decisions._tune(view, run.id)
        assert "Trying it" in first[view.verdict]
        return last

    def test_thresholds_are_proposed_where_they_help(self, workspace, view):
        """True labels lie around 0.3."""

        def low(seed):
            rng = np.random.default_rng(seed)
            truth = rng.random((400, 2)) < 0.3
            found = np.clip(rng.normal(0.1 + 0.2 * truth, 0.04), 0, 1).astype(np.float32)
            return said(truth, SEVERAL.decide(found), found)

        run = label_run(workspace, SEVERAL, low(0), low(1))
        shown = self.last(view, run)
        assert "Tuned thresholds help" in shown[view.verdict]
        assert set_to(shown[view.take]) == {"visible": True}
        decisions._take(view, *asked(run))
        point = read_point(workspace.run(run.id).model)
        assert point.chosen.by == "f1"
        assert all(0.1 < threshold < 0.3 for threshold in point.thresholds)

    def test_they_are_not_where_they_do_not(self, workspace, view):
        """Few true rows, which 0.5 tells apart well."""

        def honest(seed):
            rng = np.random.default_rng(seed)
            truth = rng.random((300, 2)) < 0.05
            found = np.clip(rng.normal(0.08 + 0.7 * truth, 0.16), 0, 1).astype(np.float32)
            return said(truth, SEVERAL.decide(found), found)

        run = label_run(workspace, SEVERAL, honest(0), honest(1))
        shown = self.last(view, run)
        assert "Tuned thresholds do not help" in shown[view.verdict]
        assert set_to(shown[view.take]) == {"visible": False}
        assert decisions._take(view, *asked(run)) == {}
        assert read_point(workspace.run(run.id).model).is_default


class TestCurves:
    @pytest.fixture
    def view(self, page):
        return built_view(curves, page)

    def test_a_label_has_its_curves_and_where_it_is_decided(self, page, view, run, folder, task):
        column = task.labels.index(task.cuttable[0])
        truth, found = drawn(task, seed=1).truth[:, column], drawn(task, seed=1).probabilities
        shown = curves.show(view, seen(page, run))
        figure = set_to(shown[view.precision_recall])["value"]
        model, _, decided = figure.data
        assert (max(model.x), min(model.x)) == (1, 0)
        said_yes = task.decide(found)[:, column]
        assert decided.x[0] == pytest.approx((said_yes & truth).sum() / truth.sum())
        assert decided.y[0] == pytest.approx((said_yes & truth).sum() / said_yes.sum())
        assert f"{truth.sum()} of 300 rows have the label" in shown[view.help]
        write_point(folder, task.with_cut(OperatingPoint(), task.cuttable[0], Cut.at(0.05)))
        moved = set_to(curves.show(view, seen(page, run))[view.precision_recall])["value"]
        assert moved.data[2].x[0] > decided.x[0], "the saved point is marked"

    def test_another_label_is_chosen_by_its_number(self, page, view, run, task):
        shown = curves.show(view, seen(page, run, pick="1"))
        assert set_to(shown[view.label])["value"] == "1"
        assert f"“{task.labels[1]}”" in shown[view.help]
        odd = curves.show(view, seen(page, run, pick="77"))
        assert set_to(odd[view.label])["value"] == str(task.labels.index(task.cuttable[0]))
        chosen = curves._choose(view, Selection(), "2")
        assert chosen[page.selection].pick == "2"

    def test_reliability_is_told_before_and_after_scaling(self, page, view, run):
        shown = curves.show(view, seen(page, run))
        names = [trace.name for trace in set_to(shown[view.reliability])["value"].data]
        assert [name.split(" (")[0] for name in names] == [
            "what is said is true", "as it is", "after temperature scaling",
        ]  # fmt: skip
        assert "fitted on validation rows" in shown[view.calibration]
        assert "300 test texts" in shown[view.calibration]

    def test_without_validation_rows_there_is_no_temperature(self, workspace, page, view, task):
        run = label_run(workspace, task, drawn(task))
        shown = curves.show(view, seen(page, run))
        assert len(set_to(shown[view.reliability])["value"].data) == 2
        assert "temperature" not in shown[view.calibration].lower()
        gone = curves.show(view, seen(page, run, split="validation"))
        assert "no rows of this split" in gone[view.help]
        assert set_to(gone[view.roc]) == {"visible": False}

    def test_a_label_without_rows_has_no_curve(self, workspace, page, view):
        none = drawn(SEVERAL, 20)
        none.truth[:, 0] = False
        run = label_run(workspace, SEVERAL, none, none)
        shown = curves.show(view, seen(page, run, pick="0"))
        assert "here there is only one kind" in shown[view.help]
        assert set_to(shown[view.precision_recall])["visible"] is False

    def test_a_damaged_point_leaves_the_curves(self, page, view, run, folder):
        (folder / "thresholds.json").write_text("?", "utf-8")
        assert set_to(curves.show(view, seen(page, run))[view.roc])["visible"] is True


def test_a_threshold_nothing_reaches_is_saved_and_read(workspace, page, view):
    """Recall can be asked for where the model is never right of its own accord."""
    run = label_run(workspace, BINARY, drawn(BINARY), drawn(BINARY, noise=2.0, seed=3))
    decisions._save(view, *asked(run, false_alarm=1e6, miss=0, look=None))
    folder = workspace.run(run.id).model
    assert read_point(folder).thresholds[1] <= NEVER
    assert json.loads((folder / "thresholds.json").read_text("utf-8"))["chosen"]["by"] == "cost"
