"""From a model's files and a recipe to a network ready to train.

`use_safetensors` always, `trust_remote_code` never; weights are loaded in fp32 because training
in the checkpoint's own half precision loses small updates.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from engine.errors import ModelError
from engine.models.adapters import add_lora, head_modules
from engine.models.catalogue import (
    BUNDLED,
    BUNDLED_SHA256,
    LARGE,
    ModelInfo,
    bundled_folder,
    find_model,
)
from engine.models.network import NativeModel, Network, PooledClassifier, backbone_of
from engine.models.quantized import keep_exact, quantization
from engine.training.recipe import Recipe

AUTO_CLASSES = {
    "labels": "AutoModelForSequenceClassification",
    "tags": "AutoModelForTokenClassification",
    "span": "AutoModelForQuestionAnswering",
    "text": "AutoModelForSeq2SeqLM",
}
"""What a model puts out → the class that loads it with its own head."""
PROBLEM_TYPES = {"softmax": "single_label_classification", "sigmoid": "multi_label_classification"}
"""Loss family of a task → what transformers calls it."""


@dataclass(frozen=True)
class Head:
    """What goes on a backbone: what it puts out, over which names, pooled or the model's own."""

    output: str
    """`labels`, `tags`, `span` or `text`."""
    names: tuple[str, ...] = ()
    problem_type: str | None = None
    pooled: bool = False

    @property
    def fresh(self) -> bool:
        """Whether it starts from nothing: only the one that writes text was pretrained."""
        return self.output != "text"


def quieten() -> None:
    """No progress bars and load reports: they would fill the log of the app and of every run."""
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a model folder; one without a padding token pads with its end token."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, trust_remote_code=False)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    if tokenizer.pad_token is None:
        raise ModelError("models.no_padding", name=folder.name)
    return tokenizer


def fingerprint(tokenizer: Any) -> str:
    """What determines its tokens: two tokenizers of one fingerprint cut texts alike."""
    described = repr(sorted(tokenizer.get_vocab().items())) + repr(tokenizer.special_tokens_map)
    if tokenizer.is_fast:
        described += tokenizer.backend_tokenizer.to_str()
    return hashlib.sha256(described.encode()).hexdigest()


def load_network(
    model: ModelInfo, folder: Path, recipe: Recipe, head: Head, pad_id: int, precision: str = "fp32"
) -> Network:
    """A network with a fresh head over pretrained weights, and only what `method` trains unfrozen.

    The head depends on torch's random state: seed before calling.
    """
    quieten()
    if model.bundled:
        verify_bundled(folder)

    def options(heads: list[str]) -> dict[str, Any]:
        quantised = quantization(recipe, heads, precision)
        return _SAFELY | {"dtype": _dtype(model, recipe, precision)} | quantised

    network: Network
    if head.pooled:
        network = _pooled(model, folder, options(["pooler"]), len(head.names), pad_id)
    else:
        network = _native(model, folder, options, head, pad_id)
    keep_exact(network)
    if recipe.activation_checkpointing:
        _recompute_activations(network, model)
    _choose_what_trains(network, recipe, head)
    return network


def _recompute_activations(network: Network, model: ModelInfo) -> None:
    backbone = backbone_of(network)
    if not backbone.supports_gradient_checkpointing:
        raise ModelError("models.no_checkpointing", name=model.title, family=model.family)
    backbone.gradient_checkpointing_enable({"use_reentrant": False})


def _choose_what_trains(network: Network, recipe: Recipe, head: Head) -> None:
    if recipe.method == "full" and not recipe.train_embeddings:
        backbone_of(network).get_input_embeddings().requires_grad_(False)
    if recipe.method in ("lora", "qlora"):
        add_lora(network, recipe, head.fresh)
    elif recipe.method == "head":
        freeze_backbone(network)
    for parameter in network.parameters():
        if parameter.requires_grad:  # a head over a large backbone came in half precision
            parameter.data = parameter.data.float()


def _dtype(model: ModelInfo, recipe: Recipe, precision: str) -> torch.dtype:
    """Of the loaded weights: fp32 wherever they train, as half precision loses small updates."""
    adapted = recipe.method in ("lora", "qlora")
    if adapted and precision != "fp32" and (model.parameters or 0) >= LARGE:
        return torch.bfloat16 if precision == "bf16" else torch.float16
    return torch.float32


def load_encoder() -> tuple[PooledClassifier, Any]:
    """The bundled encoder as it comes, and its tokenizer: its pooled output says what a text is
    about. The head on it is a stranger's and is never asked."""
    quieten()
    model = find_model(BUNDLED)
    folder = bundled_folder()
    verify_bundled(folder)
    tokenizer = load_tokenizer(folder)
    options = _SAFELY | {"dtype": torch.float32}
    network = _pooled(model, folder, options, 1, tokenizer.pad_token_id)
    network.eval()
    return network, tokenizer


def verify_bundled(folder: Path) -> None:
    with (folder / "model.safetensors").open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != BUNDLED_SHA256:
            raise ModelError("models.bundled_damaged")


def pooling_of(model: ModelInfo, folder: Path) -> str:
    """A sentence-transformers folder keeps its own pooling; else by the kind of model."""
    config = folder / "1_Pooling" / "config.json"
    if config.exists():
        modes = json.loads(config.read_text("utf-8"))
        if modes.get("pooling_mode_cls_token") or modes.get("pooling_mode") == "cls":
            return "cls"
        if modes.get("pooling_mode_lasttoken") or modes.get("pooling_mode") == "lasttoken":
            return "last"
        return "mean"
    return "last" if model.kind == "decoder" else "mean"


def freeze_backbone(network: Network) -> None:
    if isinstance(network, PooledClassifier):
        network.backbone.requires_grad_(False)
    else:
        network.model.requires_grad_(False)
        for name in head_modules(network.model):
            network.model.get_submodule(name).requires_grad_(True)


_SAFELY: dict[str, Any] = {
    "use_safetensors": True,
    "trust_remote_code": False,
    "output_loading_info": True,
}


def _loaded(folder: Path, load: Callable[[], Any]) -> Any:
    """Load a model; damaged or contradictory files become a sentence."""
    from safetensors import SafetensorError

    try:
        return load()
    except (SafetensorError, ValueError, KeyError, TypeError, RuntimeError) as error:
        if "memory" in str(error).lower():
            raise
        raise ModelError("models.damaged", name=folder.name) from error


def _refuse_misfits(folder: Path, info: dict[str, Any], fresh: tuple[str, ...]) -> None:
    """Weights that are missing or of another shape would start from nothing, unseen."""
    names = [*info["missing_keys"], *(entry[0] for entry in info["mismatched_keys"])]
    if any(not name.startswith(fresh) for name in names):
        raise ModelError("models.damaged", name=folder.name)


def _pooled(
    model: ModelInfo, folder: Path, options: dict[str, Any], labels: int, pad_id: int
) -> PooledClassifier:
    from transformers import AutoModel

    backbone, info = _loaded(folder, lambda: AutoModel.from_pretrained(folder, **options))
    _refuse_misfits(folder, info, ("pooler",))
    backbone.config.pad_token_id = pad_id
    if getattr(backbone, "pooler", None) is not None:
        backbone.pooler.requires_grad_(False)  # the pooled head never reads it
    return PooledClassifier(
        backbone, backbone.config.hidden_size, pooling_of(model, folder), labels
    )


def _native(
    model: ModelInfo,
    folder: Path,
    options: Callable[[list[str]], dict[str, Any]],
    head: Head,
    pad_id: int,
) -> NativeModel:
    import transformers

    auto: Any = getattr(transformers, AUTO_CLASSES[head.output])
    named: dict[str, Any] = {}
    if head.names:
        named = {
            "num_labels": len(head.names),
            "id2label": dict(enumerate(head.names)),
            "label2id": {name: i for i, name in enumerate(head.names)},
        }
    if head.problem_type:
        named["problem_type"] = head.problem_type
    config = _loaded(folder, lambda: transformers.AutoConfig.from_pretrained(folder, **named))
    config.pad_token_id = pad_id
    if type(config) not in auto._model_mapping:
        raise ModelError("models.no_such_head", name=model.title, family=model.family)
    with torch.device("meta"):
        heads = _loaded(folder, lambda: head_modules(auto.from_config(config)))
    chosen = options(heads) | {"ignore_mismatched_sizes": True}
    loaded, info = _loaded(folder, lambda: auto.from_pretrained(folder, config=config, **chosen))
    _refuse_misfits(folder, info, tuple(heads) if head.fresh else ())
    return NativeModel(loaded, tuple(heads) if head.output in ("tags", "span") else ())
