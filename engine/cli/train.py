"""`train` and `resume`: from a recipe to an ended run."""

import argparse
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from engine.cli import group
from engine.cli.follow import exit_status, wait
from engine.cli.output import Output, duration, table
from engine.cli.parser import Commands, workspace_of
from engine.cli.runs import tell_end
from engine.cli.settings import overview, spoken
from engine.errors import RecipeError, TunesmithError
from engine.models.catalogue import BUNDLED
from engine.runs.registry import Registry
from engine.runs.supervisor import Supervisor
from engine.text import Message, translate
from engine.training.recipe import PLACE, Recipe, read_values
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


def train(arguments: argparse.Namespace, output: Output) -> int:
    place, sweep, origins = _draft(arguments)
    workspace = workspace_of(arguments)
    dataset = _dataset(workspace, place)
    recipes = _decide(workspace, dataset, sweep, origins, output)
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


def _draft(arguments: argparse.Namespace) -> tuple[dict[str, Any], Sweep, dict[str, str]]:
    """Which data, what the recipe file and then the command line decide of the settings, and which
    of the two decided each. Raises RecipeError."""
    place, given = read_values(_read(arguments.RECIPE) if arguments.RECIPE else "{}")
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
    return place, Sweep(choices), origins


def _anchored(model: str) -> str:
    """A local folder by its full path, for the run may start in another working directory."""
    folder = Path(model).expanduser()
    return str(folder.resolve()) if folder.is_dir() and model != BUNDLED else model


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


def _dataset(workspace: Workspace, place: dict[str, Any]) -> "Dataset":
    from engine.data.dataset import load_dataset

    version = place.get("dataset_version")
    if version is not None and not (isinstance(version, int) and version > 0):
        raise RecipeError([Message("cli.bad_version", {"found": str(version)[:80]})])
    return load_dataset(workspace, str(place["dataset"]), version)


def _decide(
    workspace: Workspace,
    dataset: "Dataset",
    sweep: Sweep,
    origins: Mapping[str, str],
    output: Output,
) -> list[Recipe]:
    """The complete recipes, after saying what will run and why. Raises RecipeError."""
    from engine.models.catalogue import find_model
    from engine.training.plan import make_plan
    from engine.training.recommend import complete, training_token_counts

    machine = _machine(workspace)
    names = sweep.choices.get("model", (BY_NAME["model"].default,))
    counts = {name: training_token_counts(workspace, dataset, find_model(name)) for name in names}
    jobs: list[tuple[Completed, TrainingPlan]] = []
    for draft in sweep.drafts():
        of_model = counts[draft.get("model", names[0])]
        completed = complete(draft, dataset, of_model, machine)
        jobs.append((completed, make_plan(completed.recipe, dataset, machine, of_model)))
    kept = distinct([completed.recipe for completed, _ in jobs])
    jobs = [jobs[index] for index in kept]
    recipes = [completed.recipe for completed, _ in jobs]
    plans = [plan for _, plan in jobs]
    if len(jobs) == 1:
        _describe(dataset, *jobs[0], origins, output)
    else:
        group.describe(recipes, sweep.varied, seconds_in_all(plans, len(machine.gpus)), output)
    problems = problems_in_all(plans)
    if problems:
        raise RecipeError(problems)
    return recipes


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
