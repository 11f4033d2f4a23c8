"""Two processes train one network: as one process would, and not without each other."""

import json
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch
from safetensors.torch import load_file

from engine.runs import parallel
from engine.runs.job import train_run
from engine.runs.parallel import train_on_all, visible
from engine.training import loop
from engine.training.events import EventLog
from engine.training.outcome import Request
from engine.training.team import Team
from tests.answers import task_dataset
from tests.tiny import recipe, start, tiny_model

TWO = ("", "")
"""Two processes on the CPU: neither is given a card."""

pytestmark = pytest.mark.slow


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """Without dropout, which is drawn by each process for itself."""
    folder = tiny_model(tmp_path / "model")
    config = json.loads((folder / "config.json").read_text())
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config))
    return folder


def never() -> None:
    return None


def helpers() -> list[psutil.Process]:
    found = psutil.Process().children()
    return [process for process in found if "engine.runs.parallel" in process.cmdline()]


@pytest.mark.parametrize(
    ("method", "task", "metric"), [("full", "tokens", "f1"), ("lora", "multiclass", "macro_f1")]
)
def test_two_train_as_one(workspace, model, monkeypatch, method, task, metric):
    """Batches of 5: shares of 3 and 2 rows and of different numbers of words; the last is of 1."""
    monkeypatch.setattr(loop, "EVENT_SECONDS", 0.0)
    monkeypatch.setattr("engine.models.network.HEAD_DROPOUT", 0.0)
    dataset = task_dataset(workspace, task)
    head = "native" if task == "multiclass" else "pooled"
    chosen = recipe(
        dataset, model, method=method, head=head, batch_size=5, epochs=6.0, best_metric=metric
    )
    losses, weights = {}, {}
    for run, train in (("one", train_run), ("two", train_on_all)):
        start(workspace, run, chosen)
        more = (TWO,) if run == "two" else ()
        assert train(workspace, run, None, never, *more).kind == "finished"
        events = EventLog(workspace.run(run).events).read()
        losses[run] = [e["loss"] for e in events if e["type"] == "step"]
        weights[run] = load_file(workspace.run(run).model / "model.safetensors")
        assert sum(e["type"] == "plan" for e in events) == 1, "one process writes, not two"
    assert len(losses["two"]) == len(losses["one"]) == 24
    np.testing.assert_allclose(losses["two"], losses["one"], rtol=1e-3)
    for name, weight in weights["one"].items():
        torch.testing.assert_close(weights["two"][name], weight, rtol=0, atol=2e-3)
    assert helpers() == []


def test_the_death_of_one_ends_the_run_with_its_reason(workspace, model):
    dataset = task_dataset(workspace, "multiclass")
    start(workspace, "run", recipe(dataset, model, epochs=1000.0))
    events = EventLog(workspace.run("run").events)

    def kill_when_it_trains() -> None:
        while not any(event["type"] == "step" for event in events.read()):
            time.sleep(0.02)
        for process in helpers():
            process.kill()

    thread = threading.Thread(target=kill_when_it_trains)
    thread.start()
    outcome = train_on_all(workspace, "run", None, never, TWO)
    thread.join()
    assert outcome.kind == "failed"
    assert outcome.message is not None
    assert "process of device 2 died (code -9)" in outcome.message.text()
    assert helpers() == []


def test_a_lack_of_memory_in_one_is_known_as_such():
    assert parallel._outcome(1, parallel.OUT_OF_MEMORY).kind == "out_of_memory"


def test_a_stop_reaches_all_and_the_run_can_go_on(workspace, model):
    dataset = task_dataset(workspace, "multiclass")
    start(workspace, "run", recipe(dataset, model, epochs=12.0))
    events = EventLog(workspace.run("run").events)

    def stop_soon() -> Request | None:
        steps = [event["step"] for event in events.read() if event["type"] == "evaluation"]
        return Request.STOP_AND_KEEP if len(steps) >= 3 else None

    outcome = train_on_all(workspace, "run", None, stop_soon, TWO)
    assert outcome.kind == "stopped"
    assert helpers() == []
    assert train_on_all(workspace, "run", None, never, TWO).kind == "finished"
    assert any(event["type"] == "resumed" for event in events.read())


def test_a_head_alone_is_trained_by_one(workspace, model, monkeypatch):
    dataset = task_dataset(workspace, "multiclass")
    start(workspace, "run", recipe(dataset, model, method="head"))
    monkeypatch.setattr(parallel, "_Others", None)
    assert train_on_all(workspace, "run", None, never, TWO).kind == "finished"


def test_the_cards_of_a_run_are_those_it_was_given(monkeypatch):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "3,GPU-7f")
    assert visible() == ("3", "GPU-7f")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    assert visible() == ("0", "1")


def test_shares_are_dealt_out_and_may_be_empty():
    shares = Team(1, 3).shares(np.array([7, 8, 9, 10]))
    assert [share.tolist() for share in shares] == [[7, 10], [8], [9]]
    assert [len(share) for share in Team(0, 3).shares(np.array([7]))] == [1, 0, 0]


def test_no_more_devices_are_taken_than_asked_for(workspace, model, monkeypatch):
    monkeypatch.setattr(parallel, "visible", lambda: ("0", "1", "2"))
    monkeypatch.setattr(parallel, "_Others", None)
    dataset = task_dataset(workspace, "multiclass")
    start(workspace, "run", recipe(dataset, model, devices=1))
    assert train_on_all(workspace, "run", None, never).kind == "finished"
