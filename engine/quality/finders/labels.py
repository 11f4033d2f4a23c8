"""Labels that are probably wrong: confident learning (Northcutt, Jiang & Chuang, JAIR 70, 2021) as
cleanlab does it, on probabilities by models that have not learned from the row.

With several labels a row each label is judged by itself, as a question of yes or no. Labels that
somebody confirmed are not doubted again.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.data.changes import Change
from engine.data.confirmed import still_doubted
from engine.quality.findings import Finding
from engine.quality.judging import judging
from engine.quality.material import Material
from engine.quality.telling import ids
from engine.tasks.scores import Bools, Floats
from engine.text import Message

KIND = "labels"
EVIDENCE = 3.0
"""Where models have learned too little to tell labels apart, everything looks wrong: what they say
must be more than how frequent the labels are."""
UNLIKELY = 0.05
"""A label less probable than that should be looked at, whatever is usual for it."""
FEWEST = 5
"""Rows of a label from which on it is judged: models know too little of rarer ones."""
SEVERE = 0.1
"""Share of wrong labels from which on it is as serious as it gets."""


@dataclass(frozen=True)
class Judged:
    """What is thought of the labels of all rows."""

    suspicion: Floats
    """How probable it is that a row's label is wrong, (rows,), 0 to 1; 0 where it is not judged."""
    wrong: NDArray[np.bool_]
    """Which rows should be looked at, (rows,)."""
    better: Bools
    """The labels that are more probable, (rows, labels)."""


def find(material: Material) -> list[Finding]:
    judged = judge(material)
    if judged is None or not judged.wrong.any():
        return []
    doubted = still_doubted(
        material.workspace, material.dataset.id, material.row_ids.tolist(), material.labels
    )
    places = np.flatnonzero(judged.wrong & doubted)
    if not len(places):
        return []
    places = places[np.argsort(-judged.suspicion[places], kind="stable")]
    rows = ids(material, places)
    names = material.dataset.labels
    suggested = {
        row: tuple(names[label] for label in np.flatnonzero(judged.better[place]))
        for row, place in zip(rows, places, strict=True)
    }
    counts = {"rows": len(rows), "share": len(rows) / len(material.rows)}
    relabel = Change(
        "relabel",
        {"rows": {row: list(better) for row, better in suggested.items()}},
        Message("quality.labels_fix", {"rows": len(rows)}),
    )
    return [
        Finding(
            KIND,
            Message("quality.labels", counts),
            Message("quality.labels_why"),
            rows,
            0.5 + 0.4 * min(1.0, counts["share"] / SEVERE),
            (relabel,),
            suggested,
            facts={
                "suspicion": judged.suspicion[places].round(4).tolist(),
                **judging(material, places, judged.better),
            },
        )
    ]


def judge(material: Material) -> Judged | None:
    """What is thought of all labels; None where nothing can be said of them."""
    probabilities = material.outside
    if probabilities is None:
        return None
    several = material.dataset.make_task().several
    return (_each if several else _one)(material.truth, probabilities)


def _one(truth: Bools, probabilities: Floats) -> Judged:
    """Of rows that carry one label."""
    from cleanlab.rank import get_label_quality_scores

    suspicion, wrong, better = _unknown(truth)
    labels = np.flatnonzero(truth.sum(axis=0) >= FEWEST)
    rows = np.flatnonzero(truth[:, labels].any(axis=1))
    if len(labels) < 2:
        return Judged(suspicion, wrong, better)
    given = truth[np.ix_(rows, labels)].argmax(axis=1)
    found = np.asarray(probabilities[np.ix_(rows, labels)], float)
    found /= found.sum(axis=1, keepdims=True)
    suspicion[rows] = 1 - get_label_quality_scores(given, found)
    wrong[rows] = _issues(given, found)
    found[np.arange(len(rows)), given] = 0
    better[rows, labels[found.argmax(axis=1)]] = True
    return Judged(suspicion, wrong, better)


def _each(truth: Bools, probabilities: Floats) -> Judged:
    """Of rows that carry any number of labels."""
    from cleanlab.rank import get_label_quality_scores

    suspicion, wrong, better = _unknown(truth)
    better |= truth
    for label in np.flatnonzero(np.minimum(truth.sum(axis=0), (~truth).sum(axis=0)) >= FEWEST):
        given, yes = truth[:, label].astype(int), np.asarray(probabilities[:, label], float)
        found = np.stack([1 - yes, yes], axis=1)
        issues = _issues(given, found)
        suspicion = np.maximum(suspicion, 1 - get_label_quality_scores(given, found))
        better[issues, label] ^= True
        wrong |= issues
    return Judged(suspicion, wrong, better)


def _unknown(truth: Bools) -> tuple[Floats, NDArray[np.bool_], Bools]:
    """What is thought before a look."""
    return np.zeros(len(truth)), np.zeros(len(truth), bool), np.zeros_like(truth)


def _issues(given: NDArray[np.int64], found: Floats) -> NDArray[np.bool_]:
    """Of labels, (rows,), and the probabilities of all, (rows, labels): which are to be looked at.
    Of each label cleanlab takes as many as it expects to be wrong, the least probable first."""
    from cleanlab.filter import find_label_issues

    issues = find_label_issues(given, found, filter_by="prune_by_class", n_jobs=1)
    issues |= found[np.arange(len(given)), given] < UNLIKELY
    return np.asarray(issues & (_evidence(given, found) > EVIDENCE))


def _evidence(given: NDArray[np.int64], found: Floats) -> Floats:
    """How many times as much speaks for the most probable other label as for the given one, each
    against what its share of the rows alone lets expect, (rows,)."""
    rows, shares = np.arange(len(given)), np.bincount(given, minlength=found.shape[1]) / len(given)
    times = found / np.maximum(shares, 1e-9)
    others = found.copy()
    others[rows, given] = -1
    evidence: Floats = times[rows, others.argmax(axis=1)] / np.maximum(times[rows, given], 1e-9)
    return evidence
