"""`runs`, `report`, `stop`, `export`: what there is, and what can be done with it."""

import argparse
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.compare import tell_alternatives
from engine.cli.output import Output, score, score_with_interval, table
from engine.cli.parser import Commands, workspace_of
from engine.cli.pins import told
from engine.errors import WorkspaceError
from engine.evaluation import report as reports
from engine.runs.registry import Registry
from engine.runs.run import Request, Run
from engine.runs.supervisor import Supervisor
from engine.text import Message, translate
from engine.times import clock, duration
from engine.workspace import Workspace

if TYPE_CHECKING:
    from engine.evaluation.pins import Held


def add(commands: Commands) -> None:
    commands.add("runs", runs)
    reporting = commands.add("report", report)
    reporting.add("RUN")
    reporting.add("--html", type=Path, metavar="FILE")
    stopping = commands.add("stop", stop)
    stopping.add("RUN")
    stopping.add("--discard", action="store_true")
    exporting = commands.add("export", export)
    exporting.add("RUN")
    exporting.add("--to", type=Path, metavar="DIR", required=True)
    exporting.add("--step", type=int, metavar="N")


def runs(arguments: argparse.Namespace, output: Output) -> int:
    workspace = workspace_of(arguments)
    Supervisor(workspace, spare=False).settle_the_dead()
    registry = Registry(workspace)
    found, queued = registry.list(), places(registry)
    results = [best_result(workspace, run) for run in found]
    if found:
        heads = ("id", "state", "dataset", "score", "created", "time")
        rows = [
            _row(workspace, run, best, queued) for run, best in zip(found, results, strict=True)
        ]
        output.line(table([translate(f"cli.head.{head}") for head in heads], rows, right=(5,)))
    else:
        output.say("cli.no_runs")
    records = [
        record(run, best) | {"place": queued.get(run.id)}
        for run, best in zip(found, results, strict=True)
    ]
    output.result({"runs": records})
    return 0


def places(registry: Registry) -> dict[str, int]:
    """The place in the queue by run id, 1 being next."""
    return {run.id: place for place, run in enumerate(registry.queued(), start=1)}


def report(arguments: argparse.Namespace, output: Output) -> int:
    workspace = workspace_of(arguments)
    run = Registry(workspace).get(arguments.RUN)
    found = reports.load(workspace.run(run.id))
    if arguments.html is not None:
        return _write_document(workspace, run, arguments.html, output)
    output.say(
        "cli.report_of",
        run=run.name,
        dataset=dataset_of(workspace, run),
        task=translate(f"cli.task.{found.task}"),
    )
    if found.steps:
        output.say("cli.report_steps", **found.steps)
    for split, by_weights in found.splits.items():
        output.line()
        output.line(_scores_table(split, by_weights, found))
        if split == "test" and found.last_is_higher:
            output.line(found.last_is_higher.text())
        if split == "test":
            tell_alternatives(workspace, found, output)
        if "best" in by_weights:
            _details(by_weights["best"], found, output)
    output.line()
    output.say("cli.intervals")
    stands = {"weights": "best", "step": found.steps.get("best"), "metric": found.headline}
    pinned = _held(workspace, run)
    if pinned is not None:
        output.line(told(pinned))
    record = asdict(found) | {"stands_for_run": stands}
    output.result(record | {"pins": asdict(pinned) if pinned else None})
    return 0


def _write_document(workspace: Workspace, run: Run, to: Path, output: Output) -> int:
    from engine.export.report_file import write_document

    path = write_document(workspace, run, "en", to)
    output.say("cli.report_written", file=str(path))
    output.result({"id": run.id, "file": str(path)})
    return 0


def _held(workspace: Workspace, run: Run) -> "Held | None":
    from engine.evaluation.pins import held  # pandas takes half a second

    return held(workspace, workspace.run(run.id), run.dataset)


def stop(arguments: argparse.Namespace, output: Output) -> int:
    request = Request.STOP_AND_DISCARD if arguments.discard else Request.STOP_AND_KEEP
    workspace = workspace_of(arguments)
    Supervisor(workspace, spare=False).settle_the_dead()
    run = Registry(workspace).request_stop(arguments.RUN, request)
    output.say("cli.stopping" if run.state.active else "cli.cancelled", run=run.name)
    output.result({"id": run.id, "name": run.name, "state": run.state})
    return 0


def export(arguments: argparse.Namespace, output: Output) -> int:
    from engine.export.model_zip import export_model

    workspace = workspace_of(arguments)
    run = Registry(workspace).get(arguments.RUN)
    folder = export_model(workspace, run.id, arguments.to, arguments.step)
    output.say("cli.exported", folder=str(folder))
    output.result({"id": run.id, "folder": str(folder)})
    return 0


def tell_end(workspace: Workspace, run: Run, output: Output) -> None:
    """How a run ended and, if it has a report, its headline score on test rows."""
    best = best_result(workspace, run)
    if run.reason:
        output.progress(run.reason.text())
    output.say("cli.ended", run=run.id, state=run.state.word.text())
    if best is not None:
        output.say("cli.result", metric=best.metric, score=best.score, rows=best.figures["rows"])
    output.result(record(run, best))


@dataclass(frozen=True)
class Result:
    """The figures of a run's best checkpoint on test rows, and the one that stands for them."""

    figures: reports.Figures
    headline: str
    metric: Message

    @property
    def score(self) -> str:
        return score_with_interval(
            self.figures[self.headline], self.figures["intervals"][self.headline]
        )


def best_result(workspace: Workspace, run: Run) -> Result | None:
    try:
        found = reports.load(workspace.run(run.id))
    except WorkspaceError:
        return None
    if found.best is None:
        return None
    return Result(found.best, found.headline, found.metric(found.headline))


def dataset_of(workspace: Workspace, run: Run) -> str:
    """The id of a run's data set, after its name where the id cannot tell it: ids hold Latin
    letters alone. The record is read by itself, for pandas takes half a second."""
    record = workspace.dataset(run.dataset, run.dataset_version).record
    try:
        name = str(json.loads(record.read_text("utf-8"))["name"])
    except (OSError, ValueError, KeyError):  # it may have been deleted since
        return run.dataset
    return run.dataset if name.isascii() else f"{name} ({run.dataset})"


def _row(
    workspace: Workspace, run: Run, best: Result | None, queued: Mapping[str, int]
) -> list[str]:
    state = run.state.word.text()
    if run.id in queued:
        state = translate("runs.queue_place", place=queued[run.id], queued=len(queued))
    dataset = dataset_of(workspace, run)
    return [run.id, state, dataset, headline(best), clock(run.created), took(run)]


def headline(best: Result | None) -> str:
    """The score that stands for a run, with its name and interval."""
    return f"{best.metric.text()} {best.score}" if best else ""


def took(run: Run) -> str:
    return duration(run.ended - run.started) if run.started and run.ended else ""


def record(run: Run, best: Result | None) -> dict[str, Any]:
    figures = best.figures if best else {}
    return {
        "id": run.id,
        "name": run.name,
        "state": run.state,
        "reason": run.reason.text() if run.reason else None,
        "group": run.group,
        "dataset": run.dataset,
        "dataset_version": run.dataset_version,
        "created": run.created,
        "started": run.started,
        "ended": run.ended,
        "seconds": run.ended - run.started if run.started and run.ended else None,
        "metric": best.headline if best else None,
        "score": figures[best.headline] if best else None,
        "macro_f1": figures.get("macro_f1"),
        "rows": figures.get("rows"),
    }


def _scores_table(split: str, by_weights: reports.Splits, found: reports.Report) -> str:
    shown = reports.in_order(by_weights)
    rows = by_weights[shown[0]]["rows"]
    title = translate("cli.split_rows", split=translate(f"report.split.{split}"), rows=rows)
    heads = [title, *(reports.Report.weights(name).text() for name in shown)]
    return table(
        heads,
        [
            [
                found.metric(metric).text(),
                *(
                    score_with_interval(figures[metric], figures["intervals"][metric])
                    for figures in (by_weights[weights] for weights in shown)
                ),
            ]
            for metric in by_weights[shown[0]]["intervals"]
        ],
    )


def _details(figures: reports.Figures, found: reports.Report, output: Output) -> None:
    """What there is beside the scores: a table of labels, of kinds of error."""
    if figures["per_class"]:
        output.line()
        output.line(_label_table(figures, found))
    if "errors" in figures:
        output.line()
        output.line(_error_table(figures["errors"]))


def _error_table(errors: Mapping[str, int]) -> str:
    heads = [translate("cli.head.error"), translate("cli.head.times")]
    rows = [[translate(f"report.error.{kind}"), f"{times:,}"] for kind, times in errors.items()]
    return table(heads, rows, right=(1,))


def _label_table(figures: reports.Figures, found: reports.Report) -> str:
    metrics = [translate(f"report.metric.{name}") for name in ("precision", "recall", "f1")]
    heads = [translate("cli.head.label"), *metrics, found.metric("support").text()]
    rows = [
        [
            label,
            score(numbers["precision"]),
            score(numbers["recall"]),
            score_with_interval(numbers["f1"], numbers["intervals"]["f1"]),
            f"{numbers['support']:,}",
        ]
        for label, numbers in figures["per_class"].items()
    ]
    return table(heads, rows, right=(4,))
