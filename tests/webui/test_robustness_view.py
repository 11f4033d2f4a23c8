"""What the page says of a check of robustness: before, meanwhile and after."""

from dataclasses import replace

import numpy as np
import pytest

from engine.evaluation import report as reports
from engine.evaluation import robustness as kept
from engine.evaluation.robustness import Edit, Example, Outcome, Rate, Robustness
from engine.runs import errands as jobs
from tests.pages import built_view, clicked, set_to
from tests.said import said
from tests.shaped import HOSTILE, answer_run, finish_run, write_dataset
from webui.results import robustness as view_module
from webui.results.base import Seen
from webui.state import Selection
from webui.views import robustness as html

pytestmark = pytest.mark.usefixtures("sleeping")

LABELS = ("calm", "loud")


@pytest.fixture
def run(workspace):
    rows = [{"split": "test", "text": "hello", "labels": ["calm"]}] * 2
    dataset = write_dataset(workspace, "multiclass", LABELS, rows)
    decided = np.array([[True, False]] * 2)
    return finish_run(workspace, dataset, said(decided, decided, decided.astype(float)))


@pytest.fixture
def view(page):
    return built_view(view_module, page)


def outcome(flips=3, rows=40, **per_class):
    example = Example(7, "Send it back, please", (Edit(8, 12, "bcak"),), ("calm",), ("loud",))
    rate = Rate(flips, rows, flips / rows / 5, 0.2)
    return Outcome(rate, per_class, (example,) * bool(flips))


def found(run="run-1", **outcomes):
    return Robustness(run, "test", 40, 62, 0, 0.0, outcomes)


def shown(view, run):
    report = reports.load(view.page.workspace.run(run.id))
    return view_module.show(view, Seen(view.page, Selection(run=run.id), report))


class TestPage:
    def test_it_offers_the_check_and_shows_nothing_before(self, view, run):
        updates = shown(view, run)
        assert "change its mind" in updates[view.lead]
        assert set_to(updates[view.start])["value"] == "Start the check"
        assert updates[view.result] == ""

    def test_two_clicks_begin_one_check_that_is_shown_at_work(self, view, run):
        view_module._start(view, run.id)
        updates = view_module._start(view, run.id)
        assert len(jobs.list_errands(view.page.workspace, "robustness", run.id)) == 1
        assert set_to(updates[view.start])["visible"] is False
        assert 'data-act="cancel"' in updates[view.board.cards]
        assert 'data-act="cancel"' in shown(view, run)[view.board.cards]

    def test_it_can_be_cancelled_and_begun_again(self, view, run):
        view_module._start(view, run.id)
        (errand,) = jobs.list_errands(view.page.workspace, "robustness", run.id)
        updates = view_module._act(view, run.id, clicked(act="cancel", id=errand.id))
        assert "cancelled" in updates[view.board.cards]
        assert set_to(updates[view.start])["visible"] is True

    def test_what_was_found_stays_with_the_run(self, view, run):
        kept.save(view.page.workspace.run(run.id), found(run.id, typos=outcome()))
        updates = shown(view, run)
        assert "3 of 40" in updates[view.result]
        assert set_to(updates[view.start])["value"] == "Check again"

    def test_a_check_older_than_the_operating_point_says_so(self, view, run, monkeypatch):
        kept.save(view.page.workspace.run(run.id), found(run.id, typos=outcome()))
        monkeypatch.setattr(kept, "outdated", lambda folder: True)
        assert "has been changed since this check" in shown(view, run)[view.result]

    def test_a_damaged_result_is_told_and_can_be_made_anew(self, view, run):
        view.page.workspace.run(run.id).robustness.write_text("{")
        updates = shown(view, run)
        assert "cannot be read" in updates[view.result]
        assert set_to(updates[view.start])["visible"] is True

    def test_answers_in_words_have_no_such_check_and_are_told_why(self, view, workspace):
        updates = shown(view, answer_run(workspace))
        assert "offered for labels" in updates[view.lead]
        assert set_to(updates[view.start])["visible"] is False


class TestResult:
    def text(self, page, result, outdated=False):
        return html.result(result, outdated, page.t)

    def test_the_worst_change_comes_first_in_a_sentence(self, page):
        told = self.text(page, found(case=outcome(1, 50), typos=outcome(4, 40)))
        assert "most often: Typing errors, in 10.0 % of 40 rows" in told
        assert "2.0–20.0 %" in told

    def test_a_high_rate_among_few_rows_is_not_the_worst(self, page):
        few = Outcome(Rate(1, 5, 0.04, 0.62), {}, ())
        many = Outcome(Rate(5, 41, 0.05, 0.26), {}, ())
        told = self.text(page, found(numbers=few, sentence=many))
        assert "most often: One more sentence, in 12.2 % of 41 rows" in told

    def test_where_nothing_flips_that_is_said(self, page):
        told = self.text(page, found(typos=outcome(0)))
        assert "None of these changes changed an answer" in told
        assert self.text(page, found())

    def test_what_could_not_be_tried_is_named(self, page):
        told = self.text(page, found(typos=outcome(), numbers=outcome()))
        assert "One more sentence, Other names." in told
        assert "Typing errors," not in told.partition("Not tried")[2].partition("</p>")[0]

    def test_each_class_has_its_own_rate(self, page):
        per_class = {"loud": Rate(3, 10, 0.1, 0.6), "": Rate(0, 30, 0, 0.11)}
        told = self.text(page, found(typos=outcome(3, 40, **per_class)))
        assert "30.0 %" in told
        assert "3 of 10" in told
        assert told.index("nothing") < told.index(">loud<")  # most rows first

    def test_an_example_shows_what_went_and_what_came(self, page):
        told = self.text(page, found(typos=outcome()))
        assert "Send it <del>back</del><ins>bcak</ins>, please" in told
        assert "<b>calm</b> → <b>loud</b>" in told

    def test_a_long_text_is_shown_around_its_changes(self, page):
        text = "a" * 500 + " back " + "b" * 5000
        example = Example(1, text, (Edit(501, 505, "bcak"),), ("calm",), ())
        result = found(typos=replace(outcome(), examples=(example,)))
        told = self.text(page, result)
        assert "a" * 59 + " <del>back" in told
        assert "a" * 61 not in told
        assert "b" * 61 not in told
        assert "<b>nothing</b>" in told

    def test_texts_and_labels_are_no_html(self, page):
        example = Example(1, HOSTILE, (Edit(0, 1, HOSTILE),), (HOSTILE,), ("x",))
        per_class = {HOSTILE: Rate(1, 1, 0.2, 1.0)}
        result = found(typos=Outcome(Rate(1, 1, 0.2, 1.0), per_class, (example,)))
        assert HOSTILE not in self.text(page, result)
