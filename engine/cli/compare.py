"""`compare` and `baselines`: is a run better than another one, or than something simple?"""

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from engine.cli.output import Output, score, score_with_interval, table
from engine.cli.parser import Commands, workspace_of
from engine.cli.settings import spoken
from engine.evaluation import report as reports
from engine.evaluation.alternatives import Alternative, alternatives
from engine.runs.registry import Registry
from engine.text import Message, translate
from engine.workspace import Workspace

if TYPE_CHECKING:  # numpy takes a moment
    from engine.evaluation.comparison import Comparison
    from engine.evaluation.paired import Paired


def add(commands: Commands) -> None:
    comparing = commands.add("compare", compare)
    comparing.add("RUN")
    comparing.add("OTHER")
    commands.add("baselines", baselines).add("RUN")


def compare(arguments: argparse.Namespace, output: Output) -> int:
    from engine.evaluation.brought import changed_by_fixes
    from engine.evaluation.comparison import compare_runs

    workspace = workspace_of(arguments)
    registry = Registry(workspace)
    run, other = (registry.get(name) for name in (arguments.RUN, arguments.OTHER))
    found, fixes = compare_runs(workspace, run.id, other.id), list[Message]()
    if found.rows is not None:
        headline = found.own.headline
        metric = found.own.metric(headline)
        output.line(found.rows.paired.message(headline, metric, f"“{other.name}”").text())
        fixes = changed_by_fixes(workspace, found)
        for message in fixes:
            output.line(message.text())
    elif found.unpaired is not None:
        output.line(found.unpaired.text())
    output.line()
    output.line(_score_table(found, run.name, other.name))
    if found.rows is not None:
        _tell_flips(found, bool(fixes), output)
    output.line()
    _tell_settings(found, run.name, other.name, output)
    output.result(_record(found))
    return 0


def baselines(arguments: argparse.Namespace, output: Output) -> int:
    from engine.baselines.making import hold_against

    workspace = workspace_of(arguments)
    run = Registry(workspace).get(arguments.RUN)
    found, failed = hold_against(workspace, run.id)
    for message in failed:
        output.progress(message.text())
    tell_alternatives(workspace, found, output)
    output.result({"id": run.id, "baselines": found.baselines, "paired": found.paired})
    return 0


def tell_alternatives(workspace: Workspace, report: reports.Report, output: Output) -> None:
    """What stands beside a run, and how the run differs from it."""
    found = alternatives(workspace, report)
    if not found:
        return
    metric = report.metric(report.headline).text()
    heads = [
        translate("cli.head.alternative"), metric, translate("cli.head.difference"),
        translate("cli.head.verdict"),
    ]  # fmt: skip
    output.line(table(heads, [_alternative_row(each, report.headline) for each in found]))


def _alternative_row(each: Alternative, headline: str) -> list[str]:
    figures = each.figures
    said = score_with_interval(figures[headline], figures["intervals"][headline])
    if each.paired is None:
        return [each.called.text(), said, "", ""]
    verdict = translate(f"better.word.{each.paired.verdict(headline)}")
    return [each.called.text(), said, _difference(each.paired, headline), verdict]


def _difference(paired: "Paired", metric: str) -> str:
    value, low, high = paired.differences[metric]
    return f"{value:+.3f} ({low:+.3f} – {high:+.3f})"


def _score_table(found: "Comparison", own: str, other: str) -> str:
    heads = ["", own, other]
    if found.rows is not None:
        heads += [translate(f"cli.head.{name}") for name in ("difference", "verdict")]
    rows = []
    for metric in found.scores:
        figures = (each for each in found.figures if each)
        said = [score_with_interval(f[metric], f["intervals"][metric]) for f in figures]
        if found.rows is not None:
            paired = found.rows.paired
            said += [_difference(paired, metric)]
            said += [translate(f"better.word.{paired.verdict(metric)}")]
        rows.append([found.own.metric(metric).text(), *said])
    return table(heads, rows)


def _tell_flips(found: "Comparison", corrected_told: bool, output: Output) -> None:
    assert found.rows is not None
    paired = found.rows.paired
    told = {"gained": paired.only_own, "lost": paired.only_other, "rows": paired.rows}
    output.say("cli.flips", p=score(paired.p_value), **told)
    if found.rows.corrected and not corrected_told:
        output.say("compare.corrected", rows=found.rows.corrected)


def _tell_settings(found: "Comparison", own: str, other: str, output: Output) -> None:
    if found.settings is None:
        output.say("compare.no_recipe")
    elif not found.settings:
        output.say("compare.same_settings")
    else:
        rows = [
            [translate(f"settings.{name}.label"), *(_value(value) for value in values)]
            for name, *values in found.settings
        ]
        output.line(table([translate("cli.head.setting"), own, other], rows))


def _value(value: Any) -> str:
    return "–" if value is None else spoken(value)


def _record(found: "Comparison") -> dict[str, Any]:
    headline = found.own.headline
    paired = found.rows.paired if found.rows else None
    return {
        "run": found.own.run,
        "other": found.other.run,
        "split": found.split,
        "metric": headline,
        "scores": {
            report.run: {name: figures[name] for name in found.scores if figures}
            for report, figures in zip(found.both, found.figures, strict=True)
        },
        "paired": asdict(paired) if paired else None,
        "verdict": paired.verdict(headline) if paired else None,
        "corrected": found.rows.corrected if found.rows else None,
        "unpaired": found.unpaired.text() if found.unpaired else None,
        "settings": None
        if found.settings is None
        else {name: {"run": own, "other": other} for name, own, other in found.settings},
    }
