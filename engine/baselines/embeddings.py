"""Frozen embeddings with logistic regression: what the bundled encoder knows without any tuning.

Each text is read once by the encoder as it came, and a logistic regression learns from the vectors
("linear probing"; Reimers & Gurevych, EMNLP 2019, section 5). The gap between this and a tuned
model is what the tuning of the encoder itself has brought.
"""

from typing import TYPE_CHECKING, Any, cast

from engine.baselines import linear
from engine.baselines.problem import Limits, Problem
from engine.tasks.labelled import LabelPredictions, LabelTask

if TYPE_CHECKING:  # torch takes seconds
    from numpy.typing import NDArray
    from sklearn.linear_model import LogisticRegression

MADE = "1: bundled encoder, 128 tokens, logistic regression C=10, balanced"

LONGEST = 128
"""Tokens read of a text: as many as the encoder was trained with."""
MOST = Limits(train=4000, test=2000)
"""About 20 s on four cores with texts of 50 tokens; three epochs over the same training rows are
ten times as much work."""
WEAKNESS = 10.0
"""The inverse of the regularisation: vectors of length 1 need weights above 1."""


def limits(problem: Problem) -> Limits:
    return MOST


def predict(problem: Problem) -> LabelPredictions:
    task = cast(LabelTask, problem.task)
    learned, truth = (task.truth(rows["labels"]) for rows in (problem.train, problem.test))
    read = [*problem.train["text"], *problem.test["text"]]
    vectors = _vectors(problem, read)
    train, test = vectors[: len(learned)], vectors[len(learned) :]

    return linear.answers(task, classifier, train, learned, test, truth)


def classifier() -> "LogisticRegression":
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=WEAKNESS, class_weight="balanced", max_iter=300)


def _vectors(problem: Problem, texts: list[str]) -> "NDArray[Any]":
    """One vector of length 1 a text. Raises ModelError where the encoder is damaged."""
    import numpy as np
    import torch

    from engine.models import hardware
    from engine.models.loading import load_encoder
    from engine.training.features import Features
    from engine.training.outputs import Reading
    from engine.training.outputs.labels import Labels

    network, tokenizer = load_encoder()
    device = "cuda" if torch.cuda.is_available() else "cpu"
    machine = hardware.load(problem.workspace)
    bf16 = machine is not None and hardware.choose_precision("auto", machine)[0] == "bf16"
    output = Labels(cast(LabelTask, problem.task), tokenizer, Reading(LONGEST))
    rows = {"text": texts}
    inputs = output.inputs(output.tokenise(rows), rows)
    with torch.autocast(device, torch.bfloat16, enabled=bf16):
        vectors = cast(Features, output.features(network.to(device), inputs).read).values
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(lengths, 1e-9))
