"""Outliers: texts unlike all others, such as remains of a form, code, or an answer in the wrong
field. Unlike is what lies far from its nearest neighbours, by how the bundled encoder reads it."""

import numpy as np

from engine.quality.findings import Finding
from engine.quality.material import Material
from engine.quality.telling import drop, ids
from engine.text import Message

KIND = "outliers"
FEWEST_ROWS = 50
"""Rows from which on it can be said what is usual."""
NEAREST = 3
"""Neighbours that are looked at."""
FAR_OUT = 3.0
"""Times the distance between the quartiles beyond the first one (Tukey 1977)."""
MOST_SHARE = 0.01
"""Of the rows: of more, only the most unusual."""


def find(material: Material) -> list[Finding]:
    if len(material.rows) < FEWEST_ROWS:
        return []
    near = material.neighbours[1][:, :NEAREST].mean(axis=1)
    first, third = np.quantile(near, [0.25, 0.75])
    far = np.flatnonzero(near < first - FAR_OUT * (third - first))
    far = far[np.argsort(near[far], kind="stable")][: int(MOST_SHARE * len(near)) or 1]
    if not len(far):
        return []
    rows = ids(material, far)
    message = Message("quality.outliers_fix", {"rows": len(rows)})
    return [
        Finding(
            KIND,
            Message("quality.outliers", {"rows": len(rows)}),
            Message("quality.outliers_why"),
            rows,
            0.3,
            (drop(rows, message),),
            facts={"likeness": near[far].round(4).tolist()},
        )
    ]
