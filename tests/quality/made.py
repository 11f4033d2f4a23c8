"""Data sets built in code, as finders look at them; nothing is written to disk."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from engine.data.dataset import EXTRA, SPLITS, Dataset, Roles
from engine.data.samples import SAMPLES_FOLDER
from engine.quality.material import Material


def material(
    texts: Sequence[str],
    labels: Sequence[str | tuple[str, ...]] | None = None,
    splits: Sequence[str] | None = None,
    task: str = "multiclass",
    extra: Mapping[str, Sequence[str]] | None = None,
    columns: Mapping[str, Sequence[Any]] | None = None,
    workspace: Any = None,
    counts: Sequence[Counter[str]] | None = None,
) -> Material:
    """Every tenth row is tested and every tenth validates, unless `splits` says otherwise.

    `counts` is what is counted of each row, where that is more than its labels.
    """
    names = ["a"] * len(texts) if labels is None else labels
    sets = [(name,) if isinstance(name, str) else tuple(name) for name in names]
    shares = ["test", "validation", *["train"] * 8]
    parts = list(splits or (shares[row % 10] for row in range(len(texts))))
    cells = {"row_id": range(100, 100 + len(texts)), "split": parts, "text": list(texts)}
    more = {f"{EXTRA}{name}": list(column) for name, column in (extra or {}).items()}
    rows = pd.DataFrame({**cells, "labels": sets, **(columns or {}), **more})
    counted = counts or [Counter(names) for names in sets]
    found = sorted({name for row in counted for name in row})
    by_split = {
        split: sum(
            (row for row, part in zip(counted, parts, strict=True) if part == split), Counter()
        )
        for split in SPLITS
    }
    dataset = Dataset(
        id="made",
        version=1,
        name="Made",
        task=task,
        labels=tuple(found),
        positive=found[-1] if task == "binary" else None,
        roles=Roles(("text",), ("label",)),
        rows={split: parts.count(split) for split in SPLITS},
        counts={split: {name: by_split[split][name] for name in found} for split in SPLITS},
        fingerprint="made",
        created=0.0,
        extra=tuple(extra or ()),
    )
    made = Material(workspace, dataset)
    made.__dict__["rows"] = rows
    return made


def tickets() -> pd.DataFrame:
    """The sample of support tickets: `text` and `label` of some 700 rows in English."""
    table = pd.read_csv(SAMPLES_FOLDER / "support_tickets.csv")
    texts = table["subject"].fillna("") + "\n" + table["body"].fillna("")
    return pd.DataFrame({"text": texts, "label": table["category"]})


def clauses() -> pd.DataFrame:
    """The sample of contract clauses: `text` and `label` of some 600 rows in English."""
    table = pd.read_csv(SAMPLES_FOLDER / "contract_clauses.csv")
    return table.rename(columns={"clause": "text"})


def letters(workspace: Any, dataset_id: str, texts: Sequence[str], tell: Any) -> Any:
    """In the place of the encoder: how often some letters stand in each text, of length 1."""
    table = np.array([[text.count(letter) for letter in "lrmtpbz"] for text in texts], float)
    return table / np.maximum(np.linalg.norm(table, axis=1, keepdims=True), 1e-9)
