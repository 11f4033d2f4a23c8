"""`versions`: what versions a data set has, how two differ, an old one put back or written out."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.output import Output, table
from engine.cli.parser import Commands, workspace_of
from engine.errors import WorkspaceError
from engine.text import translate
from engine.times import clock
from engine.workspace import Workspace

if TYPE_CHECKING:
    from engine.data.dataset import Dataset

SHOWN = 20
"""Rows named of each kind of difference."""


def add(commands: Commands) -> None:
    command = commands.add("versions", versions)
    command.add("--dataset", required=True, metavar="ID")
    what = command.one_of()
    what.add("--compare", type=int, nargs=2, metavar=("A", "B"))
    what.add("--restore", type=int, metavar="N")
    what.add("--export", type=Path, metavar="FILE")
    command.add("--version", type=int, metavar="N")


def versions(arguments: argparse.Namespace, output: Output) -> int:
    """What was asked for; without anything the list."""
    workspace, name = workspace_of(arguments), arguments.dataset
    if arguments.restore is not None:
        _restore(workspace, name, arguments.restore, output)
    elif arguments.compare is not None:
        before, after = arguments.compare
        _compare(workspace, name, before, after, output)
    elif arguments.export is not None:
        _export(workspace, name, arguments.version, arguments.export, output)
    else:
        _list(workspace, name, output)
    return 0


def _list(workspace: Workspace, dataset_id: str, output: Output) -> None:
    from engine.data.versions import versions as found

    every = found(workspace, dataset_id)
    heads = [translate(f"cli.head.{name}") for name in ("version", "made", "by", "rows", "what")]
    output.line(table(heads, [_row(each) for each in every], right=(0, 3)))
    output.result({"dataset": dataset_id, "versions": [_record(each) for each in every]})


def _row(dataset: "Dataset") -> list[str]:
    parts = [*(reason.text() for reason in dataset.reasons), dataset.note]
    rows = f"{sum(dataset.rows.values()):,}"
    made = clock(dataset.created)
    return [str(dataset.version), made, dataset.author, rows, " · ".join(filter(None, parts))]


def _record(dataset: "Dataset") -> dict[str, Any]:
    return {
        "version": dataset.version,
        "created": dataset.created,
        "author": dataset.author,
        "parent": dataset.parent,
        "reasons": [reason.text() for reason in dataset.reasons],
        "note": dataset.note,
        "task": dataset.task,
        "labels": list(dataset.labels),
        "rows": dict(dataset.rows),
        "counts": {split: dict(counts) for split, counts in dataset.counts.items()},
        "fingerprint": dataset.fingerprint,
    }


def _compare(
    workspace: Workspace, dataset_id: str, before: int, after: int, output: Output
) -> None:
    from engine.data.differences import compare

    found = compare(workspace, dataset_id, before, after)
    if found.same:
        output.say("versions.same", before=before, after=after)
    if found.renamed:
        names = [translate("versions.new_name", old=o, new=n) for o, n in found.renamed.items()]
        output.say("versions.renamed", names=names)
    for kind, rows in found.rows.items():
        if rows:
            named = [*map(str, rows[:SHOWN]), *(["…"] if len(rows) > SHOWN else [])]
            output.line(f"{translate(f'versions.{kind}_rows', rows=len(rows))}: {', '.join(named)}")
    both = (found.before, found.after)
    labels = dict.fromkeys(name for each in both for name in each.labels)
    if labels:
        numbers = [translate("versions.number", version=each.version) for each in both]
        counted = [[name, *(_count(each, name) for each in both)] for name in labels]
        output.line()
        output.line(table([translate("cli.head.label"), *numbers], counted, right=(1, 2)))
    told = {"dataset": dataset_id, "before": before, "after": after}
    output.result(told | {"rows": dict(found.rows), "renamed": dict(found.renamed)})


def _count(dataset: "Dataset", label: str) -> str:
    if label not in dataset.labels:
        return "–"
    return f"{sum(counts.get(label, 0) for counts in dataset.counts.values()):,}"


def _restore(workspace: Workspace, dataset_id: str, number: int, output: Output) -> None:
    from engine.data.versions import restore

    made = restore(workspace, dataset_id, number)
    output.say("versions.made", version=made.version, name=made.name, reason=made.reasons[0])
    output.result({"dataset": dataset_id, "version": made.version, "parent": made.parent})


def _export(
    workspace: Workspace, dataset_id: str, number: int | None, target: Path, output: Output
) -> None:
    from engine.data.dataset import load_dataset
    from engine.data.exporting import export

    dataset = load_dataset(workspace, dataset_id, number)
    if target.exists():
        raise WorkspaceError("versions.file_there", file=str(target))
    export(workspace, dataset, target)
    rows = sum(dataset.rows.values())
    output.say("versions.exported", rows=rows, version=dataset.version, file=str(target))
    output.result(
        {"dataset": dataset_id, "version": dataset.version, "file": str(target), "rows": rows}
    )
