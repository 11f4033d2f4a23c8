"""Predicting a file on the page: what is shown before, meanwhile and after."""

import json
import shutil
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from engine.errors import DataError, WorkspaceError
from engine.runs import errands as jobs
from engine.text import Message
from tests.pages import built_view, clicked, set_to
from tests.said import said
from tests.shaped import HOSTILE, answer_run, finish_run, write_dataset
from webui.state import Selection
from webui.trying import file as view_module
from webui.trying.base import Tried

pytestmark = pytest.mark.usefixtures("sleeping")

LABELS = ("calm", "loud")


@pytest.fixture
def run(workspace):
    rows = [{"split": "test", "text": "hello", "labels": ["calm"]}] * 2
    dataset = write_dataset(workspace, "multiclass", LABELS, rows)
    decided = np.array([[True, False]] * 2)
    return finish_run(workspace, dataset, said(decided, decided, decided.astype(float))).id


@pytest.fixture
def view(page):
    return built_view(view_module, page)


@pytest.fixture
def upload(view, run, tmp_path):
    """A file as Gradio hands it over; what the page then shows, and the draft."""

    def give(content, name="new.csv", run=run):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        shown = view_module._upload(view, run, str(path))
        return SimpleNamespace(shown=shown, draft=shown[view.draft])

    return give


def start(view, run, draft, text=("text",), doubtful_first=False):
    return view_module._start(view, run, draft, list(text), None, doubtful_first)


def errands(view, run):
    return jobs.list_errands(view.page.workspace, "batch", run)


class TestSettingUp:
    def test_the_column_the_model_was_trained_on_is_chosen(self, view, upload):
        given = upload("id,text,body\n1,first,x\n2,,y\n")
        assert set_to(given.shown[view.text])["value"] == ["text"]
        assert set_to(given.shown[view.text])["choices"] == ["id", "text", "body"]
        assert "Predict 2 rows" in set_to(given.shown[view.start])["value"]
        assert "first" in given.shown[view.preview]
        assert "stays without an answer" in given.shown[view.preview]
        assert "comes back as CSV" in given.shown[view.about]
        assert not set_to(given.shown[view.question])["visible"]

    def test_another_column_shows_what_is_read_then(self, view, run, upload):
        given = upload("id,text,body\n1,first,second\n")
        shown = view_module._preview(view, run, given.draft, ["text", "body"], None)
        assert "first\nsecond" in shown[view.preview]

    def test_no_column_at_all_cannot_be_started(self, view, run, upload):
        given = upload("id,text\n1,first\n")
        shown = view_module._preview(view, run, given.draft, [], None)
        assert "Choose above which column" in shown[view.preview]
        assert set_to(shown[view.start])["interactive"] is False

    def test_where_no_column_can_be_guessed_one_can_be_chosen(self, view, run, upload):
        given = upload("a,b\n1,2\n3,4\n")
        assert set_to(given.shown[view.text])["value"] == []
        assert "Choose above which column" in given.shown[view.preview]
        assert set_to(given.shown[view.start])["interactive"] is False
        shown = view_module._preview(view, run, given.draft, ["b"], None)
        assert set_to(shown[view.start])["interactive"] is True

    def test_questions_are_asked_for_where_the_task_has_them(self, view, workspace, upload):
        run = answer_run(write_other(workspace)).id
        given = upload("context,question\nFresno is big,How big?\n", run=run)
        assert set_to(given.shown[view.question]) == {
            "choices": ["context", "question"],
            "value": "question",
            "visible": True,
        }
        assert set_to(given.shown[view.text])["value"] == ["context"]

    @pytest.mark.parametrize("content", [b"", b"\0\0", b"PK\x03\x04" + bytes(range(256)) * 9])
    def test_rubbish_is_refused_in_words_and_not_kept(self, workspace, upload, content):
        with pytest.raises(DataError):
            upload(content)
        assert list(workspace.uploads.iterdir()) == []

    def test_rows_that_cannot_be_read_are_told(self, view, upload):
        given = upload('{"text": "a"}\n{"text": \n{"text": "b"}\n', "new.jsonl")
        assert "1 row could not be read" in given.shown[view.about]
        assert "line 2" in given.shown[view.about]
        assert "comes back as JSON Lines" in given.shown[view.about]

    def test_what_stands_in_a_file_is_no_html(self, view, upload):
        given = upload(f"text\n{HOSTILE}\n", "new<b>.csv")
        for shown in (given.shown[view.preview], given.shown[view.about]):
            assert HOSTILE not in shown
            assert "<b>.csv" not in shown


class TestStarting:
    def test_the_file_waits_or_runs_and_the_form_is_gone(self, view, run, upload):
        given = upload("text\nfirst\n")
        shown = start(view, run, given.draft)
        assert shown[view.draft] is None
        assert set_to(shown[view.setting_up])["visible"] is False
        assert "new.csv" in shown[view.board.cards]
        assert set_to(shown[view.board.clock])["active"] is True
        (errand,) = errands(view, run)
        assert errand.asks["out"] == "new-predicted.csv"
        assert errand.asks["batch"]["asking"] == {"text": ["text"], "question": None}

    def test_two_clicks_and_two_tabs_begin_it_once(self, view, run, upload):
        given = upload("text\nfirst\n")
        start(view, run, given.draft)
        start(view, run, given.draft)
        assert view_module._start(view, run, None, [], None, False) == {}
        assert len(errands(view, run)) == 1

    def test_an_upload_that_has_disappeared_is_told(self, view, run, upload, workspace):
        given = upload("text\nfirst\n")
        for path in (workspace.uploads / given.draft.upload).iterdir():
            path.unlink()
        with pytest.raises(WorkspaceError, match=r"“new\.csv” is not here any more"):
            start(view, run, given.draft)

    def test_json_comes_back_as_json_lines(self, view, run, upload):
        given = upload('[{"text": "a"}]', "new.json")
        start(view, run, given.draft)
        assert errands(view, run)[0].asks["out"] == "new-predicted.jsonl"


class TestBoard:
    @pytest.fixture
    def errand(self, view, run, upload):
        start(view, run, upload("text\nfirst\nsecond\n").draft)
        return errands(view, run)[0]

    def finish(self, view, errand, **result):
        folder = view.page.workspace.errand(errand.id)
        folder.made.mkdir()
        (folder.made / errand.asks["out"]).write_text("text,prediction\nfirst,calm\n")
        counts = {"file": "new-predicted.csv", "predicted": 2, "empty": 0, "dropped": 0}
        told = counts | {"review": None, "doubtful": []} | result
        jobs.settle(view.page.workspace, errand, "finished", result=told)

    def cards(self, view, run):
        """What a page that has just been opened shows."""
        shown = view_module.show(view, Tried(view.page, Selection(run=run), run))
        return shown[view.board.cards]

    def test_progress_has_a_rate_and_the_time_that_is_left(self, view, run, errand):
        record = {"done": 400, "total": 1000, "rate": 100.0, "eta": 6.0}
        view.page.workspace.errand(errand.id).progress.write_text(json.dumps(record))
        cards = self.cards(view, run)
        assert "400 of 1,000 rows" in cards
        assert "100.0 rows/s" in cards
        assert 'aria-valuenow="40"' in cards
        assert 'data-act="cancel"' in cards

    def test_a_finished_one_can_be_fetched_and_says_what_became_of_its_rows(
        self, view, run, errand
    ):
        self.finish(view, errand, review=1, empty=1, dropped=3)
        cards = self.cards(view, run)
        for words in (
            "3 rows came back",
            "1 without any text",
            "3 could not be read",
            "1 should go",
        ):
            assert words in cards
        shown = view_module._act(view, run, clicked(act="fetch", id=errand.id))
        assert shown[view.fetched].endswith("new-predicted.csv")
        assert set_to(shown[view.board.clock])["active"] is False

    def test_the_rows_to_look_at_first_are_shown(self, view, run, errand):
        row = {"row": 3, "text": HOSTILE, "said": ["calm"], "doubt": 0.42}
        self.finish(view, errand, doubtful=[row])
        cards = self.cards(view, run)
        assert "1 row to look at first" in cards
        assert "58 %" in cards
        assert HOSTILE not in cards

    def test_one_that_was_interrupted_says_so_and_can_be_started_again(self, view, run, errand):
        folder = view.page.workspace.errand(errand.id)
        jobs.cancel(view.page.workspace, errand)
        folder.end.unlink()
        assert "interrupted" in self.cards(view, run)
        view_module._act(view, run, clicked(act="again", id=errand.id))
        (again,) = errands(view, run)
        assert again.id != errand.id
        assert again.asks == errand.asks

    def test_a_failure_is_said_in_the_readers_language(self, view, run, errand):
        jobs.settle(view.page.workspace, errand, "failed", Message("errands.disk_full"))
        assert "The disk is full" in self.cards(view, run)

    def test_cancelling_and_removing(self, view, run, errand):
        shown = view_module._act(view, run, clicked(act="cancel", id=errand.id))
        assert "cancelled" in shown[view.board.cards]
        shown = view_module._act(view, run, clicked(act="forget", id=errand.id))
        assert shown[view.board.cards] == ""

    @pytest.mark.parametrize("sent", [{}, {"id": "../../etc"}, {"id": "batch-000000"}])
    def test_a_click_on_what_is_not_there_is_refused(self, view, run, errand, sent):
        with pytest.raises(WorkspaceError, match="not there any more"):
            view_module._act(view, run, clicked(act="fetch", **sent))

    def test_the_files_of_another_model_are_not_shown(self, view, run, errand, workspace):
        other = answer_run(write_other(workspace)).id
        assert self.cards(view, other) == ""


def write_other(workspace):
    """The same workspace, without the data set of the first run."""
    shutil.rmtree(workspace.datasets)
    return workspace


def test_it_listens_without_a_fault(page):
    with gr.Blocks():
        view_module.wire(view_module.build(page), gr.Dropdown([]))
