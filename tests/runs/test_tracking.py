"""What a tracker shows of a run, and that training does not care what becomes of it."""

import os
import signal
import socket
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from engine.data.dataset import Dataset
from engine.evaluation.report import load
from engine.runs import trackers, tracking
from engine.runs.job import train_run
from engine.runs.launcher import COMMAND
from engine.runs.run import Run, State
from engine.runs.tracking import followed
from engine.text import Message
from engine.training.events import EventLog
from engine.training.outcome import Outcome
from engine.training.plan import make_plan
from engine.training.recipe import Recipe
from engine.workspace import Workspace
from tests.tiny import recipe, start, tiny_dataset, tiny_model

House = Any  # of conftest.py, which is not importable


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_model(tmp_path_factory.mktemp("model"))


@pytest.fixture(autouse=True)
def nothing_of_this_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither its trackers nor, afterwards, what these tests set."""
    monkeypatch.setattr(os, "environ", os.environ.copy())
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")


def a_run(run_id: str = "run-1", attempt: int = 1) -> Run:
    nothing = dict.fromkeys(
        ("reason", "request", "started", "ended", "batch_limit", "pid", "pid_created", "heartbeat")
    )
    return Run(
        id=run_id, name="calm-otter", dataset="d", dataset_version=1, state=State.RUNNING,
        created=0.0, attempt=attempt, **nothing,
    )  # fmt: skip


def attempt(workspace: Workspace, run: Run, train: Any = train_run) -> Outcome:
    """One attempt as the child process makes it."""
    with followed(workspace, run):
        EventLog(workspace.run(run.id).events).write("attempt", number=run.attempt)
        return train(workspace, run.id, None, lambda: None)


def tracked(workspace: Workspace, tmp_path: Path, model: Path, **changes: Any) -> Dataset:
    dataset = tiny_dataset(workspace, tmp_path / "source")
    start(workspace, "run-1", recipe(dataset, model, **changes))
    return dataset


def notes(workspace: Workspace) -> list[str]:
    events = EventLog(workspace.run("run-1").events).read()
    return [Message.from_dict(e["message"]).text() for e in events if e["type"] == "note"]


def events_of(workspace: Workspace, *kinds: str) -> list[dict[str, Any]]:
    return [e for e in EventLog(workspace.run("run-1").events).read() if e["type"] in kinds]


def client_of(workspace: Workspace) -> mlflow.MlflowClient:
    return mlflow.MlflowClient(f"sqlite:///{workspace.mlflow_store}")


def runs_in(client: mlflow.MlflowClient, experiment: str) -> list[Any]:
    found = client.get_experiment_by_name(experiment)
    return list(client.search_runs([found.experiment_id]))


def history(client: mlflow.MlflowClient, run: Any, name: str) -> dict[int, float]:
    return {m.step: m.value for m in client.get_metric_history(run.info.run_id, name)}


class TestMLflow:
    def test_it_holds_all_of_a_finished_run(self, workspace, tmp_path, model):
        experiment = "Bob's tickets; 2026"
        dataset = tracked(workspace, tmp_path, model, tracker="mlflow", experiment=experiment)
        assert attempt(workspace, a_run()).kind == "finished"
        assert notes(workspace) == []

        client = client_of(workspace)
        (run,) = runs_in(client, experiment)
        assert run.info.run_name == "calm-otter"
        assert run.info.status == "FINISHED"
        chosen = Recipe.from_json(workspace.run("run-1").recipe.read_text("utf-8"))
        assert run.data.params == {k: str(v) for k, v in vars(chosen).items()}
        expected = {
            "tunesmith.run_id": "run-1",
            "task": "multiclass",
            "model": str(model),
            "method": "full",
            "precision": "fp32",
            "dataset_name": dataset.name,
            "dataset_version": "1",
            "dataset_fingerprint": dataset.fingerprint,
        }
        assert expected.items() <= run.data.tags.items()
        assert run.data.tags["device"] == events_of(workspace, "plan")[0]["device_name"]
        (data,) = run.inputs.dataset_inputs
        assert data.dataset.name == f"{dataset.name} v1"
        assert dataset.fingerprint.startswith(data.dataset.digest)

    def test_its_curves_are_those_of_the_events(self, workspace, tmp_path, model):
        tracked(workspace, tmp_path, model, tracker="mlflow")
        attempt(workspace, a_run())
        client = client_of(workspace)
        (run,) = runs_in(client, "tickets")
        steps = events_of(workspace, "step")
        assert history(client, run, "train_loss") == {e["step"]: e["loss"] for e in steps}
        rates = {e["step"]: e["learning_rate"] for e in steps}
        assert history(client, run, "learning_rate") == rates
        scored = events_of(workspace, "before", "evaluation")
        assert [e.get("step", 0) for e in scored] == [0, 12, 24]
        for name in scored[0]["metrics"]:
            curve = {e.get("step", 0): e["metrics"][name] for e in scored}
            assert history(client, run, f"validation_{name}") == curve
        losses = {e.get("step", 0): e["loss"] for e in scored}
        assert history(client, run, "validation_loss") == losses

    def test_it_has_the_reports_figures_and_the_model(self, workspace, tmp_path, model):
        tracked(workspace, tmp_path, model, tracker="mlflow")
        attempt(workspace, a_run())
        client = client_of(workspace)
        (run,) = runs_in(client, "tickets")
        folder = workspace.run("run-1")
        figures = load(folder).splits["test"]
        for weights in ("best", "last", "before"):
            for score in ("macro_f1", "accuracy", "rows"):
                assert run.data.metrics[f"test_{weights}_{score}"] == figures[weights][score]
        there = Path(client.download_artifacts(run.info.run_id, "model"))
        assert workspace.mlflow_artifacts in there.parents
        kept = sorted(path.name for path in folder.model.iterdir())
        assert sorted(path.name for path in there.iterdir()) == kept
        weights = "model.safetensors"
        assert (there / weights).read_bytes() == (folder.model / weights).read_bytes()
        assert list(Path.cwd().iterdir()) == []  # no mlruns beside whatever one works at

    @pytest.mark.parametrize(
        ("kind", "status"),
        [("failed", "FAILED"), ("stopped", "KILLED"), ("discarded", "KILLED")],
    )
    def test_its_status_says_how_the_run_ended(self, workspace, tmp_path, model, kind, status):
        tracked(workspace, tmp_path, model, tracker="mlflow")

        def train(workspace: Workspace, run_id: str, *_: Any) -> Outcome:
            reason = Message("training.disk_full")
            log = EventLog(workspace.run(run_id).events)
            log.write("end", outcome=kind, message=reason.to_dict())
            return Outcome(kind, reason)

        attempt(workspace, a_run(), train)
        (run,) = runs_in(client_of(workspace), "tickets")
        assert run.info.status == status
        assert run.data.tags["mlflow.note.content"].startswith("The disk is full.")

    def test_another_store_is_taken_where_one_is_named(
        self, workspace, tmp_path, model, monkeypatch
    ):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'team.db'}")
        tracked(workspace, tmp_path, model, tracker="mlflow")
        attempt(workspace, a_run())
        (run,) = runs_in(mlflow.MlflowClient(f"sqlite:///{tmp_path / 'team.db'}"), "tickets")
        assert run.info.status == "FINISHED"
        assert not workspace.mlflow_store.exists()


@pytest.mark.slow
def test_a_killed_and_resumed_run_is_one_run_in_mlflow(house: House, tmp_path, model):
    workspace = house.workspace
    dataset = tiny_dataset(workspace, tmp_path / "source")
    house.patience = 90
    chosen = recipe(dataset, model, epochs=120.0, tracker="mlflow")
    run = house.registry.submit(chosen, "calm-otter")
    supervisor = tracking_supervisor(house)
    log = EventLog(workspace.run(run.id).events)
    child = house.until(lambda _: checkpoints(log) > 0, run, "a checkpoint")
    os.kill(child.pid, signal.SIGKILL)
    house.wait(run, State.INTERRUPTED)
    house.registry.resume(run.id)
    assert house.wait(run, State.FINISHED, State.FAILED).state is State.FINISHED
    supervisor.stop()

    client = client_of(workspace)
    (there,) = runs_in(client, "tickets")
    assert there.info.status == "FINISHED"
    assert there.info.run_name == "calm-otter"
    scored = [e for e in log.read() if e["type"] == "evaluation"]
    curve = {0: history(client, there, "validation_loss")[0]}
    curve |= {e["step"]: e["loss"] for e in scored}
    assert history(client, there, "validation_loss") == pytest.approx(curve)
    assert there.data.metrics["test_best_macro_f1"] > 0.9


def tracking_supervisor(house: House) -> Any:
    from engine.runs.supervisor import Supervisor, Timing

    timing = Timing(look=0.1, first_spare=99.0, next_spare=99.0)
    supervisor = Supervisor(house.workspace, spare=False, timing=timing, command=COMMAND)
    house.supervisors.append(supervisor)
    supervisor.start()
    return supervisor


def checkpoints(log: EventLog) -> int:
    return max((e["step"] for e in log.read() if e["type"] == "checkpoint"), default=0)
