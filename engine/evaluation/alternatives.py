"""What stands beside a run on the same test rows: simple alternatives and the untrained model.

Their figures and the paired differences go into the report. Reads predictions files; no model.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import WorkspaceError
from engine.text import Message
from engine.workspace import RunFolder, Workspace

if TYPE_CHECKING:  # numpy is not needed to read a report
    from engine.evaluation.paired import Paired
    from engine.evaluation.report import Figures, Report

UNTRAINED = "before"


@dataclass(frozen=True)
class Alternative:
    """One that the run is held against."""

    name: str
    figures: "Figures"
    paired: "Paired | None"
    """How the run differs from it; None where a predictions file is gone."""

    @property
    def called(self) -> Message:
        return called(self.name)


def called(name: str) -> Message:
    """What an alternative is called, for the user."""
    return Message(f"better.name.{name}")


def with_alternatives(folder: RunFolder, report: "Report") -> "Report":
    """The report with all that stands beside the run. Raises WorkspaceError where the run's own
    predictions are damaged; without an alternative of which that is true it has to do."""
    from engine.evaluation.predictions import read_predictions
    from engine.tasks import TASKS, make_task

    best = folder.predictions("test", "best")
    if not best.is_file():
        return report
    read_predictions(best, make_task(*_task(report)))
    baselines: dict[str, Figures] = {}
    paired: dict[str, dict[str, Any]] = {}
    for name in (*TASKS[report.task].baselines, UNTRAINED):
        path = folder.predictions("test", name)
        with suppress(WorkspaceError):
            found = _paired(best, path, *_written(best, path), *_task(report))
            if found is not None:
                paired[name] = found.to_record()
                if name != UNTRAINED:
                    baselines[name] = _figures(path, report)
    return replace(report, baselines=baselines, paired=paired)


def alternatives(workspace: Workspace, report: "Report") -> list[Alternative]:
    """Those there are, the one to beat first and the untrained model last."""
    from engine.evaluation.paired import Paired

    found = [
        Alternative(name, figures, Paired.from_record(report.paired[name]))
        for name, figures in report.baselines.items()
    ]
    before = report.splits.get("test", {}).get(UNTRAINED)
    if before is not None and report.best is not None:
        record = report.paired.get(UNTRAINED)
        paired = Paired.from_record(record) if record else _of_untrained(workspace, report)
        found.append(Alternative(UNTRAINED, before, paired))
    return found


def strongest(report: "Report") -> Alternative | None:
    """The simple alternative with the highest headline score, of those that were computed."""
    from engine.evaluation.paired import Paired

    if not report.baselines:
        return None
    name = max(report.baselines, key=lambda name: report.baselines[name][report.headline])
    return Alternative(name, report.baselines[name], Paired.from_record(report.paired[name]))


def lacking(report: "Report") -> tuple[str, ...]:
    """Alternatives that apply to the task but have not been computed."""
    from engine.tasks import TASKS

    names = TASKS[report.task].baselines if report.best is not None else ()
    return tuple(name for name in names if name not in report.baselines)


def _figures(path: Path, report: "Report") -> "Figures":
    """Its scores with their intervals, and what it was learned from."""
    from engine.evaluation.figures import scored
    from engine.evaluation.predictions import read_facts, read_predictions
    from engine.tasks import make_task

    task = make_task(*_task(report))
    _, predictions = read_predictions(path, task)
    every = scored(task, task.tally(predictions))
    return {key: every[key] for key in ("rows", "intervals", *every["intervals"])} | read_facts(
        path
    )


def _of_untrained(workspace: Workspace, report: "Report") -> "Paired | None":
    """Of reports written before there were alternatives."""
    folder = workspace.run(report.run)
    best, before = (folder.predictions("test", name) for name in ("best", UNTRAINED))
    try:
        return _paired(best, before, *_written(best, before), *_task(report))
    except WorkspaceError:
        return None


@lru_cache(maxsize=16)
def _paired(
    own: Path,
    other: Path,
    _own_written: int,
    _other_written: int,
    kind: str,
    labels: tuple[str, ...],
    positive: str | None,
) -> "Paired | None":
    """None where they have no rows in common."""
    from engine.evaluation.paired import compare, in_common
    from engine.evaluation.predictions import read_predictions
    from engine.tasks import make_task

    task = make_task(kind, labels, positive)
    own_ids, said = read_predictions(own, task)
    other_ids, told = read_predictions(other, task)
    places = in_common(own_ids, other_ids)
    return compare(task, said, told, places) if len(places[0]) else None


def _written(*paths: Path) -> Iterator[int]:
    return (path.stat().st_mtime_ns if path.is_file() else 0 for path in paths)


def _task(report: "Report") -> tuple[str, tuple[str, ...], str | None]:
    return report.task, report.labels, report.positive
