"""What a person needs to judge doubtful labels, as facts of a finding that `reviewing` reads."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.quality.material import Material
from engine.quality.telling import ids
from engine.tasks.scores import Bools, Floats

NEAR = 3
"""Rows with other labels that are shown."""
LIKELY = 9
"""Labels that have a number key."""


def judging(material: Material, places: NDArray[np.int64], better: Bools) -> dict[str, Any]:
    """Of the rows at these places, by their ids: how `sure` the `better` labels, (rows, labels) of
    all rows, are; which are `likely`, where there are many; which rows are `near`."""
    probabilities, rows = material.outside, ids(material, places)
    if probabilities is None:
        return {}
    sure = _sure(material, probabilities, better)[places].round(3).tolist()
    facts = {
        "sure": dict(zip(rows, sure, strict=True)),
        "near": {row: _near(material, place) for row, place in zip(rows, places, strict=True)},
    }
    names = material.dataset.labels
    if len(names) > LIKELY:
        likely = np.argsort(-probabilities[places], axis=1, kind="stable")[:, :LIKELY].tolist()
        facts["likely"] = {
            row: [names[label] for label in labels]
            for row, labels in zip(rows, likely, strict=True)
        }
    return facts


def _sure(material: Material, probabilities: Floats, better: Bools) -> Floats:
    """How probable the change is that is most probable, (rows,)."""
    changed = better & ~material.truth
    right = np.where(changed, probabilities, 0.0)
    if material.dataset.make_task().several:
        gone = ~better & material.truth
        right = np.where(gone, 1 - probabilities, right)
    return np.asarray(right.max(axis=1), float)


def _near(material: Material, place: int) -> list[int]:
    """Ids of the rows most like one that have other labels."""
    others = [
        other
        for other in material.neighbours[0][place].tolist()
        if material.truths[other] != material.truths[place]
    ]
    return list(ids(material, others[:NEAR]))
