"""Several runs at once: what they are, their wait, and the table of how they ended."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.cli.follow import exit_status, wait_for_group
from engine.cli.output import Output, table
from engine.cli.runs import best_result, headline, record, took
from engine.cli.settings import spoken
from engine.runs.registry import Registry
from engine.text import Message, translate
from engine.times import duration
from engine.training.recipe import Recipe
from engine.training.sweep import differences
from engine.workspace import Workspace


def describe(
    recipes: Sequence[Recipe],
    varied: Mapping[str, int],
    seconds: float | None,
    output: Output,
) -> None:
    """How many runs, what makes them so many, and what sets each apart."""
    times = " × ".join(f"{name} {count}" for name, count in varied.items())
    about = Message("cli.about_time", {"time": duration(seconds)}) if seconds else "–"
    output.say("cli.group", runs=len(recipes), times=times, time=about)
    output.line()
    columns, rows = _settings(recipes)
    output.line(table(columns, rows))
    output.line()


def train_group(
    workspace: Workspace, recipes: Sequence[Recipe], output: Output, follow: bool
) -> int:
    """Queue them, wait for all, tell how each ended. 0 where every run left its model."""
    runs = Registry(workspace).submit_group(recipes)
    output.say("cli.submitted_group", runs=len(runs), group=runs[0].group)
    runs = wait_for_group(workspace, runs, output, follow)
    results = [best_result(workspace, run) for run in runs]
    columns, settings = _settings(recipes)
    heads = ("id", *columns, "state", "score", "time")
    rows = [
        [run.id, *values, run.state.word.text(), headline(best), took(run)]
        for run, values, best in zip(runs, settings, results, strict=True)
    ]
    named = [head if head in columns else translate(f"cli.head.{head}") for head in heads]
    output.line(table(named, rows))
    records = [
        record(run, best) | {"settings": different}
        for run, best, different in zip(runs, results, differences(recipes), strict=True)
    ]
    output.result({"group": runs[0].group, "runs": records})
    return max(exit_status(workspace, run) for run in runs)


def _settings(recipes: Sequence[Recipe]) -> tuple[list[str], list[list[str]]]:
    """Names of the settings that differ, and their values in each recipe."""
    different: list[dict[str, Any]] = differences(recipes)
    names = list(dict.fromkeys(name for values in different for name in values))
    return names, [
        [spoken(values[name]) if name in values else "–" for name in names] for values in different
    ]
