"""What a tracker shows of a run, and that training does not care what becomes of it."""

import getpass
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
import numpy as np
import pytest
import sqlalchemy
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


def losses_of(workspace: Workspace) -> dict[int, float]:
    """That of every optimizer step, in one piece."""
    steps = events_of(workspace, "step")
    losses = [loss for event in steps for loss in event["losses"]]
    assert len(losses) == steps[-1]["step"]
    return dict(enumerate(losses, 1))


def client_of(workspace: Workspace) -> mlflow.MlflowClient:
    return mlflow.MlflowClient(f"sqlite:///{workspace.mlflow_store}")


def runs_in(client: mlflow.MlflowClient, experiment: str) -> list[Any]:
    found = client.get_experiment_by_name(experiment)
    return list(client.search_runs([found.experiment_id]))


def history(client: mlflow.MlflowClient, run: Any, name: str) -> dict[int, float]:
    return {m.step: m.value for m in client.get_metric_history(run.info.run_id, name)}


class TestMLflow:
    def test_a_run_that_died_without_a_word_is_not_left_running(self, workspace, tmp_path, model):
        tracked(workspace, tmp_path, model, tracker="mlflow")
        events = EventLog(workspace.run("run-1").events)
        events.write("attempt", number=1)
        events.write("step", step=1, loss=0.5, losses=[0.5], learning_rate=0.1)
        chosen = Recipe.from_json(workspace.run("run-1").recipe.read_text("utf-8"))
        alive = tracking.Follower(workspace, a_run(), chosen)
        alive._tracker = trackers.make_tracker("mlflow", workspace)
        alive._catch_up()
        client = client_of(workspace)
        assert [run.info.status for run in runs_in(client, "tickets")] == ["RUNNING"]

        events.write("step", step=2, loss=0.25, losses=[0.25], learning_rate=0.1)
        why = Message("runs.interrupted", {"log": "runs/run-1/log.txt"})
        dead = replace(a_run(), state=State.INTERRUPTED, reason=why)
        tracking.Follower(workspace, dead, chosen).bury()
        (run,) = runs_in(client, "tickets")
        assert run.info.status == "KILLED"
        assert run.data.tags["mlflow.note.content"] == why.text()
        assert history(client, run, "train_loss") == {1: 0.5, 2: 0.25}
        assert notes(workspace) == []

    def test_it_holds_all_of_a_finished_run(self, workspace, tmp_path, model):
        experiment = "Bob's tickets; 2026"
        several = {
            "lora_modules": ("query", "value"),
            "own_weights": {"refund": 2.0, "late": 0.5},
            "chosen": ("epochs", "seed"),
        }
        own = {"tracker": "mlflow", "experiment": experiment, **several}
        dataset = tracked(workspace, tmp_path, model, **own)
        assert attempt(workspace, a_run()).kind == "finished"
        assert notes(workspace) == []

        client = client_of(workspace)
        (run,) = runs_in(client, experiment)
        assert run.info.run_name == "calm-otter"
        assert run.info.status == "FINISHED"
        begun = events_of(workspace, "attempt")[0]["time"]
        assert run.info.start_time == round(1000 * begun)
        chosen = Recipe.from_json(workspace.run("run-1").recipe.read_text("utf-8"))
        assert run.data.params.keys() == vars(chosen).keys()
        assert run.data.params["learning_rate"] == str(chosen.learning_rate)
        assert run.data.params["lora_modules"] == "query,value"
        assert run.data.params["own_weights"] == "refund: 2, late: 0.5"
        assert run.data.params["chosen"] == "epochs,seed"
        expected = {
            "tunesmith.run_id": "run-1",
            "mlflow.user": getpass.getuser(),
            "mlflow.source.name": "Tunesmith",
            "mlflow.source.type": "LOCAL",
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
        assert list(losses_of(workspace)) == list(range(1, 25))
        assert history(client, run, "train_loss") == losses_of(workspace)
        for event in steps:
            assert event["loss"] == pytest.approx(np.mean(event["losses"]), rel=1e-5)
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
        best = [e["step"] for e in events_of(workspace, "evaluation") if e["best"]][-1]
        for weights, step in {"before": 0, "best": best, "last": 24}.items():
            for score in ("macro_f1", "accuracy"):
                there = history(client, run, f"test_{weights}_{score}")
                assert there == {step: figures[weights][score]}
        assert run.info.artifact_uri.startswith(workspace.mlflow_artifacts.as_uri())
        there = Path(client.download_artifacts(run.info.run_id, "model", str(tmp_path)))
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

    def test_its_page_opens_with_what_is_for_training(self, workspace, tmp_path, model):
        tracked(workspace, tmp_path, model, tracker="mlflow")
        attempt(workspace, a_run())
        found = client_of(workspace).get_experiment_by_name("tickets")
        assert found.tags["mlflow.experimentKind"] == "custom_model_development"

    def test_a_store_that_was_only_half_made_is_made_anew(
        self, workspace, tmp_path, model, monkeypatch
    ):
        def die(engine: Any) -> None:
            with engine.begin() as half:
                half.execute(sqlalchemy.text("CREATE TABLE secrets (id INTEGER)"))
            raise OSError("killed here")

        tracked(workspace, tmp_path, model, tracker="mlflow")
        with monkeypatch.context() as patched:
            patched.setattr("mlflow.store.db.utils._upgrade_db", die)
            attempt(workspace, a_run())
        said = notes(workspace)
        assert "killed here" in said[-1]
        attempt(workspace, a_run(attempt=2))
        assert [note for note in notes(workspace) if "MLflow" in note] == said
        (run,) = runs_in(client_of(workspace), "tickets")
        assert run.info.status == "FINISHED"
        assert sorted(workspace.root.glob(".mlflow*")) == []

    def test_another_store_is_taken_where_one_is_named(
        self, workspace, tmp_path, model, monkeypatch
    ):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'team.db'}")
        tracked(workspace, tmp_path, model, tracker="mlflow")
        attempt(workspace, a_run())
        (run,) = runs_in(mlflow.MlflowClient(f"sqlite:///{tmp_path / 'team.db'}"), "tickets")
        assert run.info.status == "FINISHED"
        assert not workspace.mlflow_store.exists()


def curve_of(folder: Path, name: str) -> dict[int, float]:
    written = EventAccumulator(str(folder))
    written.Reload()
    points = written.Scalars(name)
    assert len({point.step for point in points}) == len(points)
    return {point.step: point.value for point in points}


class TestTensorBoard:
    def test_it_holds_curves_settings_and_test_scores(self, workspace, tmp_path, model):
        tracked(workspace, tmp_path, model, tracker="tensorboard")
        attempt(workspace, a_run())
        assert notes(workspace) == []
        folder = workspace.tensorboard("run-1")
        assert curve_of(folder, "train_loss") == pytest.approx(losses_of(workspace))
        scored = events_of(workspace, "before", "evaluation")
        scores = {e.get("step", 0): e["metrics"]["macro_f1"] for e in scored}
        assert curve_of(folder, "validation_macro_f1") == pytest.approx(scores)
        figures = load(workspace.run("run-1")).splits["test"]
        for weights, step in {"before": 0, "last": 24}.items():
            there = {step: pytest.approx(figures[weights]["macro_f1"])}
            assert curve_of(folder, f"test_{weights}_macro_f1") == there
        written = EventAccumulator(str(folder)).Reload()
        assert "_hparams_/session_start_info" in written.PluginTagToContent("hparams")

    def test_a_later_attempt_leaves_one_curve(self, workspace, tmp_path, model):
        tracked(workspace, tmp_path, model, tracker="tensorboard")
        log = EventLog(workspace.run("run-1").events)

        def fall_over(workspace: Workspace, run_id: str, *_: Any) -> Outcome:
            scores = {"loss": 1.0, "metrics": {"macro_f1": 0.1}, "rows": 12}
            log.write("before", **scores)
            for step in (1, 2, 3):
                log.write("step", step=step, loss=9.0, learning_rate=0.1)
            log.write("evaluation", step=2, **scores)
            log.write("end", outcome="out_of_memory", message=None)
            return Outcome("out_of_memory")

        def go_on(workspace: Workspace, run_id: str, *_: Any) -> Outcome:
            log.write("resumed", step=2)
            for step in (3, 4):
                log.write("step", step=step, loss=5.0, learning_rate=0.1)
            log.write("end", outcome="stopped", message=None)
            return Outcome("stopped")

        attempt(workspace, a_run(), fall_over)
        attempt(workspace, a_run(attempt=2), go_on)
        folder = workspace.tensorboard("run-1")
        assert curve_of(folder, "train_loss") == {1: 9.0, 2: 9.0, 3: 5.0, 4: 5.0}
        assert set(curve_of(folder, "validation_loss")) == {0, 2}


class Fake:
    """Stands for the module of a package and for the run it starts."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.settings: dict[str, Any] = {}
        self.config = self.summary = self

    def Api(self) -> "Fake":
        return self

    def runs(self, project: str) -> list[Any]:
        raise ValueError(f"Project '{project}' does not exist")

    def init(self, **words: Any) -> "Fake":
        self.told.append(words)
        self.settings |= words.get("config", {})
        return self

    def update(self, values: dict[str, Any], **_: Any) -> None:
        self.settings |= values

    def log(self, values: dict[str, float], step: int) -> None:
        self.told.append((step, values))

    def finish(self, **words: Any) -> None:
        self.told.append(words)


@pytest.mark.parametrize("name", ["wandb", "trackio"])
def test_the_others_are_told_the_same(workspace, tmp_path, model, monkeypatch, name):
    package = Fake()
    monkeypatch.setitem(sys.modules, name, package)
    dataset = tracked(workspace, tmp_path, model, tracker=name, experiment="team 7")
    attempt(workspace, a_run())
    assert notes(workspace) == []
    begun = package.told[0]
    assert (begun["project"], begun["name"], begun["resume"]) == ("team 7", "calm-otter", "allow")
    assert package.settings["batch_size"] == 8
    assert package.settings["dataset_fingerprint"] == dataset.fingerprint
    logged = dict.fromkeys(told[0] for told in package.told[1:-1])
    assert list(logged) == sorted(logged)  # Weights & Biases drops what comes late
    sent = {**package.settings}
    for _, values in package.told[1:-1]:
        sent |= values
    best = load(workspace.run("run-1")).splits["test"]["best"]["macro_f1"]
    assert sent["test_best_macro_f1"] == best
    assert {"train_loss", "validation_loss", "validation_macro_f1"} <= sent.keys()


class Broken:
    """A tracker that fails from its `good`-th call on, `times` times."""

    def __init__(self, good: int = 0, times: float = float("inf")) -> None:
        self.calls, self.good, self.times = 0, good, times
        self.points: list[trackers.Point] = []
        self.end: trackers.End | None = None

    def _call(self) -> None:
        self.calls += 1
        if self.good < self.calls <= self.good + self.times:
            raise ConnectionError("https://me:hunter22@tracker.example said no to key sk-12345678")

    def open(self, subject: trackers.Subject) -> None:
        self._call()

    def log(self, points: list[trackers.Point]) -> None:
        self._call()
        self.points += points

    def close(self, end: trackers.End) -> None:
        self._call()
        self.end = end


class TestTrouble:
    @pytest.fixture
    def tracker(self, monkeypatch: pytest.MonkeyPatch, request: Any) -> Broken:
        broken = Broken(*request.param)
        monkeypatch.setitem(trackers._TRACKERS, "mlflow", lambda: broken)
        monkeypatch.setattr(tracking, "LOOK", 0.02)
        monkeypatch.setenv("SOME_API_KEY", "sk-12345678")
        return broken

    @pytest.mark.parametrize("tracker", [(0,), (1,), (2,), (3,)], indirect=True)
    def test_a_tracker_that_fails_does_not_stop_a_run(self, workspace, tmp_path, model, tracker):
        tracked(workspace, tmp_path, model, tracker="mlflow")
        assert attempt(workspace, a_run()).kind == "finished"
        first, last = notes(workspace)
        assert first.startswith("MLflow did not take what it was sent: ConnectionError: https://")
        assert last.startswith("What MLflow shows of this run is not complete: ConnectionError")
        assert "hunter22" not in first + last
        assert "sk-12345678" not in first + last
        assert load(workspace.run("run-1")).splits["test"]["best"]["rows"] > 0

    @pytest.mark.parametrize("tracker", [(0, 2), (2, 2)], indirect=True)
    def test_what_could_not_be_sent_is_sent_later(self, workspace, tmp_path, model, tracker):
        tracked(workspace, tmp_path, model, tracker="mlflow", epochs=6.0)
        attempt(workspace, a_run())
        assert len(notes(workspace)) == 1
        sent = {point.step: point.value for point in tracker.points if point.name == "train_loss"}
        assert sent == losses_of(workspace)
        assert tracker.end.outcome == "finished"

    def test_a_package_that_cannot_be_imported_is_said(
        self, workspace, tmp_path, model, monkeypatch
    ):
        monkeypatch.setitem(sys.modules, "mlflow", None)
        tracked(workspace, tmp_path, model, tracker="mlflow")
        assert attempt(workspace, a_run()).kind == "finished"
        (said,) = notes(workspace)
        assert said.startswith("This run cannot be followed in MLflow: ")

    def test_a_server_that_is_not_there_costs_nothing(
        self, workspace, tmp_path, model, monkeypatch
    ):
        with socket.create_server(("127.0.0.1", 0)) as closed:
            port = closed.getsockname()[1]
        monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{port}")
        tracked(workspace, tmp_path, model, tracker="mlflow")
        begun = time.monotonic()
        assert attempt(workspace, a_run()).kind == "finished"
        assert time.monotonic() - begun < 15
        assert "not complete" in notes(workspace)[-1]

    def test_a_server_that_never_answers_is_not_waited_for(
        self, workspace, tmp_path, model, monkeypatch
    ):
        monkeypatch.setitem(tracking.PATIENCE, "unreached", 1.0)
        with socket.create_server(("127.0.0.1", 0)) as silent:
            monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://127.0.0.1:{silent.getsockname()[1]}")
            tracked(workspace, tmp_path, model, tracker="mlflow")
            assert attempt(workspace, a_run()).kind == "finished"
        assert notes(workspace)[-1].endswith(
            "no answer within 1 second. Everything is here; nothing of the run itself is missing."
        )

    def test_nothing_is_followed_unasked(self, workspace, tmp_path, model):
        tracked(workspace, tmp_path, model)
        before = set(threading.enumerate())
        with followed(workspace, a_run()):
            assert set(threading.enumerate()) <= before


@pytest.mark.parametrize(
    ("tracker", "packages"),
    [("mlflow", "mlflow-skinny SQLAlchemy alembic"), ("wandb", "wandb"), ("trackio", "trackio")],
)
def test_a_missing_package_is_told_before_the_start(
    workspace, tmp_path, model, monkeypatch, tracker, packages
):
    monkeypatch.setattr("engine.training.plan.find_spec", lambda name: None)
    dataset = tiny_dataset(workspace, tmp_path / "source")
    chosen = recipe(dataset, model, tracker=tracker)
    (problem,) = make_plan(chosen, dataset, None, np.zeros(0, np.int32)).problems
    assert problem.text().endswith(f'"{sys.executable}" -m pip install {packages}')
    nothing = replace(chosen, tracker="none")
    assert make_plan(nothing, dataset, None, np.zeros(0, np.int32)).problems == ()


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
    losses = [loss for e in log.read() if e["type"] == "step" for loss in e["losses"]]
    assert history(client, there, "train_loss") == pytest.approx(dict(enumerate(losses, 1)))
    assert len(losses) == scored[-1]["step"]
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
