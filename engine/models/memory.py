"""How much memory a training will need at its peak, and what to change where that is too much.

Plain numbers in, bytes out: it knows neither recipe nor data set, and never imports torch. What
the formulas give was held against measured runs (benchmarks/memory.py, docs/models.md).
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from engine.models.catalogue import LARGE
from engine.models.hardware import Hardware
from engine.models.shape import Shape

FLOOR = {"cpu": 560 * 2**20, "mps": 560 * 2**20, "cuda": 700 * 2**20}
"""Bytes taken before there is a model: Python with torch and transformers, or a CUDA context."""
WORKING = {"fp32": 5.0, "bf16": 3.0, "fp16": 3.0}
"""Bytes of one kept activation. In fp32 four and what is on its way; under autocast matrix
products keep 2, but softmax, normalisation and residual sums stay in 4."""
QUANTIZED = {"nf4": 0.5 + 4 / 64, "nf4_double": 0.5 + 1 / 64 + 4 / (64 * 256), "int8": 1.0}
"""Bytes of one quantised weight: the number and its share of the scale of its block of 64, which
itself may be quantised in blocks of 256 (Dettmers et al. 2023, section 3)."""
MOMENTS = {"adamw": 8.0, "adamw_8bit": 2.0 + 8 / 256}
"""Bytes of AdamW's two moments of one trained weight (8 bits: Dettmers et al. 2022, 2.1)."""
SCORE = 10.0
"""Bytes of the score of one word of the vocabulary: in half precision, in fp32, its gradient."""
FITS = 0.75
"""Share of the free memory up to which a run fits: the estimate may be a third off."""
LOWEST_LENGTH = 64
"""Shorter texts are not proposed: most would lose what they say."""
OFFERS = ("batch", "activation_checkpointing", "length", "lora", "qlora", "head")
"""Changes that save memory, the one that costs least first."""

_CGROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Load:
    """What is to be trained, and how."""

    shape: Shape
    parameters: int
    method: str
    """full, lora, qlora or head"""
    precision: str
    """fp32, bf16 or fp16; weights that train are held in fp32 whatever it is"""
    rows: int
    """Texts of one forward pass"""
    length: int
    """Tokens of the longest text"""
    device: str = "cpu"
    scored_rows: int = 0
    """Texts of one forward pass where no gradient is needed; 0: as many as in training"""
    optimizer: str = "adamw"
    quantization: str = "nf4"
    activation_checkpointing: bool = False
    lora_rank: int = 16
    train_embeddings: bool = True
    average: bool = True
    """Whether a running average of what trains is kept"""
    written: int = 0
    """Tokens of a text at which every word of the vocabulary is scored: where text is written"""

    @property
    def held(self) -> int:
        """Bytes of one weight that is not quantised."""
        adapted = self.method in ("lora", "qlora") and self.precision != "fp32"
        return 2 if adapted and self.parameters >= LARGE else 4

    @property
    def matrices(self) -> int:
        return max(0, self.parameters - self.shape.embedding_parameters)

    @property
    def trained(self) -> int:
        """Weights with a gradient, the few of the new head aside.

        An adapter of rank r beside a matrix of (out, in) has r x (out + in) (Hu et al. 2021).
        """
        shape = self.shape
        if self.method == "full":
            return self.parameters if self.train_embeddings else self.matrices
        if self.method == "head":
            return shape.width
        of_inner = (3 if shape.gated else 2) * (shape.width + shape.inner)
        return shape.layers * self.lora_rank * (8 * shape.width + of_inner)


@dataclass(frozen=True)
class Need:
    """Bytes at the peak, in parts."""

    weights: int
    gradients: int
    optimizer: int
    """AdamW's moments and the running average"""
    activations: int
    copies: int
    """Of the weights: a checkpoint on its way to the disk, or at the end the saved model, and then
    the untrained one for comparison, beside the trained. Never at once with gradients."""
    floor: int

    @property
    def total(self) -> int:
        step = self.gradients + self.activations
        return self.weights + self.optimizer + self.floor + max(step, self.copies)


@dataclass(frozen=True)
class Remedy:
    """One change that makes a run fit."""

    change: str
    """One of OFFERS"""
    value: int
    """The rows a pass or the length to set; 0 where there is nothing to set"""
    need: Need


@dataclass(frozen=True)
class Outlook:
    """What a run needs, what there is, and what follows."""

    load: Load
    need: Need
    free: int
    fit: str
    """fits, tight or big"""
    remedy: Remedy | None = None
    """For a run that is too big: the cheapest change after which it is not, if there is one"""


def estimate(load: Load) -> Need:
    """Peak bytes of one run.

    Mixed-precision training holds for each trained weight 4 bytes of itself, 4 of its gradient
    and 8 of AdamW's moments (Rajbhandari et al. 2020, section 3.1, with fp32 gradients).
    """
    trained = load.trained
    return Need(
        weights=round(_weights(load)),
        gradients=4 * trained,
        optimizer=round(MOMENTS[load.optimizer] * trained + (4 * trained if load.average else 0)),
        activations=round(_activations(load)),
        copies=_copies(load),
        floor=FLOOR[load.device],
    )


def fit_of(need: int, free: int) -> str:
    """fits below FITS of what is free, tight below all of it, else big."""
    if need < FITS * free:
        return "fits"
    return "tight" if need < free else "big"


def look(load: Load, free: int, offers: Sequence[str] = OFFERS) -> Outlook:
    """Whether a run fits into `free` bytes; `offers` are the changes that can be made."""
    need = estimate(load)
    fit = fit_of(need.total, free)
    remedy = find_remedy(load, free, offers) if fit == "big" else None
    return Outlook(load, need, free, fit, remedy)


def find_remedy(load: Load, free: int, offers: Sequence[str] = OFFERS) -> Remedy | None:
    """The first of OFFERS that alone brings a run below what is free; None if none does."""
    for change in OFFERS:
        if change not in offers:
            continue
        for value, changed in _CHANGES[change](load):
            need = estimate(changed)
            if fit_of(need.total, free) != "big":
                return Remedy(change, value, need)
    return None


def free_memory(hardware: Hardware) -> int:
    """Bytes a run could take now: of the accelerator all, for the queue gives it to one run at a
    time; of main memory what nobody uses, within the bounds of a container."""
    if hardware.device == "cuda" and hardware.gpu_memory:
        return hardware.gpu_memory
    free = psutil.virtual_memory().available
    for limit, used in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            allowed, taken = (int((_CGROUPS / name).read_text("utf-8")) for name in (limit, used))
        except (OSError, ValueError):  # no such file, or "max": no limit
            continue
        free = min(free, max(0, allowed - taken))
    return free


def _weights(load: Load) -> float:
    """The weights, and under autocast a 16-bit copy of every matrix that a backward pass reads."""
    adapters = 4 * load.trained if load.method in ("lora", "qlora") else 0
    if load.method == "qlora":
        plain = load.parameters - load.matrices
        return load.held * plain + adapters + QUANTIZED[load.quantization] * load.matrices
    half = load.precision != "fp32" and load.method in ("full", "lora") and load.held == 4
    copy = 2 * load.matrices if half else 0
    return load.held * load.parameters + adapters + copy


def _activations(load: Load) -> float:
    """What the backward pass needs of every layer, or what scoring needs of one layer at a time.

    Counted as in Korthikanti et al. 2022, section 4.1, with this project's layers. With
    checkpointing only the input of each layer is kept and one layer at a time is computed anew
    (Chen et al. 2016).
    """
    shape, tokens = load.shape, load.rows * load.length
    of_one = _kept_of_one_layer(load)
    scored = (load.scored_rows or load.rows) * load.length * of_one * WORKING["fp32"]
    if load.method == "head":
        return scored
    scores = load.rows * load.written * shape.vocabulary * SCORE
    if load.activation_checkpointing:
        kept = shape.layers * shape.width + of_one
    else:
        kept = shape.layers * of_one
    return max(tokens * kept * WORKING[load.precision] + scores, scored)


def _kept_of_one_layer(load: Load) -> float:
    """Numbers kept of one token in one layer: twelve of the model's width around attention and
    norms, two of the inner width (four if gated), and on a CPU the attention weights three times
    (scores, softmax, dropout). Adapters keep the input of each matrix once more."""
    shape = load.shape
    width, inner = 12 * shape.width, (4 if shape.gated else 2) * shape.inner
    attention = 3 * shape.heads * load.length if load.device == "cpu" else 0
    adapters = 5 * shape.width + shape.inner if load.method in ("lora", "qlora") else 0
    return width + inner + attention + adapters


def _copies(load: Load) -> int:
    """A checkpoint is copied to main memory whole; at the end one more network is loaded, and
    quantised weights, merged to be saved, are plain ones."""
    per_weight = 4 + MOMENTS[load.optimizer] + (4 if load.average else 0)
    checkpoint = round(per_weight * load.trained) if load.device == "cpu" else 0
    scored = 4 if load.device == "cpu" else load.held
    merged = load.held if load.method == "qlora" and load.device == "cpu" else 0
    return max(checkpoint, (scored + merged) * load.parameters)


Changes = Iterator[tuple[int, Load]]


def _fewer_rows(load: Load) -> Changes:
    rows = load.rows // 2
    while rows and load.method != "head":
        yield rows, replace(load, rows=rows, scored_rows=load.scored_rows or load.rows)
        rows //= 2


def _shorter(load: Load) -> Changes:
    length = load.length // 2 // 8 * 8
    while length >= LOWEST_LENGTH:
        yield length, replace(load, length=length)
        length = length // 2 // 8 * 8


def _checkpointed(load: Load) -> Changes:
    if load.method != "head" and not load.activation_checkpointing:
        yield 0, replace(load, activation_checkpointing=True)


def _method(name: str, instead_of: tuple[str, ...]) -> Callable[[Load], Changes]:
    def changes(load: Load) -> Changes:
        if load.method in instead_of:
            yield 0, replace(load, method=name)

    return changes


_CHANGES: dict[str, Callable[[Load], Changes]] = {
    "batch": _fewer_rows,
    "activation_checkpointing": _checkpointed,
    "length": _shorter,
    "lora": _method("lora", ("full",)),
    "qlora": _method("qlora", ("full", "lora")),
    "head": _method("head", ("full", "lora", "qlora")),
}
