"""The whole job from a file to predictions, in processes of their own, with a tiny real model."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from engine.models import hardware
from engine.workspace import Workspace

ROOT = Path(__file__).parents[2]
TOPICS = {
    "delivery": "the parcel from the shop has not come",
    "billing": "my card was charged two times for it",
    "account": "please close the login of my profile",
}

SLOW = hardware.Hardware("cpu", "CPU", 1, 2**32, None, bf16_speedup=0.0, gflops=1.0, torch="2")
"""A machine that need not be looked at first."""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model, `tickets.csv` and a workspace that has imported it."""
    folder = tmp_path_factory.mktemp("end_to_end")
    make_model(folder / "model")
    texts = [(f"{text} number {i}", topic) for i in range(30) for topic, text in TOPICS.items()]
    rows = "".join(f"{text},{topic}\n" for text, topic in texts)
    (folder / "tickets.csv").write_text("text,label\n" + rows)
    workspace = Workspace(folder / "workspace").create()
    hardware.save(workspace, SLOW)
    return folder


def make_model(folder: Path) -> None:
    """A BERT of one layer and a word-level tokenizer, untrained."""
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    words = sorted({word for text in TOPICS.values() for word in text.split()} | {"number"})
    vocabulary = {w: i for i, w in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    special = {f"{name}_token": f"[{name.upper()}]" for name in ("pad", "unk", "cls", "sep")}
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, **special).save_pretrained(folder)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(folder)


def command(folder: Path, *arguments: str) -> list[str]:
    workspace = str(folder / "workspace")
    return [sys.executable, "-m", "engine", *arguments, "--workspace", workspace, "--json"]


def engine(folder: Path, *arguments: str, **options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command(folder, *arguments),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def answer(folder: Path, *arguments: str, **options: str) -> dict:
    """The object of a command that must succeed; it is all of standard output."""
    done = engine(folder, *arguments, **options)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def dataset(folder: Path) -> str:
    return str(answer(folder, "import", str(folder / "tickets.csv"))["id"])


@pytest.fixture(scope="module")
def trained(folder: Path, dataset: str) -> "subprocess.CompletedProcess[str]":
    recipe = folder / "recipe.yaml"
    recipe.write_text(f"dataset: {dataset}\nmodel: {folder / 'model'}\nlearning_rate: 0.01\n")
    settings = ("--set", "epochs=15", "train_embeddings=true")
    done = engine(folder, "train", str(recipe), *settings, "--follow")
    assert done.returncode == 0, done.stderr
    return done


def test_training_ends_with_an_id_and_a_state(trained: "subprocess.CompletedProcess[str]") -> None:
    found = json.loads(trained.stdout)
    assert found["state"] == "finished"
    assert found["seconds"] > 0


def test_following_shows_plan_reasons_and_progress(
    trained: "subprocess.CompletedProcess[str]",
) -> None:
    for sign in (
        "72 training rows",
        "set by you",
        "set by the recipe recipe.yaml",
        "Training",
        "rows/s",
        "checked at step",
    ):
        assert sign in trained.stderr


def test_report_predictions_and_export_follow(
    folder: Path, trained: "subprocess.CompletedProcess[str]"
) -> None:
    run = json.loads(trained.stdout)["id"]
    test = answer(folder, "report", run)["splits"]["test"]
    assert test["best"]["macro_f1"] > 0.9 > test["before"]["macro_f1"]
    asked = "\n".join(TOPICS.values()) + "\n"
    done = engine(folder, "predict", run, "-", input=asked)
    predictions = json.loads(done.stdout)["predictions"]
    assert [prediction["labels"] for prediction in predictions] == [[topic] for topic in TOPICS]
    assert done.stderr == "", "loading a model needs no comment"
    exported = Path(answer(folder, "export", run, "--to", str(folder / "exported"))["folder"])
    assert (exported / "README.md").is_file()
    listed = answer(folder, "runs")["runs"]
    assert (listed[-1]["id"], listed[-1]["macro_f1"]) == (run, test["best"]["macro_f1"])


def test_control_c_stops_the_run_and_keeps_its_best(folder: Path, dataset: str) -> None:
    model = f"model={folder / 'model'}"
    settings = ["--set", model, "epochs=1000", "--set", "early_stopping=false"]
    process = subprocess.Popen(
        command(folder, "train", "--dataset", dataset, "--follow", *settings),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line.startswith("checked at step"):
            process.send_signal(signal.SIGINT)
            break
    out, err = process.communicate(timeout=120)
    assert "Stopping and keeping the best checkpoint" in err
    assert process.returncode == 0, err
    assert json.loads(out)["state"] == "stopped"
