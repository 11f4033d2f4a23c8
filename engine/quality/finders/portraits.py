"""Makes the portraits of labels: where each label's texts are, and which lie at its border.

A label is where its texts are on average (the nearest-centroid rule of Rocchio), each text as the
bundled encoder sees it.
"""

import numpy as np
from numpy.typing import NDArray

from engine.data.alike import alike_key
from engine.data.truths import truth_of
from engine.quality.findings import Finding
from engine.quality.material import Material
from engine.quality.portraits import Beside, Portrait, keep

TEXTS = 5
"""Texts of each sort."""
_LOOKED_AT = 60
"""Candidates of each sort, of which copies and near copies are left out."""
_TOO_ALIKE = 0.95
"""Cosine from which a text says nothing that another has not said."""
_DOUBTFUL = 0.2
"""A text whose own label is less probable than this is no example of anything."""
_CELLS = 50_000_000
"""Rows times labels that are compared."""
_BLOCK = 4096
"""Rows that are compared with all labels at once."""

Floats = NDArray[np.float32]


def find(material: Material) -> list[Finding]:
    """Keeps the portraits of the version beside what the others find; there is nothing to mend."""
    keep(material.workspace, material.dataset, portraits(material))
    return []


def portraits(material: Material) -> dict[str, Portrait]:
    """A portrait of each label; none where labels are not of whole texts."""
    labels = material.dataset.labels
    if not labels or not truth_of(material.dataset.task).correctable:
        return {}
    looks = _Looks(material, _some(len(material.row_ids), len(labels)))
    return {label: looks.portrait(place) for place, label in enumerate(labels)}


def _some(rows: int, labels: int) -> NDArray[np.int64]:
    """Places of the rows to look at: all, or as many by chance as memory allows."""
    most = max(1, _CELLS // labels)
    if rows <= most:
        return np.arange(rows)
    return np.sort(np.random.default_rng(0).choice(rows, most, replace=False))


class _Looks:
    """How much each of some rows looks like each label; one entry a row in all arrays."""

    def __init__(self, material: Material, rows: NDArray[np.int64]) -> None:
        self.labels = material.dataset.labels
        self.row_ids, self.vectors = material.row_ids[rows], material.vectors[rows]
        self.texts = [alike_key(material.texts[row]) for row in rows.tolist()]
        self.truth = material.truth[rows]
        self.sure = _sure(material)[rows]
        likeness = _likeness(self.vectors, _centres(material.vectors, material.truth))
        own = np.where(self.truth, likeness, -np.inf)
        self.own, self.own_label = own.max(axis=1), own.argmax(axis=1)
        other = np.where(self.truth, -np.inf, likeness)
        self.other, self.other_label = other.max(axis=1), other.argmax(axis=1)
        self.likeness = likeness

    def portrait(self, label: int) -> Portrait:
        carries, likeness = self.truth[:, label], self.likeness[:, label]
        typical = self._best(carries, -likeness)
        lead = likeness - self.other
        border = self._best(carries & (lead >= 0) & np.isfinite(lead), lead)
        counter = self._best(~carries & np.isfinite(self.own), self.own - likeness)
        return Portrait(
            tuple(int(self.row_ids[place]) for place in typical),
            self._beside(border, self.other_label),
            self._beside(counter, self.own_label),
        )

    def _beside(self, places: list[int], label: NDArray[np.int64]) -> tuple[Beside, ...]:
        return tuple(
            Beside(int(self.row_ids[place]), self.labels[label[place]]) for place in places
        )

    def _best(self, among: NDArray[np.bool_], order: NDArray[np.floating]) -> list[int]:
        """Places of at most TEXTS rows that come first and are not too much alike."""
        places = np.flatnonzero(among & self.sure)
        if len(places) > _LOOKED_AT:
            places = places[np.argpartition(order[places], _LOOKED_AT)[:_LOOKED_AT]]
        taken: list[int] = []
        for place in places[np.argsort(order[places], kind="stable")].tolist():
            if len(taken) < TEXTS and self._new(place, taken):
                taken.append(place)
        return taken

    def _new(self, place: int, taken: list[int]) -> bool:
        if any(self.texts[place] == self.texts[other] for other in taken):
            return False
        return not taken or bool((self.vectors[taken] @ self.vectors[place]).max() <= _TOO_ALIKE)


def _centres(vectors: Floats, truth: NDArray[np.bool_]) -> Floats:
    """Where the texts of each label are on average: (labels, width), of length 1."""
    sums = np.zeros((truth.shape[1], vectors.shape[1]), np.float32)
    for start in range(0, len(vectors), _BLOCK):
        block = slice(start, start + _BLOCK)
        sums += truth[block].astype(np.float32).T @ vectors[block]
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    return sums / np.maximum(lengths, 1e-9)


def _likeness(vectors: Floats, centres: Floats) -> Floats:
    """Cosine of each text and each label: (rows, labels)."""
    found = np.empty((len(vectors), len(centres)), np.float32)
    for start in range(0, len(vectors), _BLOCK):
        found[start : start + _BLOCK] = vectors[start : start + _BLOCK] @ centres.T
    return found


def _sure(material: Material) -> NDArray[np.bool_]:
    """The rows whose labels are not doubtful, (rows,)."""
    outside = material.outside
    if outside is None:
        return np.ones(len(material.row_ids), dtype=bool)
    least = np.where(material.truth, outside, 1.0).min(axis=1, initial=1.0)
    sure: NDArray[np.bool_] = least >= _DOUBTFUL
    return sure
