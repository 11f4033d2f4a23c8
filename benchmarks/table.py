"""How long the table of a data set's rows takes to answer, by the number of rows.

    python benchmarks/table.py [--rows 100000 1000000]

Rows of 5 to 40 made-up words with one of 50 labels and two extra columns. Each line is one
question, asked twice: the first time with all that is only worked out once, and again. Both times
are until the first 50 rows are there with what waits for them.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.data.table import Table

ROOT = Path(__file__).parent.parent
PAGE = 50
LABELS = tuple(f"label {i}" for i in range(50))
ASKED: tuple[dict[str, str], ...] = (
    {},
    {"find": "Word17 "},
    {"having": "label 3"},
    {"order": "text"},
    {"order": "-length"},
    {"order": "label"},
    {"order": "split"},
    {"order": "extra.author"},
    {"order": "doubt"},
    {"find": "word1", "having": "label 3", "among": "test", "order": "-text"},
)


def make(rows: int) -> Any:
    import numpy as np
    import pyarrow as pa

    chance = np.random.default_rng(0)
    words = np.array([f"word{i}" for i in range(5000)])
    lengths = chance.integers(5, 40, rows)
    texts = [" ".join(words[chance.integers(0, len(words), length)]) for length in lengths]
    splits = ("train", "validation", "test")
    return pa.table(
        {
            "row_id": np.arange(rows),
            "split": chance.choice(splits, rows, p=[0.8, 0.1, 0.1]).tolist(),
            "text": texts,
            "labels": [[LABELS[i]] for i in chance.integers(0, len(LABELS), rows)],
            "extra.author": chance.choice(words, rows).tolist(),
            "extra.number": [str(i) for i in chance.integers(0, 1000, rows)],
        }
    )


def answer(table: "Table", asked: dict[str, str]) -> int:
    """Rows that are found; those of the first page are read and thrown away."""
    from engine.data.seeking import Sought
    from engine.data.waiting import Waiting

    found = table.find(Sought.from_query(asked), doubted=range(500))
    draft = Waiting("multiclass", (), {})
    for row in table.rows(found[:PAGE]):
        draft.fate(row)
    return len(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    chosen = parser.parse_args()
    sys.path.insert(0, str(ROOT))
    from pyarrow import parquet

    from engine.data.table import Table

    for rows in chosen.rows:
        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / "rows.parquet"
            parquet.write_table(make(rows), file)
            begun = time.perf_counter()
            table = Table(LABELS, parquet.read_table(file))
            print(f"{rows:,} rows, opened in {time.perf_counter() - begun:.2f} s")
        for asked in ASKED:
            took, found = [], 0
            for _ in range(2):
                begun = time.perf_counter()
                found = answer(table, asked)
                took.append(f"{1000 * (time.perf_counter() - begun):6.0f}")
            print(f"{took[0]} ms, again {took[1]} ms  {found:9,} rows  {asked}")


if __name__ == "__main__":
    main()
