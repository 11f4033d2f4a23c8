"""How long the TF-IDF baseline takes, and whether the curve of more data can be trusted.

    python benchmarks/worth.py speed FILE [--rows 100000]
    python benchmarks/worth.py curve FOLDER [FOLDER …]

`speed` cross-validates TF-IDF with its linear model on so many rows made of a CSV file's (columns
text and label): parts of 25 words of its texts, every seventh word drawn from all texts, so that
new pairs of words keep coming.

`curve` hides from the curve what was measured at 75 and 100 % of the rows of each folder's
train.csv or train.jsonl, asks it for the gain from 50 to 100 %, and counts how often the 95 %
interval (with that of the measured points themselves) holds what was measured: of all labels
together, and of each label with at least ten rows.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine.baselines.problem import Problem
from engine.data.dataset import columns_of, load_rows
from engine.data.importing import Sources, import_dataset
from engine.evaluation.figures import scored
from engine.evaluation.intervals import bounds
from engine.quality import growth, prospects
from engine.quality.learners import joined, learner
from engine.tasks import make_task
from engine.tasks.labelled import LabelTask
from engine.tasks.scores import Floats
from engine.workspace import Workspace

SEEN, LAST = 3, 2
"""Points that the curve sees; of these, the one from which the gain is counted."""


def speed(file: Path, rows: int) -> None:
    texts, labels = _made_up(pd.read_csv(file), rows)
    task = make_task("multiclass", tuple(sorted(set(labels))))
    columns = {"text": texts, "labels": [(label,) for label in labels]}
    problem = Problem(task, columns, columns, Workspace(Path()))
    begun, worked = time.monotonic(), time.process_time()
    model = learner("tfidf", problem, lambda _: np.zeros(0))
    read = time.monotonic() - begun
    said = joined([said for _, said in model.crossed(model.dealt(0))])
    figures = scored(task, task.tally(said))
    took, cores = time.monotonic() - begun, time.process_time() - worked
    low, high = figures["intervals"]["macro_f1"]
    characters = np.mean([len(text) for text in texts])
    print(f"{rows:,} rows of {characters:.0f} characters on average, {len(model.kinds):,} used")
    print(f"macro-F1 {figures['macro_f1']:.3f} ({low:.3f}–{high:.3f})")
    print(f"{took:.1f} s by the clock, {read:.1f} of them reading; {cores:.1f} s of all cores")


def _made_up(table: pd.DataFrame, rows: int) -> tuple[list[str], list[str]]:
    draw = random.Random(0)
    words = [str(text).split() for text in table["text"]]
    every = [word for text in words for word in text]
    texts, labels = [], []
    for _ in range(rows):
        place = draw.randrange(len(words))
        start = draw.randrange(max(1, len(words[place]) - 25))
        part = words[place][start : start + 25]
        texts.append(" ".join(draw.choice(every) if draw.random() < 1 / 7 else w for w in part))
        labels.append(str(table["label"].iloc[place]))
    return texts, labels


def curve(folders: list[Path]) -> None:
    held: list[tuple[bool, bool]] = []
    with tempfile.TemporaryDirectory() as root:
        workspace = Workspace(Path(root)).create()
        for folder in folders:
            held += _curve(workspace, folder)
    for whole, name in ((True, "of all labels together"), (False, "of single labels")):
        kept = [inside for of_all, inside in held if of_all == whole]
        print(f"{name}: held {sum(kept)} of {len(kept)}")


def _curve(workspace: Workspace, folder: Path) -> list[tuple[bool, bool]]:
    file = next(path for path in sorted(folder.glob("train.*")))
    dataset = import_dataset(workspace, Sources(file))
    task, table = dataset.make_task(), load_rows(workspace, dataset)
    assert isinstance(task, LabelTask)
    rows = columns_of(table[table["split"] != "test"])
    model = learner("tfidf", Problem(task, rows, rows, workspace), lambda _: np.zeros(0))
    measured = prospects.measure(model, task, lambda _: None)
    draws = measured.sums.shape[1]
    scores, of_labels = measured.scores(task, np.ones((1, draws)))
    weights = np.random.default_rng(1).multinomial(draws, [1 / draws] * draws, size=400)
    again, of_labels_again = measured.scores(task, weights.astype(float))
    found = [(True, _held(folder.name, measured.learned[:, 0], scores[0], again))]
    found += [
        (False, _held("", measured.learned[:, 1 + k], of_labels[0, :, k], of_labels_again[..., k]))
        for k in range(len(task.labels))
        if measured.learned[-1, 1 + k] >= prospects.FEW and measured.learned[0, 1 + k] >= 1
    ]
    inside = [held for _, held in found[1:]]
    print(f"{folder.name}: {sum(inside)} of {len(inside)} labels held", flush=True)
    return found


def _held(name: str, rows: Floats, scores: Floats, resampled: Floats) -> bool:
    """Whether the interval held; of a score that climbs, whether its lower end did."""
    curves = growth.fit(rows[:SEEN], resampled[:, :SEEN])
    at: Any = curves.at(rows[[LAST, -1]])
    noise = (resampled[:, -1] - resampled[:, LAST]).std()
    gains = at[:, 1] - at[:, 0] + noise * np.random.default_rng(0).standard_normal(len(at))
    low, high = bounds(gains)
    real = scores[-1] - scores[LAST]
    climbing = growth.climbs(rows[:SEEN], scores[:SEEN])
    if name:
        more = " or more" if climbing else ""
        print(f"{name}: {100 * real:+.1f} points, told {100 * low:+.1f} to {100 * high:+.1f}{more}")
    return bool(low <= real and (climbing or real <= high))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(dest="what", required=True)
    timing = commands.add_parser("speed")
    timing.add_argument("file", type=Path)
    timing.add_argument("--rows", type=int, default=100_000)
    commands.add_parser("curve").add_argument("folder", nargs="+", type=Path)
    arguments = parser.parse_args()
    if arguments.what == "speed":
        speed(arguments.file, arguments.rows)
    else:
        curve(arguments.folder)


if __name__ == "__main__":
    main()
