"""Low-rank adapters (LoRA, Hu et al. 2021) in a network: put in, and folded into its weights."""

from typing import Any

import torch
from torch import nn

from engine.errors import ModelError
from engine.models.network import Network, PooledClassifier, backbone_of, put_backbone
from engine.models.quantized import to_plain
from engine.training.recipe import Recipe

_ATTENTION = frozenset(
    "query key value q_proj k_proj v_proj o_proj out_proj q_lin k_lin v_lin out_lin query_proj "
    "key_proj value_proj Wqkv Wo c_attn q k v o".split()
)


def head_modules(model: Any) -> list[str]:
    """Names of the modules of a model with a head that are not its backbone.

    They are its top-level children but one, and the pooler inside the backbone, which many
    checkpoints lack. A model whose backbone is no child of its own (T5 with its encoder and
    decoder) has the layer that gives words as its head.
    """
    weighty = [
        name for name, child in model.named_children() if any(True for _ in child.parameters())
    ]
    prefix = model.base_model_prefix
    if prefix not in weighty:
        return [name for name in weighty if name == "lm_head"]
    heads = [name for name in weighty if name != prefix]
    pooler = getattr(getattr(model, prefix), "pooler", None)
    return heads if pooler is None else [*heads, f"{prefix}.pooler"]


def add_lora(network: Network, recipe: Recipe, fresh_head: bool) -> None:
    """Adapters into the frozen backbone; a head that starts from nothing trains in full."""
    import peft

    backbone = backbone_of(network)
    heads = [] if isinstance(network, PooledClassifier) else head_modules(backbone)
    config = peft.LoraConfig(
        r=recipe.lora_rank,
        lora_alpha=recipe.lora_alpha,
        lora_dropout=recipe.lora_dropout,
        target_modules=_targets(backbone, recipe, heads),
        modules_to_save=heads if heads and fresh_head else None,
        use_rslora=recipe.rslora,
        use_dora=recipe.dora,
    )
    put_backbone(network, peft.get_peft_model(backbone, config))


def merge_lora(network: Network) -> None:
    """Fold adapters into the weights, so that what ships is a plain model.

    Weights that were quantised become plain ones first: folded into a quantised weight, much of
    what the adapter has learnt would be rounded away.
    """
    import peft
    from transformers.pytorch_utils import Conv1D

    adapted: Any = backbone_of(network)
    if not isinstance(adapted, peft.PeftModel):
        return
    if not getattr(adapted.get_base_model(), "is_quantized", False):
        put_backbone(network, adapted.merge_and_unload())
        return
    with torch.no_grad():
        learnt = {
            name.removeprefix("base_model.model."): module.get_delta_weight("default").cpu()
            for name, module in adapted.named_modules()
            if isinstance(module, peft.tuners.lora.LoraLayer)
        }
        plain = to_plain(adapted.unload())
        for name, change in learnt.items():
            layer = plain.get_submodule(name)
            layer.weight += (change.T if isinstance(layer, Conv1D) else change).to(layer.weight)
    put_backbone(network, plain)


def _targets(backbone: Any, recipe: Recipe, heads: list[str]) -> list[str]:
    """Full names of the layers that get an adapter. Parts of names would also fit layers of the
    pooler and of heads. Raises ModelError where a named one is not there."""
    layers = linear_layers(backbone, heads)
    known = sorted({_last(name) for name in layers})
    if recipe.lora_targets == "named":
        wanted = tuple(f".{module}" for module in recipe.lora_modules)
        absent = [
            module
            for module in recipe.lora_modules
            if not any(f".{name}".endswith(f".{module}") for name in layers)
        ]
        if absent:
            raise ModelError("models.no_such_modules", found=absent, known=known)
        return [name for name in layers if f".{name}".endswith(wanted)]
    if recipe.lora_targets == "attention":
        layers = [name for name in layers if _last(name) in _ATTENTION] or layers
    return layers


def linear_layers(backbone: nn.Module, heads: list[str]) -> list[str]:
    """The layers LoRA can adapt, heads and poolers left out."""
    from transformers.pytorch_utils import Conv1D

    left_out = tuple(f"{name}." for name in (*heads, "pooler"))
    return [
        name
        for name, module in backbone.named_modules()
        if isinstance(module, nn.Linear | Conv1D) and not f"{name}.".startswith(left_out)
    ]


def _last(name: str) -> str:
    return name.rpartition(".")[2]
