"""A file predicted by this project against the transformers pipeline: same model, rows and CPU.

    python benchmarks/batch_speed.py FOLDER [--model MODEL] [--rows 2000] [--rounds 3]

FOLDER holds train.csv and test.csv with the columns text and label. A small encoder is tuned for
one epoch first, with the architecture's own head, for only that loads in a pipeline; MODEL names
the model folder of such a run instead. Both arms then predict test.csv in turns. The median round
of each counts; where other programs share the machine, the fastest is told beside it:

    pipeline   pipeline("text-classification"), batch 32, truncated, in the folder's precision, fp32
    engine     what the page and `predict --to` do: read the file, predict it, write the other file

Both are loaded and warm before the first round and have OMP_NUM_THREADS threads, by default all.
"""

import argparse
import csv
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
BATCH, LENGTH, TUNED_ROWS = 32, 256, 2000


def tuned(folder: Path, workspace: Path) -> Path:
    """The model folder of a run with a native head, after one epoch over some training rows."""

    def engine(*arguments: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "engine", *arguments, "--json"]
        command += ["--workspace", str(workspace)]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    workspace.mkdir()
    some = workspace / "some.csv"
    copy_rows(folder / "train.csv", some, TUNED_ROWS)
    dataset = engine("import", str(some))["id"]
    settings = ["head=native", "method=full", "epochs=1", "learning_rate=2e-4"]
    settings.append(f"max_length={LENGTH}")
    run = engine("train", "--dataset", dataset, "--set", *settings)["id"]
    return workspace / "runs" / run / "model"


def copy_rows(source: Path, target: Path, rows: int | None) -> None:
    """All rows, or so many drawn by lot, always the same ones."""
    with source.open(encoding="utf-8", newline="") as file:
        head, *found = csv.reader(file)
    if rows is not None:
        found = random.Random(0).sample(found, min(rows, len(found)))
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *found])


def pipeline_arm(model: Path, file: Path) -> Callable[[], list[str]]:
    import torch
    from transformers import pipeline

    classify = pipeline(
        "text-classification", model=str(model), device="cpu", dtype=torch.float32, batch_size=BATCH
    )

    def predict() -> list[str]:
        with file.open(encoding="utf-8", newline="") as rows:
            texts = [row["text"] for row in csv.DictReader(rows)]
        return [said["label"] for said in classify(texts, truncation=True, max_length=LENGTH)]

    return predict


def engine_arm(model: Path, file: Path, out: Path) -> Callable[[], list[str]]:
    from engine.inference.asking import Asking
    from engine.inference.batch import Batch, predict_table
    from engine.inference.predictor import load_predictor
    from engine.inference.quick import Quick
    from engine.models.hardware import probe

    quick = Quick(load_predictor(model), probe())

    def predict() -> list[str]:
        predict_table(quick, quick.task, file, Batch(Asking(("text",))), out, lambda *_: None)
        with out.open(encoding="utf-8-sig", newline="") as rows:
            return [row["prediction"] for row in csv.DictReader(rows)]

    return predict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--model", type=Path, help="model folder of a run with a native head")
    parser.add_argument("--rows", type=int, help="predict so many rows, drawn by lot")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    os.environ["HF_HUB_OFFLINE"] = "1"
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as place:
        model = chosen.model or tuned(chosen.folder, Path(place) / "workspace")
        file = Path(place) / "test.csv"
        copy_rows(chosen.folder / "test.csv", file, chosen.rows)
        arms = {
            "pipeline": pipeline_arm(model, file),
            "engine": engine_arm(model, file, Path(place) / "out.csv"),
        }
        said, seconds = in_turns(arms, chosen.rounds)
    tell(said, seconds)


def in_turns(
    arms: dict[str, Callable[[], list[str]]], rounds: int
) -> tuple[dict[str, list[str]], dict[str, list[float]]]:
    said: dict[str, list[str]] = {}
    seconds: dict[str, list[float]] = {name: [] for name in arms}
    for round_ in range(rounds):
        for name, predict in arms.items():
            begun = time.perf_counter()
            said[name] = predict()
            seconds[name].append(time.perf_counter() - begun)
            rate = len(said[name]) / seconds[name][-1]
            print(f"round {round_ + 1} {name:9} {rate:8.1f} rows/s", file=sys.stderr, flush=True)
    return said, seconds


def tell(said: dict[str, list[str]], seconds: dict[str, list[float]]) -> None:
    rows = len(said["engine"])
    median = {name: statistics.median(found) for name, found in seconds.items()}
    for name in said:
        print(f"{name:9} {rows / median[name]:8.1f} rows/s")
    alike = sum(map(str.__eq__, said["pipeline"], said["engine"]))
    fastest = {name: min(found) for name, found in seconds.items()}
    for which, taken in (("median", median), ("fastest", fastest)):
        ratio = taken["pipeline"] / taken["engine"]
        print(f"engine / pipeline, {which} rounds: {ratio:.2f} times")
    print(f"same label: {alike} of {rows} rows")


if __name__ == "__main__":
    main()
