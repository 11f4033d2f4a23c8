"""The recipe: one frozen, complete, validated record of how a run trains.

`Recipe` fields are the settings of `engine.training.settings`, in the same order, after the data
set. A *draft* is the part of them a user chose (`dict`); `recommend.complete` fills the rest in.
"""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import yaml

from engine.errors import RecipeError
from engine.text import Message
from engine.training.settings import SETTINGS, check_values

T = TypeVar("T")
PLACE = ("dataset", "dataset_version")
"""Fields that say which data; all others are settings."""


@dataclass(frozen=True)
class Recipe:
    dataset: str
    dataset_version: int
    model: str
    method: str
    preset: str
    head: str
    quantization: str
    lora_rank: int
    lora_alpha: float
    lora_dropout: float
    lora_targets: str
    lora_modules: tuple[str, ...]
    rslora: bool
    dora: bool
    epochs: float
    learning_rate: float
    schedule: str
    warmup: float
    batch_size: int
    accumulation: int
    max_length: int
    answer_length: int
    beams: int
    no_repeat_ngram: int
    weight_decay: float
    train_embeddings: bool
    average_weights: bool
    label_smoothing: float
    class_weights: str
    own_weights: dict[str, float]
    loss: str
    focal_gamma: float
    best_metric: str
    keep_best: int
    evaluate_every: int
    early_stopping: bool
    patience: int
    seed: int
    precision: str
    activation_checkpointing: bool
    optimizer: str
    devices: int
    tracker: str
    experiment: str
    chosen: tuple[str, ...] = ()
    """Names of the settings the user set; the others were recommended."""

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, indent=2)

    @classmethod
    def from_json(cls, text: str) -> "Recipe":
        """A recipe as `to_json` wrote it, perhaps before some of the settings existed: those stand
        at their default, which must mean what was done before they came."""
        record = {setting.name: setting.default for setting in SETTINGS} | json.loads(text)
        for name in ("lora_modules", "chosen"):
            record[name] = tuple(record[name])
        return cls(**record)

    def draft(self) -> dict[str, Any]:
        """What the user chose, to start another run from."""
        return {name: getattr(self, name) for name in self.chosen}

    def to_yaml(self) -> str:
        """The complete recipe as a file for `train`; what was only recommended is in it too."""
        record = asdict(self)
        del record["chosen"]
        record["lora_modules"] = list(record["lora_modules"])
        return yaml.safe_dump(record, sort_keys=False, allow_unicode=True)


@dataclass(frozen=True)
class Line:
    """One setting of a recipe file, not yet checked."""

    number: int
    name: str
    value: Any


@dataclass(frozen=True)
class Given:
    """What a recipe file says, line by line; of a setting given twice the last counts."""

    lines: tuple[Line, ...]

    @property
    def values(self) -> dict[str, Any]:
        """The settings, without which data they are for."""
        return {line.name: line.value for line in self.lines if line.name not in PLACE}

    def check(self, check: Callable[[dict[str, Any]], T]) -> T:
        """`check` of all, after each by itself: a RecipeError then names every wrong line, and
        what is given twice, for only one of them could count."""
        problems: list[Message] = []
        seen: set[str] = set()
        for line in self.lines:
            if line.name in seen:
                twice = Message("recipe.given_twice", {"name": line.name[:80]})
                problems.append(at_line(line.number, twice))
            seen.add(line.name)
            try:
                check({} if line.name in PLACE else {line.name: line.value})
            except RecipeError as error:
                problems += [at_line(line.number, problem) for problem in error.problems]
        if problems:
            raise RecipeError(problems)
        return check(self.values)


def at_line(line: int, problem: Message) -> Message:
    return Message("recipe.at_line", {"line": line, "problem": problem})


def read_draft(text: str) -> dict[str, Any]:
    """A recipe file (YAML, so JSON too) → checked draft with `dataset` and `dataset_version`.

    Raises RecipeError naming the line where the YAML breaks, or every wrong setting at once.
    """
    place, given = read_values(text)
    return place | given.check(check_values)


def read_values(text: str) -> tuple[dict[str, Any], Given]:
    """Which data a recipe file is for, and what it says of settings. Raises RecipeError for what
    is no mapping."""
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if not isinstance(root, yaml.MappingNode):
            raise RecipeError([Message("recipe.not_a_mapping")])
        lines = tuple(
            Line(key.start_mark.line + 1, str(_value(loader, key)), _value(loader, value))
            for key, value in root.value
        )
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        number = mark.line + 1 if mark else 1
        raise RecipeError([Message("recipe.bad_yaml", {"line": number})]) from None
    finally:
        loader.dispose()
    return {line.name: line.value for line in lines if line.name in PLACE}, Given(lines)


def _value(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    """What a part of the text stands for; a date that does not exist is as wrong as a bracket."""
    try:
        return loader.construct_object(node, deep=True)
    except ValueError as error:
        raise yaml.MarkedYAMLError(None, None, str(error), node.start_mark) from None
