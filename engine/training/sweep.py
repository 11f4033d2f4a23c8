"""Several values for a setting make several runs: from lists of values to one draft a run.

A list gives a setting several values; a setting whose value is itself a list takes a list of
lists. Every combination is one run. Knows nothing of the form, of files and of the queue.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

from engine.errors import RecipeError
from engine.text import Message
from engine.training.recipe import Recipe
from engine.training.settings import BY_NAME, SETTINGS, check_values

if TYPE_CHECKING:  # numpy takes a moment
    from engine.training.plan import TrainingPlan

MOST = 100
"""Runs of one group. More are a slip of the hand sooner than a plan."""


@dataclass(frozen=True)
class Sweep:
    """The values of each setting that somebody decided, in their proper types."""

    choices: Mapping[str, tuple[Any, ...]]

    @property
    def varied(self) -> dict[str, int]:
        """How many values each setting has that has several."""
        return {name: len(values) for name, values in self.choices.items() if len(values) > 1}

    def drafts(self) -> list[dict[str, Any]]:
        """One draft a combination; the setting named last changes fastest."""
        values = product(*self.choices.values())
        return [dict(zip(self.choices, each, strict=True)) for each in values]


def read_sweep(values: Mapping[str, Any]) -> Sweep:
    """Settings with one value or a list of them. Raises RecipeError with all problems at once.

    The same value twice counts once; None means "as recommended" and is left out.
    """
    choices: dict[str, tuple[Any, ...]] = {}
    problems: list[Message] = []
    for name, value in values.items():
        try:
            found = _values_of(name, value)
        except RecipeError as error:
            problems += error.problems
        else:
            choices |= {name: found} if found else {}
    count = math.prod(len(found) for found in choices.values())
    if count > MOST:
        problems.append(Message("recipe.too_many_runs", {"count": count, "most": MOST}))
    if problems:
        raise RecipeError(problems)
    return Sweep(choices)


def distinct(recipes: Iterable[Recipe]) -> list[int]:
    """Places of the recipes that do not train just as an earlier one does: some differ only in
    settings that are of no use beside the others."""
    found: dict[str, int] = {}
    for index, recipe in enumerate(recipes):
        found.setdefault(str(_of_use(recipe)), index)
    return list(found.values())


def seconds_in_all(plans: Sequence["TrainingPlan"], gpus: int) -> float | None:
    """A rough estimate for all runs together, several GPUs sharing them; None where that of one
    is not known."""
    known = [plan.seconds for plan in plans if plan.seconds is not None]
    return sum(known) / max(1, gpus) if len(known) == len(plans) else None


def problems_in_all(plans: Sequence["TrainingPlan"]) -> tuple[Message, ...]:
    """What keeps any of them from starting, each problem once."""
    found: list[Message] = []
    for plan in plans:
        found += [problem for problem in plan.problems if problem not in found]
    return tuple(found)


def differences(recipes: Iterable[Recipe]) -> list[dict[str, Any]]:
    """For each recipe the settings somebody chose that are not the same in all of them."""
    used = [_of_use(recipe) for recipe in recipes]
    chosen = {name for recipe in recipes for name in recipe.chosen}
    differing = [
        setting.name
        for setting in SETTINGS
        if setting.name in chosen and len({str(values.get(setting.name)) for values in used}) > 1
    ]
    return [{name: values[name] for name in differing if name in values} for values in used]


def apart(one: Recipe, other: Recipe) -> dict[str, tuple[Any, Any]]:
    """Every setting in which two recipes differ, chosen or recommended, with both values; None
    stands for one that is of no use there."""
    first, second = _of_use(one), _of_use(other)
    names = (setting.name for setting in SETTINGS)
    pairs = {name: (first.get(name), second.get(name)) for name in names}
    return {name: pair for name, pair in pairs.items() if str(pair[0]) != str(pair[1])}


def chosen_values(recipes: Sequence[Recipe]) -> dict[str, Any]:
    """What somebody chose for these runs, as `read_sweep` takes it: a list where they differ."""
    draft = recipes[0].draft()
    for values in differences(recipes):
        for name, value in values.items():
            found = draft[name] if isinstance(draft.get(name), list) else []
            draft[name] = found if value in found else [*found, value]
    return {
        name: value[0] if isinstance(value, list) and len(value) == 1 else value
        for name, value in draft.items()
    }


def _of_use(recipe: Recipe) -> dict[str, Any]:
    values = asdict(recipe)
    return {s.name: values[s.name] for s in SETTINGS if s.of_use(values)}


def _values_of(name: str, value: Any) -> tuple[Any, ...]:
    """The checked values of one setting; none where it is left to the recommendation."""
    if name not in BY_NAME or not _is_several(name, value):
        return tuple(check_values({name: value}).values())
    setting, found, problems = BY_NAME[name], list[Any](), list[Message]()
    for each in value:
        try:
            checked = setting.check(each)
            found += [] if checked in found else [checked]
        except ValueError as error:
            problems.append(error.args[0])
    if not value:
        label = Message(f"settings.{name}.label")
        problems.append(Message("recipe.no_values", {"label": label}))
    if problems:
        raise RecipeError(problems)
    return tuple(found)


def _is_several(name: str, value: Any) -> bool:
    if not isinstance(value, list | tuple):
        return False
    is_list = BY_NAME[name].kind == "names"
    return (
        bool(value) and all(isinstance(each, list | tuple) for each in value) if is_list else True
    )
