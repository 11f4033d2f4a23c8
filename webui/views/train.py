"""The train tab in HTML: the card that says what will run, and why."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Dataset
from engine.models.catalogue import ModelInfo
from engine.models.memory import Outlook, Remedy
from engine.quality.checking import Findings
from engine.text import Message
from engine.training.footprint import gigabytes
from engine.training.plan import TrainingPlan
from engine.training.recipe import Recipe
from engine.training.settings import BY_NAME, Setting
from engine.training.sweep import chosen_values
from webui import text
from webui.charts import Words
from webui.checking import SERIOUS
from webui.html import Html, button, fold, join, note, table, tag
from webui.progress import duration


@dataclass(frozen=True)
class Group:
    """Several runs of one form."""

    recipes: tuple[Recipe, ...]
    seconds: float | None
    """Of all of them together"""


@dataclass(frozen=True)
class Review:
    """What will run, as far as the form allows to say."""

    dataset: Dataset
    draft: Mapping[str, Any]
    info: ModelInfo | None = None
    refusal: Message | None = None
    """Why the chosen model cannot be used."""
    looking: bool = False
    """The chosen model is being looked up."""
    recipe: Recipe | None = None
    whys: Mapping[str, Message] | None = None
    plan: TrainingPlan | None = None
    output: str | None = None
    """What the chosen model puts out for the task."""
    counts: NDArray[np.int32] | None = field(default=None, compare=False)
    """Tokens of the training texts."""
    foreign: str = ""
    """The script of the texts, where the model knows English only and they are in another."""
    problems: tuple[Message, ...] = ()
    """Everything that keeps the run from starting."""
    found: Findings | None = field(default=None, compare=False)
    """What is wrong with the data, if that was looked for."""
    group: Group | None = None
    """Where fields hold several values: all runs, of which this is the first."""

    def values(self, recipe: Recipe) -> dict[str, Any]:
        """Everything that decides whether a setting is of use in one of the runs."""
        return asdict(recipe) | {"output": self.output}

    @property
    def bundled_fits(self) -> bool:
        """Whether the bundled model, an encoder, can do the task."""
        return "encoder" in self.dataset.make_task().outputs

    @property
    def refused(self) -> bool:
        """Whether another model must be chosen."""
        return self.refusal is not None and not self.looking

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """What the start button starts."""
        if self.group:
            return self.group.recipes
        return (self.recipe,) if self.recipe else ()


def start(review: Review, t: Words) -> str:
    """The words of the start button: what it does, or what keeps it from doing it."""
    if review.looking:
        return t("start_looking")
    if review.refusal:
        return t("start_model")
    if not review.problems:
        return t("start_runs", runs=len(review.recipes)) if review.group else t("start")
    return t("start_problem")


def card(review: Review, t: Words, language: str) -> Html:
    """The facts of the run that the start button starts."""
    parts: list[Html] = [tag("h3", t("card_title"))]
    if review.group:
        parts.append(tag("p", tag("b", group_line(review.group, t)), id="group-line"))
        parts.append(tag("p", t("group_first"), class_="ts-why"))
    parts.append(_facts(review, t, language))
    parts += _found(review, t)
    worth_knowing = (*(review.plan.notes if review.plan else ()), *review.dataset.notes)
    parts += [note("info", text.say(message, language)) for message in worth_knowing]
    if review.plan:
        outlook = review.plan.memory
        remedy = remedy_button(outlook.remedy if outlook else None, t)
        warnings = (tag("p", text.say(warning, language)) for warning in review.plan.warnings)
        parts += [note("warning", warning, remedy) for warning in warnings]
    if review.recipe and review.whys:
        parts.append(fold(t("card_whys"), _whys(review, review.recipe, t, language)))
    return join(parts)


def _found(review: Review, t: Words) -> list[Html]:
    """That the data should be looked at first, where something serious is wrong with it."""
    findings = review.found.findings if review.found else ()
    serious = sum(finding.weight >= SERIOUS for finding in findings)
    if not serious:
        return []
    told = tag("p", t("problems.first", problems=len(findings), serious=serious))
    return [note("warning", told, button(t("review.problems"), "problems"))]


def group_line(group: Group, t: Words) -> str:
    """How many runs, what makes them so many, and how long all of them take."""
    several = chosen_values(group.recipes)
    times = " × ".join(
        f"{term(t(f'settings.{name}.label'))} {len(value)}"
        for name, value in several.items()
        if isinstance(value, list)
    )
    line = {"runs": len(group.recipes), "times": times}
    if group.seconds is None:
        return t("group_runs", **line)
    return t("group_runs_time", time=duration(group.seconds), **line)


def term(words: str) -> str:
    """The field's term alone, where it stands in brackets behind the plain words, and without what
    explains it behind a colon."""
    found = re.search(r"[(（]([^()（）]+)[)）]$", words)
    return found[1] if found else re.split("[:：]", words)[0]


def _facts(review: Review, t: Words, language: str) -> Html:
    dataset, recipe, plan = review.dataset, review.recipe, review.plan
    rows = t("card_rows", rows=text.numbers(dataset.rows))
    facts: dict[str, Any] = {
        "data": join([tag("b", dataset.name), f" v{dataset.version}", tag("br"), rows])
    }
    if recipe and review.info:
        method = t(f"settings.method.{recipe.method}")
        facts["model"] = join([tag("b", review.info.title), tag("br"), _method(recipe, method, t)])
    if recipe and plan:
        facts["steps"] = t(
            "plan_steps",
            epochs=recipe.epochs,
            steps_per_epoch=plan.steps_per_epoch,
            steps=plan.steps,
        )
        batch = "plan_windows" if plan.windows else "plan_batch"
        facts["batch"] = t(batch, batch=plan.effective_batch, length=recipe.max_length)
        named = [part for part in (plan.device_name or plan.device.upper(), plan.precision) if part]
        why = text.say(plan.precision_why, language)
        facts["device"] = join(
            [
                tag("span", ", ".join(named)),
                tag("br") if named else None,
                tag("span", why, class_="ts-soft"),
            ]
        )
        seconds = plan.seconds
        facts["time"] = (
            t("plan_time", time=duration(seconds)) if seconds else t("plan_time_unknown")
        )
        facts |= {"memory": _memory(plan.memory, t)} if plan.memory else {}
    items = (join([tag("dt", t(f"card_{name}")), tag("dd", fact)]) for name, fact in facts.items())
    return tag("dl", *items, class_="ts-facts-list")


def remedy_button(remedy: Remedy | None, t: Words) -> Html | None:
    """Applies a remedy; None where there is none."""
    if remedy is None:
        return None
    return button(t("remedy_apply"), "remedy", change=remedy.change, value=str(remedy.value))


def _memory(outlook: Outlook, t: Words) -> Html:
    """What is needed of what is free; its parts show when pointed at."""
    need = outlook.need
    parts = [
        t(f"models.memory_{name}", size=gigabytes(getattr(need, name)))
        for name in ("weights", "gradients", "optimizer", "activations", "copies", "floor")
    ]
    words = {"need": gigabytes(need.total), "free": gigabytes(outlook.free)}
    said = t("models.memory", fit=t(f"models.fit_{outlook.fit}"), **words)
    return fold(said, tag("ul", *(tag("li", part) for part in parts), class_="ts-list"))


def _method(recipe: Recipe, method: str, t: Words) -> str:
    if recipe.method in ("lora", "qlora"):
        return t("card_lora", method=method, rank=recipe.lora_rank)
    return method


def _whys(review: Review, recipe: Recipe, t: Words, language: str) -> Html:
    values = review.values(recipe)
    rows = (
        (
            t(f"settings.{name}.label"),
            value_text(BY_NAME[name], values[name], t),
            text.say(why, language),
        )
        for name, why in (review.whys or {}).items()
        if name in BY_NAME and name not in recipe.chosen and BY_NAME[name].of_use(values)
    )
    return table((t("setting"), t("value"), t("reason")), rows)


def method_help(recommended: str | None, t: Words) -> str:
    """The help of the method, with the one recommended here where none is chosen."""
    words = t("settings.method.help")
    if recommended is None:
        return words
    return t("method_recommended", help=words, value=t(f"settings.method.{recommended}"))


def value_text(setting: Setting, value: Any, t: Words) -> str:
    """A setting's value in words."""
    if setting.kind == "choice":
        return t(f"settings.{setting.name}.{value}")
    if setting.kind == "switch":
        return t("on") if value else t("off")
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(str(item) for item in value)
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {number:g}" for key, number in value.items())
    return str(value)
