"""The memory estimate against what real runs take.

    python benchmarks/memory.py [--model NAME]

Trains the bundled encoder (or another) on made-up texts with every method, at two lengths and batch
sizes, each run whole and in a process of its own, and prints the peak of its resident memory beside
the estimate. Runs are long enough to keep an average of the weights.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

CASES = [
    (method, length, batch)
    for method in ("full", "lora", "head")
    for length, batch in ((32, 8), (32, 32), (128, 8), (128, 32))
]
STEPS = 208
"""Just above the steps from which an average of the weights is kept."""
ROWS = 160
WORDS = "the of and to in is you that it he was for on are as with his they at be this have".split()


def measure(model: str, method: str, length: int, batch: int) -> dict[str, float]:
    """Train, and return the peak and the estimate in bytes."""
    from engine.models import hardware

    hardware.calm()
    with tempfile.TemporaryDirectory() as folder:
        estimated = _train(Path(folder), model, method, length, batch)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"peak": peak, "estimated": estimated}


def _train(folder: Path, model: str, method: str, length: int, batch: int) -> int:
    from engine.models import hardware
    from engine.models.catalogue import find_model
    from engine.runs.job import train_run
    from engine.training.plan import make_plan
    from engine.training.recommend import complete, training_token_counts
    from engine.workspace import Workspace

    workspace = Workspace(folder / "workspace").create()
    dataset = _dataset(workspace, folder, length)
    machine = hardware.probe()
    hardware.save(workspace, machine)
    counts = training_token_counts(workspace, dataset, find_model(model))
    steps_an_epoch = -(-dataset.rows["train"] // batch)
    draft: dict[str, Any] = {
        "model": model, "method": method, "batch_size": batch, "max_length": length,
        "epochs": STEPS / steps_an_epoch, "evaluate_every": STEPS, "early_stopping": False,
    }  # fmt: skip
    recipe = complete(draft, dataset, counts, machine).recipe
    memory = make_plan(recipe, dataset, machine, counts).memory
    run = workspace.run("measured")
    run.root.mkdir(parents=True)
    run.recipe.write_text(recipe.to_json(), "utf-8")
    outcome = train_run(workspace, "measured", None, lambda: None)
    if memory is None or outcome.kind != "finished":
        raise SystemExit(f"{method}: {outcome}")
    return memory.need.total


def _dataset(workspace: Any, folder: Path, length: int) -> Any:
    import pandas as pd

    from engine.data.importing import Sources, import_dataset, inspect

    choose = random.Random(0)
    texts = [" ".join(choose.choices(WORDS, k=length)) for _ in range(ROWS)]
    labels = [("yes", "no")[i % 2] for i in range(ROWS)]
    pd.DataFrame({"text": texts, "label": labels}).to_csv(folder / "rows.csv", index=False)
    sources = Sources(folder / "rows.csv")
    return import_dataset(workspace, sources, inspect(sources).plan)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--case", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.case:
        method, length, batch = chosen.case
        print(json.dumps(measure(chosen.model, method, int(length), int(batch))))
        return
    root = Path(__file__).parent.parent
    environment = os.environ | {"PYTHONPATH": str(root), "HF_HUB_OFFLINE": "1"}
    print("| method | tokens | batch | measured GB | estimated GB | estimated / measured |")
    print("|---|---|---|---|---|---|")
    for method, length, batch in CASES:
        command = [sys.executable, __file__, "--model", chosen.model]
        done = subprocess.run(
            [*command, "--case", method, str(length), str(batch)],
            env=environment, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True,
        )  # fmt: skip
        found = json.loads(done.stdout.splitlines()[-1])
        peak, estimated = found["peak"] / 1e9, found["estimated"] / 1e9
        ratio = f"{estimated / peak:.2f}"
        row = (method, length, batch, f"{peak:.2f}", f"{estimated:.2f}", ratio)
        print("| " + " | ".join(map(str, row)) + " |", flush=True)


if __name__ == "__main__":
    main()
