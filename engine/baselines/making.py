"""Simple alternatives put beside a run: computed once for a version of a data set, then copied.

Their predictions lie in the cache until it is cleared, and as `test.<name>.parquet` beside the
run's own, so that figures and comparisons are those of any predictions file.
"""

import hashlib
import logging
import secrets
import shutil
from collections.abc import Callable
from pathlib import Path

from engine.baselines import BASELINES
from engine.baselines.problem import Problem
from engine.data.dataset import Dataset, columns_of, load_rows
from engine.errors import TunesmithError, WorkspaceError
from engine.evaluation import report as reports
from engine.evaluation.alternatives import with_alternatives
from engine.evaluation.predicted import dataset_of
from engine.evaluation.predictions import read_predictions, write_predictions
from engine.evaluation.report import Report
from engine.text import Message
from engine.workspace import RunFolder, Workspace

_log = logging.getLogger(__name__)


def _silent(done: int, total: int) -> None:
    pass


def put_beside(
    workspace: Workspace,
    folder: RunFolder,
    dataset: Dataset,
    tell: Callable[[int, int], None] = _silent,
    stopped: Callable[[], bool] = lambda: False,
) -> tuple[Message, ...]:
    """Every alternative that applies to the task, as predictions files of the run: which could not
    be computed, and why. What a run itself has learnt never depends on it."""
    names = dataset.make_task().baselines if dataset.rows.get("test") else ()
    failed: list[Message] = []
    for done, name in enumerate(names):
        if stopped():
            break
        tell(done, len(names))
        try:
            _copy(make(workspace, dataset, name), folder.predictions("test", name))
        except Exception as error:  # whatever it is: a finished run must not be lost for it
            _log.exception("no alternative %s", name)
            failed.append(_why(name, error))
    tell(len(names), len(names))
    return tuple(failed)


def hold_against(
    workspace: Workspace, run: str, tell: Callable[[int, int], None] = _silent
) -> tuple[Report, tuple[Message, ...]]:
    """A finished run and all alternatives: its report with them, which is also saved, and what
    could not be computed. Raises WorkspaceError where the run has no results or its data are gone.
    """
    folder = workspace.run(run)
    dataset = dataset_of(workspace, reports.load(folder))
    failed = put_beside(workspace, folder, dataset, tell)
    report = with_alternatives(folder, reports.load(folder))  # as it is by now
    reports.save(folder, report)
    return report, failed


def make(workspace: Workspace, dataset: Dataset, name: str) -> Path:
    """The predictions file of an alternative for the test rows of a data set."""
    module = BASELINES[name]
    key = f"{dataset.id}|{dataset.version}|{dataset.fingerprint}|{name}|{module.MADE}"
    path = workspace.baseline(hashlib.sha256(key.encode()).hexdigest()[:32])
    if _is_whole(path, dataset):
        return path
    rows = load_rows(workspace, dataset)
    train, test = (columns_of(rows[rows["split"] == split]) for split in ("train", "test"))
    problem = Problem(dataset.make_task(), train, test, workspace)
    problem = problem.sampled(module.limits(problem))
    predictions = module.predict(problem)
    facts = {"trained_on": len(problem.train["text"]), "training_rows": len(train["text"])}
    write_predictions(path, problem.test["row_id"], predictions, facts)
    return path


def _is_whole(path: Path, dataset: Dataset) -> bool:
    try:
        read_predictions(path, dataset.make_task())
    except WorkspaceError:
        return False
    return True


def _copy(source: Path, target: Path) -> None:
    """Into the folder of a run; one that was deleted meanwhile does not come back."""
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    shutil.copyfile(source, temporary)
    temporary.replace(target)


def _why(name: str, error: Exception) -> Message:
    reason = error.message if isinstance(error, TunesmithError) else type(error).__name__
    return Message("better.failed", {"name": Message(f"better.name.{name}"), "reason": reason})
