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
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch
from numpy.typing import NDArray

from engine.data.dataset import columns_of
from engine.errors import TunesmithError
from engine.runs.job import Job, classified
from engine.runs.rehearsal import Progress, Rehearsal
from engine.text import Message
from engine.training.events import EventLog
from engine.training.loop import Trainer
from engine.workspace import RunFolder, Workspace

LONGEST_STEPS = 3
"""Steps on the longest batches: they need most memory. They come first."""
TYPICAL_STEPS = 17
"""Steps on batches spread evenly over all lengths: their mean is the mean of the run."""
LONGEST = 60.0
"""Seconds after which no further step is made; three typical ones always are."""
SCORED_ROWS = 32
FINAL_LOOKS = 4
"""Scorings after the last step, in validations: validation once, test three times."""


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
        self._progress("preparing")
        self.job.prepare()
        self._progress("tokenising")
        self.job.tokenise()
        self._progress("loading")
        trainer = self.job.make_trainer(self.job.make_network())
        seconds = self._steps(trainer)
        self._progress("evaluating")
        look = self._look(trainer)
        looks = trainer.steps / max(1, trainer.evaluate_every)
        mean = float(np.mean(seconds))
        return Rehearsal(
            steps=len(seconds) + LONGEST_STEPS,
            step_seconds=mean,
            training_seconds=mean * trainer.steps,
            evaluation_seconds=look * (looks + FINAL_LOOKS),
            peak_memory=_peak(trainer),
            free_memory=_free(trainer),
            longest=int(trainer.train_inputs.lengths.max()),
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
        """Seconds of scoring all validation rows, from scoring the longest of them."""
        frame = self.job.frames["validation"]
        by_length = frame["text"].str.len().sort_values(ascending=False)
        rows = columns_of(frame.loc[by_length.index[:SCORED_ROWS]])
        output = trainer.output
        inputs = output.inputs(output.tokenise(rows), rows)
        start = time.monotonic()
        with trainer.accelerator.autocast():
            output.evaluate(trainer.accelerator.unwrap_model(trainer.network), inputs, trainer.loss)
        seconds = time.monotonic() - start
        share = trainer.validation_inputs.lengths.sum() / max(1, inputs.lengths.sum())
        return seconds * float(share)

    def _progress(self, phase: str, done: int = 0, of: int = 0) -> None:
        _say(progress=asdict(Progress(phase, done, of)))


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
