"""Every method on every family: trained through the real job, saved, and read by a fresh process.

What runs by default covers every family with every method on its main output, and every output
with every method on two families; `-m matrix` runs all combinations.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import transformers
from safetensors import safe_open

from engine.data.dataset import columns_of, load_rows
from engine.models.catalogue import KINDS
from engine.models.loading import AUTO_CLASSES
from engine.runs import job
from tests.answers import task_dataset
from tests.families import FAMILIES, family_model
from tests.models.reloading_process import logits
from tests.tiny import recipe, start

METHODS = ("full", "lora", "head", "nf4_double", "nf4", "int8")
TASKS = {"pooled": "multiclass", "native": "multiclass", "tags": "tokens", "span": "qa"}
OUTPUTS = {
    "encoder": ("pooled", "native", "tags", "span"),
    "decoder": ("pooled", "native", "tags"),
    "encoder_decoder": ("text",),
}
TASK_OUTPUT = {"native": "labels"}
MAIN = {"encoder": "pooled", "decoder": "pooled", "encoder_decoder": "text"}
EXEMPLARY = {"encoder": ("bert", "modernbert"), "decoder": ("llama", "gpt2")}
"""Families that are tried with every output by default."""
IMPOSSIBLE = {("gemma3", "tags"), ("olmo2", "tags")}
"""There are no such classes; see test_loading.py for what is said then."""
SINUSOIDS = ("embed_positions.weight",)
"""Pegasus computes its positions without gradients."""
MERGED = {"full": 0.0, "head": 0.0, "lora": 1e-5, "nf4_double": 1e-5, "nf4": 1e-5, "int8": 0.03}
"""How far the logits may move when adapters are merged, as a share of the largest. int8 multiplies
in eight bits what the merged model multiplies in fp32."""
RELOADED = 1e-5


@dataclass(frozen=True)
class Case:
    family: str
    output: str
    method: str

    def __str__(self) -> str:
        return f"{self.family}-{self.output}-{self.method}"

    @property
    def kind(self) -> str:
        return KINDS[FAMILIES[self.family].type]

    @property
    def by_default(self) -> bool:
        if self.output == MAIN[self.kind]:
            return self.method in METHODS[:4]
        return self.family in EXEMPLARY[self.kind] and self.method != "nf4"

    @property
    def settings(self) -> dict[str, Any]:
        quantised = self.method in METHODS[3:]
        method = {"method": "qlora", "quantization": self.method} if quantised else {}
        head = {"head": "native"} if self.output == "native" else {}
        metrics = {"tags": "f1", "span": "f1", "text": "rouge_l"}
        metric = {"best_metric": metrics.get(self.output, "macro_f1")}
        return {"method": self.method, "epochs": 1.0, "max_length": 48} | method | head | metric


def cases() -> Iterator[Any]:
    for family in FAMILIES:
        kind = KINDS[FAMILIES[family].type]
        for output in OUTPUTS[kind]:
            for method in METHODS:
                case = Case(family, output, method)
                if (output, method) != ("text", "head") and (family, output) not in IMPOSSIBLE:
                    mark = pytest.mark.matrix(by_default=case.by_default)
                    yield pytest.param(case, id=str(case), marks=mark)


class Reader:
    """A process of its own that reads model folders, started with the first."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None

    def look(self, folder: Path) -> dict[str, Any]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, Path(__file__).parent / "reloading_process.py"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
            )  # fmt: skip
        process = self._process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(f"{folder}\n")
        process.stdin.flush()
        for line in process.stdout:
            if line.startswith("answer "):
                answer: dict[str, Any] = json.loads(line.removeprefix("answer "))
                return answer
        self._process = None
        raise AssertionError(f"the reading process died of {folder}")

    def close(self) -> None:
        if self._process is not None:
            self._process.communicate()


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    reader = Reader()
    yield reader
    reader.close()


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("families")
    return {name: family_model(root / name, name) for name in FAMILIES}


class Witness:
    """Looks at the network of a run before training, before and after merging."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, rows: dict[str, list[str]]) -> None:
        self.rows = rows
        self._patch(monkeypatch)

    def _patch(self, monkeypatch: pytest.MonkeyPatch) -> None:
        trainer, merge, save = job.Job.make_trainer, job.merge_lora, job.save_model

        def watched_trainer(run: Any, network: Any) -> Any:
            self.output = run.output
            self.before = _state(network)
            self.trained = {n for n, p in network.named_parameters() if p.requires_grad}
            return trainer(run, network)

        def watched_merge(network: Any) -> None:
            self.after = _state(network)
            self.unmerged = logits(network.eval(), self.output, self.rows)
            merge(network)

        def watched_save(network: Any, *rest: Any) -> None:
            self.merged = logits(network.eval(), self.output, self.rows)
            save(network, *rest)

        monkeypatch.setattr(job.Job, "make_trainer", watched_trainer)
        monkeypatch.setattr(job, "merge_lora", watched_merge)
        monkeypatch.setattr(job, "save_model", watched_save)


def _state(network: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: p.detach().clone() for name, p in network.named_parameters()}


@pytest.mark.slow
@pytest.mark.parametrize("case", list(cases()))
def test_trained_saved_and_reloaded(case, workspace, models, reader, monkeypatch, record_property):
    dataset = task_dataset(workspace, TASKS.get(case.output, "text2text"))
    rows = load_rows(workspace, dataset)
    asked = columns_of(rows[rows["split"] == "test"].drop(columns=["labels", "row_id"]))
    asked = {name: [_plain(value) for value in column] for name, column in asked.items()}
    witness = Witness(monkeypatch, asked)
    start(workspace, "run", recipe(dataset, models[case.family], **case.settings))
    outcome = job.train_run(workspace, "run", None, lambda: None)
    assert outcome.kind == "finished", outcome
    folder = workspace.run("run").model

    check_training(case, witness)
    assert fresh_weights(case, models[case.family]) <= {plain(name) for name in witness.trained}
    moved = np.abs(witness.merged - witness.unmerged).max() / np.abs(witness.merged).max()
    record_property("merged", float(moved))
    assert moved <= MERGED[case.method]
    check_files(case, folder)

    (folder.parent / "asked.json").write_text(json.dumps(asked), "utf-8")
    found = reader.look(folder)
    reloaded = np.load(folder.parent / "reloaded.npy")
    record_property("reloaded", float(np.abs(reloaded - witness.merged).max()))
    np.testing.assert_allclose(reloaded, witness.merged, atol=RELOADED, rtol=0)
    record_property("elsewhere", found["elsewhere"])
    assert found["elsewhere"] <= RELOADED
    assert found["rows"] == said_here(folder, asked)


def check_training(case: Case, seen: Witness) -> None:
    """What is to train has changed, and nothing else; the head is whole and among it."""
    constant = SINUSOIDS if case.family == "pegasus" else ()
    changed = {name for name, old in seen.before.items() if not torch.equal(old, seen.after[name])}
    assert changed == {name for name in seen.trained if not name.endswith(constant)}
    assert all(seen.after[name].is_floating_point() for name in seen.trained)
    fresh = [name for name in seen.trained if "lora_" not in name]
    if case.method == "full":
        return
    if case.output == "text":
        assert fresh == []
    else:
        assert fresh, "no head is trained"


def fresh_weights(case: Case, folder: Path) -> set[str]:
    """What the checkpoint does not bring, so that it starts from nothing."""
    if case.output == "pooled":
        return {"head.weight", "head.bias"}
    auto = getattr(transformers, AUTO_CLASSES[TASK_OUTPUT.get(case.output, case.output)])
    info = auto.from_pretrained(folder, output_loading_info=True)[1]
    return set(info["missing_keys"])


def plain(name: str) -> str:
    """A parameter's name in the model itself, without what networks and adapters put around."""
    name = re.sub(r"^(model|backbone)\.(base_model\.model\.)?", "", name)
    return name.replace(".modules_to_save.default", "")


def check_files(case: Case, folder: Path) -> None:
    config = json.loads((folder / "config.json").read_text("utf-8"))
    assert "quantization_config" not in config
    assert not list(folder.glob("adapter*"))
    for path in folder.rglob("*.safetensors"):
        with safe_open(path, "pt") as file:
            for name in file.offset_keys():
                assert file.get_slice(name).get_dtype() == "F32", name
                assert "lora" not in name


def said_here(folder: Path, asked: dict[str, list[Any]]) -> list[dict[str, Any]]:
    predictor = job.load_predictor(folder)
    said = predictor.predict(asked["text"], asked.get("question", ()))
    return [predictor.task.say(said, row) for row in range(len(asked["text"]))]


def _plain(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray) else value
