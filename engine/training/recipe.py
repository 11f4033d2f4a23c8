"""The recipe: one frozen, complete, validated record of how a run trains.

`Recipe` fields are the settings of `engine.training.settings`, in the same order, after the data
set. A *draft* is the part of them a user chose (`dict`); `recommend.complete` fills the rest in.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeVar

import yaml

from engine.errors import RecipeError
from engine.text import Message
from engine.training.recipe_text import MOST_FAULTS, Entry, Fault, read_entries
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

    @property
    def headline(self) -> str | None:
        """The score that is to stand for the run: the one somebody named to choose the best
        checkpoint by. None leaves it to the task, as does the loss, which is no score."""
        named = "best_metric" in self.chosen and self.best_metric != "loss"
        return self.best_metric if named else None

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
class Given:
    """What a recipe file says of settings, not yet checked, and what is wrong with its writing."""

    entries: tuple[Entry, ...]
    unread: tuple[Fault, ...]

    @property
    def values(self) -> dict[str, Any]:
        return {entry.name: entry.value for entry in self.entries}

    def check(self, check: Callable[[dict[str, Any]], T]) -> T:
        """`check` of all, after each by itself: a RecipeError then names every wrong line."""
        faults = self.faults(check)
        if faults:
            raise RecipeError([at_line(line, problem) for line, problem in faults])
        return check(self.values)

    def faults(self, check: Callable[[dict[str, Any]], T]) -> list[Fault]:
        """Everything wrong, by line: what could not be read, and what `check` refuses."""
        faults = list(self.unread)
        for entry in self.entries:
            try:
                check({entry.name: entry.value})
            except RecipeError as error:
                faults += [(entry.line, problem) for problem in error.problems]
        return sorted(faults, key=lambda fault: fault[0])[:MOST_FAULTS]


def find_faults(text: str, check: Callable[[dict[str, Any]], T]) -> list[Fault]:
    """Everything that is wrong with a recipe file, by line; 0 is the file as a whole. `check` is
    `check_values`, or `read_sweep` where a setting may have several values."""
    try:
        _, given = read_values(text)
        faults = given.faults(check)
        if not faults:
            check(given.values)
        return faults
    except RecipeError as error:
        return [(0, problem) for problem in error.problems]


def at_line(line: int, problem: Message) -> Message:
    return Message("recipe.at_line", {"line": line, "problem": problem})


def lines_of(text: str) -> dict[str, int]:
    """The line of a recipe file that each of its names stands in."""
    entries, _ = read_entries(text) or ((), ())
    return {entry.name: entry.line for entry in entries}


def read_draft(text: str) -> dict[str, Any]:
    """A recipe file (YAML, so JSON too) → checked draft with `dataset` and `dataset_version`.

    Raises RecipeError naming the line where the YAML breaks, or every wrong setting at once.
    """
    place, given = read_values(text)
    return place | given.check(check_values)


def read_values(text: str) -> tuple[dict[str, Any], Given]:
    """Which data a recipe file is for, and what it says of settings. Raises RecipeError for what
    is no recipe at all; other faults are those of `Given`."""
    read = read_entries(text)
    if read is None:
        raise RecipeError([Message("recipe.not_a_mapping")])
    entries, unread = read
    place = {entry.name: entry.value for entry in entries if entry.name in PLACE}
    settings = tuple(entry for entry in entries if entry.name not in PLACE)
    return place, Given(settings, (*unread, *_given_twice(entries)))


def _given_twice(entries: Sequence[Entry]) -> Iterator[Fault]:
    """Only one of the two could count."""
    seen = set[str]()
    for entry in entries:
        if entry.name in seen:
            yield entry.line, Message("recipe.given_twice", {"name": entry.name[:80]})
        seen.add(entry.name)
