"""Recommended settings: each follows from data, model and machine, and says why.

A recommendation never overwrites what the user set. The numbers were found on public data sets
with the bundled model (see docs/recommended.md) and scale with the size of model and data.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Dataset, load_rows
from engine.errors import ModelError
from engine.models.catalogue import WITHOUT_TAGS, ModelInfo, find_model
from engine.models.hardware import Hardware
from engine.tasks import AnyTask
from engine.text import Message
from engine.training.recipe import PLACE, Recipe
from engine.training.settings import SETTINGS, Setting, check_values
from engine.workspace import Workspace

SMALL = 60e6
"""Parameters up to which tuning all of a model is cheap anywhere."""
TUNING_BYTES = 16
"""Memory of one tuned parameter: itself, its gradient and AdamW's two moments, in fp32."""
HALF_BYTES = 2
"""Memory of one parameter that is not tuned, in half precision."""
REFERENCE = 22.7e6
"""Parameters of the bundled model, for which the learning rates below were found."""
PRESET_LENGTH = {"quick": 0.5, "balanced": 1.0, "best": 1.6}
MANY_ROWS = 50_000
"""Training rows from which the token table is tuned too and batches are larger."""
ANSWER_LENGTH = {"labels": 1, "tags": 1, "span": 30, "text": 64}
"""Tokens an answer may have, by what the model puts out; labels and tags have none."""
LONGEST = 512
"""Most tokens read at a time by recommendation: attention costs grow with the square."""
WINDOWED = ("tags", "span")
"""Outputs for which a longer text is not cut but read in overlapping windows."""


@dataclass(frozen=True)
class Completed:
    """A complete recipe and, for each setting that was recommended, the reason."""

    recipe: Recipe
    whys: Mapping[str, Message]
    output: str
    """What the model puts out for the task."""

    @property
    def values(self) -> dict[str, Any]:
        """Everything that decides whether a setting is of use."""
        return asdict(self.recipe) | {"output": self.output}


def training_token_counts(
    workspace: Workspace, dataset: Dataset, model: ModelInfo
) -> NDArray[np.int32]:
    """Tokens of all that is read of each training row, uncut."""
    from engine.models.tokens import token_counts

    rows = load_rows(workspace, dataset)
    return token_counts(model, dataset.make_task().reading(rows[rows["split"] == "train"]))


def complete(
    draft: Mapping[str, Any],
    dataset: Dataset,
    counts: NDArray[np.int32],
    hardware: Hardware | None,
    model: ModelInfo | None = None,
) -> Completed:
    """Fill in what `draft` leaves open. Raises RecipeError or ModelError for what cannot work.

    `counts` are the tokens of the training texts, for the model of the draft, which is looked up
    unless `model` says what is known of it. The data set is `dataset`, whatever the draft says.
    """
    values = check_values({k: v for k, v in draft.items() if k not in PLACE})
    chosen = tuple(values)
    whys: dict[str, Message] = {}
    for setting in SETTINGS:
        if setting.default is not None:
            values.setdefault(setting.name, setting.default)
    model = model or find_model(values["model"])
    output = fitting_output(dataset, model)
    advice = _Advice(values, whys, dataset, counts, model, hardware, output)
    advice.give()
    recipe = Recipe(dataset.id, dataset.version, **values, chosen=chosen)
    return Completed(recipe, whys, output)


def fitting_output(dataset: Dataset, model: ModelInfo) -> str:
    """What `model` puts out for the task of `dataset`. Raises ModelError if it cannot do it."""
    outputs = dataset.make_task().outputs
    if model.kind not in outputs:
        raise ModelError(
            "models.not_for_task",
            name=model.title,
            kind=Message(f"models.kind.{model.kind}"),
            task=Message(f"models.task.{dataset.task}"),
            fitting=Message(f"models.kind.{next(iter(outputs))}"),
        )
    output = outputs[model.kind]
    if output == "tags" and model.family in WITHOUT_TAGS:
        raise ModelError("models.no_such_head", name=model.title, family=model.family)
    return output


def usual_method(
    parameters: int | None, hardware: Hardware | None
) -> tuple[str, str, dict[str, float]]:
    """The method recommended for a model of this size, and why: a key and its parameters."""
    if parameters is None:
        return "lora", "method_unknown", {}
    size = parameters
    memory = hardware and (hardware.gpu_memory or hardware.memory)
    if memory and hardware and hardware.device == "cuda" and size * HALF_BYTES > memory / 2:
        return "qlora", "method_half", {"gigabytes": round(size * HALF_BYTES / 2**30, 1)}
    if memory and size * TUNING_BYTES > memory / 2:
        gigabytes = round(size * TUNING_BYTES / 2**30, 1)
        return "lora", "method_memory", {"gigabytes": gigabytes}
    if size <= SMALL:
        return "full", "method_full", {"parameters": size}
    return "lora", "method_lora", {"parameters": size}


def usual_length(counts: NDArray[np.int32], most: int) -> int:
    """Enough tokens for the longest text, a multiple of 8, within bounds; `most` is the model's.

    Batches hold texts of like length, so a long text costs only itself.
    """
    wanted = int(counts.max()) if len(counts) else 128
    return int(np.clip(math.ceil(wanted / 8) * 8, 16, min(LONGEST, most)))


def offered(setting: Setting, task: AnyTask, output: str | None) -> tuple[str, ...]:
    """The choices of a setting that make sense for a task and what the model puts out for it."""
    if setting.name == "best_metric":
        return (*task.metrics, "loss")
    if setting.name == "method" and output == "text":
        return tuple(method for method in setting.choices if method != "head")
    return setting.choices


@dataclass
class _Advice:
    values: dict[str, Any]
    whys: dict[str, Message]
    dataset: Dataset
    counts: NDArray[np.int32]
    model: ModelInfo
    hardware: Hardware | None
    output: str

    def __post_init__(self) -> None:
        self.task = self.dataset.make_task()

    def give(self) -> None:
        self._method()
        self._lora()
        self._embeddings()
        self._length()
        self._answers()
        self._batch()
        self._schedule()
        self._loss()
        self._stopping()
        self._set("experiment", self.dataset.name[:200], "experiment")

    def _set(self, name: str, value: Any, why: str, **params: Any) -> None:
        if name not in self.values:
            self.values[name] = value
            self.whys[name] = Message(f"recommend.{why}", params)

    @property
    def _rows(self) -> int:
        return self.dataset.rows["train"]

    def _method(self) -> None:
        method, why, params = usual_method(self.model.parameters, self.hardware)
        self._set("method", method, why, **params)

    def _lora(self) -> None:
        self._set("lora_rank", 16, "lora_rank")
        self._set("lora_alpha", 2.0 * self.values["lora_rank"], "lora_alpha")
        self._set("lora_dropout", 0.05, "lora_dropout")

    def _embeddings(self) -> None:
        """Of little use before there are many texts, and a third of the time on a CPU."""
        many = self._rows >= MANY_ROWS
        self._set("train_embeddings", many, "embeddings_on" if many else "embeddings_off")

    def _length(self) -> None:
        length = usual_length(self.counts, self.model.max_length)
        share = float((self.counts <= length).mean()) if len(self.counts) else 1.0
        why = "max_length_windows" if self.output in WINDOWED else "max_length"
        self._set("max_length", length, why, percent=round(100 * share, 1))

    def _answers(self) -> None:
        self._set("answer_length", ANSWER_LENGTH[self.output], "answer_length")

    def _batch(self) -> None:
        size = 16 if self._rows < MANY_ROWS else 32
        self._set("batch_size", size, "batch_size", rows=self._rows)

    def _schedule(self) -> None:
        epochs = self._epochs()
        self._set("epochs", epochs, "epochs", rows=self._rows, preset=self.values["preset"])
        rate = self._learning_rate()
        method = "lora" if self.values["method"] == "qlora" else self.values["method"]
        self._set("learning_rate", rate, f"learning_rate_{method}")
        self._set("schedule", "linear", "schedule")
        self._set("warmup", 0.1, "warmup")
        decay = 0.0 if self.values["method"] == "head" else 0.01
        self._set("weight_decay", decay, "weight_decay")

    def _epochs(self) -> float:
        """About 33,000 rows read in all; fewer times over large data, more over small."""
        if self.values["method"] == "head":
            return round(60 * PRESET_LENGTH[self.values["preset"]])
        times = float(np.clip(33_000 / max(1, self._rows), 3, 12))
        return float(max(1, round(times * PRESET_LENGTH[self.values["preset"]])))

    def _learning_rate(self) -> float:
        """Larger models take smaller steps; adapters and a lone head take larger ones."""
        size = self.model.parameters or REFERENCE
        if self.values["method"] == "head":
            return 5e-3
        full = 2e-4 * (REFERENCE / max(size, REFERENCE)) ** 0.8
        rate = full if self.values["method"] == "full" else max(3 * full, 1e-4)
        return float(f"{rate:.1e}")

    def _loss(self) -> None:
        self._set("class_weights", "none", "class_weights_none")
        smoothing = self.task.smoothing
        why = "label_smoothing" if smoothing else "label_smoothing_none"
        self._set("label_smoothing", smoothing, why)
        self._set("best_metric", self.task.metrics[0], "best_metric")

    def _stopping(self) -> None:
        epochs = self.values["epochs"]
        long = epochs > 4
        why = "early_stopping" if long else "no_early_stopping"
        self._set("early_stopping", long, why)
        self._set("patience", max(3, math.ceil(epochs / 3)), "patience")
