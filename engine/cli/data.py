"""`inspect` and `import`: from files to a data set."""

import argparse
import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from engine.cli.output import Output, table
from engine.cli.parser import Commands
from engine.cli.plan import add_plan_arguments, make_plan, make_sources
from engine.text import Message, translate
from engine.workspace import Workspace

if TYPE_CHECKING:  # pandas takes half a second
    from engine.data.inspection import Inspection
    from engine.data.report import DroppedRow, ReadingReport


def add(commands: Commands) -> None:
    add_plan_arguments(commands.add("inspect", inspect))
    into = commands.add("import", import_)
    add_plan_arguments(into)
    into.add("--name", metavar="N")


def inspect(arguments: argparse.Namespace, output: Output) -> int:
    from engine.data import importing

    sources = make_sources(arguments, output)
    inspection = importing.inspect(sources, make_plan(arguments, sources))
    unused = _unused(arguments, inspection.task, inspection.positive)
    _describe(inspection, unused, output)
    output.result(_record(inspection, unused))
    return 0


def import_(arguments: argparse.Namespace, output: Output) -> int:
    from engine.data import importing

    sources = make_sources(arguments, output)
    workspace = Workspace(arguments.workspace).create()
    plan = make_plan(arguments, sources)
    dataset = importing.import_dataset(workspace, sources, plan)
    wanted = plan.name.strip() or sources.title()
    if dataset.name != wanted:
        output.say("cli.imported_renamed", wanted=wanted, name=dataset.name)
    for note in dataset.notes:
        output.line(note.text())
    unused = _unused(arguments, dataset.task, dataset.positive)
    rows = [translate(f"cli.rows_{split}", rows=rows) for split, rows in dataset.rows.items()]
    output.say(
        "cli.imported" if dataset.labels else "cli.imported_answers",
        name=dataset.name,
        task=translate(f"cli.task.{dataset.task}"),
        labels=len(dataset.labels),
        rows=rows,
    )
    _describe_positive(dataset.positive, dataset.labels, unused, output)
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
            "notes": [note.text() for note in (*dataset.notes, *unused)],
        }
    )
    return 0


def _unused(
    arguments: argparse.Namespace, task: str | None, positive: str | None
) -> Sequence[Message]:
    """That a positive label was asked for where there is none."""
    if arguments.positive is None or task is None or positive is not None:
        return ()
    params = {"label": shlex.quote(arguments.positive), "task": Message(f"cli.task.{task}")}
    return (Message("cli.positive_unused", params),)


def _describe_positive(
    positive: str | None, labels: Sequence[str], unused: Sequence[Message], output: Output
) -> None:
    for other in labels:
        if positive is not None and other != positive:
            output.say("cli.positive", label=positive, other=shlex.quote(other))
    for message in unused:
        output.line(message.text())


def _describe(inspection: "Inspection", unused: Sequence[Message], output: Output) -> None:
    for report in inspection.reports.values():
        output.line(_reading(report))
        _rows(report.dropped, [report], output)
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
    _describe_positive(inspection.positive, inspection.labels, unused, output)
    _describe_labels(inspection, output)
    _describe_marks(inspection, output)
    for twins in inspection.twins:
        output.say("cli.twins", forms=list(twins.forms), spelling=twins.spelling)
    for key, messages in (("warnings", inspection.warnings), ("problems", inspection.problems)):
        if messages:
            output.line()
            output.say(f"cli.{key}")
            for message in messages:
                output.line(f"- {message.text()}")


def _describe_marks(inspection: "Inspection", output: Output) -> None:
    """Marks of entities that were put right or left out."""
    for key, marks in (("mended", inspection.mended), ("left_out", inspection.left_out)):
        if marks.count:
            output.line()
            output.say(f"cli.marks_{key}", marks=marks.count)
            _rows(marks.first, list(inspection.reports.values()), output)


def _rows(rows: "Sequence[DroppedRow]", reports: "Sequence[ReadingReport]", output: Output) -> None:
    """Rows of these files, by their places there."""
    key = "cli.in_line" if all(report.by_lines for report in reports) else "cli.in_row"
    for row in rows:
        file = row.file or reports[0].name
        output.say(key, number=row.row, file=file, reason=row.reason)


def _reading(report: "ReadingReport") -> str:
    facts = [report.format, *filter(None, [report.part, report.encoding])]
    if report.delimiter:
        facts.append(translate("cli.delimiter", delimiter=repr(report.delimiter)))
    if report.has_header is not None:
        facts.append(translate("cli.header" if report.has_header else "cli.no_header"))
    return translate(
        "cli.reading",
        name=report.name,
        facts=facts,
        rows=report.rows_kept,
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
        heads = [
            *_heads(_COUNTED.get(inspection.shape, "label")),
            *(translate(f"report.split.{split}") for split in splits),
        ]
        output.line(table(heads, rows, right=range(1, len(heads))))
        saved = sum(inspection.rows.values())
        if saved < sum(report.rows_kept for report in inspection.reports.values()):
            output.say("cli.will_save", rows=saved)


_COUNTED = {"spans": "entity"}
"""shape → what the first column of the counts holds, where that is not labels."""


def _heads(*names: str) -> list[str]:
    return [translate(f"cli.head.{name}") for name in names]


def _record(inspection: "Inspection", unused: Sequence[Message]) -> dict[str, Any]:
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
        "dropped": _marks(inspection.dropped),
        "mended": {"count": inspection.mended.count, "first": _marks(inspection.mended.first)},
        "left_out": {
            "count": inspection.left_out.count,
            "first": _marks(inspection.left_out.first),
        },
        "warnings": [message.text() for message in (*inspection.warnings, *unused)],
        "problems": [message.text() for message in inspection.problems],
    }


def _marks(rows: "Sequence[DroppedRow]") -> list[dict[str, Any]]:
    return [{"row": row.row, "reason": row.reason.text()} for row in rows]


def _reading_record(report: "ReadingReport") -> dict[str, Any]:
    return {
        "name": report.name,
        "format": report.format,
        "encoding": report.encoding,
        "delimiter": report.delimiter,
        "has_header": report.has_header,
        "rows_kept": report.rows_kept,
        "rows_dropped": report.rows_dropped,
        "dropped": _marks(report.dropped),
        "notes": [note.text() for note in report.notes],
    }
