"""The tools a run can be followed in beside the page: one class each, all of one shape.

A tracker is made (which imports its package), opened with what is known of the run, sent points
of curves, and closed with the run's figures. It may raise whatever its package raises. It knows
nothing of events, threads and training; secrets are its package's to find in the environment.
"""

import getpass
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engine.workspace import Workspace

if TYPE_CHECKING:  # pandas takes half a second, and every child imports this
    from engine.data.dataset import Dataset

CALM = {
    # Ten seconds and one more try, where two minutes and seven tries are usual.
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "10",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    # Nothing about the user's machine goes anywhere but to the tracker.
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "WANDB_ERROR_REPORTING": "false",
    "WANDB_DISABLE_CODE": "true",
    "WANDB_DISABLE_GIT": "true",
    "WANDB_SILENT": "true",
    "WANDB_CONSOLE": "off",
    "WANDB_INIT_TIMEOUT": "20",
}
"""What the packages read from the environment; what the user set wins."""


@dataclass(frozen=True)
class Subject:
    """What a tracker is told of a run when it is opened."""

    workspace: Workspace
    run_id: str
    name: str
    experiment: str
    params: Mapping[str, Any]
    """Every setting of the recipe."""
    tags: Mapping[str, str]
    dataset: "Dataset"
    begun: float
    """Seconds since 1970."""


@dataclass(frozen=True)
class Point:
    name: str
    value: float
    step: int
    time: float
    """Seconds since 1970."""


@dataclass(frozen=True)
class End:
    """How a run ended. `model` is its folder, None where it has left none."""

    outcome: str
    """A `Kind`, or the state of a run that died without a word."""
    reason: str
    figures: Sequence[Point]
    model: Path | None


class Tracker(Protocol):
    """`open` twice for one run goes on where it was; a point sent twice counts once."""

    def open(self, subject: Subject) -> None: ...
    def log(self, points: Sequence[Point]) -> None: ...
    def close(self, end: End) -> None: ...


class MLflow:
    """Through MLflow's client: accelerate's tracker knows no data set, no end but a good one, no
    going on, no name with a quote, and sends a request a step."""

    STATUS: Mapping[str, str] = {
        "finished": "FINISHED",
        "stopped": "KILLED",
        "discarded": "KILLED",
        "failed": "FAILED",
        "out_of_memory": "FAILED",
        "interrupted": "KILLED",
    }

    def __init__(self) -> None:
        import mlflow

        self._mlflow = mlflow

    def open(self, subject: Subject) -> None:
        given = os.environ.get("MLFLOW_TRACKING_URI")
        artifacts = None if given else subject.workspace.mlflow_artifacts.resolve().as_uri()
        self._client = self._mlflow.MlflowClient(given or self._own_store(subject.workspace))
        experiment = self._experiment(subject.experiment, artifacts)
        self._run = self._find(experiment, subject.run_id) or self._create(experiment, subject)
        entities = self._mlflow.entities
        tags = [entities.RunTag(name, value) for name, value in subject.tags.items()]
        params = [entities.Param(name, _plain(value)) for name, value in subject.params.items()]
        for some in _portions(params, 50):  # 100 at most are taken
            self._client.log_batch(self._run, params=some)
        self._client.log_batch(self._run, tags=tags)
        self._client.log_inputs(self._run, [self._input(subject.dataset)])
        self._client.update_run(self._run, status="RUNNING")

    def log(self, points: Sequence[Point]) -> None:
        metric = self._mlflow.entities.Metric
        metrics = [metric(p.name, p.value, round(1000 * p.time), p.step) for p in points]
        for some in _portions(metrics, 500):  # 1000 at most are taken
            self._client.log_batch(self._run, metrics=some)

    def close(self, end: End) -> None:
        """The status first: an upload that fails must not leave the run running for ever."""
        self.log(end.figures)
        if end.reason:
            self._client.set_tag(self._run, "mlflow.note.content", end.reason)
        self._client.set_terminated(self._run, self.STATUS[end.outcome])
        if end.model:
            self._client.log_artifacts(self._run, str(end.model), "model")

    def _own_store(self, workspace: Workspace) -> str:
        """Made aside and renamed: half a store, which a kill could leave, MLflow cannot mend."""
        store = workspace.mlflow_store.resolve()
        if not store.exists():
            from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

            for half in store.parent.glob(f".{store.name}.*.tmp"):
                half.unlink()
            # A name of its own each time: MLflow keeps its connections by name.
            temporary = store.with_name(f".{store.name}.{secrets.token_hex(4)}.tmp")
            artifacts = workspace.mlflow_artifacts.resolve().as_uri()
            SqlAlchemyStore(f"sqlite:///{temporary.as_posix()}", artifacts).engine.dispose()
            temporary.replace(store)
        return f"sqlite:///{store.as_posix()}"

    def _experiment(self, name: str, artifacts: str | None) -> str:
        found = self._client.get_experiment_by_name(name)
        if found is None:
            kind = {
                "mlflow.experimentKind": "custom_model_development"
            }  # else its page shows prompts
            return str(self._client.create_experiment(name, artifacts, kind))
        return str(found.experiment_id)

    def _find(self, experiment: str, run_id: str) -> str | None:
        """An earlier attempt at the same run."""
        query = f"tags.`tunesmith.run_id` = '{run_id}'"
        runs = self._client.search_runs([experiment], query, max_results=1)
        return str(runs[0].info.run_id) if runs else None

    def _create(self, experiment: str, subject: Subject) -> str:
        tags = {
            "tunesmith.run_id": subject.run_id,
            "mlflow.source.name": "Tunesmith",
            "mlflow.source.type": "LOCAL",
            "mlflow.user": _user(),
        }
        begun = round(1000 * subject.begun)
        created = self._client.create_run(experiment, begun, tags, subject.name)
        return str(created.info.run_id)

    def _input(self, dataset: "Dataset") -> Any:
        """The data set as MLflow's own kind of record; its digest holds 36 characters."""
        entities = self._mlflow.entities
        record = entities.Dataset(
            name=f"{dataset.name} v{dataset.version}"[:500],
            digest=dataset.fingerprint[:36],
            source_type="tunesmith",
            source=json.dumps({"id": dataset.id, "version": dataset.version}),
            profile=json.dumps({"num_rows": sum(dataset.rows.values())} | dict(dataset.rows)),
        )
        return entities.DatasetInput(
            record, [entities.InputTag("mlflow.data.context", "training and evaluation")]
        )


class TensorBoard:
    """Event files, written anew by each attempt from the first event on."""

    def __init__(self) -> None:
        import torch.utils.tensorboard  # noqa: F401
        from accelerate.tracking import TensorBoardTracker

        self._make = TensorBoardTracker

    def open(self, subject: Subject) -> None:
        from torch.utils.tensorboard.summary import hparams

        folder = subject.workspace.tensorboard(subject.run_id)
        shutil.rmtree(folder, ignore_errors=True)
        self._tracker = self._make(folder.name, folder.parent)
        self._tracker.start()
        # accelerate's way would show each run's settings as one more run.
        settings = {k: v if isinstance(v, int | float) else _plain(v) for k, v in _all(subject)}
        for summary in hparams(settings, {}):
            self._tracker.tracker.file_writer.add_summary(summary)

    def log(self, points: Sequence[Point]) -> None:
        for point in points:
            self._tracker.tracker.add_scalar(point.name, point.value, point.step, point.time)
        self._tracker.tracker.flush()

    def close(self, end: End) -> None:
        self.log(end.figures)
        self._tracker.finish()


class WeightsAndBiases:
    """Goes on with the run of the same id, and drops the steps it has."""

    def __init__(self) -> None:
        import wandb  # noqa: F401
        from accelerate.tracking import WandBTracker

        self._make = WandBTracker

    def open(self, subject: Subject) -> None:
        subject.workspace.wandb.mkdir(mode=0o700, exist_ok=True)
        self._tracker = self._make(
            re.sub(r"[/\\#?%:]", "-", subject.experiment)[:128],
            id=subject.run_id,
            name=subject.name,
            resume="allow",
            dir=str(subject.workspace.root),
        )
        self._tracker.start()
        self._tracker.store_init_configuration(dict(_all(subject)))

    def log(self, points: Sequence[Point]) -> None:
        for step, values in _by_step(points):
            self._tracker.log(values, step=step)

    def close(self, end: End) -> None:
        self._tracker.tracker.summary.update({p.name: p.value for p in end.figures})
        self._tracker.tracker.finish(exit_code=0 if end.outcome in ("finished", "stopped") else 1)


class Trackio:
    """Written anew by each attempt, for it would keep what is sent twice twice."""

    def __init__(self) -> None:
        import trackio
        from accelerate.tracking import TrackioTracker

        self._trackio, self._make = trackio, TrackioTracker

    def open(self, subject: Subject) -> None:
        with suppress(ValueError):  # a project that does not exist yet
            for run in self._trackio.Api().runs(subject.experiment):
                if (run.config or {}).get("tunesmith.run_id") == subject.run_id:
                    run.delete()
        self._tracker = self._make(
            subject.experiment, name=subject.name, resume="allow", config=dict(_all(subject))
        )
        self._tracker.start()

    def log(self, points: Sequence[Point]) -> None:
        for step, values in _by_step(points):
            self._tracker.log(values, step=step)

    def close(self, end: End) -> None:
        self.log(end.figures)
        self._tracker.finish()


_TRACKERS: Mapping[str, type[Tracker]] = {
    "mlflow": MLflow,
    "tensorboard": TensorBoard,
    "wandb": WeightsAndBiases,
    "trackio": Trackio,
}


def make_tracker(name: str, workspace: Workspace) -> Tracker:
    """The tracker a recipe names. Raises whatever its package does when it is imported."""
    for variable, value in {**CALM, "TRACKIO_DIR": str(workspace.trackio.resolve())}.items():
        os.environ.setdefault(variable, value)
    return _TRACKERS[name]()


def _all(subject: Subject) -> Iterable[tuple[str, Any]]:
    """Settings and tags, for a tool that has one place for both."""
    return ({**subject.tags, **subject.params}).items()


def _plain(value: Any) -> str:
    """A setting as one would say it: names with commas between, weights as `urgent: 3`."""
    if isinstance(value, list | tuple):
        return ",".join(map(str, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {each:g}" for name, each in value.items())
    return str(value)


def _user() -> str:
    """Whoever is logged in, as MLflow's own clients say it; a container may know nobody."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def _portions(items: list[Any], size: int) -> Iterable[list[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _by_step(points: Sequence[Point]) -> Iterable[tuple[int, dict[str, float]]]:
    for step, some in groupby(points, key=lambda point: point.step):
        yield step, {point.name: point.value for point in some}
