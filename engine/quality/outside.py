"""How probable each label is for each row, as models see it that have not learned from the row nor
from a copy of it.

The geometric mean of two models that err in different ways: logistic regression on frozen
embeddings, and a linear support vector machine on TF-IDF of words and of characters, its margins
made probabilities by one temperature (Guo et al., ICML 2017). Together they rank wrong labels
better than either (docs/quality.md has the figures).
"""

import itertools
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.baselines import linear
from engine.quality.folds import deal, strata
from engine.tasks.labelled import LabelTask
from engine.tasks.scores import Bools, Floats

MOST_DECISIONS = 4_000_000
"""Rows times labels that a model learns from; of more rows, so many are drawn for each fold."""
FITTED = 20_000
"""Rows that are enough to fit a temperature."""
SURE = 1e-6
"""Probabilities nearer to 0 or 1 than that are not told apart."""
Tell = Callable[[int, int], None]


@dataclass(frozen=True)
class Seen:
    """What models see of the rows; all of the same length."""

    vectors: NDArray[np.float32]
    words: Any
    """Sparse, (rows, terms)."""
    truth: Bools
    """(rows, labels)"""
    families: NDArray[np.int64]
    """Equal for rows that are copies of each other."""


def outside(task: LabelTask, seen: Seen, workers: int, tell: Tell) -> Floats | None:
    """Probabilities (rows, labels); None where there is too little to learn from. Rows without a
    label of a task that knows one a row are answered and not learned from."""
    truth = seen.truth
    known = np.asarray(truth.any(axis=1) | task.several)
    told_apart = truth[known].any(axis=0) & ~truth[known].all(axis=0)
    dealt = deal(strata(truth), seen.families, seed=0)
    if not told_apart.any() or len(np.unique(dealt[known])) < 2:
        return None
    features = (seen.vectors, seen.words)
    models = [each for each in zip(_models(), features, strict=True) if each[1].shape[1]]
    found = [np.zeros(truth.shape, np.float32) for _ in models]
    jobs = [(fold, number) for fold in np.unique(dealt) for number in range(len(models))]
    done = itertools.count(1)

    def fit(job: tuple[int, int]) -> None:
        fold, number = job
        make, values = models[number]
        asked = np.flatnonzero(dealt == fold)
        learned = _drawn(np.flatnonzero((dealt != fold) & known), truth.shape[1])
        said = linear.margins(task, make, values[learned], truth[learned], values[asked])
        found[number][asked] = said
        tell(next(done), len(jobs))

    tell(0, len(jobs))
    _side_by_side(fit, jobs, workers)
    return _blended(task, [_calibrated(task, each, truth, known) for each in found])


def _models() -> tuple[linear.Make, linear.Make]:
    """For vectors and for words."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    return (
        lambda: LogisticRegression(C=10.0, max_iter=100),
        lambda: LinearSVC(C=0.3, tol=0.01, random_state=0),
    )


def _side_by_side(work: Callable[[Any], None], jobs: Sequence[Any], workers: int) -> None:
    """Each job on a core of its own: threads within small matrix products only wait for each
    other."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), ThreadPoolExecutor(max(1, workers)) as pool:
        list(pool.map(work, jobs))


def _drawn(rows: NDArray[np.int64], labels: int) -> NDArray[np.int64]:
    most = MOST_DECISIONS // labels
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))


def _calibrated(task: LabelTask, margins: Floats, truth: Bools, known: NDArray[np.bool_]) -> Floats:
    """Probabilities at the temperature at which they fit the given labels best."""
    from scipy.optimize import minimize_scalar

    finite = np.isfinite(margins)
    margins = np.where(finite, margins, margins[finite].min() - 1)
    fitted = np.flatnonzero(known)
    fitted = np.random.default_rng(0).choice(fitted, min(FITTED, len(fitted)), replace=False)
    given = truth[fitted]

    def loss(heat: float) -> float:
        found = np.clip(task.probabilities(margins[fitted] * np.exp(heat)), SURE, 1 - SURE)
        said = np.where(given, np.log(found), np.log1p(-found) if task.several else 0)
        return -float(said.sum())

    heat = minimize_scalar(loss, bounds=(-4, 5), method="bounded", options={"xatol": 0.05}).x
    return task.probabilities(margins * np.exp(heat))


def _blended(task: LabelTask, parts: Sequence[Floats]) -> Floats:
    """Their geometric mean: the mean of what speaks for each label, in logarithms."""
    clipped = [np.clip(part, SURE, 1 - SURE) for part in parts]
    if task.several:
        return task.probabilities(np.mean([np.log(p) - np.log1p(-p) for p in clipped], axis=0))
    return task.probabilities(np.mean([np.log(part) for part in clipped], axis=0))
