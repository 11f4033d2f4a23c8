"""Every setting of a training run, described once.

The form, the command line, the YAML file, the docs and the validation all read `SETTINGS`. Label
and help are texts `settings.<name>.label` and `settings.<name>.help` of the translation table,
those of a choice `settings.<name>.<choice>`.
"""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from engine.errors import RecipeError
from engine.text import Message, translate

Kind = Literal["text", "choice", "integer", "number", "switch", "names", "weights"]
"""`names` is a list of strings, `weights` a mapping of label to number."""


@dataclass(frozen=True)
class Setting:
    """One setting. `default` None means: recommended for the data, model and machine at hand."""

    name: str
    group: str
    kind: Kind
    default: Any = None
    low: float | None = None
    high: float | None = None
    """Of a text: the most characters."""
    choices: tuple[str, ...] = ()
    simple: bool = False
    """Shown without opening the advanced part."""
    when: tuple[str, tuple[str, ...]] | None = None
    """Only of use when another setting has one of these values: ("method", ("lora",)). Beside the
    settings it may name `output`, what the model puts out for the task."""

    def label(self, language: str = "en") -> str:
        return translate(f"settings.{self.name}.label", language)

    def help(self, language: str = "en") -> str:
        return translate(f"settings.{self.name}.help", language)

    def check(self, value: Any) -> Any:
        """The value in its proper type; raises ValueError(Message) saying what was expected."""
        checked: Any = _CHECKS[self.kind](self, value)
        if self.kind in ("integer", "number") and not self._within(checked):
            bounds = {"low": self.low, "high": self.high, "found": value}
            raise ValueError(Message("settings.out_of_bounds", {"label": self._label} | bounds))
        return checked

    def wrong(self, value: Any, expected: str, **params: Any) -> ValueError:
        """That `value` is not of the kind `expected`, for the user."""
        words = str(value).lower() if isinstance(value, bool) else str(value)
        found = {"label": self._label, "found": " ".join(words[:80].split())}
        return ValueError(Message(f"settings.expected_{expected}", found | params))

    def of_use(self, values: Mapping[str, Any]) -> bool:
        """Whether it makes a difference beside these values; one that is not known is no bar."""
        if self.when is None:
            return True
        other, wanted = self.when
        value = values.get(other)
        known = other not in BY_NAME or BY_NAME[other].of_use(values)
        return (value is None or str(value) in wanted) and known

    @property
    def _label(self) -> Message:
        return Message(f"settings.{self.name}.label")

    def _within(self, value: float) -> bool:
        low = -math.inf if self.low is None else self.low
        high = math.inf if self.high is None else self.high
        return low <= value <= high


LORA = ("method", ("lora", "qlora"))
LABELS = ("output", ("labels",))
ANSWERS = ("output", ("span", "text"))
WRITING = ("output", ("text",))

TRACKERS: dict[str, dict[str, str]] = {
    "mlflow": {"mlflow": "mlflow-skinny", "sqlalchemy": "SQLAlchemy", "alembic": "alembic"},
    "tensorboard": {"tensorboard": "tensorboard"},
    "wandb": {"wandb": "wandb"},
    "trackio": {"trackio": "trackio"},
}
"""tracker → module it needs → package that brings it. The full `mlflow` would take the place of
the app's pyarrow by an older one."""

METRICS = (
    "macro_f1",
    "micro_f1",
    "weighted_f1",
    "f1",
    "accuracy",
    "balanced_accuracy",
    "precision",
    "recall",
    "exact_match",
    "rouge_l",
    "loss",
)
"""Scores a checkpoint can be chosen by: those of all tasks, named here because tasks need numpy,
which takes a moment, and the command line answers at once."""

SETTINGS: tuple[Setting, ...] = (
    Setting("model", "model", "text", default="bundled", simple=True),
    Setting("method", "model", "choice", choices=("full", "lora", "qlora", "head"), simple=True),
    Setting(
        "preset", "model", "choice", "balanced", choices=("quick", "balanced", "best"), simple=True
    ),
    Setting("head", "model", "choice", "pooled", choices=("pooled", "native"), when=LABELS),
    Setting(
        "quantization",
        "lora",
        "choice",
        "nf4_double",
        choices=("nf4_double", "nf4", "int8"),
        when=("method", ("qlora",)),
    ),
    Setting("lora_rank", "lora", "integer", low=1, high=512, when=LORA),
    Setting("lora_alpha", "lora", "number", low=0.1, high=2048, when=LORA),
    Setting("lora_dropout", "lora", "number", low=0, high=0.9, when=LORA),
    Setting(
        "lora_targets",
        "lora",
        "choice",
        "all-linear",
        choices=("all-linear", "attention", "named"),
        when=LORA,
    ),
    Setting("lora_modules", "lora", "names", (), when=("lora_targets", ("named",))),
    Setting("rslora", "lora", "switch", False, when=LORA),
    Setting("dora", "lora", "switch", False, when=("method", ("lora",))),
    Setting("epochs", "schedule", "number", low=0.01, high=1000),
    Setting("learning_rate", "schedule", "number", low=1e-8, high=1),
    Setting("schedule", "schedule", "choice", choices=("linear", "cosine", "constant")),
    Setting("warmup", "schedule", "number", low=0, high=1),
    Setting("batch_size", "batch", "integer", low=1, high=4096),
    Setting("accumulation", "batch", "integer", 1, low=1, high=1024),
    Setting("max_length", "batch", "integer", low=4, high=131072),
    Setting("answer_length", "answers", "integer", low=1, high=4096, when=ANSWERS),
    Setting("beams", "answers", "integer", 4, low=1, high=16, when=WRITING),
    Setting("no_repeat_ngram", "answers", "integer", 0, low=0, high=20, when=WRITING),
    Setting("weight_decay", "regularisation", "number", low=0, high=10),
    Setting("train_embeddings", "regularisation", "switch", when=("method", ("full",))),
    Setting("average_weights", "regularisation", "switch", True),
    Setting("label_smoothing", "regularisation", "number", low=0, high=0.9),
    Setting("class_weights", "loss", "choice", choices=("none", "balanced", "own"), when=LABELS),
    Setting("own_weights", "loss", "weights", {}, when=("class_weights", ("own",))),
    Setting(
        "loss", "loss", "choice", "cross_entropy", choices=("cross_entropy", "focal"), when=LABELS
    ),
    Setting("focal_gamma", "loss", "number", 2.0, low=0, high=10, when=("loss", ("focal",))),
    Setting(
        "best_metric",
        "evaluation",
        "choice",
        choices=METRICS,
    ),
    Setting("keep_best", "evaluation", "integer", 1, low=1, high=10),
    Setting("evaluate_every", "evaluation", "integer", 0, low=0, high=1_000_000),
    Setting("early_stopping", "evaluation", "switch"),
    Setting(
        "patience", "evaluation", "integer", low=1, high=1000, when=("early_stopping", ("True",))
    ),
    Setting("seed", "machine", "integer", 0, low=0, high=2**31 - 1),
    Setting("precision", "machine", "choice", "auto", choices=("auto", "fp32", "bf16", "fp16")),
    Setting("activation_checkpointing", "machine", "switch", False),
    Setting("optimizer", "machine", "choice", "adamw", choices=("adamw", "adamw_8bit")),
    Setting("devices", "machine", "integer", 1, low=1, high=64),
    Setting("tracker", "tracking", "choice", "none", choices=("none", *TRACKERS)),
    Setting("experiment", "tracking", "text", high=200, when=("tracker", tuple(TRACKERS))),
)

BY_NAME: dict[str, Setting] = {setting.name: setting for setting in SETTINGS}


def check_values(values: Mapping[str, Any]) -> dict[str, Any]:
    """Each given value in its proper type. Raises RecipeError with all problems at once.

    A value of None is dropped: it means "as recommended".
    """
    checked: dict[str, Any] = {}
    problems: list[Message] = []
    for name, value in values.items():
        if name not in BY_NAME:
            problems.append(_unknown(name))
        elif value is not None:
            try:
                checked[name] = BY_NAME[name].check(value)
            except ValueError as error:
                problems.append(error.args[0])
    if problems:
        raise RecipeError(problems)
    return checked


def _unknown(name: str) -> Message:
    near = difflib.get_close_matches(str(name), BY_NAME, n=1)
    if near:
        return Message("settings.unknown_near", {"name": str(name), "near": near[0]})
    return Message("settings.unknown", {"name": str(name), "known": sorted(BY_NAME)})


def _number(setting: Setting, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise setting.wrong(value, "number") from None
    if isinstance(value, bool) or not math.isfinite(number):
        raise setting.wrong(value, "number")
    return number


def _integer(setting: Setting, value: Any) -> int:
    try:
        number = _number(setting, value)
    except ValueError:
        raise setting.wrong(value, "integer") from None
    if number != int(number):
        raise setting.wrong(value, "integer")
    return int(number)


def _choice(setting: Setting, value: Any) -> str:
    if value not in setting.choices:
        raise setting.wrong(value, "choice", choices=setting.choices)
    return str(value)


def _switch(setting: Setting, value: Any) -> bool:
    known = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
    spoken = str(value).strip().lower()
    if spoken not in known:
        raise setting.wrong(value, "switch")
    return known[spoken]


def _text(setting: Setting, value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise setting.wrong(value, "text")
    if setting.high is not None and len(value.strip()) > setting.high:
        raise setting.wrong(value, "shorter", most=round(setting.high), count=len(value.strip()))
    return value.strip()


def _names(setting: Setting, value: Any) -> tuple[str, ...]:
    names = value.split(",") if isinstance(value, str) else value
    if not isinstance(names, list | tuple) or not all(isinstance(name, str) for name in names):
        raise setting.wrong(value, "names")
    return tuple(name.strip() for name in names if name.strip())


def _weights(setting: Setting, value: Any) -> dict[str, float]:
    if not isinstance(value, Mapping):
        raise setting.wrong(value, "weights")
    weights = {str(label): _number(setting, weight) for label, weight in value.items()}
    if any(weight < 0 for weight in weights.values()):
        raise setting.wrong(value, "weights")
    return weights


_CHECKS = {
    "text": _text,
    "choice": _choice,
    "integer": _integer,
    "number": _number,
    "switch": _switch,
    "names": _names,
    "weights": _weights,
}
