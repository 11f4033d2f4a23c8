"""Everything a report file tells of a run, gathered from the workspace once."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.data.dataset import Dataset, load_dataset
from engine.data.pins import Pin, pins
from engine.errors import ModelError, TunesmithError, WorkspaceError
from engine.evaluation import report as reports
from engine.evaluation.alerts import Alert, alerts
from engine.evaluation.alternatives import Alternative, alternatives
from engine.evaluation.brought import Brought, brought, earlier
from engine.evaluation.pins import Outcomes, read_outcomes
from engine.evaluation.probabilities import read_source, source_of
from engine.evaluation.report import Report
from engine.evaluation.rows import read_rows
from engine.models.manual import read_manual
from engine.models.thresholds import read_point
from engine.runs.run import Run
from engine.tasks import AnyTask, make_task
from engine.tasks.labelled import LabelPredictions
from engine.tasks.operating_point import OperatingPoint
from engine.training.events import Event, EventLog
from engine.training.recipe import Recipe
from engine.workspace import Workspace


@dataclass(frozen=True)
class Facts:
    """A run with all that is known of it. What is gone is None or empty."""

    workspace: Workspace
    run: Run
    report: Report
    task: AnyTask
    recipe: Recipe | None
    output: str | None
    """What its model puts out: some settings are of use for some kinds alone."""
    dataset: Dataset | None
    """The version it learnt from."""
    events: Sequence[Event]
    alternatives: Sequence[Alternative]
    point: OperatingPoint | None
    """Where its model decides; None where the task has no such thing."""
    pins: Sequence[Pin]
    outcomes: Outcomes
    alerts: Sequence[Alert]
    """What makes the test scores doubtful, and where they are weak."""
    brought: Brought | None
    """What the fixes of its data brought, where there is a run on an older version."""

    def latest(self, kind: str) -> Event | None:
        return next((event for event in reversed(self.events) if event["type"] == kind), None)

    def said_of(self, split: str) -> LabelPredictions | None:
        """What the best weights said of a split; None where that cannot be read."""
        try:
            source = source_of(self.workspace, self.report, split)
            return read_source(source) if source else None
        except TunesmithError:
            return None


def gather(workspace: Workspace, run: Run) -> Facts:
    """Raises WorkspaceError where the run has left no report."""
    folder = workspace.run(run.id)
    report = reports.load(folder)
    task = make_task(report.task, report.labels, report.positive)
    there = pins(workspace, report.dataset)
    return Facts(
        workspace,
        run,
        report,
        task,
        _recipe(workspace, run),
        _output(workspace, run),
        _dataset(workspace, report),
        EventLog(folder.events).read(),
        alternatives(workspace, report),
        _point(workspace, run, task),
        there,
        read_outcomes(folder) if there else {},
        _alerts(workspace, report),
        brought(workspace, report, earlier(workspace, report)),
    )


def _recipe(workspace: Workspace, run: Run) -> Recipe | None:
    try:
        return Recipe.from_json(workspace.run(run.id).recipe.read_text("utf-8"))
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _output(workspace: Workspace, run: Run) -> str | None:
    try:
        return read_manual(workspace.run(run.id).model).output
    except ModelError:
        return None


def _dataset(workspace: Workspace, report: Report) -> Dataset | None:
    try:
        return load_dataset(workspace, report.dataset, report.dataset_version)
    except WorkspaceError:
        return None


def _alerts(workspace: Workspace, report: Report) -> Sequence[Alert]:
    try:
        return alerts(read_rows(workspace, report, "test")) if report.best else ()
    except WorkspaceError:
        return ()


def _point(workspace: Workspace, run: Run, task: AnyTask) -> OperatingPoint | None:
    if not task.has_probabilities:
        return None
    try:
        return read_point(workspace.run(run.id).model)
    except (TunesmithError, OSError):
        return None
