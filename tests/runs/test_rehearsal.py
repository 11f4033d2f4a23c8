"""A rehearsal makes real steps, says what they cost, and leaves nothing behind."""

import signal
from pathlib import Path

import psutil
import pytest

from engine.data.dataset import columns_of
from engine.runs import rehearsal, rehearsal_process
from engine.runs.job import Job
from engine.runs.rehearsal import Failure, Progress, Rehearsal, rehearse
from engine.training.events import EventLog
from engine.workspace import RunFolder
from tests.tiny import recipe, tiny_dataset, tiny_model


@pytest.fixture
def chosen(workspace, tmp_path: Path):
    dataset = tiny_dataset(workspace, tmp_path / "source", rows=400)
    return recipe(dataset, tiny_model(tmp_path / "model"), epochs=10.0)


def children() -> list[psutil.Process]:
    found = psutil.Process().children()
    return [p for p in found if any("rehearsal_process" in part for part in p.cmdline())]


def test_it_measures_time_and_memory_with_real_steps(workspace, chosen):
    *progress, measured = rehearse(workspace, chosen)
    assert isinstance(measured, Rehearsal)
    assert measured.steps == 20
    assert measured.training_seconds == pytest.approx(measured.step_seconds * 400, rel=0.01)
    assert 0 < measured.step_seconds < 1
    assert measured.evaluation_seconds > 0
    assert measured.other_seconds > 0.5
    parts = measured.training_seconds, measured.evaluation_seconds, measured.other_seconds
    assert measured.seconds == pytest.approx(sum(parts))
    assert 2e8 < measured.peak_memory < measured.free_memory
    assert measured.longest <= 16
    phases = list(dict.fromkeys(p.phase for p in progress if isinstance(p, Progress)))
    assert phases == ["preparing", "tokenising", "loading", "training", "evaluating"]
    assert list(workspace.cache.glob("rehearsal-*")) == []
    assert list(workspace.runs.iterdir()) == []


def test_everything_a_run_does_is_counted(workspace, chosen, monkeypatch, tmp_path):
    """Where each thing takes a second: 3 checkpoints whole and each time the best weights, 4 loads
    for two kept models, and validation rows looked at before and three times, then at the end."""
    chosen = recipe_with(chosen, epochs=3.0, keep_best=2)
    folder = RunFolder(tmp_path / "rehearsed")
    folder.root.mkdir()
    folder.recipe.write_text(chosen.to_json(), "utf-8")
    job = Job(workspace, folder, EventLog(folder.events), None, lambda: None)

    def second(work) -> float:
        work()
        return 1.0

    monkeypatch.setattr(rehearsal_process, "_timed", second)
    monkeypatch.setattr(rehearsal_process._Measurement, "_steps", lambda self, trainer: [0.001])
    monkeypatch.setattr(rehearsal_process, "_age", lambda: 10.0)
    monkeypatch.setattr(rehearsal_process, "_say", lambda **record: None)
    measured = rehearsal_process._Measurement(job).take()
    validation, test = (int(job.inputs[split].lengths.sum()) for split in ("validation", "test"))
    scored = job.frames["validation"]["text"].str.len().nlargest(32).index
    rows = columns_of(job.frames["validation"].loc[scored])
    sample = int(job.output.inputs(job.output.tokenise(rows), rows).lengths.sum())
    looked = (4 * validation + validation + 4 * test) / sample
    assert measured.evaluation_seconds == pytest.approx(looked, rel=0.01)
    starting = 10 - 1  # the run will find its texts tokenised
    assert measured.other_seconds == pytest.approx(starting + 3 * 1.25 + 4, abs=0.01)


def test_a_head_alone_is_rehearsed_too(workspace, chosen):
    *_, measured = rehearse(workspace, recipe_with(chosen, method="head"))
    assert isinstance(measured, Rehearsal)
    assert measured.longest > 1


def test_what_cannot_run_says_why(workspace, tmp_path, chosen):
    missing = recipe_with(chosen, model=str(tmp_path / "nowhere-at-all"))
    *_, failure = rehearse(workspace, missing)
    assert isinstance(failure, Failure)
    assert not failure.too_big
    assert "nowhere-at-all" in failure.reason.text()


def test_closing_it_ends_the_process(workspace, chosen):
    steps = rehearse(workspace, chosen)
    assert isinstance(next(steps), Progress)
    (process,) = children()
    steps.close()
    assert not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    assert children() == []


def test_a_process_the_system_kills_needed_too_much_memory(workspace, chosen):
    steps = rehearse(workspace, chosen)
    next(steps)
    children()[0].send_signal(signal.SIGKILL)
    *_, failure = steps
    assert isinstance(failure, Failure)
    assert failure.too_big
    assert "more memory" in failure.reason.text()


def test_what_a_library_prints_is_no_answer():
    assert rehearsal._read("Loading weights: 100%\n") is None
    assert rehearsal._read('["a list"]') is None


def recipe_with(chosen, **changes):
    from dataclasses import replace

    return replace(chosen, **changes)
