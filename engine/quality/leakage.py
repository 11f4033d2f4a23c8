"""How much of a score is leakage: what a model gains on test rows by having learnt related ones.

The same test rows are asked twice: of a linear model over TF-IDF that has learnt from unrelated
rows alone, and of one that has learnt from as many rows drawn at random, related ones among them.
All but a few training rows stay in both, as the test rows are taken in parts and only what is
related to a part is left out for it. The difference has the interval of a paired bootstrap.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from engine.baselines import linear
from engine.evaluation.paired import Paired, compare
from engine.quality.material import Material
from engine.tasks.labelled import LabelPredictions, LabelTask
from engine.text import Message

MOST_TESTED = 2000
"""Test rows that are asked: enough for an interval of about four points."""
MOST_DECISIONS = 120_000
"""Training rows times labels a model: about a second of fitting."""
LEAST_TESTED = 30
LEAST_LEARNT = 50
"""Rows below which scores say nothing."""
PARTS = 5
RESAMPLES = 500
NEAR = 0.01
"""How near to the optimum a model must come."""

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """Test rows, the training rows to learn from, and those of them that are unrelated to all of
    the test rows, as places of rows."""

    tested: Places
    known: Places
    unrelated: Places


def group_parts(material: Material, groups: Places) -> list[Part]:
    """Parts for rows related by their group, (rows,); those below 0 have none."""
    tested = _some(_places(material, "test"), MOST_TESTED)
    named = tested[groups[tested] >= 0]
    train = _learnt(material, np.isin(groups, groups[named]))
    fold = np.random.default_rng(0).integers(PARTS, size=groups.max(initial=0) + 1)
    own = np.where(groups < 0, np.arange(len(groups)) % PARTS, fold[groups])
    parts = []
    for number in range(PARTS):
        asked = tested[own[tested] == number]
        related = (groups[train] >= 0) & np.isin(groups[train], groups[asked])
        parts.append(Part(asked, train, train[~related]))
    return [part for part in parts if len(part.tested)]


def time_parts(material: Material, times: NDArray[np.float64]) -> list[Part]:
    """Parts for rows related by their time, (rows,): what is later than the first of a part is
    not to be known when it is asked. The oldest test rows are left out: too little is older."""
    train = _learnt(material, np.zeros(len(times), bool))
    tested = _some(_places(material, "test"), MOST_TESTED)
    tested = tested[np.isfinite(times[tested])]
    ordered = tested[np.argsort(times[tested], kind="stable")]
    parts = [
        Part(chunk, train, train[times[train] < times[chunk].min()])
        for chunk in np.array_split(ordered, PARTS)
        if len(chunk)
    ]
    return [part for part in parts if len(part.unrelated) >= len(train) / PARTS]


def _learnt(material: Material, first: NDArray[np.bool_]) -> Places:
    """As many training rows as are learnt from, some of those of `first`, (rows,), before
    others."""
    most = max(LEAST_LEARNT, MOST_DECISIONS // max(1, len(material.dataset.labels)))
    train = _places(material, "train")
    chosen = _some(train[first[train]], most)
    others = _some(train[~first[train]], most - len(chosen))
    return np.sort(np.concatenate([chosen, others]))


def gained(material: Material, parts: Sequence[Part]) -> Paired | None:
    """What the scores gain by related rows; None where there are too few rows to tell, or the
    task has no labels of whole texts."""
    task = material.dataset.make_task()
    usable = [part for part in parts if len(part.unrelated) >= LEAST_LEARNT]
    if task.shape != "labels" or sum(len(part.tested) for part in usable) < LEAST_TESTED:
        return None
    judge = _Judge(cast(LabelTask, task), material)
    known = [judge.said(p.tested, _some(p.known, len(p.unrelated))) for p in usable]
    unknown = [judge.said(part.tested, part.unrelated) for part in usable]
    both = (_joined(known), _joined(unknown))
    every = np.arange(len(both[0]))
    return compare(task, *both, (every, every), resamples=RESAMPLES)


def told(material: Material, found: Paired | None) -> Message:
    """The points that are leakage, as a sentence of a card."""
    if found is None:
        return Message("quality.leakage_unknown")
    task = material.dataset.make_task()
    points = [f"{100 * value:.1f}" for value in found.differences[task.headline]]
    params = dict(zip(("points", "low", "high"), points, strict=True))
    verdict = found.verdict(task.headline)
    name = "some" if verdict == "better" else "none"
    metric = task.metric(task.headline)
    return Message(f"quality.leakage_{name}", params | {"metric": metric, "rows": found.rows})


class _Judge:
    """A linear model, taught anew for each part."""

    def __init__(self, task: LabelTask, material: Material) -> None:
        self._task, self._words = task, material.words.tocsr()
        self._truth = task.truth(material.labels)

    def said(self, tested: Places, learnt: Places) -> LabelPredictions:
        from sklearn.svm import LinearSVC

        def make() -> LinearSVC:
            return LinearSVC(class_weight="balanced", tol=NEAR, random_state=0)

        rows, truth = self._words, self._truth
        return linear.answers(
            self._task, make, rows[learnt], truth[learnt], rows[tested], truth[tested]
        )


def _joined(parts: Sequence[LabelPredictions]) -> LabelPredictions:
    def all_of(name: str) -> Any:
        return np.concatenate([np.asarray(getattr(part, name)) for part in parts])

    names = ("truth", "decided", "probabilities")
    return replace(parts[0], **{name: all_of(name) for name in names})


def _places(material: Material, split: str) -> Places:
    return np.flatnonzero(material.splits == split)


def _some(places: Places, most: int) -> Places:
    """No more than that, drawn with a fixed seed, in their order."""
    if len(places) <= most:
        return places
    return np.sort(np.random.default_rng(1).choice(places, most, replace=False))
