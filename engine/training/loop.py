"""The training loop, short enough to read in one sitting.

It knows a network, inputs, an output and a recipe; not where they come from, nor what happens with
the trained weights. Everything it does follows from the seed and the step, so a run resumed
from a checkpoint ends with the same weights as one never interrupted.
"""

import logging
import math
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from numpy.typing import NDArray
from torch import Tensor, nn

from engine.models.network import load_trainable, trainable_state
from engine.training import checkpoints as saved
from engine.training.averaging import FEWEST_STEPS, WeightAverage
from engine.training.batching import epoch_batches
from engine.training.checkpoints import Checkpoint, Checkpoints
from engine.training.duration import until_checkpoint
from engine.training.events import EventLog
from engine.training.optimizer import learning_rate, make_optimizer
from engine.training.outputs import AnyOutput, Inputs
from engine.training.passes import rows_at_once
from engine.training.recipe import Recipe
from engine.training.team import ALONE, Team

_log = logging.getLogger(__name__)

CLIP = 1.0
"""Largest gradient norm, the usual one for fine-tuning."""
EVENT_SECONDS = 0.4
"""Steps closer together share one event, which keeps the file and the charts small."""


@dataclass
class Progress:
    """How far a run is; what a checkpoint keeps of it."""

    step: int = 0
    best_step: int | None = None
    best_score: float = -math.inf
    stale: int = 0
    """Evaluations since the best one."""
    runners_up: list[tuple[float, int]] = field(default_factory=list)
    """Score and step of the next best evaluations, best first."""

    def place(self, score: float, keep: int) -> bool:
        """Put the current step among the `keep` best ones; False if it is none of them."""
        ranking = [(score, self.step), *self.runners_up]
        if self.best_step is not None:
            ranking.append((self.best_score, self.best_step))
        ranking.sort(key=lambda entry: (-entry[0], entry[1]))  # of equal ones the earlier
        (self.best_score, self.best_step), *self.runners_up = ranking[:keep]
        self.stale = 0 if self.best_step == self.step else self.stale + 1
        return (score, self.step) in ranking[:keep]


@dataclass
class Trainer:
    """One run's moving parts. `train` goes on from wherever `resume` has put it."""

    network: nn.Module
    output: AnyOutput
    recipe: Recipe
    train_inputs: Inputs
    validation_inputs: Inputs
    accelerator: Accelerator
    events: EventLog
    checkpoints: Checkpoints
    batch_limit: int | None = None
    team: Team = ALONE
    progress: Progress = field(default_factory=Progress)

    def __post_init__(self) -> None:
        self.loss = self.output.loss(self.recipe, self.train_inputs)
        self.optimizer = make_optimizer(self.network, self.recipe)
        self._trained = [p for p in self.network.parameters() if p.requires_grad]
        self.network, self.optimizer = self.accelerator.prepare(self.network, self.optimizer)
        self.rows_a_step = self.recipe.batch_size * self.recipe.accumulation
        self.steps_an_epoch = math.ceil(len(self.train_inputs) / self.rows_a_step)
        self.steps = max(1, math.ceil(self.recipe.epochs * self.steps_an_epoch))
        self.evaluate_every = self.recipe.evaluate_every or self.steps_an_epoch
        self.rows_at_once = min(self.recipe.batch_size, self.batch_limit or self.recipe.batch_size)
        self.average = None
        if self.recipe.average_weights and self.steps >= FEWEST_STEPS:
            self.average = WeightAverage(self._plain, self.steps)
        self._meter = Meter()
        self._saved_at, self._save_seconds = time.monotonic(), 0.0

    def resume(self) -> bool:
        """Go back to the newest good checkpoint; False if there is none."""
        checkpoint = self.checkpoints.newest()
        if checkpoint is None:
            return False
        load_trainable(self._plain, checkpoint.weights)
        saved.restore_optimizer(self.optimizer, checkpoint.optimizer)
        if self.average:
            self.average.load(checkpoint.average)
        if self.accelerator.scaler is not None and checkpoint.scaler:
            self.accelerator.scaler.load_state_dict(checkpoint.scaler)
        saved.restore_random(checkpoint.random)
        self.progress = Progress(**checkpoint.progress)
        self.progress.runners_up = [(score, step) for score, step in self.progress.runners_up]
        _log.info("going on from step %d", checkpoint.step)
        self.events.write("resumed", step=checkpoint.step)
        return True

    def train(self, stop_requested: Callable[[], bool]) -> str:
        """Train to the end. Returns why it ended: done, early, stopped or diverged."""
        while self.progress.step < self.steps:
            if self.team.agree(stop_requested()):
                self.save()
                return "stopped"
            loss = self._step()
            if not math.isfinite(loss):
                return "diverged"
            last = self.progress.step == self.steps
            if last or self.progress.step % self.evaluate_every == 0:
                self._evaluate()
                self.save()
                if self.team.agree(self._stale()):
                    return "early"
            elif self._save_is_due():
                self.save()
        return "done"

    def scores(self) -> tuple[float, dict[str, float], int]:
        """Mean loss and the task's scores on the validation rows, and how many these are."""
        with self.accelerator.autocast():
            predictions, loss = self.output.evaluate(self._plain, self.validation_inputs, self.loss)
        return loss, self.output.task.scores(predictions), len(predictions)

    def best_weights(self) -> dict[str, Tensor]:
        """Weights of the best evaluation; the current ones where there was none."""
        if self.progress.best_step is None:
            return trainable_state(self._plain)
        return self.checkpoints.best(self.progress.best_step)

    def unwrap(self) -> None:
        """End training: the network holds its last scored weights and scores in fp32."""
        if self.average:
            load_trainable(self._plain, self.average.state())
        self.network = self.accelerator.unwrap_model(self.network, keep_fp32_wrapper=False)
        self.optimizer.state.clear()  # of a large model as much memory as two more of it

    @property
    def _plain(self) -> nn.Module:
        plain: nn.Module = self.accelerator.unwrap_model(self.network)
        return plain

    def _step(self) -> float:
        """The next optimizer step; returns its mean loss."""
        step = self.progress.step
        epoch, position = divmod(step, self.steps_an_epoch)
        rate = learning_rate(self.recipe, step, self.steps)
        loss = self.learn(self.batches(epoch)[position], rate)
        if not math.isfinite(loss):
            return loss
        self.progress.step = step + 1
        if self.average:
            self.average.update(step + 1)
        self._meter.loss(loss)
        if self._meter.due() or self.progress.step in (1, self.steps):
            self._report_steps()
        return loss

    def learn(self, batch: NDArray[np.int64], rate: float) -> float:
        """One optimizer step on these pieces; returns its mean loss. Where that is not finite the
        weights stay as they were."""
        for group in self.optimizer.param_groups:
            group["lr"] = rate * group["rate_factor"]
        self.network.train()
        self.team.seed(self.recipe.seed, self.progress.step)
        units = self.train_inputs.units(batch)
        total = torch.zeros((), device=self.accelerator.device)
        for rank, share in enumerate(self.team.shares(batch)):
            for part in self._parts(share):
                lengths = self.train_inputs.lengths[part]
                self._meter.count(len(part), int(lengths.sum()), len(part) * int(lengths.max()))
                if rank == self.team.rank:
                    total += self._learn(part, units)
        self.team.add_up(total)
        if math.isfinite(float(total)):
            self.team.add_up_gradients(self._trained)
            self.accelerator.clip_grad_norm_(self.network.parameters(), CLIP)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
        return float(total)

    def _learn(self, part: NDArray[np.int64], units: int) -> Tensor:
        """Add the gradients of a micro-batch; returns its part of the batch's mean loss."""
        read = self.train_inputs.batch(part, self.output.pad_id).to(self.accelerator.device)
        loss: Tensor = self.loss(self.network(**read.inputs), read.targets) / units
        self.accelerator.backward(loss)
        return loss.detach()

    def batches(self, epoch: int) -> list[NDArray[np.int64]]:
        """The pieces of each step of an epoch."""
        if getattr(self, "_epoch", None) != epoch:
            lengths = self.train_inputs.lengths
            self._epoch = epoch
            self._epoch_batches = epoch_batches(lengths, self.rows_a_step, self.recipe.seed, epoch)
        return self._epoch_batches

    def _parts(self, batch: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """The micro-batches of a share: as many rows at once as the recipe and memory allow."""
        if not len(batch):
            return []
        longest = int(self.train_inputs.lengths[batch].max())
        size = min(self.rows_at_once, rows_at_once(longest, self.accelerator.device.type))
        return [batch[i : i + size] for i in range(0, len(batch), size)]

    def _report_steps(self) -> None:
        """Tell of the steps since the last such event, if there were any."""
        step = self.progress.step
        if not self._meter.losses:
            return
        self.events.write(
            "step",
            step=step,
            epoch=round(step / self.steps_an_epoch, 4),
            learning_rate=learning_rate(self.recipe, step - 1, self.steps),
            **self._meter.read(self.steps - step, self.rows_a_step),
        )

    def _evaluate(self) -> None:
        if not self.team.leads:
            return
        self._report_steps()  # events stand in the order of their steps
        with self._scored_weights():
            self._meter.outside(self._score_validation)

    def _scored_weights(self) -> AbstractContextManager[None]:
        """What is scored and kept: the averaged weights, or the weights themselves."""
        return self.average.swapped_in() if self.average else nullcontext()

    def _score_validation(self) -> None:
        loss, scores, rows = self.scores()
        score = -loss if self.recipe.best_metric == "loss" else scores[self.recipe.best_metric]
        if not math.isfinite(score):
            self.progress.stale += 1
        elif self.progress.place(score, self.recipe.keep_best):
            self.checkpoints.save_best(self.progress.step, trainable_state(self._plain))
        best = self.progress.best_step == self.progress.step
        step, metric = self.progress.step, self.recipe.best_metric
        _log.info("step %d: loss %.4f, %s %.4f%s", step, loss, metric, score, ", best" * best)
        self.events.write(
            "evaluation",
            step=self.progress.step,
            epoch=round(self.progress.step / self.steps_an_epoch, 4),
            loss=loss if math.isfinite(loss) else None,
            metrics=scores,
            rows=rows,
            best=best,
        )

    def _stale(self) -> bool:
        return self.recipe.early_stopping and self.progress.stale >= self.recipe.patience

    def _save_is_due(self) -> bool:
        waited = time.monotonic() - self._saved_at
        return waited >= until_checkpoint(self._save_seconds)

    def save(self) -> None:
        if not self.team.leads:
            return
        self._report_steps()  # a run that goes on from here must not take any with it
        start = time.monotonic()
        self._meter.outside(
            lambda: self.checkpoints.save(
                Checkpoint(
                    self.progress.step,
                    trainable_state(self._plain),
                    self.average.state() if self.average else {},
                    saved.optimizer_state(self.optimizer),
                    saved.random_state(),
                    asdict(self.progress),
                    self.accelerator.scaler.state_dict() if self.accelerator.scaler else {},
                )
            )
        )
        self._saved_at = time.monotonic()
        self._save_seconds = self._saved_at - start
        self.events.write("checkpoint", step=self.progress.step)


class Meter:
    """Counts rows, tokens and loss between two step events, leaving out time spent elsewhere."""

    def __init__(self) -> None:
        self._start = time.monotonic()
        self._rate: float | None = None
        self._reset()

    def count(self, rows: int, tokens: int, padded: int) -> None:
        self._rows += rows
        self._tokens += tokens
        self._padded += padded

    def loss(self, value: float) -> None:
        self.losses.append(value)

    def outside(self, work: Callable[[], Any]) -> Any:
        """Do something that is not training; its time does not count as training time."""
        start = time.monotonic()
        result = work()
        self._start += time.monotonic() - start
        return result

    def due(self) -> bool:
        return time.monotonic() - self._start >= EVENT_SECONDS

    def read(self, steps_left: int, rows_a_step: int) -> dict[str, Any]:
        """The figures since the last reading; `eta` is the training time left in seconds."""
        seconds = max(time.monotonic() - self._start, 1e-6)
        now = self._rows / seconds
        self._rate = now if self._rate is None else 0.8 * self._rate + 0.2 * now
        losses = self.losses
        figures = {
            "losses": [float(f"{loss:.6g}") for loss in losses],
            "loss": sum(losses) / len(losses) if losses else None,
            "rows_per_second": round(now, 1),
            "tokens": self._tokens,
            "pad_share": round(1 - self._tokens / max(self._padded, 1), 4),
            "eta": round(steps_left * rows_a_step / self._rate, 1),
        }
        self._start = time.monotonic()
        self._reset()
        return figures

    def _reset(self) -> None:
        self._rows = self._tokens = self._padded = 0
        self.losses: list[float] = []
