"""From a model's files and a recipe to a network ready to train.

`use_safetensors` always, `trust_remote_code` never; weights are loaded in fp32 because training
in the checkpoint's own half precision loses small updates.
"""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from engine.errors import ModelError
from engine.models.catalogue import BUNDLED_SHA256, ModelInfo
from engine.models.network import NativeClassifier, Network, PooledClassifier
from engine.tasks import Task
from engine.training.recipe import Recipe


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
    model: ModelInfo,
    folder: Path,
    recipe: Recipe,
    task: Task,
    pad_id: int,
    truth: NDArray[np.bool_],
) -> Network:
    """A network with a fresh head over pretrained weights, and only what `method` trains unfrozen.

    `truth` of the training rows gives the head its start: the share of each label. The head also
    depends on torch's random state: seed before calling.
    """
    quieten()
    if model.bundled:
        verify_bundled(folder)
    network: Network
    if recipe.head == "native":
        network = _native(folder, task, pad_id)
    else:
        network = _pooled(model, folder, len(task.labels), pad_id)
        start_from_shares(network, task, truth)
    if recipe.method == "full" and not recipe.train_embeddings:
        freeze_embeddings(network)
    if recipe.method == "lora":
        add_lora(network, recipe)
    elif recipe.method == "head":
        freeze_backbone(network)
    return network


def start_from_shares(network: PooledClassifier, task: Task, truth: NDArray[np.bool_]) -> None:
    """Start each label's logit at its log-odds (section 4.1 of Lin et al. 2017, focal loss).

    On skewed data the first epochs are otherwise spent on learning that labels are rare.
    """
    share = np.clip(truth.mean(axis=0), 1e-4, 1 - 1e-4)
    start = np.log(share / (1 - share)) if task.loss == "sigmoid" else np.log(share)
    with torch.no_grad():
        network.head.bias.copy_(torch.from_numpy(start))


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
    return "last" if model.decoder else "mean"


def head_modules(model: Any) -> list[str]:
    """Top-level children of a native classifier that are not its backbone."""
    return [
        name
        for name, child in model.named_children()
        if name != model.base_model_prefix and any(True for _ in child.parameters())
    ]


def freeze_backbone(network: Network) -> None:
    if isinstance(network, PooledClassifier):
        network.backbone.requires_grad_(False)
    else:
        getattr(network.model, network.model.base_model_prefix).requires_grad_(False)


def freeze_embeddings(network: Network) -> None:
    """Leave the token table as it is: most of it belongs to words the training texts lack."""
    backbone = network.backbone if isinstance(network, PooledClassifier) else network.model
    backbone.get_input_embeddings().requires_grad_(False)


def add_lora(network: Network, recipe: Recipe) -> None:
    """Adapters into the frozen backbone (Hu et al. 2021); the head trains in full."""
    import peft

    backbone = network.backbone if isinstance(network, PooledClassifier) else network.model
    heads = head_modules(backbone) if isinstance(network, NativeClassifier) else []
    config = peft.LoraConfig(
        r=recipe.lora_rank,
        lora_alpha=recipe.lora_alpha,
        lora_dropout=recipe.lora_dropout,
        target_modules=_targets(backbone, recipe),
        exclude_modules=heads or None,
        modules_to_save=heads or None,
        use_rslora=recipe.rslora,
        use_dora=recipe.dora,
    )
    try:
        adapted = peft.get_peft_model(backbone, config)
    except ValueError:
        raise ModelError(
            "models.no_such_modules", found=list(recipe.lora_modules), known=_linear_names(backbone)
        ) from None
    if isinstance(network, PooledClassifier):
        network.backbone = adapted
    else:
        network.model = adapted


def merge_lora(network: Network) -> None:
    """Fold adapters into the weights, so that what ships is a plain model."""
    import peft

    holder, name = (
        (network, "backbone") if isinstance(network, PooledClassifier) else (network, "model")
    )
    adapted = getattr(holder, name)
    if isinstance(adapted, peft.PeftModel):
        setattr(holder, name, adapted.merge_and_unload())


_ATTENTION = frozenset(
    "query key value q_proj k_proj v_proj o_proj q_lin k_lin v_lin out_lin query_proj key_proj "
    "value_proj Wqkv Wo c_attn q k v o".split()
)


def _targets(backbone: Any, recipe: Recipe) -> str | list[str]:
    if recipe.lora_targets == "named":
        return list(recipe.lora_modules)
    if recipe.lora_targets == "attention":
        found = [name for name in _linear_names(backbone) if name in _ATTENTION]
        if found:
            return found
    names = _linear_names(backbone)
    return names if names else "all-linear"


def _linear_names(backbone: nn.Module) -> list[str]:
    """Last name parts of the layers LoRA can adapt, the unused pooler of encoders left out."""
    from transformers.pytorch_utils import Conv1D

    heads = set(head_modules(backbone)) if hasattr(backbone, "base_model_prefix") else set()
    return sorted(
        {
            name.rsplit(".", 1)[-1]
            for name, module in backbone.named_modules()
            if isinstance(module, nn.Linear | Conv1D)
            and not name.startswith("pooler")
            and name.split(".", 1)[0] not in heads - {"encoder", "layers", "h", "embeddings"}
        }
    )


_SAFELY: dict[str, Any] = {
    "dtype": torch.float32,
    "use_safetensors": True,
    "trust_remote_code": False,
    "output_loading_info": True,
}
_PROBLEM_TYPES = {"softmax": "single_label_classification", "sigmoid": "multi_label_classification"}


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


def _pooled(model: ModelInfo, folder: Path, labels: int, pad_id: int) -> PooledClassifier:
    from transformers import AutoModel

    backbone, info = _loaded(folder, lambda: AutoModel.from_pretrained(folder, **_SAFELY))
    _refuse_misfits(folder, info, ("pooler",))
    backbone.config.pad_token_id = pad_id
    if getattr(backbone, "pooler", None) is not None:
        backbone.pooler.requires_grad_(False)  # the pooled head never reads it
    return PooledClassifier(
        backbone, backbone.config.hidden_size, pooling_of(model, folder), labels
    )


def _native(folder: Path, task: Task, pad_id: int) -> NativeClassifier:
    from transformers import AutoModelForSequenceClassification

    native, info = _loaded(
        folder,
        lambda: AutoModelForSequenceClassification.from_pretrained(
            folder,
            **_SAFELY,
            ignore_mismatched_sizes=True,
            num_labels=len(task.labels),
            id2label=dict(enumerate(task.labels)),
            label2id={label: i for i, label in enumerate(task.labels)},
            problem_type=_PROBLEM_TYPES[task.loss],
        ),
    )
    prefix = native.base_model_prefix
    _refuse_misfits(folder, info, (*head_modules(native), "pooler", f"{prefix}.pooler"))
    native.config.pad_token_id = pad_id
    return NativeClassifier(native)
