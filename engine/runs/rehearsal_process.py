"""Rehearses one recipe: `python -m engine.runs.rehearsal_process WORKSPACE < recipe.json`.

It goes through the first stages of the very job a run does, makes some of its steps, the longest
ones among them, and forgets all of it. What it has to say is one JSON object a line.
"""

import json
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from numpy.typing import NDArray
from torch import nn

from engine.data.dataset import columns_of
from engine.errors import TunesmithError
from engine.models.network import Network
from engine.runs.job import Job, classified
from engine.runs.rehearsal import Progress, Rehearsal
from engine.text import Message
from engine.training.duration import DISK, LOADS, looks, saves
from engine.training.events import EventLog
from engine.training.features import HeadOnly
from engine.training.loop import Trainer
from engine.training.outputs.base import Loss
from engine.workspace import RunFolder, Workspace

LONGEST_STEPS = 3
"""Steps on the longest batches: they need most memory. They come first."""
TYPICAL_STEPS = 17
"""Steps on batches spread evenly over all lengths: their mean is the mean of the run."""
LONGEST = 60.0
"""Seconds after which no further step is made; three typical ones always are."""
SCORED_ROWS = 32


def main(root: Path) -> int:
    workspace = Workspace(root)
    workspace.cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = RunFolder(Path(tempfile.mkdtemp(prefix="rehearsal-", dir=workspace.cache)))
    try:
        folder.recipe.write_text(sys.stdin.read(), "utf-8")
        job = Job(workspace, folder, EventLog(folder.events), None, lambda: None)
        _say(rehearsal=asdict(_Measurement(job).take()))
    except TunesmithError as error:
        _say(failure=error.message.to_dict(), too_big=False)
    except (MemoryError, RuntimeError, OSError) as error:
        outcome = classified(error)
        message = outcome.message or Message("runs.rehearsal_failed")
        _say(failure=message.to_dict(), too_big=outcome.kind == "out_of_memory")
    finally:
        shutil.rmtree(folder.root, ignore_errors=True)
    return 0


def _say(**record: Any) -> None:
    print(json.dumps(record), flush=True)


@dataclass
class _Measurement:
    job: Job

    def take(self) -> Rehearsal:
        """As a run does it: start, steps, a look, a checkpoint; then what comes after the last."""
        job = self.job
        self._progress("preparing")
        job.prepare()
        self._progress("tokenising")
        tokenising = _timed(job.tokenise)  # the run will find it done
        self._progress("loading")
        network = job.make_network()
        trainer = job.make_trainer(network)
        starting = _age() - tokenising
        seconds = self._steps(trainer)
        self._progress("evaluating")
        mean = float(np.mean(seconds))
        training = mean * trainer.steps
        evaluations = looks(job.recipe, trainer.steps, trainer.steps_an_epoch)
        looked = self._look(trainer) * (1 + evaluations)
        saving = _timed(trainer.save)
        trainer.unwrap()
        loading = _timed(job.make_network)
        shipping = sum(p.numel() * p.element_size() for p in network.parameters()) / DISK
        kept = job.recipe.keep_best * (LOADS * loading + shipping)
        return Rehearsal(
            steps=len(seconds) + LONGEST_STEPS,
            step_seconds=mean,
            training_seconds=training,
            evaluation_seconds=looked + self._final_looks(network),
            other_seconds=starting + saves(training, evaluations, saving) * saving + kept,
            peak_memory=_peak(trainer),
            free_memory=_free(trainer),
            longest=int(job.inputs["train"].lengths.max()),
        )

    def _steps(self, trainer: Trainer) -> list[float]:
        """Seconds of the typical steps. The longest ones are made first and not counted."""
        batches = self._batches(trainer)
        seconds: list[float] = []
        begun = time.monotonic()
        for done, batch in enumerate(batches):
            self._progress("training", done, len(batches))
            start = time.monotonic()
            trainer.learn(batch, self.job.recipe.learning_rate / 100)
            if done >= LONGEST_STEPS:
                seconds.append(time.monotonic() - start)
            if time.monotonic() - begun > LONGEST and len(seconds) >= 3:
                break
        return seconds

    def _batches(self, trainer: Trainer) -> list[NDArray[np.int64]]:
        """The longest batches, then typical ones: of an epoch sorted by length every n-th."""
        lengths = trainer.train_inputs.lengths
        ordered = sorted(trainer.batches(0), key=lambda batch: -int(lengths[batch].max()))
        middles = (np.arange(TYPICAL_STEPS) + 0.5) / TYPICAL_STEPS * len(ordered)
        typical = np.random.default_rng(0).permutation(middles.astype(int))
        longest = [ordered[i % len(ordered)] for i in range(LONGEST_STEPS)]
        return longest + [ordered[i] for i in typical]

    def _look(self, trainer: Trainer) -> float:
        """Seconds of one look at the validation rows, as the training takes it."""
        scored = trainer.accelerator.unwrap_model(trainer.network)
        if isinstance(scored, HeadOnly):  # of the backbone's work nothing is left
            return _timed(trainer.scores)
        with trainer.accelerator.autocast():
            return self._seconds_a_token(scored, trainer.loss) * self._tokens("validation")

    def _final_looks(self, network: Network) -> float:
        """Seconds of all scoring after the last step: validation rows once; test rows with every
        kept, with the last and with the untrained weights."""
        test = (2 + self.job.recipe.keep_best) * self._tokens("test")
        return self._seconds_a_token(network) * (self._tokens("validation") + test)

    def _tokens(self, split: str) -> int:
        return int(self.job.inputs[split].lengths.sum())

    def _seconds_a_token(self, network: nn.Module, loss: Loss | None = None) -> float:
        """From scoring the longest of the validation rows."""
        frame, output = self.job.frames["validation"], self.job.output
        by_length = frame["text"].str.len().sort_values(ascending=False)
        rows = columns_of(frame.loc[by_length.index[:SCORED_ROWS]])
        inputs = output.inputs(output.tokenise(rows), rows)
        seconds = _timed(lambda: output.evaluate(network, inputs, loss))
        return seconds / max(1, int(inputs.lengths.sum()))

    def _progress(self, phase: str, done: int = 0, of: int = 0) -> None:
        _say(progress=asdict(Progress(phase, done, of)))


def _age() -> float:
    """Seconds since this process was started."""
    return time.time() - psutil.Process().create_time()


def _timed(work: Callable[[], Any]) -> float:
    start = time.monotonic()
    work()
    return time.monotonic() - start


def _peak(trainer: Trainer) -> int:
    """Most bytes taken so far: of the accelerator where there is one, else of main memory."""
    if trainer.accelerator.device.type == "cuda":
        return int(torch.cuda.max_memory_reserved())
    if sys.platform == "win32":
        return int(psutil.Process().memory_info().peak_wset)
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _free(trainer: Trainer) -> int:
    if trainer.accelerator.device.type == "cuda":
        return int(torch.cuda.get_device_properties(0).total_memory)
    own = psutil.Process().memory_info().rss
    return int(psutil.virtual_memory().available + own)


if __name__ == "__main__":
    # At once: threads of libraries have been seen to hang a finished process.
    sys.stdout.flush()
    os._exit(main(Path(sys.argv[1])))
