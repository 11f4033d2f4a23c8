"""Recommended settings on public data sets, through the command line, as a user would.

    python benchmarks/quality.py FOLDER [--only NAME …] [--set key=value …]

FOLDER holds one folder a data set with train, validation and test files. Prints each run's test
score beside its goal, and the seconds it took.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Goal:
    folder: str
    suffix: str
    metric: str
    least: float
    seeds: tuple[int, ...] = (0,)
    positive: str | None = None


GOALS = (
    Goal("unfair_tos", "jsonl", "macro_f1_with_none", 0.79, (0, 1, 2)),
    Goal("unfair_tos/binary", "csv", "f1", 0.79, (0, 1, 2), "unfair"),
    Goal("banking77", "csv", "accuracy", 0.92),
    Goal("sms_spam", "csv", "f1", 0.96, positive="spam"),
    Goal("ag_news", "csv", "accuracy", 0.90),
    Goal("ncbi_disease", "conll", "f1", 0.80),
    Goal("xquad_en", "jsonl", "f1", 0.0),
    Goal("duee_multilabel_zh", "jsonl", "macro_f1", 0.0),
)


def engine(*arguments: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "engine", *arguments, "--json"],
        cwd=ROOT, env=os.environ | {"HF_HUB_OFFLINE": "1"}, stdout=subprocess.PIPE, text=True,
        check=True,
    )  # fmt: skip
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def measure(goal: Goal, data: Path, workspace: str, changes: list[str]) -> None:
    folder = data / goal.folder
    files = [str(folder / f"{split}.{goal.suffix}") for split in ("train", "validation", "test")]
    positive = ["--positive", goal.positive] if goal.positive else []
    imported = engine(
        "import", files[0], "--validation", files[1], "--test", files[2], *positive,
        "--workspace", workspace,
    )  # fmt: skip
    scores = []
    for seed in goal.seeds:
        start = time.monotonic()
        settings = [f"seed={seed}", *changes]
        run = engine(
            "train", "--dataset", imported["id"], "--set", *settings, "--workspace", workspace
        )
        seconds = time.monotonic() - start
        best = engine("report", run["id"], "--workspace", workspace)["splits"]["test"]["best"]
        scores.append(best[goal.metric])
        print(
            f"{goal.folder:20} seed {seed}  {goal.metric} {scores[-1]:.4f}  {seconds:.0f} s",
            flush=True,
        )
    mean = sum(scores) / len(scores)
    verdict = "reached" if mean >= goal.least else "MISSED"
    print(f"{goal.folder:20} mean    {goal.metric} {mean:.4f}  goal {goal.least} {verdict}\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--set", nargs="*", default=[], help="settings to change, as key=value")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as workspace:
        for goal in GOALS:
            if not chosen.only or goal.folder in chosen.only:
                measure(goal, chosen.folder.resolve(), workspace, chosen.set)


if __name__ == "__main__":
    main()
