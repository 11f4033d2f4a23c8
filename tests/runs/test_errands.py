"""Work in the background: begun once, counted, cancelled, outliving whoever began it."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import DataError, WorkspaceError
from engine.runs import errand_process, errands, machine
from engine.runs.errands import begin, cancel, list_errands, load, look, remove

ROOT = Path(__file__).parents[2]
SLEEPS = (sys.executable, "-c", "import sys, time; sys.stdin.readline(); time.sleep(60)")
GOES = (sys.executable, "-c", "import sys; sys.stdin.readline()")


@pytest.fixture
def sleeping(monkeypatch):
    """Errands whose process only sleeps."""
    monkeypatch.setattr(errands, "COMMAND", SLEEPS)


@pytest.fixture(autouse=True)
def tidy(workspace):
    yield
    for errand in list_errands(workspace):
        cancel(workspace, errand)


def process_of(workspace, errand):
    return json.loads(workspace.errand(errand.id).process.read_text())


def until(true, patience=30.0):
    end = time.monotonic() + patience
    while not true():
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)


@pytest.fixture
def work(workspace, monkeypatch):
    """Does an errand of a made-up kind in this process, as its own would."""

    def do(what, kind="made-up", **asks):
        monkeypatch.setattr(errands, "COMMAND", GOES)
        monkeypatch.setitem(errand_process.WORK, kind, what)
        errand = begin(workspace, kind, "run-1", asks)
        errand_process._do(workspace, errand)
        return errand, look(workspace, errand)

    return do


class TestBeginning:
    def test_it_keeps_a_copy_of_the_file(self, workspace, sleeping, tmp_path):
        given = tmp_path / "mine.csv"
        given.write_text("text\nhello\n")
        errand = begin(workspace, "batch", "run-1", {"name": "mine.csv"}, (given, "given.csv"))
        given.unlink()
        assert (workspace.errand(errand.id).given / "given.csv").read_text() == "text\nhello\n"
        assert load(workspace, errand.id) == errand

    def test_a_second_click_begins_no_second_one(self, workspace, sleeping):
        first = begin(workspace, "batch", "run-1", {"upload": "a", "columns": ("x", "y")})
        assert begin(workspace, "batch", "run-1", {"upload": "a", "columns": ("x", "y")}) == first
        other = begin(workspace, "batch", "run-1", {"upload": "b"})
        assert list_errands(workspace, "batch", "run-1") == [other, first]

    def test_what_has_ended_can_be_begun_again(self, workspace, sleeping):
        first = begin(workspace, "robustness", "run-1", {})
        cancel(workspace, first)
        assert begin(workspace, "robustness", "run-1", {}) != first

    def test_a_full_disk_is_said_and_leaves_nothing(self, workspace, sleeping, monkeypatch):
        def full(*paths):
            raise OSError(errno.ENOSPC, "No space left on device")

        monkeypatch.setattr(errands.shutil, "copyfile", full)
        with pytest.raises(WorkspaceError, match="The disk is full"):
            begin(workspace, "batch", "run-1", {}, (Path("x.csv"), "given.csv"))
        assert list(workspace.errands.glob("*")) == []


class TestStanding:
    def test_a_later_one_waits_for_the_one_before(self, workspace, sleeping):
        first = begin(workspace, "batch", "run-1", {"upload": "a"})
        second = begin(workspace, "robustness", "run-1", {})
        assert look(workspace, second).state == "waiting"
        assert look(workspace, second).ahead == 1
        cancel(workspace, first)
        assert look(workspace, second).ahead == 0

    def test_a_killed_process_is_told_as_an_interruption(self, workspace, sleeping):
        errand = begin(workspace, "batch", "run-1", {})
        os.kill(process_of(workspace, errand)["pid"], signal.SIGKILL)
        until(lambda: not look(workspace, errand).active)
        standing = look(workspace, errand)
        assert standing.state == "interrupted"
        assert "Start it again" in standing.message.text()

    def test_a_process_number_that_is_another_ones_now_is_not_taken_for_it(
        self, workspace, sleeping
    ):
        errand = begin(workspace, "batch", "run-1", {})
        cancel(workspace, errand)
        workspace.errand(errand.id).end.unlink()
        stranger = {"pid": os.getpid(), "born": "long ago"}
        workspace.errand(errand.id).process.write_text(json.dumps(stranger))
        assert look(workspace, errand).state == "interrupted"
        cancel(workspace, errand)  # and this process is still here

    def test_a_record_cut_off_is_no_errand(self, workspace, sleeping):
        errand = begin(workspace, "batch", "run-1", {})
        cancel(workspace, errand)
        workspace.errand(errand.id).record.write_text('{"id": ')
        assert list_errands(workspace) == []
        with pytest.raises(WorkspaceError, match="not there any more"):
            load(workspace, errand.id)


class TestEnding:
    def test_cancelling_ends_the_process_and_takes_what_it_made(self, workspace, sleeping):
        errand = begin(workspace, "batch", "run-1", {})
        folder = workspace.errand(errand.id)
        folder.made.mkdir()
        process = process_of(workspace, errand)
        cancel(workspace, errand)
        assert not machine.alive(process["pid"], process["born"])
        assert look(workspace, errand).state == "cancelled"
        assert not folder.made.exists()
        cancel(workspace, errand)
        assert look(workspace, errand).state == "cancelled"

    def test_one_that_was_cancelled_can_be_started_again_with_its_file(
        self, workspace, sleeping, tmp_path
    ):
        given = tmp_path / "mine.csv"
        given.write_text("text\nhello\n")
        old = begin(workspace, "batch", "run-1", {"name": "mine.csv"}, (given, "given.csv"))
        cancel(workspace, old)
        new = errands.again(workspace, old)
        assert replace(new, id=old.id, created=old.created) == old
        assert (workspace.errand(new.id).given / "given.csv").read_text() == "text\nhello\n"
        assert list_errands(workspace) == [new]

    def test_one_that_is_removed_is_gone(self, workspace, sleeping):
        errand = begin(workspace, "batch", "run-1", {})
        process = process_of(workspace, errand)
        remove(workspace, errand)
        assert not machine.alive(process["pid"], process["born"])
        assert list_errands(workspace) == []

    def test_old_ones_are_cleared_and_those_at_work_are_not(self, workspace, sleeping, work):
        old, _ = work(lambda *given: {})
        end = workspace.errand(old.id).end
        os.utime(end, (time.time() - errands.KEPT_SECONDS - 60,) * 2)
        new, _ = work(lambda *given: {})
        assert [errand.id for errand in list_errands(workspace)] == [new.id]


class TestWork:
    def test_it_counts_and_says_what_it_made(self, work):
        def counts(workspace, errand, tell):
            for done in range(6):
                tell(done, 5)
            return {"file": "x.csv"}

        _, standing = work(counts)
        assert (standing.state, standing.done, standing.total) == ("finished", 5, 5)
        assert standing.result == {"file": "x.csv"}
        assert standing.rate > 0

    @pytest.mark.parametrize(
        ("error", "words"),
        [
            (DataError("data.no_file", file="mine.csv"), "mine.csv"),
            (OSError(28, "No space left on device"), "The disk is full"),
            (MemoryError(), "not enough memory"),
            (RuntimeError("DefaultCPUAllocator: can't allocate memory"), "not enough memory"),
            (ZeroDivisionError("what\nis this"), "ZeroDivisionError: what is this"),
        ],
    )
    def test_what_went_wrong_is_said_in_words(self, work, error, words):
        def fails(workspace, errand, tell):
            raise error

        _, standing = work(fails)
        assert standing.state == "failed"
        assert words in standing.message.text()
        assert standing.message.text("zh")

    def test_a_file_that_has_disappeared_is_named(self, workspace, work, monkeypatch):
        monkeypatch.setattr("engine.inference.predictor.load_predictor", _Nothing)
        monkeypatch.setattr("engine.inference.quick.Quick", lambda predictor, hardware: predictor)
        asking = {"asking": {"text": ["text"], "question": None}, "doubtful_first": False}
        asks = {"name": "mine.csv", "out": "mine-predicted.csv", "batch": asking}
        _, standing = work(errand_process.predict_file, "batch", **asks)
        assert standing.state == "failed"
        assert "mine.csv" in standing.message.text()


class _Nothing:
    """A model that is never asked."""

    task = None

    def __init__(self, folder):
        pass


BEGINS = """
import sys
from pathlib import Path
from engine.runs import errands
from engine.workspace import Workspace
errands.COMMAND = (sys.executable, "-c", "import sys, time; sys.stdin.readline(); time.sleep(60)")
print(errands.begin(Workspace(Path(sys.argv[1])), "batch", "run-1", {}).id, flush=True)
sys.stdin.readline()
"""


def test_it_outlives_the_app(workspace):
    """The app is killed; who opens the workspace next finds the errand at work."""
    command = [sys.executable, "-c", BEGINS, str(workspace.root)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    app = subprocess.Popen(command, cwd=ROOT, **pipes)
    errand = load(workspace, app.stdout.readline().strip())
    app.kill()
    app.wait()
    app.stdin.close()
    app.stdout.close()
    assert look(workspace, errand).active
    process = process_of(workspace, errand)
    assert machine.alive(process["pid"], process["born"])
