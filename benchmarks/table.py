"""How long the table of a data set's rows takes to answer, by the number of rows.

    python benchmarks/table.py [--rows 100000 1000000]

Rows of 5 to 40 made-up words with one of 50 labels and two extra columns. Each line is one
question, asked twice: the first time with all that is only worked out once, and again. Both times
are to the finished HTML of the first page of 50 rows.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))

import pyarrow as pa
from pyarrow import parquet

from engine.data.dataset import EXTRA
from engine.data.seeking import Sought
from engine.data.table import Table
from engine.data.waiting import Waiting
from engine.tasks import make_task
from webui.text import t
from webui.views import bench_rows as html
from webui.views.rows import Leaf

LABELS = tuple(f"label {i}" for i in range(50))
ASKED = (
    Sought(),
    Sought(find="Word17 "),
    Sought(having="label 3"),
    Sought(order="text"),
    Sought(order="-length"),
    Sought(order="label"),
    Sought(order="split"),
    Sought(order=f"{EXTRA}author"),
    Sought(order="doubt"),
    Sought(find="word1", having="label 3", among="test", order="-text"),
)


def make(rows: int) -> pa.Table:
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
            f"{EXTRA}author": chance.choice(words, rows).tolist(),
            f"{EXTRA}number": [str(i) for i in chance.integers(0, 1000, rows)],
        }
    )


def answer(table: Table, sought: Sought) -> int:
    """Rows that are found; their first page is made and thrown away."""
    task, draft = make_task("multiclass", LABELS), Waiting("multiclass", (), {})
    found = table.find(sought, doubted=range(500))
    leaf = Leaf(1, len(found), sought.order, html.PAGE)
    rows = table.rows(found[: html.PAGE])
    fates = {row["row_id"]: draft.fate(row) for row in rows}
    listed = html.Listed(task, sought, leaf, rows, len(table), table.orders(), fates, "")

    def words(key: str, **params: object) -> str:
        return t(key, "en", **params)

    html.seeking(listed, words)
    html.page(listed, words)
    return len(found)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    for rows in parser.parse_args().rows:
        with tempfile.TemporaryDirectory() as place:
            file = Path(place) / "rows.parquet"
            parquet.write_table(make(rows), file)
            begun = time.perf_counter()
            table = Table(LABELS, parquet.read_table(file))
            print(f"{rows:,} rows, opened in {time.perf_counter() - begun:.2f} s")
        for sought in ASKED:
            took, found = [], 0
            for _ in range(2):
                begun = time.perf_counter()
                found = answer(table, sought)
                took.append(f"{1000 * (time.perf_counter() - begun):6.0f}")
            print(f"{took[0]} ms, again {took[1]} ms  {found:9,} rows  {sought.to_query()}")


if __name__ == "__main__":
    main()
