"""`inspect` and `import`: from files to a data set."""

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.output import Output, table
from engine.cli.parser import Arguments, Commands
from engine.errors import DataError
from engine.text import translate
from engine.workspace import Workspace

if TYPE_CHECKING:  # pandas takes half a second
    from engine.data.dataset import Roles
    from engine.data.inspection import Inspection
    from engine.data.plan import Plan, Sources
    from engine.data.report import ReadingReport

TASKS = ("binary", "multiclass", "multilabel")


def add(commands: Commands) -> None:
    _add_plan_arguments(commands.add("inspect", inspect))
    into = commands.add("import", import_)
    _add_plan_arguments(into)
    into.add("--name", metavar="N")


def _add_plan_arguments(arguments: Arguments) -> None:
    arguments.add("FILE", type=Path)
    arguments.add("--validation", type=Path, metavar="F")
    arguments.add("--test", type=Path, metavar="F")
    arguments.add("--task", choices=TASKS)
    arguments.add("--text", action="append", metavar="COLUMN")
    arguments.add("--label", action="append", metavar="COLUMN")
    arguments.add("--split-column", metavar="COLUMN")
    arguments.add("--positive", metavar="LABEL")
    arguments.add("--seed", type=int, metavar="NUMBER")


def inspect(arguments: argparse.Namespace, output: Output) -> int:
    from engine.data import importing

    sources = _sources(arguments)
    inspection = importing.inspect(sources, _plan(arguments, sources))
    _describe(inspection, output)
    output.result(_record(inspection))
    return 0


def import_(arguments: argparse.Namespace, output: Output) -> int:
    from engine.data import importing

    sources = _sources(arguments)
    workspace = Workspace(arguments.workspace).create()
    dataset = importing.import_dataset(workspace, sources, _plan(arguments, sources))
    for note in dataset.notes:
        output.line(note.text())
    rows = [translate(f"cli.rows_{split}", rows=rows) for split, rows in dataset.rows.items()]
    output.say(
        "cli.imported",
        name=dataset.name,
        task=translate(f"cli.task.{dataset.task}"),
        labels=len(dataset.labels),
        rows=rows,
    )
    output.say("cli.imported_id", id=dataset.id)
    output.result(
        {
            "id": dataset.id,
            "version": dataset.version,
            "name": dataset.name,
            "task": dataset.task,
            "labels": list(dataset.labels),
            "positive": dataset.positive,
            "rows": dict(dataset.rows),
            "notes": [note.text() for note in dataset.notes],
        }
    )
    return 0


def _sources(arguments: argparse.Namespace) -> "Sources":
    from engine.data.plan import Sources

    sources = Sources(arguments.FILE, arguments.validation, arguments.test)
    for path in sources.paths().values():
        if not path.is_file():
            raise DataError("cli.no_file", found=str(path))
    return sources


def _plan(arguments: argparse.Namespace, sources: "Sources") -> "Plan":
    """What the arguments decide; everything else stays to be guessed."""
    from engine.data.plan import Plan, SplitPlan

    plan = Plan(
        task=arguments.task, positive=arguments.positive, name=getattr(arguments, "name", "") or ""
    )
    if not (arguments.text or arguments.label or arguments.split_column) and arguments.seed is None:
        return plan
    roles = _roles(arguments, sources)
    if arguments.seed is None:
        return replace(plan, roles=roles)
    kind = "files" if len(sources.paths()) > 1 else "column" if roles.split else "ratios"
    return replace(plan, roles=roles, split=SplitPlan(kind=kind, seed=arguments.seed))


def _roles(arguments: argparse.Namespace, sources: "Sources") -> "Roles":
    """The guessed roles, less the columns that the arguments give another one."""
    from engine.data.dataset import Roles
    from engine.data.importing import inspect

    inspection = inspect(sources)
    named = [*(arguments.text or ()), *(arguments.label or ()), arguments.split_column]
    known = {column.name for column in inspection.columns}
    for name in filter(None, named):
        if name not in known:
            raise DataError("cli.no_column", found=name, columns=sorted(known))
    guess = inspection.plan.roles or Roles((), ())
    split = arguments.split_column or (guess.split if guess.split not in named else None)
    return Roles(
        tuple(arguments.text or (name for name in guess.text if name not in named)),
        tuple(arguments.label or (name for name in guess.label if name not in named)),
        split,
    )


def _describe(inspection: "Inspection", output: Output) -> None:
    for report in inspection.reports.values():
        output.line(_reading(report))
        for row in report.dropped:
            output.say("cli.dropped_row", row=row.row, reason=row.reason)
        for note in report.notes:
            output.line(note.text())
    columns = [
        (c.name, translate(f"cli.role.{c.role}"), c.reason.text()) for c in inspection.columns
    ]
    output.line()
    output.line(table(_heads("column", "role", "why"), columns))
    output.line()
    if inspection.task and inspection.task_reason:
        task = translate(f"cli.task.{inspection.task}")
        output.say("cli.task_because", task=task, reason=inspection.task_reason)
    if inspection.positive:
        output.say("cli.positive", label=inspection.positive)
    _describe_labels(inspection, output)
    for twins in inspection.twins:
        output.say("cli.twins", forms=list(twins.forms), spelling=twins.spelling)
    for key, messages in (("warnings", inspection.warnings), ("problems", inspection.problems)):
        if messages:
            output.line()
            output.say(f"cli.{key}")
            for message in messages:
                output.line(f"- {message.text()}")


def _reading(report: "ReadingReport") -> str:
    facts = [report.format, report.encoding]
    if report.delimiter:
        facts.append(translate("cli.delimiter", delimiter=repr(report.delimiter)))
    if report.has_header is not None:
        facts.append(translate("cli.header" if report.has_header else "cli.no_header"))
    return translate(
        "cli.reading",
        name=report.name,
        facts=facts,
        kept=report.rows_kept,
        dropped=report.rows_dropped,
    )


def _describe_labels(inspection: "Inspection", output: Output) -> None:
    splits = [split for split, rows in inspection.rows.items() if rows]
    rows = [
        [label, *(f"{inspection.counts[split].get(label, 0):,}" for split in splits)]
        for label in inspection.labels
    ]
    if rows:
        rows.append([translate("cli.all_rows"), *(f"{inspection.rows[s]:,}" for s in splits)])
        output.line()
        heads = [*_heads("label"), *(translate(f"report.split.{split}") for split in splits)]
        output.line(table(heads, rows, right=range(1, len(heads))))


def _heads(*names: str) -> list[str]:
    return [translate(f"cli.head.{name}") for name in names]


def _record(inspection: "Inspection") -> dict[str, Any]:
    return {
        "files": {split: _reading_record(r) for split, r in inspection.reports.items()},
        "columns": [
            {"name": c.name, "role": c.role, "reason": c.reason.text()} for c in inspection.columns
        ],
        "task": inspection.task,
        "task_reason": inspection.task_reason.text() if inspection.task_reason else None,
        "labels": list(inspection.labels),
        "positive": inspection.positive,
        "rows": dict(inspection.rows),
        "counts": {split: dict(counts) for split, counts in inspection.counts.items()},
        "twins": [{"spelling": t.spelling, "forms": dict(t.forms)} for t in inspection.twins],
        "overlap": dict(inspection.overlap),
        "duplicates": inspection.duplicates,
        "rows_dropped": inspection.rows_dropped,
        "dropped": [{"row": d.row, "reason": d.reason.text()} for d in inspection.dropped],
        "warnings": [message.text() for message in inspection.warnings],
        "problems": [message.text() for message in inspection.problems],
    }


def _reading_record(report: "ReadingReport") -> dict[str, Any]:
    return {
        "name": report.name,
        "format": report.format,
        "encoding": report.encoding,
        "delimiter": report.delimiter,
        "has_header": report.has_header,
        "rows_kept": report.rows_kept,
        "rows_dropped": report.rows_dropped,
        "dropped": [{"row": d.row, "reason": d.reason.text()} for d in report.dropped],
        "notes": [note.text() for note in report.notes],
    }
