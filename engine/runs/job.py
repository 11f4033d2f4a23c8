"""One run from its recipe to a model folder and a report: what the child process does.

Everything it needs stands in the workspace, and everything it makes goes there, so it can be
killed at any point and called again: it then goes on from the newest good checkpoint.
"""

import logging
import math
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from accelerate import Accelerator
from torch import nn

from engine.baselines.making import put_beside
from engine.data.dataset import SPLITS, Dataset, columns_of, load_dataset, load_rows
from engine.errors import TunesmithError
from engine.evaluation.alternatives import with_alternatives
from engine.evaluation.pins import score_pins
from engine.evaluation.predictions import write_predictions
from engine.evaluation.report import Report, build_report, save
from engine.export.card import write_card
from engine.inference.predictor import Predictor, load_predictor
from engine.models import hardware, hub
from engine.models.adapters import merge_lora
from engine.models.catalogue import ModelInfo, find_model
from engine.models.fast_cpu import speed_up
from engine.models.folder import save_model
from engine.models.loading import fingerprint, load_network, load_tokenizer
from engine.models.network import Network, PooledClassifier, load_trainable
from engine.text import Message
from engine.training.batching import kept
from engine.training.checkpoints import Checkpoints
from engine.training.events import EventLog
from engine.training.features import HeadOnly
from engine.training.loop import Trainer
from engine.training.outcome import Outcome, Request
from engine.training.outputs import OUTPUTS, AnyOutput, Reading
from engine.training.outputs.labels import Labels
from engine.training.recipe import Recipe
from engine.training.recommend import fitting_output
from engine.training.team import ALONE, Team
from engine.versions import versions
from engine.workspace import RunFolder, Workspace

_log = logging.getLogger(__name__)

StopRequested = Callable[[], Request | None]


def train_run(
    workspace: Workspace,
    run_id: str,
    batch_limit: int | None,
    stop_requested: StopRequested,
    team: Team = ALONE,
) -> Outcome:
    """Do all of run `run_id`; `batch_limit` bounds the rows of one forward pass. In a team only
    its first process writes anything.

    Writes events throughout and the `end` event last. What a user can act on comes back as an
    Outcome; other errors are raised.
    """
    folder = workspace.run(run_id)
    events = EventLog(folder.events if team.leads else Path(os.devnull))
    try:
        outcome = Job(workspace, folder, events, batch_limit, stop_requested, team).run()
    except TunesmithError as error:
        outcome = Outcome("failed", error.message)
    except (MemoryError, RuntimeError, OSError) as error:
        outcome = classified(error)
    message = outcome.message.to_dict() if outcome.message else None
    events.write("end", outcome=outcome.kind, message=message)
    return outcome


def classified(error: MemoryError | RuntimeError | OSError) -> Outcome:
    """Out of memory and a full disk have their own words; anything else is raised again."""
    words = str(error).lower()
    if isinstance(error, MemoryError | torch.OutOfMemoryError) or any(
        sign in words for sign in ("out of memory", "not enough memory", "cannot allocate memory")
    ):
        return Outcome("out_of_memory", Message("training.out_of_memory"))
    if (isinstance(error, OSError) and error.errno == 28) or "no space left" in words:
        return Outcome("failed", Message("training.disk_full"))
    raise error


@dataclass
class Job:
    """The stages of a run, in order; a rehearsal goes through the first ones only."""

    workspace: Workspace
    folder: RunFolder
    events: EventLog
    batch_limit: int | None
    stop_requested: StopRequested
    team: Team = ALONE

    def run(self) -> Outcome:
        self._phase("preparing")
        self.team.first_then_others(self.prepare)
        self._phase("tokenising")
        self.team.first_then_others(self.tokenise)
        network = self.make_network()
        trainer = self.make_trainer(network)
        self._tell_plan(trainer)
        self._begin(trainer)
        self._phase("training")
        ended = trainer.train(lambda: self.stop_requested() is not None)
        if not self.team.leads:
            return Outcome("finished")
        if self.stop_requested() is Request.STOP_AND_DISCARD:
            return Outcome("discarded")
        if ended == "diverged" and trainer.progress.best_step is None:
            step = trainer.progress.step
            return Outcome("failed", Message("training.diverged_early", {"step": step}))
        self._phase("evaluating")
        self._finish(network, trainer)
        if self.stop_requested() is Request.STOP_AND_DISCARD:
            return Outcome("discarded")
        if ended in ("done", "early"):
            shutil.rmtree(self.folder.checkpoints, ignore_errors=True)
        return self._outcome(ended, trainer)

    def _phase(self, phase: str) -> None:
        _log.info(phase)
        self.events.write("phase", phase=phase)

    def prepare(self) -> None:
        self.recipe = Recipe.from_json(self.folder.recipe.read_text("utf-8"))
        self.dataset: Dataset = load_dataset(
            self.workspace, self.recipe.dataset, self.recipe.dataset_version
        )
        self.model: ModelInfo = find_model(self.recipe.model)
        self.model_folder = hub.fetch(self.model)
        self.tokenizer: Any = load_tokenizer(self.model_folder)
        machine = hardware.load(self.workspace) or hardware.probe()
        self.precision, self.why = hardware.choose_precision(self.recipe.precision, machine)
        _, self.short = hardware.choose_devices(self.recipe.devices, machine)
        self.accelerator = Accelerator(
            mixed_precision="no" if self.precision == "fp32" else self.precision,
            cpu=machine.device == "cpu",
        )
        self.machine = machine
        kind = OUTPUTS[fitting_output(self.dataset, self.model)]
        self.output: AnyOutput = kind(
            self.dataset.make_task(), self.tokenizer, Reading.of(self.recipe)
        )

    def tokenise(self) -> None:
        rows = load_rows(self.workspace, self.dataset)
        self.frames: dict[str, pd.DataFrame] = {s: rows[rows["split"] == s] for s in SPLITS}
        output = self.output
        made_by = f"{output.name}|{output.reading}|{fingerprint(self.tokenizer)}"
        self.inputs: dict[str, Any] = {}
        for split, frame in self.frames.items():
            rows = columns_of(frame)
            key = f"{self.dataset.fingerprint}|{split}|{made_by}"
            arrays = kept(self.workspace.cache, key, lambda rows=rows: output.tokenise(rows))  # type: ignore[misc]
            self.inputs[split] = output.inputs(arrays, rows)
        output.learn(self.inputs["train"])

    def make_network(self) -> Network:
        torch.manual_seed(self.recipe.seed)
        network = load_network(
            self.model,
            self.model_folder,
            self.recipe,
            self.output.head(self.recipe),
            self.tokenizer.pad_token_id,
            self.precision,
        )
        self.output.start(network, self.inputs["train"])
        if self.accelerator.device.type == "cpu":
            speed_up(network)
        return network.to(self.accelerator.device)

    def make_trainer(self, network: Network) -> Trainer:
        trained: nn.Module = network
        train, validation = self.inputs["train"], self.inputs["validation"]
        if (
            self.recipe.method == "head"
            and isinstance(network, PooledClassifier)
            and isinstance(self.output, Labels)
        ):
            train, validation = (self.output.features(network, i) for i in (train, validation))
            trained = HeadOnly(network)
        return Trainer(
            trained,
            self.output,
            self.recipe,
            train,
            validation,
            self.accelerator,
            self.events,
            Checkpoints(self.folder.checkpoints),
            self.batch_limit,
            self.team,
        )

    def _tell_plan(self, trainer: Trainer) -> None:
        _log.info(
            "%d steps of %d rows, %d at once, on %s in %s",
            trainer.steps, trainer.rows_a_step, trainer.rows_at_once, self.machine.name,
            self.precision,
        )  # fmt: skip
        followed = self.output.task.followed(self.recipe.headline)
        self.events.write(
            "plan",
            steps=trainer.steps,
            steps_an_epoch=trainer.steps_an_epoch,
            rows=len(self.frames["train"]),
            batch_size=trainer.rows_at_once,
            effective_batch=trainer.rows_a_step,
            device=self.machine.device,
            device_name=self.machine.name,
            precision=self.precision,
            versions=versions(),
            notes=[note.to_dict() for note in (self.why, self.short) if note],
            scores={name: said.to_dict() for name, said in followed.items()},
        )

    def _begin(self, trainer: Trainer) -> None:
        """Go on from a checkpoint, or score the untrained model, which the charts show."""
        if self.team.first_then_others(trainer.resume) or not self.team.leads:
            return
        reached = [event["step"] for event in self.events.read() if event["type"] == "step"]
        if reached:
            _log.info("no whole checkpoint: beginning again, after %d steps", reached[-1])
            self.events.write("resumed", step=0)
            note = Message("training.begun_again", {"step": reached[-1]})
            self.events.write("note", message=note.to_dict())
        loss, scores, rows = trainer.scores()
        self.events.write(
            "before",
            loss=loss if math.isfinite(loss) else None,
            metrics=scores,
            rows=rows,
        )

    def _finish(self, network: Network, trainer: Trainer) -> None:
        """Score the last weights, save the best ones and score them as they were saved.

        The best are scored in fp32, as whoever uses them will; last and untrained weights, which
        are there to compare with, in the precision of the training.
        """
        trainer.unwrap()
        self._compare(network, "last")
        self._phase("saving")
        load_trainable(network, trainer.best_weights())
        shipped = self._ship(network, self.folder.model, "best", "validation", "test")
        score_pins(self.workspace, self.folder, self.dataset.id, shipped)
        del shipped  # a large model must not be held twice
        for _, step in trainer.progress.runners_up:
            other = self.make_network()
            load_trainable(other, trainer.checkpoints.best(step))
            self._ship(other, self.folder.kept(step), f"step-{step}", "test")
            del other
        self._compare(self.make_network(), "before")
        report = build_report(self.folder, self.dataset, self.recipe.headline)
        save(self.folder, report)
        kept = {f"step-{step}": self.folder.kept(step) for _, step in trainer.progress.runners_up}
        texts = self.frames["train"]["text"].tolist()
        for name, folder in {"best": self.folder.model, **kept}.items():
            facts = self.dataset, self.recipe, self.model, report
            write_card(folder, *facts, self.output.name, texts, name)
        self._hold_against_others(report)

    def _hold_against_others(self, report: Report) -> None:
        """Put simple alternatives beside the run, which is finished with or without them."""
        self._phase("comparing")
        stopped = self.stop_requested
        failed = put_beside(
            self.workspace, self.folder, self.dataset, stopped=lambda: stopped() is not None
        )
        for note in failed:
            self.events.write("note", message=note.to_dict())
        save(self.folder, with_alternatives(self.folder, report))

    def _ship(self, network: Network, folder: Path, weights: str, *splits: str) -> Predictor:
        """A model folder of these weights, scored as whoever uses it will load it."""
        merge_lora(network)
        save_model(network, self.tokenizer, self.output.manual, folder)
        predictor = load_predictor(folder)
        for split in splits:
            self._predict(predictor.output, predictor.network, split, weights)
        return predictor

    def _compare(self, network: Network, weights: str) -> None:
        """Test predictions of weights that are not kept."""
        with self.accelerator.autocast():
            self._predict(self.output, network, "test", weights)

    def _predict(self, output: AnyOutput, network: Network, split: str, weights: str) -> None:
        predictions, _ = output.evaluate(network, self.inputs[split])
        write_predictions(
            self.folder.predictions(split, weights),
            self.frames[split]["row_id"].to_numpy(),
            predictions,
            tokens=output.tokens(self.inputs[split]),
        )

    def _outcome(self, ended: str, trainer: Trainer) -> Outcome:
        step = trainer.progress.step
        if ended == "diverged":
            return Outcome("stopped", Message("training.diverged", {"step": step}))
        if ended == "stopped":
            best = trainer.progress.best_step or step
            return Outcome("stopped", Message("training.stopped", {"step": step, "best": best}))
        if ended == "early":
            patience = self.recipe.patience
            return Outcome("finished", Message("training.early", {"evaluations": patience}))
        return Outcome("finished")
