"""How long a run will take as a whole, reckoned before it starts. Never imports torch.

Beside its steps a run starts a process, loads the model three times, scores validation and test
rows, and saves. Where the steps are few that is most of the time. A rehearsal measures what is
reckoned here (`engine.runs.rehearsal_process`); both count alike how often it is done.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import Dataset
from engine.models.hardware import Hardware
from engine.models.memory import MOMENTS, Load
from engine.training.recipe import Recipe

BF16_GAIN = 2.2
"""Training is not all matrix products: bf16 brought 2.2 to 2.3 times where products gained 6."""
CORES_MEASURED = 4
"""On this many cores training a small encoder reached the matrix rate of one of them; more cores
help with their square root (the rest is memory traffic and waiting)."""
GPU_REACHED = 0.35
TRAINING = 6.0
"""Floating point operations a parameter and token (Kaplan et al. 2020, section 2.1). Adapters save
two of them, the gradients of what is frozen, and in a small model take more for themselves: with
rank 16 in all layers of the bundled one a step took 1.35 times as long as one of full tuning."""
FORWARD = 3.0
"""The same of a look: two, and half as much again for what is not matrix products (measured)."""
START = 6.0
"""Seconds before the weights are read: torch and transformers take 4 to be imported and 2 more to
bring their first model up."""
STEP = {"cpu": 0.003, "mps": 0.01, "cuda": 0.01}
"""Seconds of the smallest step: Python alone, and on an accelerator about 700 kernels to launch."""
TRAFFIC = {"cpu": 2e-9, "mps": 2e-10, "cuda": 2e-11}
"""Seconds a trained weight and step: its gradient, its moments and itself are read and written,
some 40 bytes."""
DISK = 0.8e9
"""Bytes a second, hashing included, that a checkpoint is written and a model is read with."""
SAVING = 0.05
"""Seconds of the smallest checkpoint: eight files, each made sure to be on disk."""
LOADS = 2
"""Times the model is loaded after the training for each checkpoint that is kept: to be saved, or
untrained for comparison, and to be scored as it was saved."""
CHECKPOINT_SECONDS = 5.0
CHECKPOINT_SHARE = 0.05
"""Between two evaluations, each of which saves one, a checkpoint is due this long after the last,
and so that saving takes at most this share."""
BEST = 0.25
"""The best weights beside a whole checkpoint: they alone, without average and moments."""


def until_checkpoint(save_seconds: float) -> float:
    """Seconds after a checkpoint until the next is due, where saving one takes as long as that."""
    return max(CHECKPOINT_SECONDS, save_seconds / CHECKPOINT_SHARE)


def looks(recipe: Recipe, steps: int, steps_an_epoch: int) -> int:
    """Evaluations of a run that is not stopped early: the last step always has one."""
    return math.ceil(steps / (recipe.evaluate_every or steps_an_epoch))


def saves(training_seconds: float, evaluations: int, save_seconds: float) -> float:
    """Checkpoints written, the best weights of each evaluation counted as the part they are."""
    between = training_seconds / evaluations / until_checkpoint(save_seconds)
    return evaluations * (1 + BEST + math.floor(between))


@dataclass(frozen=True)
class _Rates:
    """Operations a second."""

    training: float
    exact: float
    """In fp32, as finished weights are scored."""


def seconds(
    recipe: Recipe,
    dataset: Dataset,
    hardware: Hardware,
    load: Load,
    counts: NDArray[np.int32],
) -> float | None:
    """All of a run, roughly; `counts` are the tokens of the training texts, `load` is what the
    recipe loads the machine with. None where nothing is known to base it on."""
    if not hardware.gflops or not len(counts):
        return None
    a_row = float(np.minimum(counts, recipe.max_length).mean()) * load.matrices
    an_epoch = math.ceil(dataset.rows["train"] / (recipe.batch_size * recipe.accumulation))
    steps = max(1, math.ceil(recipe.epochs * an_epoch))
    evaluations = looks(recipe, steps, an_epoch)
    rates = _rates(hardware, load)
    training = _training(recipe, dataset, steps, a_row, rates, load)
    size = (4 + (4 if load.average else 0) + MOMENTS[load.optimizer]) * load.trained
    saving = SAVING + size / DISK
    loads = 1 + (LOADS + 1) * recipe.keep_best  # and once it is written
    return (
        START
        + loads * load.held * load.parameters / DISK
        + training
        + _scoring(recipe, dataset, evaluations, a_row, rates, load)
        + saves(training, evaluations, saving) * saving
    )


def _rates(hardware: Hardware, load: Load) -> _Rates:
    reached = GPU_REACHED
    if hardware.device == "cpu":
        reached = math.sqrt(hardware.cores / CORES_MEASURED)
    exact = hardware.gflops * 1e9 * reached
    return _Rates(exact * (BF16_GAIN if load.precision == "bf16" else 1.0), exact)


def _training(
    recipe: Recipe, dataset: Dataset, steps: int, a_row: float, rates: _Rates, load: Load
) -> float:
    """A head alone reads every text once, in fp32, and then only what came of it."""
    moved = STEP[load.device] + TRAFFIC[load.device] * load.trained
    if recipe.method == "head":
        read = dataset.rows["train"] + dataset.rows["validation"]
        return steps * moved + read * FORWARD * a_row / rates.exact
    rows = recipe.batch_size * recipe.accumulation
    return steps * (moved + rows * TRAINING * a_row / rates.training)


def _scoring(
    recipe: Recipe, dataset: Dataset, evaluations: int, a_row: float, rates: _Rates, load: Load
) -> float:
    """Validation rows before the training and at each evaluation, test rows with the last and the
    untrained weights; at the end what is kept, in fp32."""
    validation, test = dataset.rows["validation"], dataset.rows["test"]
    looked = 2 * test + (0 if recipe.method == "head" else validation * (1 + evaluations))
    kept = validation + test * recipe.keep_best
    written = 1 + load.written / load.length
    return written * FORWARD * a_row * (looked / rates.training + kept / rates.exact)
