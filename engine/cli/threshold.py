"""`threshold`: where a model decides and what it leaves to a person, chosen on validation rows."""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from engine.cli.output import Output, score_with_interval, table
from engine.cli.parser import Commands, workspace_of
from engine.errors import DataError, ModelError, RunError
from engine.evaluation import report as reports
from engine.models.thresholds import read_point
from engine.runs.registry import Registry
from engine.tasks.operating_point import Chosen, Cut, OperatingPoint
from engine.text import translate

if TYPE_CHECKING:  # numpy and pyarrow are not needed for --help
    from engine.evaluation.consequences import Consequences, Estimate
    from engine.evaluation.tuned import Verdict
    from engine.tasks.labelled import LabelPredictions, LabelTask

WAYS = ("target_precision", "target_recall", "cost", "at", "tune", "reset")


def add(commands: Commands) -> None:
    deciding = commands.add("threshold", threshold)
    deciding.add("RUN")
    deciding.add("--target-precision", type=float, metavar="NUMBER")
    deciding.add("--target-recall", type=float, metavar="NUMBER")
    deciding.add("--of", metavar="LABEL")
    deciding.add("--cost", nargs="+", metavar="NAME=PRICE")
    deciding.add("--at", nargs="+", metavar="LABEL=THRESHOLD")
    deciding.add("--band", nargs="+", metavar="LABEL=LOW..HIGH")
    deciding.add("--tune", action="store_true")
    deciding.add("--reset", action="store_true")
    deciding.add("--try", action="store_true", dest="only_try")


def threshold(arguments: argparse.Namespace, output: Output) -> int:
    from engine.evaluation.choosing import too_few
    from engine.evaluation.probabilities import read_splits
    from engine.export.deciding import save_point
    from engine.tasks import make_task

    workspace = workspace_of(arguments)
    run = Registry(workspace).get(arguments.RUN)
    report = reports.load(workspace.run(run.id))
    folder = workspace.run(run.id).model
    task = make_task(report.task, report.labels, report.positive)
    if not task.has_probabilities:
        raise RunError("decisions.no_probabilities", run=run.id)
    if not folder.is_dir():
        raise RunError("cli.no_model", run=run.id, state=run.state.word)
    deciding = cast("LabelTask", task)
    splits = read_splits(workspace, report)
    before = _before(arguments, folder)
    point, verdict = _chosen(arguments, deciding, splits.get("validation"), before)
    changed = point is not None and not arguments.only_try
    if point is not None and changed:
        save_point(folder, point)
    shown = before if point is None else point
    _show(deciding, shown, splits, verdict, output)
    few = too_few(deciding, splits.get("validation"), shown.chosen)
    if few:
        output.line(few.text())
    if changed:
        output.say("cli.threshold_saved", folder=str(folder))
    output.result({"id": run.id, "saved": changed} | _record(deciding, shown, splits, verdict))
    return 0


def _asked(arguments: argparse.Namespace) -> list[str]:
    """The ways to choose that were named."""
    asked = [way for way in WAYS if getattr(arguments, way)]
    return asked + (["at"] if arguments.band and "at" not in asked else [])


def _before(arguments: argparse.Namespace, folder: Path) -> OperatingPoint:
    """The point that is saved. A damaged file is told of, unless another point is to replace it."""
    try:
        return OperatingPoint() if arguments.reset else read_point(folder)
    except ModelError:
        if not _asked(arguments):
            raise
        return OperatingPoint()


def _chosen(
    arguments: argparse.Namespace,
    task: "LabelTask",
    seen: "LabelPredictions | None",
    before: OperatingPoint,
) -> tuple[OperatingPoint | None, "Verdict | None"]:
    """The point that was asked for, if one was, and what cross-validation says of tuning."""
    from engine.evaluation.choosing import choose

    asked = _asked(arguments)
    if len(asked) > 1:
        raise DataError("cli.threshold_one_way")
    if not asked:
        return None, None
    if asked == ["reset"]:
        return before, None
    if asked == ["tune"]:
        return _tuned(task, seen)
    if asked == ["at"]:
        return _by_hand(task, before, arguments), None
    if asked == ["cost"]:
        return choose(task, seen, before, Chosen("cost", costs=_prices(arguments.cost))), None
    (way,) = asked
    wish = Chosen(way.removeprefix("target_"), arguments.of, getattr(arguments, way))
    return choose(task, seen, before, wish), None


def _tuned(
    task: "LabelTask", seen: "LabelPredictions | None"
) -> tuple[OperatingPoint | None, "Verdict | None"]:
    """Tuned thresholds only where they help on rows they were not chosen on."""
    from engine.evaluation.tuned import cross_validated

    verdict = None if seen is None else cross_validated(task, seen)
    if verdict is None:
        raise DataError("decisions.cannot_tune")
    return (verdict.point if verdict.helps else None), verdict


def _by_hand(
    task: "LabelTask", point: OperatingPoint, arguments: argparse.Namespace
) -> OperatingPoint:
    from engine.evaluation.choosing import by_hand, known_label

    for label, value in _pairs(arguments.at or ()):
        point = by_hand(task, point, label, Cut.at(_number(value)))
    for label, value in _pairs(arguments.band or ()):
        low, _, high = value.partition("..")
        cut = task.cut(point, known_label(task, label))
        point = by_hand(task, point, label, Cut(cut.threshold, _number(low), _number(high)))
    return point


def _prices(given: Sequence[str]) -> Mapping[str, float]:
    return {name: _number(value) for name, value in _pairs(given)}


def _pairs(given: Sequence[str]) -> list[tuple[str, str]]:
    """`NAME=VALUE` each; a name may hold an equals sign itself."""
    pairs = [text.rpartition("=") for text in given]
    if not all(name for name, _, _ in pairs):
        raise DataError("cli.not_pairs", found=list(given))
    return [(name, value) for name, _, value in pairs]


def _number(value: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise DataError("cli.not_number", found=value) from None


def _show(
    task: "LabelTask",
    point: OperatingPoint,
    splits: Mapping[str, "LabelPredictions"],
    verdict: "Verdict | None",
    output: Output,
) -> None:
    if verdict:
        output.line(verdict.told.text())
    output.line(task.told(point).text())
    if not point.is_default:
        output.line()
        output.line(_labels_table(task, point))
    for split, seen in splits.items():
        output.line()
        output.line(_split_table(task, point, split, seen))


def _labels_table(task: "LabelTask", point: OperatingPoint) -> str:
    heads = [translate(f"cli.head.{name}") for name in ("label", "threshold", "band")]
    rows = []
    for label in task.cuttable:
        cut = task.cut(point, label)
        threshold = f"{cut.threshold:.4g}" if point.thresholds else ""
        band = f"{cut.low:g}..{cut.high:g}" if cut.low < cut.high else ""
        rows.append([label, threshold, band])
    return table(heads, rows, right=(1,))


def _split_table(
    task: "LabelTask", point: OperatingPoint, split: str, seen: "LabelPredictions"
) -> str:
    """The point beside the default rule, and beside a person who sees everything."""
    from engine.evaluation.consequences import compared

    sides = compared(task, seen, point)
    rows = next(iter(sides.values())).rows
    title = translate("cli.split_rows", split=translate(f"report.split.{split}"), rows=rows)
    heads = [title, *(translate(f"decisions.{name}") for name in sides)]
    lines = [
        [translate("decisions.automated"), *(f"{each.automated:,}" for each in sides.values())],
        [translate("decisions.looked_at"), *(f"{each.looked_at:,}" for each in sides.values())],
    ]
    for name in task.mistakes:
        counts = (f"{each.mistakes.get(name, 0):,}" for each in sides.values())
        lines.append([translate(f"decisions.mistakes_{name}"), *counts])
    lines += _scores(task, point, list(sides.values()))
    if all(each.cost for each in sides.values()):
        costs = (_estimate(each.cost) for each in sides.values())
        lines.append([translate("decisions.cost_per_text"), *costs])
        savings = [_estimate(each.saved) for each in sides.values()]
        lines.append([translate("decisions.saved_per_text"), *savings])
    return table(heads, lines)


def _estimate(found: "Estimate | None") -> str:
    return f"{found.mean:.2f} ({found.low:.2f} – {found.high:.2f})" if found else ""


def _scores(
    task: "LabelTask", point: OperatingPoint, sides: "Sequence[Consequences]"
) -> list[list[str]]:
    """Precision and recall of the label that was aimed at, or else the score that stands for the
    run, unless the machine leaves the hard rows to a person."""
    label = point.chosen.label if point.chosen else None
    if label is None:
        if any(each.looked_at for each in sides):
            return []
        name = task.headline
        told = (score_with_interval(each.figures[name], each.figures["intervals"][name])
                for each in sides)  # fmt: skip
        return [[task.metric(name).text(), *told]]
    lines = []
    for name in ("precision", "recall"):
        of_label = [each.figures["per_class"][label] for each in sides if each.figures]
        told = (score_with_interval(each[name], each["intervals"][name]) for each in of_label)
        metric = {"metric": translate(f"report.metric.{name}"), "label": label}
        lines.append([translate("report.of_positive", **metric), *told])
    return lines


def _record(
    task: "LabelTask",
    point: OperatingPoint,
    splits: Mapping[str, "LabelPredictions"],
    verdict: "Verdict | None",
) -> dict[str, Any]:
    from engine.evaluation.consequences import compared

    return {
        "labels": list(task.labels),
        "point": point.to_record(),
        "splits": {
            split: {name: side.to_record() for name, side in compared(task, seen, point).items()}
            for split, seen in splits.items()
        },
        "tuned": verdict.to_record() if verdict else None,
    }
