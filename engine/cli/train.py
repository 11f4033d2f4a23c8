"""`train` and `resume`: from a recipe to an ended run."""

import argparse
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from engine.cli import group
from engine.cli.follow import exit_status, wait
from engine.cli.output import Output, table
from engine.cli.parser import Commands, workspace_of
from engine.cli.runs import tell_end
from engine.cli.settings import overview, spoken
from engine.errors import ModelError, RecipeError, TunesmithError
from engine.models.catalogue import BUNDLED
from engine.runs.registry import Registry
from engine.runs.supervisor import Supervisor
from engine.text import Message, translate
from engine.times import duration
from engine.training.problems import setting_of
from engine.training.recipe import PLACE, Recipe, at_line, lines_of, read_values
from engine.training.settings import BY_NAME, SETTINGS
from engine.training.sweep import (
    Sweep,
    distinct,
    problems_in_all,
    read_sweep,
    seconds_in_all,
)
from engine.workspace import Workspace

if TYPE_CHECKING:  # pandas takes half a second
    from engine.data.dataset import Dataset
    from engine.models.hardware import Hardware
    from engine.training.plan import TrainingPlan
    from engine.training.recommend import Completed

    Job = tuple[Completed, TrainingPlan]


def add(commands: Commands) -> None:
    training = commands.add(
        "train", train, formatter_class=argparse.RawDescriptionHelpFormatter, epilog=overview()
    )
    training.add("RECIPE", type=Path, nargs="?")
    training.add("--dataset", metavar="ID")
    training.add(
        "--set", nargs="+", action="extend", default=[], metavar="KEY=VALUE", dest="values"
    )
    training.add("--follow", action="store_true")
    resuming = commands.add("resume", resume)
    resuming.add("RUN")
    resuming.add("--follow", action="store_true")


@dataclass(frozen=True)
class _Draft:
    place: Mapping[str, Any]
    """Which data."""
    sweep: Sweep
    """What is decided of the settings."""
    origins: Mapping[str, str]
    """Who decided each: the recipe file or the command line."""
    lines: Mapping[str, int]
    """Of the recipe file, for what it decided."""

    @contextmanager
    def at_lines(self) -> Iterator[None]:
        """Problems found in here name the line of the recipe file that they are of."""
        try:
            yield
        except RecipeError as error:
            raise RecipeError([self._at_line(p) for p in error.problems]) from None
        except ModelError as error:
            if "model" not in self.lines:
                raise
            raise RecipeError([at_line(self.lines["model"], error.message)]) from None

    def _at_line(self, problem: Message) -> Message:
        name = "dataset_version" if problem.key == "cli.bad_version" else setting_of(problem)
        line = self.lines.get(name or "")
        return at_line(line, problem) if line else problem


def train(arguments: argparse.Namespace, output: Output) -> int:
    draft = _read_draft(arguments)
    workspace = workspace_of(arguments)
    with draft.at_lines():
        dataset = _dataset(workspace, draft.place)
        jobs = _plan(workspace, dataset, draft.sweep)
    recipes = [completed.recipe for completed, _ in jobs]
    _announce(workspace, dataset, jobs, draft, output)
    if len(recipes) > 1:
        return group.train_group(workspace, recipes, output, arguments.follow)
    run = Registry(workspace).submit(recipes[0])
    output.say("cli.submitted", run=run.id)
    run = wait(workspace, run, output, arguments.follow)
    tell_end(workspace, run, output)
    return exit_status(workspace, run)


def resume(arguments: argparse.Namespace, output: Output) -> int:
    workspace = workspace_of(arguments)
    Supervisor(workspace, spare=False).settle_the_dead()
    registry = Registry(workspace)
    events = workspace.run(registry.get(arguments.RUN).id).events
    since = events.stat().st_size if events.is_file() else 0
    run = registry.resume(arguments.RUN)
    output.say("cli.submitted", run=run.id)
    run = wait(workspace, run, output, arguments.follow, since)
    tell_end(workspace, run, output)
    return exit_status(workspace, run)


def _read_draft(arguments: argparse.Namespace) -> _Draft:
    """What the recipe file and then the command line decide. Raises RecipeError."""
    text = _read(arguments.RECIPE) if arguments.RECIPE else "{}"
    place, given = read_values(text)
    given.check(read_sweep)
    typed = dict(map(_key_and_value, arguments.values))
    values = given.values | typed
    origins = dict.fromkeys(typed, translate("cli.chosen"))
    if arguments.RECIPE:
        by_recipe = translate("cli.chosen_by_recipe", name=arguments.RECIPE.name)
        origins = dict.fromkeys(given.values, by_recipe) | origins
    place |= {name: values.pop(name) for name in PLACE if name in values}
    if arguments.dataset:
        place = {"dataset": arguments.dataset}
    choices = dict(read_sweep(values).choices)
    if "model" in choices:
        choices["model"] = tuple(map(_anchored, choices["model"]))
    if not place.get("dataset"):
        raise RecipeError([Message("cli.no_dataset")])
    lines = {name: line for name, line in lines_of(text).items() if name not in typed}
    return _Draft(place, Sweep(choices), origins, lines)


def _anchored(model: str) -> str:
    """A local folder by its full path, for the run may start in another working directory."""
    folder = os.path.expanduser(model)
    is_folder = model != BUNDLED and os.path.isdir(folder)  # takes any text, unlike Path.is_dir
    return str(Path(folder).resolve()) if is_folder else model


def _read(path: Path) -> str:
    if not path.is_file():
        raise TunesmithError("cli.no_recipe", found=str(path))
    return path.read_text("utf-8-sig", errors="replace")


def _key_and_value(text: str) -> tuple[str, Any]:
    key, equals, value = text.partition("=")
    try:
        if equals:
            return key.strip(), _typed(key.strip(), value)
    except (yaml.YAMLError, ValueError):  # ValueError: a date like 2024-13-45
        pass
    raise RecipeError([Message("cli.bad_set", {"found": text})])


def _typed(key: str, value: str) -> Any:
    """The value as YAML has it; where a text is wanted, 2026 and yes are text as they stand."""
    found = yaml.safe_load(value)
    is_word = isinstance(found, bool | int | float | date)
    return value if is_word and key in BY_NAME and BY_NAME[key].kind == "text" else found


def _dataset(workspace: Workspace, place: Mapping[str, Any]) -> "Dataset":
    from engine.data.dataset import load_dataset

    version = place.get("dataset_version")
    if version is not None and not (isinstance(version, int) and version > 0):
        raise RecipeError([Message("cli.bad_version", {"found": str(version)[:80]})])
    return load_dataset(workspace, str(place["dataset"]), version)


def _plan(workspace: Workspace, dataset: "Dataset", sweep: Sweep) -> list["Job"]:
    """The complete recipes, each with what it will do. Raises RecipeError or ModelError for what
    cannot run."""
    from engine.models.catalogue import find_model
    from engine.training.plan import make_plan
    from engine.training.recommend import complete, training_token_counts

    machine = _machine(workspace)
    names = _models(sweep)
    counts = {name: training_token_counts(workspace, dataset, find_model(name)) for name in names}
    jobs: list[Job] = []
    for draft in sweep.drafts():
        of_model = counts[draft.get("model", names[0])]
        completed = complete(draft, dataset, of_model, machine)
        jobs.append((completed, make_plan(completed.recipe, dataset, machine, of_model)))
    jobs = [jobs[index] for index in distinct([completed.recipe for completed, _ in jobs])]
    problems = problems_in_all([plan for _, plan in jobs])
    if problems:
        raise RecipeError(problems)
    return jobs


def _models(sweep: Sweep) -> tuple[str, ...]:
    return sweep.choices.get("model", (BY_NAME["model"].default,))


def _announce(
    workspace: Workspace, dataset: "Dataset", jobs: Sequence["Job"], draft: _Draft, output: Output
) -> None:
    """What will run and why, and what may go wrong."""
    from engine.training import scripts

    if len(jobs) == 1:
        _describe(dataset, *jobs[0], draft.origins, output)
    else:
        plans = [plan for _, plan in jobs]
        seconds = seconds_in_all(plans, len(_machine(workspace).gpus))
        recipes = [completed.recipe for completed, _ in jobs]
        group.describe(recipes, draft.sweep.varied, seconds, output)
    foreign = [
        scripts.of_dataset(workspace, dataset.id, dataset.version, name)
        for name in _models(draft.sweep)
    ]
    for script in filter(None, dict.fromkeys(foreign)):
        output.say(f"models.foreign_{script}")
        output.line()


def _machine(workspace: Workspace) -> "Hardware":
    """What is known of the machine; the first time it is looked at, which takes torch a moment."""
    from engine.models import hardware

    machine = hardware.load(workspace)
    if machine is None:
        hardware.calm()
        machine = hardware.probe()
        hardware.save(workspace, machine)
    return machine


def _describe(
    dataset: "Dataset",
    completed: "Completed",
    plan: "TrainingPlan",
    origins: Mapping[str, str],
    output: Output,
) -> None:
    facts = _facts(dataset, completed.recipe, plan)
    output.line(table((), [(translate(f"cli.plan.{name}"), fact) for name, fact in facts.items()]))
    output.line()
    output.line(_settings_table(completed, origins))
    output.line()
    for warning in plan.warnings:
        output.line(warning.text())
        output.line()


def _facts(dataset: "Dataset", recipe: Recipe, plan: "TrainingPlan") -> dict[str, str]:
    from engine.models.catalogue import find_model
    from engine.training.footprint import gigabytes

    rows = [translate(f"cli.rows_{split}", rows=rows) for split, rows in dataset.rows.items()]
    facts = {
        "data": f"{dataset.name} v{dataset.version}: {', '.join(rows)}",
        "model": translate("cli.model", title=find_model(recipe.model).title, name=recipe.model),
        "method": translate(f"settings.method.{recipe.method}"),
        "steps": translate(
            "cli.steps",
            steps=plan.steps,
            rows=plan.effective_batch,
            epoch=plan.steps_per_epoch,
            epochs=recipe.epochs,
        ),
        "device": translate("cli.device", device=plan.device_name, why=plan.precision_why),
    }
    if plan.seconds is not None:
        facts["time"] = translate("cli.about_time", time=duration(plan.seconds))
    if plan.memory is not None:
        facts["memory"] = translate(
            "models.memory",
            need=gigabytes(plan.memory.need.total),
            free=gigabytes(plan.memory.free),
            fit=Message(f"models.fit_{plan.memory.fit}"),
        )
    if plan.notes:
        facts["notes"] = " ".join(note.text() for note in plan.notes)
    return facts


def _settings_table(completed: "Completed", origins: Mapping[str, str]) -> str:
    """The settings that somebody decided: the user or a recipe file, as `origins` says, or the
    recommendation with its reason."""
    recipe, values = completed.recipe, completed.values
    reasons = {name: why.text() for name, why in completed.whys.items()}
    reasons |= {name: origins[name] for name in recipe.chosen}
    heads = [translate(f"cli.head.{head}") for head in ("setting", "value", "why")]
    rows = [
        (setting.name, spoken(values[setting.name]), reasons[setting.name])
        for setting in SETTINGS
        if setting.name in reasons and setting.of_use(values)
    ]
    return table(heads, rows)
