"""The model a run began with: what its training is to be measured against, ready to be asked."""

import os
from pathlib import Path

from engine.inference.predictor import Predictor
from engine.runs.job import Job
from engine.training.events import EventLog
from engine.workspace import Workspace


def load_untrained(workspace: Workspace, run_id: str) -> Predictor:
    """The network of a run before its first step, made as the run made it: the same pretrained
    weights, and the head that its seed drew. Raises ModelError or WorkspaceError where its model
    or data set is gone."""
    silent = EventLog(Path(os.devnull))
    job = Job(workspace, workspace.run(run_id), silent, None, lambda: None)
    job.prepare()
    job.tokenise()
    network = job.make_network()
    network.eval()
    return Predictor(network, job.output)
