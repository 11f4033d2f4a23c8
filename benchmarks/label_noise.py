"""How well wrong labels are found: labels are changed at random, and found again.

    python benchmarks/label_noise.py FOLDER [FOLDER …] [--seeds 3] [--share 0.05]

Each folder holds a train.csv with the columns text and label. Of its rows the share gets another
label, drawn evenly from the others; all rows are then ranked by suspicion. Printed are the average
precision of that ranking, and precision and recall of the rows the finder puts on its list.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine.data.dataset import Dataset
from engine.data.importing import Sources, import_dataset
from engine.quality.finders.labels import judge
from engine.quality.material import Material
from engine.workspace import Workspace


@dataclass(frozen=True, eq=False)
class Flipped(Material):
    """The same rows, some with another label."""

    seed: int = 0
    share: float = 0.05

    @cached_property
    def flips(self) -> dict[int, str]:
        """Place of a row → its new label."""
        random, names = np.random.default_rng(self.seed), self.dataset.labels
        given = super().rows["labels"].tolist()
        chosen = random.choice(len(given), round(self.share * len(given)), replace=False)
        return {
            int(place): random.choice([name for name in names if name != given[place][0]])
            for place in chosen
        }

    @cached_property
    def rows(self) -> pd.DataFrame:
        rows = super().rows.copy()
        labels = rows["labels"].tolist()
        for place, name in self.flips.items():
            labels[place] = [name]
        rows["labels"] = labels
        return rows


def measure(workspace: Workspace, dataset: Dataset, seed: int, share: float) -> list[float]:
    """Average precision, precision, recall and length of the list, and share of right suggestions
    among the wrong labels on it."""
    from sklearn.metrics import average_precision_score

    material = Flipped(workspace, dataset, seed=seed, share=share)
    wrong = np.isin(np.arange(len(material.rows)), list(material.flips))
    judged = judge(material)
    assert judged is not None
    right = Material(workspace, dataset).truth
    hits = judged.wrong & wrong
    suggested = (judged.better == right).all(axis=1)[hits].mean()
    return [
        average_precision_score(wrong, judged.suspicion),
        hits.sum() / judged.wrong.sum(),
        hits.sum() / wrong.sum(),
        judged.wrong.mean(),
        suggested,
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--share", type=float, default=0.05)
    arguments = parser.parse_args()
    heads = "data", "seed", "avg precision", "precision", "recall", "listed", "suggested right"
    print(" | ".join(heads))
    with tempfile.TemporaryDirectory() as root:
        workspace = Workspace(Path(root)).create()
        for folder in arguments.folder:
            dataset = import_dataset(workspace, Sources(folder / "train.csv"))
            found = []
            for seed in range(arguments.seeds):
                found.append(measure(workspace, dataset, seed, arguments.share))
                print(f"{folder.name} | {seed} | {_line(found[-1])}", flush=True)
            print(f"{folder.name} | mean | {_line(np.mean(found, axis=0))}", flush=True)


def _line(figures: list[float]) -> str:
    return " | ".join(f"{figure:.3f}" for figure in figures)


if __name__ == "__main__":
    main()
