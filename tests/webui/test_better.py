"""“Is it better?”: what stands beside a run, computed without anybody waiting for it."""

import json
import re
import time

import pytest

from engine.baselines.making import put_beside
from engine.data.dataset import delete_dataset
from engine.errors import WorkspaceError
from engine.evaluation import report as reports
from engine.evaluation.alternatives import with_alternatives
from engine.runs import errands
from engine.runs.errands import Errand
from engine.text import Message
from engine.workspace import write_atomically
from tests.pages import built, clicked, set_to
from tests.pairs import run_with_wrong, two_labels
from tests.shaped import answer_run, entity_run
from webui.results import better, computing
from webui.state import Selection
from webui.tabs import results


@pytest.fixture
def begun(monkeypatch):
    """Errands are noted, and nobody does them."""
    asked = []

    def begin(workspace, kind, run, asks, file=None):
        errand = Errand(f"baselines-{len(asked)}", kind, run, asks, time.time())
        folder = workspace.errand(errand.id)
        folder.root.mkdir(parents=True)
        write_atomically(folder.record, json.dumps(errand.__dict__))
        asked.append(run)
        return errand

    monkeypatch.setattr(errands, "begin", begin)
    return asked


@pytest.fixture
def run(workspace):
    """Wrong in two of twenty test rows."""
    return run_with_wrong(workspace, two_labels(workspace), "calm-otter", 3, 17)


class Shown:
    def __init__(self, page, run):
        self.tab = built(results, page)
        self.view = self.tab.views["better"]
        self.updates = results.show(self.tab, Selection(tab="results", view="better", run=run))

    def __getitem__(self, name):
        return self.updates[getattr(self.view, name)]


def put_in(workspace, run, monkeypatch):
    """The alternatives that need no model."""
    from engine.baselines import BASELINES, majority

    monkeypatch.setitem(BASELINES, "embeddings", majority)
    folder, dataset = workspace.run(run), two_labels_again(workspace)
    assert put_beside(workspace, folder, dataset) == ()
    reports.save(folder, with_alternatives(folder, reports.load(folder)))


def two_labels_again(workspace):
    from engine.data.dataset import load_dataset

    return load_dataset(workspace, "d-1")


class TestComputing:
    def test_the_first_look_begins_it_and_the_next_ones_only_watch(self, page, run, begun):
        first = Shown(page, run)
        assert begun == [run]
        assert "Waits for another task to end" in first["missing"]
        assert "Nothing stands beside this run yet" in first["verdict"]
        Shown(page, run)
        assert begun == [run], "a refresh or a second tab begins nothing"

    def test_it_says_what_is_being_computed_and_how_far_it_is(self, page, workspace, run, begun):
        Shown(page, run)
        before = results.stamp(built(results, page), Selection(view="better", run=run))
        folder = workspace.errand("baselines-0")
        write_atomically(folder.progress, json.dumps({"done": 1, "total": 3}))
        told = Shown(page, run)["missing"]
        assert "(2 of 3): frozen embeddings with logistic regression" in told
        assert 'role="progressbar"' in told
        after = results.stamp(built(results, page), Selection(view="better", run=run))
        assert before != after, "the page shows itself anew"

    def test_nothing_of_it_concerns_the_other_views(self, page, run, begun):
        results.show(built(results, page), Selection(tab="results", run=run))
        assert begun == []

    def test_it_can_be_called_off_and_begun_again(self, page, workspace, run, begun):
        shown = Shown(page, run)
        better._compute(shown.view, clicked(act="cancel", id=run))
        told = Shown(page, run)["missing"]
        assert "Not computed for this run: TF-IDF with a linear model" in told
        assert begun == [run], "what was called off is not begun by looking"
        again = better._compute(shown.view, clicked(act="compute", id=run))
        assert begun == [run, run]
        assert "Waits" in again[shown.view.missing]

    @pytest.mark.parametrize("sent", [{}, {"act": "compute"}, {"act": "compute", "id": "../.."}])
    def test_a_click_that_names_no_run_is_refused(self, page, run, begun, sent):
        with pytest.raises(WorkspaceError):
            better._compute(Shown(page, run).view, clicked(**sent))

    def test_what_failed_is_told_with_its_reason(self, page, workspace, run, begun):
        Shown(page, run)
        reason = Message("better.failed", {"name": Message("better.name.tfidf"), "reason": "X"})
        (errand,) = errands.list_errands(workspace, computing.KIND)
        errands.settle(workspace, errand, "finished", result={"failed": [reason.to_dict()]})
        told = Shown(page, run)["missing"]
        assert "TF-IDF with a linear model could not be computed (X)" in told
        assert "Try again" in told
        assert begun == [run]

    def test_a_process_that_died_is_told_too(self, page, workspace, run, begun):
        Shown(page, run)
        (errand,) = errands.list_errands(workspace, computing.KIND)
        errands.settle(workspace, errand, "failed", Message("errands.out_of_memory"))
        assert "There was not enough memory" in Shown(page, run)["missing"]

    def test_a_disk_that_cannot_be_written_to_does_not_hide_the_rest(self, page, run, monkeypatch):
        def fail(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(errands, "begin", fail)
        assert "Compute the alternatives" in Shown(page, run)["missing"]

    def test_without_its_data_set_nothing_is_begun(self, page, workspace, run, begun):
        delete_dataset(workspace, "d-1")
        told = Shown(page, run)["missing"]
        assert "The data set of this run has been deleted" in told
        assert begun == []


class TestShown:
    def test_each_alternative_has_its_line_and_the_strongest_the_verdict(
        self, page, workspace, run, monkeypatch
    ):
        put_in(workspace, run, monkeypatch)
        shown = Shown(page, run)
        assert shown["missing"] == ""
        verdict, table = shown["verdict"], shown["table"]
        assert re.search(r"indistinguishable from TF-IDF with a linear model on these 20", verdict)
        assert "the strongest of the simple alternatives" in verdict
        places = [table.index(name) for name in ("TF-IDF with", "Frozen emb", "The most frequent")]
        assert places == sorted(places)
        assert "this run 0 · other 2" in table
        assert "McNemar p = 0.500" in table
        marks = set_to(shown["chart"])["value"].data
        assert {mark.name for mark in marks} == {"better", "indistinguishable"}
        headline = shown.updates[shown.tab.headline]
        assert "It is indistinguishable from TF-IDF with a linear model." in headline

    def test_an_entity_run_is_held_against_known_entities(self, page, workspace, begun):
        shown = Shown(page, entity_run(workspace).id)
        assert begun
        assert set_to(shown["beside"]) == {"visible": False}

    def test_a_task_without_simple_alternatives_says_so(self, page, workspace, begun):
        shown = Shown(page, answer_run(workspace).id)
        assert shown["missing"] == ""
        assert begun == []

    def test_a_damaged_file_spoils_nothing_else(self, page, workspace, run, monkeypatch):
        folder = workspace.run(run)
        put_in(workspace, run, monkeypatch)
        folder.predictions("test", "tfidf").write_bytes(b"PAR1")
        report = with_alternatives(folder, reports.load(folder))
        assert list(report.baselines) == ["embeddings", "majority"]
        put_in(workspace, run, monkeypatch)
        assert "tfidf" in reports.load(folder).baselines, "and it is made anew"
