"""A training process for the kill test: with a checkpoint at every step, kills hit saves too."""

import sys
from pathlib import Path

from engine.runs.job import train_run
from engine.training import loop
from engine.workspace import Workspace

if __name__ == "__main__":
    loop.FEWEST_STEPS = 0  # with the average, although the run is short
    loop.Trainer._save_is_due = lambda self: True
    outcome = train_run(Workspace(Path(sys.argv[1])), sys.argv[2], None, lambda: None)
    print(outcome.kind)
