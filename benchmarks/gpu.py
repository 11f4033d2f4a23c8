"""The engine's training on a graphics card against a plain transformers Trainer, and its peak.

    python benchmarks/gpu.py            # one card; needs 20 GB of it and 20 GB of disk
    python benchmarks/gpu.py --small    # the same code at toy size on the CPU

Three jobs over synthetic texts, each by the engine and by a Trainer with the same batch, precision,
learning rate and checkpointing, each in a process of its own, so that peak memory is its own:

    encoder-full    a network of the size of BERT-base (110M), all of it
    encoder-lora    the same, LoRA of rank 16 in all linear layers
    decoder-4bit    a network of the size of Llama 3 8B, NF4 with double quantisation, LoRA of rank
                    16 in q, k, v and o, activations recomputed

The weights are random, written layer by layer in bf16: speed does not depend on them. Rows and
tokens (padding not counted) a second are of training alone, after some steps to warm up.

Utilisation is useful operations a second over the card's peak; the formula stands in peaks.py.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from peaks import card, operations

ARMS = ("engine", "trainer")
RATE, SEED, LABELS, RANK = 1e-4, 0, 4, 16
ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")


@dataclass(frozen=True)
class Job:
    name: str
    method: str
    family: str
    batch: int
    lengths: tuple[int, int]
    """Shortest and longest text in tokens."""
    checkpointing: bool
    size: dict[str, int]
    small: dict[str, int]
    modules: tuple[str, ...] = ()


_BERT = {
    "hidden_size": 768, "num_hidden_layers": 12, "num_attention_heads": 12,
    "intermediate_size": 3072, "vocab_size": 30522, "max_position_embeddings": 512,
}  # fmt: skip
_LLAMA = {
    "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
    "num_key_value_heads": 8, "intermediate_size": 14336, "vocab_size": 128256,
    "max_position_embeddings": 8192,
}  # fmt: skip
_TOY = {
    "hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 128,
    "vocab_size": 200, "max_position_embeddings": 64,
}  # fmt: skip
JOBS = {
    job.name: job
    for job in (
        Job("encoder-full", "full", "bert", 64, (16, 256), False, _BERT, _TOY),
        Job("encoder-lora", "lora", "bert", 64, (16, 256), False, _BERT, _TOY),
        Job(
            "decoder-4bit", "qlora", "llama", 16, (64, 512), True, _LLAMA,
            _TOY | {"num_key_value_heads": 2}, ATTENTION,
        ),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Scale:
    """How much of a job is done: all of it, or as much as a test has time for."""

    small: bool
    steps: int
    warmup: int

    def size(self, job: Job) -> dict[str, int]:
        return job.small if self.small else job.size

    def batch(self, job: Job) -> int:
        return 4 if self.small else job.batch

    def lengths(self, job: Job) -> tuple[int, int]:
        return (4, 24) if self.small else job.lengths


def build(job: Job, scale: Scale, folder: Path) -> None:
    """A model folder with random weights, one file a layer, never more than one layer in memory."""
    import torch
    from safetensors.torch import save_file
    from transformers import AutoConfig, AutoModel

    config = AutoConfig.for_model(job.family, **scale.size(job), pad_token_id=0, dtype="bfloat16")
    with torch.device("meta"):
        shapes = {name: p.shape for name, p in AutoModel.from_config(config).named_parameters()}
    device = "cuda" if torch.cuda.is_available() else "cpu"
    torch.manual_seed(SEED)
    layers: dict[str, list[str]] = {}
    for name in shapes:
        layers.setdefault(".".join(name.split(".")[:3]) if "layer" in name else "", []).append(name)
    places: dict[str, str] = {}
    folder.mkdir(parents=True)
    for number, names in enumerate(layers.values()):
        file = f"model-{number:05}.safetensors"
        tensors = {n: _random(n, shapes[n], device) for n in names}
        save_file(tensors, folder / file, metadata={"format": "pt"})
        places |= dict.fromkeys(names, file)
    index = {"metadata": {}, "weight_map": places}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    config.save_pretrained(folder)
    _tokenizer(scale.size(job)["vocab_size"]).save_pretrained(folder)


def _random(name: str, shape: Any, device: str) -> Any:
    import torch

    values = torch.empty(shape, dtype=torch.bfloat16, device=device).normal_(std=0.02)
    if "norm" in name.lower() and name.endswith("weight"):
        values.fill_(1.0)
    return values.cpu()


def _tokenizer(words: int) -> Any:
    """Each number is a token."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    vocabulary = {"[PAD]": 0, "[UNK]": 1} | {str(i): i for i in range(2, words)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]",
        model_input_names=["input_ids", "attention_mask"],
    )  # fmt: skip


def texts(job: Job, scale: Scale) -> tuple[list[str], list[int]]:
    """Texts of many lengths and a label each, enough for all steps."""
    random = np.random.default_rng(SEED)
    rows = scale.batch(job) * (scale.steps + scale.warmup)
    low, high = scale.lengths(job)
    words = scale.size(job)["vocab_size"]
    lengths = random.integers(low, high, rows)
    made = [" ".join(map(str, random.integers(2, words, length))) for length in lengths]
    return made, random.integers(0, LABELS, rows).tolist()


def engine_arm(job: Job, scale: Scale, folder: Path, precision: str) -> dict[str, Any]:
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

    recipe = _recipe(job, scale, folder)
    task = make_task("multiclass", tuple(map(str, range(LABELS))))
    output = OUTPUTS["labels"](task, load_tokenizer(folder), Reading.of(recipe))
    made, labels = texts(job, scale)
    rows = {"text": made, "labels": [[str(label)] for label in labels]}
    inputs = output.inputs(output.tokenise(rows), rows)
    torch.manual_seed(SEED)
    model = find_model(str(folder))
    network = load_network(model, folder, recipe, output.head(recipe), 0, precision)
    cpu = not torch.cuda.is_available()
    if cpu:
        speed_up(network)
    mixed = "no" if precision == "fp32" else precision
    with tempfile.TemporaryDirectory() as out:
        accelerator = Accelerator(mixed_precision=mixed, cpu=cpu)
        trainer = Trainer(
            network.to(accelerator.device), output, recipe, inputs, inputs, accelerator,
            EventLog(Path(out) / "events.jsonl"), Checkpoints(Path(out)),
        )  # fmt: skip
        clock = _Clock(scale)
        for _ in range(scale.steps + scale.warmup):
            clock.batch(inputs.lengths[trainer.batches(0)[trainer.progress.step]])
            trainer._step()
            clock.step()
    return clock.result()


def _recipe(job: Job, scale: Scale, folder: Path) -> Any:
    from engine.training.recipe import Recipe
    from engine.training.settings import SETTINGS

    values = {setting.name: setting.default for setting in SETTINGS} | {
        "model": str(folder), "method": job.method, "head": "native", "lora_rank": RANK,
        "lora_alpha": 2.0 * RANK, "lora_dropout": 0.0, "epochs": 1.0, "learning_rate": RATE,
        "lora_targets": "named" if job.modules else "all-linear", "lora_modules": job.modules,
        "schedule": "linear", "warmup": 0.0, "batch_size": scale.batch(job),
        "max_length": scale.lengths(job)[1], "weight_decay": 0.01, "class_weights": "none",
        "early_stopping": False, "patience": 3, "average_weights": False, "train_embeddings": True,
        "label_smoothing": 0.0, "answer_length": 1, "best_metric": "macro_f1",
        "activation_checkpointing": job.checkpointing,
    }  # fmt: skip
    return Recipe("benchmark", 1, **values)


def trainer_arm(job: Job, scale: Scale, folder: Path, precision: str) -> dict[str, Any]:
    import torch
    from datasets import Dataset
    from transformers import AutoTokenizer, DataCollatorWithPadding, Trainer, TrainerCallback
    from transformers import TrainingArguments as Arguments

    tokenizer = AutoTokenizer.from_pretrained(folder)
    made, labels = texts(job, scale)
    encoded = tokenizer(made, truncation=True, max_length=scale.lengths(job)[1])
    rows = Dataset.from_dict(
        {"input_ids": encoded["input_ids"], "attention_mask": encoded["attention_mask"]}
        | {"labels": labels}
    )
    clock, pad = _Clock(scale), DataCollatorWithPadding(tokenizer)

    def collate(features: list[dict[str, Any]]) -> Any:
        clock.batch(np.array([len(feature["input_ids"]) for feature in features]))
        return pad(features)

    class Watch(TrainerCallback):
        def on_step_end(self, *_: Any, **__: Any) -> None:
            clock.step()

    torch.manual_seed(SEED)
    with tempfile.TemporaryDirectory() as out:
        arguments = Arguments(
            out, per_device_train_batch_size=scale.batch(job), learning_rate=RATE,
            num_train_epochs=1, weight_decay=0.01, save_strategy="no", disable_tqdm=True, seed=SEED,
            use_cpu=not torch.cuda.is_available(), bf16=precision == "bf16",
            fp16=precision == "fp16", train_sampling_strategy="group_by_length",
            activation_checkpointing=job.checkpointing,
            activation_checkpointing_kwargs={"use_reentrant": False},
        )  # fmt: skip
        Trainer(
            model=_plain_model(job, folder, precision), args=arguments, train_dataset=rows,
            data_collator=collate, callbacks=[Watch()],
        ).train()  # fmt: skip
    return clock.result()


def _plain_model(job: Job, folder: Path, precision: str) -> Any:
    """As the documentation of peft makes it."""
    import peft
    import torch
    from transformers import AutoModelForSequenceClassification, BitsAndBytesConfig

    options: dict[str, Any] = {"dtype": torch.float32, "num_labels": LABELS}
    halves = {"bf16": torch.bfloat16, "fp16": torch.float16}
    if job.method == "qlora":
        half = halves.get(precision, torch.float32)
        options |= {"dtype": half, "device_map": {"": 0 if torch.cuda.is_available() else "cpu"}}
        options["quantization_config"] = BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
            bnb_4bit_compute_dtype=half, llm_int8_skip_modules=["score"],
        )  # fmt: skip
    model = AutoModelForSequenceClassification.from_pretrained(folder, **options)
    if job.method == "full":
        return model
    if job.method == "qlora":
        kept = {"use_reentrant": False}
        model = peft.prepare_model_for_kbit_training(model, job.checkpointing, kept)
    targets = list(job.modules) or ["query", "key", "value", "dense"]
    config = peft.LoraConfig(
        task_type="SEQ_CLS", r=RANK, lora_alpha=2 * RANK, target_modules=targets
    )
    return peft.get_peft_model(model, config)


class _Clock:
    """Seconds, rows and tokens of the steps after warming up."""

    def __init__(self, scale: Scale) -> None:
        self._scale, self._lengths, self._steps = scale, [], 0  # type: ignore[var-annotated]

    def batch(self, lengths: Any) -> None:
        self._lengths.append(lengths)

    def step(self) -> None:
        self._steps += 1
        if self._steps == self._scale.warmup:
            self._start = _now()
        if self._steps == self._scale.warmup + self._scale.steps:
            self._seconds = _now() - self._start

    def result(self) -> dict[str, Any]:
        timed = slice(self._scale.warmup, self._scale.warmup + self._scale.steps)
        lengths = np.concatenate(self._lengths[timed])
        tokens = int(lengths.sum())
        return {
            "rows_s": len(lengths) / self._seconds,
            "tokens_s": tokens / self._seconds,
            "length": float((lengths.astype(float) ** 2).sum() / tokens),
            "peak_gb": _peak() / 2**30,
        }


def _now() -> float:
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter()


def _peak() -> float:
    import torch

    if torch.cuda.is_available():
        return torch.cuda.max_memory_reserved()
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def report(job: Job, scale: Scale, results: dict[str, dict[str, Any]], peak: float | None) -> None:
    for arm, r in results.items():
        share = "-"
        if peak:
            done = r["tokens_s"] * operations(
                scale.size(job), job.family == "llama", job.method == "full", r["length"]
            )
            share = f"{done / (peak * 1e12):.1%}"
        print(
            f"{job.name:14}{arm:9}{r['rows_s']:10.1f}{r['tokens_s']:11.0f}{share:>8}"
            f"{r['peak_gb']:9.2f}"
        )
    faster = results["engine"]["rows_s"] / results["trainer"]["rows_s"]
    print(f"{job.name:14}engine / trainer: {faster:.2f} times", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="toy size, on the CPU if need be")
    parser.add_argument("--steps", type=int, default=30, help="steps that are timed")
    parser.add_argument("--warmup", type=int, default=5, help="steps before")
    parser.add_argument("--job", choices=JOBS, action="append", help="only this one")
    parser.add_argument("--arm", choices=ARMS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    scale = Scale(chosen.small, chosen.steps, chosen.warmup)
    name, peak, precision = card()
    if peak is None and name == "CPU" and not chosen.small:
        parser.error("there is no graphics card here; --small runs on the CPU")
    if chosen.arm:
        arm = engine_arm if chosen.arm == "engine" else trainer_arm
        print(json.dumps(arm(JOBS[chosen.job[0]], scale, chosen.folder, precision)))
        return
    print(f"{name}, {precision}, peak {f'{peak:.0f} TFLOP/s' if peak else 'not known'}")
    print(f"{'job':14}{'arm':9}{'rows/s':>10}{'tokens/s':>11}{'useful':>8}{'peak GB':>9}")
    for job in (JOBS[name] for name in chosen.job or JOBS):
        with tempfile.TemporaryDirectory() as root:
            folder = Path(root) / job.family
            build(job, scale, folder)
            results = {arm: _in_a_process(job, scale, folder, arm) for arm in ARMS}
        report(job, scale, results, peak)


def _in_a_process(job: Job, scale: Scale, folder: Path, arm: str) -> dict[str, Any]:
    command = [sys.executable, __file__, "--job", job.name, "--arm", arm, "--folder", str(folder)]
    command += ["--steps", str(scale.steps), "--warmup", str(scale.warmup)]
    command += ["--small"] if scale.small else []
    quiet = {"OMP_WAIT_POLICY": "PASSIVE", "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
    root = str(Path(__file__).parent.parent)
    environment = os.environ | quiet | {"PYTHONPATH": root}
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


if __name__ == "__main__":
    main()
