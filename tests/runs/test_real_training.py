"""The whole way with nothing faked: registry, supervisor, warm child and a tiny real model."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.data.importing import Sources, import_dataset
from engine.models import hardware
from engine.runs.launcher import COMMAND
from engine.runs.run import State
from engine.runs.supervisor import Supervisor, Timing
from engine.workspace import Workspace

pytestmark = pytest.mark.slow

House = Any  # of conftest.py, which is not importable
SETTINGS = {
    "method": "full", "preset": "balanced", "head": "pooled", "lora_targets": "all-linear",
    "epochs": 20.0, "learning_rate": 1e-3, "schedule": "linear", "warmup": 0.1, "batch_size": 8,
    "max_length": 16, "weight_decay": 0.0, "label_smoothing": 0.0, "average_weights": True,
    "train_embeddings": True, "class_weights": "none",
    "loss": "cross_entropy", "focal_gamma": 2.0, "best_metric": "macro_f1", "evaluate_every": 0,
    "precision": "fp32", "seed": 0, "tracker": "none",
}  # fmt: skip


@pytest.fixture(scope="module")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "good", "bad", "day", "night"]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, "[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    folder = tmp_path_factory.mktemp("tiny-bert")
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]",
        cls_token="[CLS]", sep_token="[SEP]",
    ).save_pretrained(folder)  # fmt: skip
    BertModel(
        BertConfig(
            vocab_size=len(words), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
            intermediate_size=32, max_position_embeddings=32,
        )
    ).save_pretrained(folder)  # fmt: skip
    return folder


def wait_until_warm(workspace: Workspace) -> None:
    """The spare child has looked at the machine and then sleeps, waiting for a run."""
    deadline = time.monotonic() + 60
    before, now = -1.0, 0.0
    while (hardware.load(workspace) is None or now > before) and time.monotonic() < deadline:
        time.sleep(0.3)
        before, now = now, sum(child.cpu_times().user for child in psutil.Process().children())


def test_a_click_trains_a_model_that_survives_a_kill(
    house: House, tiny_model: Path, tmp_path: Path
) -> None:
    table = tmp_path / "days.csv"
    rows = [f"{word} {time_},{word}" for word in ("good", "bad") for time_ in ("day", "night") * 30]
    table.write_text("\n".join(["text,label", *rows]), "utf-8")
    dataset = import_dataset(house.workspace, Sources(table))
    supervisor = Supervisor(house.workspace, timing=Timing(first_spare=0.0), command=COMMAND)
    house.supervisors.append(supervisor)
    supervisor.start()
    house.patience = 60
    wait_until_warm(house.workspace)

    clicked = time.time()
    data = {"dataset": dataset.id, "dataset_version": dataset.version}
    run = house.submit(**SETTINGS, **data, model=str(tiny_model))
    child = house.wait_for_steps(run, 1)
    waited = house.steps(run)[0]["time"] - clicked
    assert waited < 5, f"{waited:.1f} s from the click to the first step"
    os.kill(child.pid, signal.SIGKILL)
    house.wait(run, State.INTERRUPTED)
    house.registry.resume(run.id)
    assert house.wait(run, State.FINISHED, State.FAILED).state is State.FINISHED

    folder = house.workspace.run(run.id)
    assert house.attempts(run) == [1, 2]
    assert (folder.model / "model.safetensors").exists()
    report = json.loads(folder.report.read_text("utf-8"))
    assert report["splits"]["test"]["best"]["accuracy"] > 0.9
