"""How long it takes to look for everything in a large data set.

    python benchmarks/checking.py FOLDER [--rows 100000] [--words 15]

FOLDER holds a train.csv with the columns text and label. Rows of up to so many words are made up
of it: words that follow each other in the texts of a label follow each other in the new ones. A
tenth of the rows are copies of others in which one word differs. Prints the seconds that each part
took, by the clock and of all cores together, and the most memory that was used.
"""

import argparse
import random
import resource
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from engine.data.importing import Sources, import_dataset
from engine.quality.finders import FINDERS
from engine.quality.material import Material
from engine.workspace import Workspace

COSTLY = ("near", "vectors", "neighbours", "vocabulary", "outside")
"""What is computed once for all finders."""


def made_up(table: pd.DataFrame, rows: int, words: int) -> Iterator[tuple[str, str]]:
    """Texts and labels."""
    picks = random.Random(0)
    starts: dict[str, list[str]] = defaultdict(list)
    after: dict[tuple[str, str], list[str]] = defaultdict(list)
    for text, label in zip(table["text"], table["label"], strict=True):
        said = text.split()
        starts[label] += said[:1]
        for one, two in pairwise(said):
            after[label, one].append(two)
    labels = sorted(starts)
    before: list[tuple[list[str], str]] = []
    for _ in range(rows):
        if before and picks.random() < 0.1:
            said, label = picks.choice(before)
            said = list(said)
            said[picks.randrange(len(said))] = picks.choice(picks.choice(before)[0])
        else:
            label = picks.choice(labels)
            said = [picks.choice(starts[label])]
            while len(said) < words and after[label, said[-1]]:
                said.append(picks.choice(after[label, said[-1]]))
            before.append((said, label))
        yield " ".join(said), label


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--words", type=int, default=15)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        file = Path(root) / "rows.csv"
        table = pd.read_csv(arguments.folder / "train.csv", dtype=str)
        made = made_up(table, arguments.rows, arguments.words)
        pd.DataFrame(made, columns=["text", "label"]).to_csv(file, index=False)
        workspace = Workspace(Path(root) / "workspace").create()
        material = Material(workspace, import_dataset(workspace, Sources(file)))
        print("part | seconds | seconds of all cores | found", flush=True)
        begun = time.perf_counter(), time.process_time()
        for name in COSTLY:
            _timed(name, lambda name=name: getattr(material, name) is None)
        for kind, finder in FINDERS.items():
            _timed(kind, lambda finder=finder: sum(len(f.rows) for f in finder.find(material)))
        wall, cores = time.perf_counter() - begun[0], time.process_time() - begun[1]
        print(f"all | {wall:.1f} | {cores:.1f} |")
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


def _timed(name: str, work: Callable[[], int]) -> None:
    wall, cores = time.perf_counter(), time.process_time()
    found = work()
    wall, cores = time.perf_counter() - wall, time.process_time() - cores
    print(f"{name} | {wall:.1f} | {cores:.1f} | {found:,}", flush=True)


if __name__ == "__main__":
    main()
