"""Peak memory of predicting a file, by its number of rows.

    python benchmarks/batch_memory.py FILE [--rows 10000 100000]

FILE is a CSV with a column of texts; its rows are repeated until there are as many as asked for,
each told apart by a number. Every size runs in a process of its own, and the model is one that
costs nothing, for what a real one takes does not depend on the number of rows.
"""

import argparse
import csv
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path

ROOT = Path(__file__).parent.parent
MB = 1024 if sys.platform == "linux" else 1024**2


def peak() -> int:
    """Of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // MB


def repeat(source: Path, target: Path, rows: int) -> None:
    with source.open(encoding="utf-8", newline="") as file:
        head, *found = csv.reader(file)
    lines = ([number, *row] for number, row in enumerate(islice(cycle(found), rows)))
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["number", *head], *lines])


def predict(path: Path, column: str, doubtful_first: bool) -> None:
    import numpy as np
    import torch  # noqa: F401  # as much as a real model would import

    from engine.inference.asking import Asking
    from engine.inference.batch import Batch, predict_table
    from engine.tasks import make_task
    from engine.tasks.labelled import LabelPredictions

    class Guesses:
        task = make_task("multiclass", ("a", "b", "c", "d"))
        chance = np.random.default_rng(0)

        def predict(self, texts: Sequence[str], questions: Sequence[str] = ()) -> LabelPredictions:
            found = self.chance.dirichlet(np.ones(4), len(texts))
            decided = np.arange(4) == found.argmax(axis=1)[:, None]
            return LabelPredictions(decided, decided, found)

    before = peak()
    batch = Batch(Asking((column,)), doubtful_first)
    out = path.with_name("out.csv")
    counts = predict_table(Guesses(), Guesses.task, path, batch, out, lambda *_: None)
    size = path.stat().st_size / 1024**2
    print(
        f"{counts.predicted:,} rows, {size:.1f} MB of CSV, doubtful first {doubtful_first}: "
        f"{before} MB before, {peak()} MB at the peak",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--column", default="text")
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--one", choices=("file", "doubtful"), help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    if chosen.one:
        predict(chosen.file, chosen.column, chosen.one == "doubtful")
        return
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "rows.csv"
        for rows in chosen.rows:
            repeat(chosen.file, path, rows)
            for order in ("file", "doubtful"):
                command = [sys.executable, __file__, str(path), "--one", order]
                subprocess.run([*command, "--column", chosen.column], check=True)


if __name__ == "__main__":
    main()
