"""The model folder a run leaves: complete, plain, loadable elsewhere without this project.

A pooled model is a sentence-transformers folder (Transformer, Pooling, Dense → logits), any other
a transformers folder. Beside the weights lie `labels.json` (the `Manual`) and `thresholds.json`.
"""

import json
import os
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import torch
from safetensors.torch import load_file, save_file
from torch import nn

from engine.models import thresholds
from engine.models.loading import AUTO_CLASSES, PROBLEM_TYPES, quieten
from engine.models.manual import Manual
from engine.models.network import NativeModel, Network, PooledClassifier
from engine.tasks import TASKS
from engine.tasks.labelled import LabelTask
from engine.tasks.operating_point import OperatingPoint
from engine.workspace import fsync_folder

_MODULES = (("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Dense", "Dense"))
_POOLING_NAMES = {"mean": "mean_tokens", "last": "lasttoken", "cls": "cls_token"}


def save_model(network: Network, tokenizer: Any, manual: Manual, folder: Path) -> None:
    """Write the folder under a temporary name, then swap it in."""
    temporary = folder.with_name(f"{folder.name}.tmp")
    shutil.rmtree(temporary, ignore_errors=True)
    temporary.mkdir(parents=True)
    if isinstance(network, PooledClassifier):
        _save_pooled(network, manual, temporary)
    else:
        network.model.save_pretrained(temporary)
    tokenizer.model_max_length = manual.max_length
    tokenizer.save_pretrained(temporary)
    _write(temporary / "labels.json", asdict(manual))
    _write(temporary / thresholds.FILE, OperatingPoint().to_record())
    for path in temporary.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    shutil.rmtree(folder, ignore_errors=True)
    temporary.replace(folder)
    fsync_folder(folder.parent)


def load_model(folder: Path, output: str) -> Network:
    """The network of a model folder, without dropout and in fp32. A model saved in half precision,
    which only large ones are, stays so where there is a graphics card: it may just fit."""
    import transformers

    quieten()
    dtype = "auto" if torch.cuda.is_available() else torch.float32
    safely: dict[str, Any] = {"use_safetensors": True, "trust_remote_code": False, "dtype": dtype}
    network: Network
    if not (folder / "modules.json").exists():
        auto: Any = getattr(transformers, AUTO_CLASSES[output])
        network = NativeModel(auto.from_pretrained(folder, **safely))
    else:
        backbone = transformers.AutoModel.from_pretrained(folder, **safely)
        dense = load_file(folder / "2_Dense" / "model.safetensors")
        modes = json.loads((folder / "1_Pooling" / "config.json").read_text("utf-8"))
        pooling = next(n for n, key in _POOLING_NAMES.items() if modes[f"pooling_mode_{key}"])
        labels, width = dense["linear.weight"].shape
        network = PooledClassifier(backbone, width, pooling, labels)
        network.head.load_state_dict({k.removeprefix("linear."): v for k, v in dense.items()})
    network.eval()
    return network


def _save_pooled(network: PooledClassifier, manual: Manual, folder: Path) -> None:
    network.backbone.save_pretrained(folder)
    _name_labels(folder / "config.json", manual)
    modules = [
        {"idx": i, "name": str(i), "path": path, "type": f"sentence_transformers.models.{kind}"}
        for i, (path, kind) in enumerate(_MODULES)
    ]
    _write(folder / "modules.json", modules)
    _write(
        folder / "sentence_bert_config.json",
        {"max_seq_length": manual.max_length, "do_lower_case": False},
    )
    labels, width = network.head.weight.shape
    pooling: dict[str, Any] = {"word_embedding_dimension": width}
    for name, key in _POOLING_NAMES.items():
        pooling[f"pooling_mode_{key}"] = name == network.pooling
    _write(folder / "1_Pooling" / "config.json", pooling)
    _write(
        folder / "2_Dense" / "config.json",
        {
            "in_features": width,
            "out_features": labels,
            "bias": True,
            "activation_function": f"{nn.Identity.__module__}.{nn.Identity.__name__}",
        },
    )
    state = {f"linear.{name}": value for name, value in network.head.state_dict().items()}
    save_file(
        {k: v.contiguous() for k, v in state.items()}, folder / "2_Dense" / "model.safetensors"
    )


def _name_labels(path: Path, manual: Manual) -> None:
    """What a native head's configuration says of the labels; the backbone's own knows none."""
    config = json.loads(path.read_text("utf-8"))
    config["id2label"] = {str(i): name for i, name in enumerate(manual.labels)}
    config["label2id"] = {name: i for i, name in enumerate(manual.labels)}
    config["problem_type"] = PROBLEM_TYPES[cast(type[LabelTask], TASKS[manual.task]).loss]
    _write(path, config)


def _write(path: Path, content: Any) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2), "utf-8")
