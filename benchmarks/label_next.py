"""Whether labelling what `next` names first beats labelling at random.

    python benchmarks/label_next.py FOLDER [FOLDER …] [--seeds 3] [--start 100] [--more 300]

Each folder holds a train.csv with the columns text and label. Some rows are labelled at first, one
of each label at least; the rest counts as unlabelled. Then more are labelled in lots of 50, either
those that are named first or others by lot. After each lot the simple model that names them, frozen
embeddings with logistic regression, learns anew and is asked about 1,000 rows kept apart.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine.quality.embedding import embed
from engine.quality.folds import Indices
from engine.quality.labelling import doubted, spread
from engine.quality.material import silent
from engine.tasks import make_task
from engine.tasks.labelled import LabelPredictions, LabelTask
from engine.tasks.scores import Bools, Floats
from engine.workspace import Workspace

TESTED, LOT = 1000, 50
Choose = Callable[[Floats, Floats], Indices]
"""Doubt and vectors of unlabelled rows → places of those to label."""


def grow(
    task: LabelTask,
    vectors: Floats,
    truth: Bools,
    seed: int,
    counts: tuple[int, int],
    choose: Choose,
) -> list[float]:
    """Macro-F1 at first and after each lot."""
    order = np.random.default_rng(seed).permutation(len(vectors))
    tested, rest = order[:TESTED], order[TESTED:]
    firsts = [int(rest[truth[rest, label]][0]) for label in range(truth.shape[1])]
    start, more = counts
    labelled = list(dict.fromkeys([*firsts, *rest.tolist()]))[: max(start, len(firsts))]
    scores = []
    for done in range(0, more + 1, LOT):
        said = doubted(task, vectors[labelled], truth[labelled], vectors[tested])
        said = LabelPredictions(truth[tested], said.decided, said.probabilities)
        scores.append(task.scores(said)["macro_f1"])
        if done < more:
            left = np.setdiff1d(rest, labelled)
            doubt = task.doubt(doubted(task, vectors[labelled], truth[labelled], vectors[left]))
            labelled += left[choose(doubt, vectors[left])].tolist()
    return scores


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--start", type=int, default=100)
    parser.add_argument("--more", type=int, default=300)
    arguments = parser.parse_args()
    counts = (arguments.start, arguments.more)
    with tempfile.TemporaryDirectory() as root:
        workspace = Workspace(Path(root)).create()
        for folder in arguments.folder:
            table = pd.read_csv(folder / "train.csv").drop_duplicates("text")
            labels = tuple(sorted(table["label"].unique()))
            kind = "multiclass" if len(labels) > 2 else "binary"
            task = make_task(kind, labels, labels[-1])
            assert isinstance(task, LabelTask)
            vectors = embed(workspace, folder.name, table["text"].tolist(), silent)
            truth = task.truth([(label,) for label in table["label"]])
            ways: dict[str, Callable[[int], Choose]] = {
                "next": lambda _: lambda doubt, seen: spread(doubt, seen, LOT),
                "doubt alone": lambda _: lambda doubt, _seen: np.argsort(-doubt)[:LOT],
                "by lot": _by_lot,
            }
            for name, way in ways.items():
                found = [
                    grow(task, vectors, truth, seed, counts, way(seed))
                    for seed in range(arguments.seeds)
                ]
                line = " | ".join(f"{score:.3f}" for score in np.mean(found, axis=0))
                spread_of = np.std(np.array(found)[:, -1])
                print(f"{folder.name} | {name} | {line} | ± {spread_of:.3f}", flush=True)


def _by_lot(seed: int) -> Choose:
    random = np.random.default_rng(seed)
    return lambda doubt, _: random.choice(len(doubt), LOT, replace=False)


if __name__ == "__main__":
    main()
