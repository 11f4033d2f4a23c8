"""The engine's training loop against a plain transformers Trainer: same rows, same settings.

    python benchmarks/training_speed.py FOLDER [--epochs 3]

FOLDER holds train.csv and test.csv with the columns text and label (or `label` by --label). Three
arms, each in its own process so that peak memory is its own:

    padded    Trainer as its example scripts run it: padded to the maximum length, fp32
    grouped   Trainer as an informed user runs it: dynamic padding, grouped by length, bf16
    engine    this project's loop

All tune the bundled encoder in full with the architecture's own head, AdamW, the same batch size,
learning rate, schedule and epochs. Rows a second are of training alone; F1 is macro-F1 on test.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

BATCH, RATE, LENGTH, WARMUP, SEED = 32, 2e-4, 128, 0.1, 0
ARMS = ("padded", "grouped", "engine")


def read(folder: Path, split: str, limit: int | None) -> tuple[list[str], list[str]]:
    import pandas as pd

    frame = pd.read_csv(folder / f"{split}.csv", dtype=str, keep_default_na=False)
    if limit:
        frame = frame.sample(min(limit, len(frame)), random_state=SEED)
    return frame["text"].tolist(), frame["label"].tolist()


def bf16_pays() -> bool:
    from engine.models.hardware import FAST_ENOUGH, probe

    return probe().bf16_speedup >= FAST_ENOUGH


def trainer_arm(folder: Path, epochs: float, limit: int | None, padded: bool) -> dict[str, Any]:
    import torch
    from transformers import (
        AutoModelForSequenceClassification,
        AutoTokenizer,
        DataCollatorWithPadding,
        Trainer,
    )

    from engine.models.catalogue import bundled_folder

    tokenizer = AutoTokenizer.from_pretrained(bundled_folder())
    train, test = read(folder, "train", limit), read(folder, "test", None)
    labels = sorted(set(train[1]))
    encoded = _encode(tokenizer, train, labels, padded)
    torch.manual_seed(SEED)
    model = AutoModelForSequenceClassification.from_pretrained(
        bundled_folder(), num_labels=len(labels), dtype=torch.float32
    )
    with tempfile.TemporaryDirectory() as out:
        trainer = Trainer(
            model=model,
            args=_arguments(out, epochs, padded),
            train_dataset=encoded,
            data_collator=DataCollatorWithPadding(tokenizer),
        )
        start = time.perf_counter()
        trainer.train()
        seconds = time.perf_counter() - start
        # grouped by length the test rows come back in another order, with their labels
        said = trainer.predict(_encode(tokenizer, test, labels, padded))
    lengths = np.array([sum(row) for row in encoded["attention_mask"]])
    pad = 1 - lengths.mean() / LENGTH if padded else _grouped_pad(lengths)
    rate, decided = len(train[0]) * epochs / seconds, said.predictions.argmax(1)
    return _result(rate, pad, said.label_ids, decided, len(labels))


def _encode(
    tokenizer: Any, rows: tuple[list[str], list[str]], labels: list[str], padded: bool
) -> Any:
    from datasets import Dataset

    texts, names = rows
    padding = "max_length" if padded else False
    tokens = tokenizer(texts, truncation=True, max_length=LENGTH, padding=padding)
    return Dataset.from_dict(
        {
            "input_ids": tokens["input_ids"],
            "attention_mask": tokens["attention_mask"],
            "labels": [labels.index(name) for name in names],
        }
    )


def _arguments(out: str, epochs: float, padded: bool) -> Any:
    import torch
    from transformers import TrainingArguments

    return TrainingArguments(
        out,
        per_device_train_batch_size=BATCH,
        per_device_eval_batch_size=64,
        learning_rate=RATE,
        num_train_epochs=epochs,
        warmup_steps=WARMUP,
        weight_decay=0.01,
        save_strategy="no",
        use_cpu=not torch.cuda.is_available(),
        bf16=not padded and bf16_pays(),
        train_sampling_strategy="random" if padded else "group_by_length",
        disable_tqdm=True,
        seed=SEED,
    )


def _grouped_pad(lengths: np.ndarray) -> float:
    """Padding of the sampler the Trainer uses, replayed once."""
    from transformers.trainer_pt_utils import LengthGroupedSampler

    order = list(LengthGroupedSampler(BATCH, lengths=lengths.tolist()))
    batches = [lengths[order[i : i + BATCH]] for i in range(0, len(order), BATCH)]
    return float(1 - lengths.sum() / sum(len(batch) * batch.max() for batch in batches))


def engine_arm(folder: Path, epochs: float, limit: int | None) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as out:
        trainer, rows = _trainer(folder, _recipe(epochs), limit, Path(out))
        start = time.perf_counter()
        while trainer.progress.step < trainer.steps:
            trainer._step()
        seconds = time.perf_counter() - start
        pads = [event["pad_share"] for event in trainer.events.read() if event["type"] == "step"]
        decided = trainer.output.evaluate(trainer.network, rows)[0].decided.argmax(1)
    trained = len(trainer.train_inputs)
    labels = rows.truth.shape[1]
    return _result(
        trained * epochs / seconds, float(np.mean(pads)), rows.truth.argmax(1), decided, labels
    )


def _recipe(epochs: float) -> Any:
    from engine.training.recipe import Recipe
    from engine.training.settings import SETTINGS

    values = {setting.name: setting.default for setting in SETTINGS} | {
        "method": "full", "head": "native", "lora_rank": 8, "lora_alpha": 16.0,
        "lora_dropout": 0.0, "epochs": epochs, "learning_rate": RATE, "schedule": "linear",
        "warmup": WARMUP, "batch_size": BATCH, "max_length": LENGTH, "weight_decay": 0.01,
        "class_weights": "none", "early_stopping": False, "patience": 3, "seed": SEED,
        "average_weights": False, "train_embeddings": True, "label_smoothing": 0.0,
        "answer_length": 1, "best_metric": "macro_f1",
    }  # fmt: skip
    return Recipe("benchmark", 1, **values)


def _trainer(folder: Path, recipe: Any, limit: int | None, out: Path) -> tuple[Any, Any]:
    """The engine's trainer over the training rows, and the test rows."""
    import torch
    from accelerate import Accelerator

    from engine.models.catalogue import find_model
    from engine.models.fast_cpu import speed_up
    from engine.models.loading import load_network, load_tokenizer
    from engine.tasks import make_task
    from engine.training.checkpoints import Checkpoints
    from engine.training.events import EventLog
    from engine.training.loop import Trainer
    from engine.training.outputs import OUTPUTS, Reading

    train, test = read(folder, "train", limit), read(folder, "test", None)
    task = make_task("multiclass", tuple(sorted(set(train[1]))))
    model = find_model("bundled")
    assert model.folder is not None
    output = OUTPUTS["labels"](task, load_tokenizer(model.folder), Reading.of(recipe))
    columns = ({"text": texts, "labels": [[n] for n in names]} for texts, names in (train, test))
    rows, test_rows = (output.inputs(output.tokenise(each), each) for each in columns)
    torch.manual_seed(SEED)
    network = load_network(model, model.folder, recipe, output.head(recipe), output.pad_id)
    output.start(network, rows)
    if not torch.cuda.is_available():
        speed_up(network)
    trainer = Trainer(
        network, output, recipe, rows, test_rows,
        Accelerator(
            mixed_precision="bf16" if bf16_pays() else "no", cpu=not torch.cuda.is_available()
        ),
        EventLog(out / "events.jsonl"), Checkpoints(out),
    )  # fmt: skip
    return trainer, test_rows


def _result(
    rate: float, pad: float, truth: np.ndarray, decided: np.ndarray, labels: int
) -> dict[str, Any]:
    from engine.tasks import make_task
    from engine.tasks.labelled import LabelPredictions

    names = np.arange(labels)
    task = make_task("multiclass", tuple(str(name) for name in names))
    found = decided[:, None] == names
    scores = task.scores(LabelPredictions(truth[:, None] == names, found, found))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"rows_s": rate, "pad": pad, "peak_mb": peak, "f1": scores["macro_f1"]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--epochs", type=float, default=3)
    parser.add_argument("--rows", type=int, help="train on this many rows only")
    parser.add_argument("--arm", choices=ARMS, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.arm == "engine":
        print(json.dumps(engine_arm(chosen.folder, chosen.epochs, chosen.rows)))
        return
    if chosen.arm:
        padded = chosen.arm == "padded"
        print(json.dumps(trainer_arm(chosen.folder, chosen.epochs, chosen.rows, padded)))
        return
    root = Path(__file__).parent.parent
    threads = str(max(1, (os.cpu_count() or 2) - 1))
    environment = os.environ | {
        "PYTHONPATH": str(root), "OMP_WAIT_POLICY": "PASSIVE", "OMP_NUM_THREADS": threads,
        "HF_HUB_OFFLINE": "1",
    }  # fmt: skip
    results = {}
    for arm in ARMS:
        done = subprocess.run(
            [sys.executable, __file__, *sys.argv[1:], "--arm", arm],
            env=environment, check=True, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        results[arm] = json.loads(done.stdout.splitlines()[-1])
    print(f"{'arm':10}{'rows/s':>9}{'padding':>9}{'peak MB':>9}{'test F1':>9}")
    for arm, r in results.items():
        print(f"{arm:10}{r['rows_s']:9.1f}{r['pad']:9.1%}{r['peak_mb']:9.0f}{r['f1']:9.3f}")
    for arm in ARMS[:2]:
        print(f"engine / {arm}: {results['engine']['rows_s'] / results[arm]['rows_s']:.2f} times")


if __name__ == "__main__":
    main()
