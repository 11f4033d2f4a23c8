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
    """Top-level children of a model with a head that are not its backbone.

    A model whose backbone is no child of its own (T5 with its encoder and decoder) has the layer
    that gives words as its head.
    """
    weighty = [
        name for name, child in model.named_children() if any(True for _ in child.parameters())
    ]
    if model.base_model_prefix in weighty:
        return [name for name in weighty if name != model.base_model_prefix]
    return [name for name in weighty if name == "lm_head"]


def add_lora(network: Network, recipe: Recipe, output: str) -> None:
    """Adapters into the frozen backbone; a head that starts from nothing trains in full."""
    import peft

    backbone = backbone_of(network)
    heads = [] if isinstance(network, PooledClassifier) else head_modules(backbone)
    config = peft.LoraConfig(
        r=recipe.lora_rank,
        lora_alpha=recipe.lora_alpha,
        lora_dropout=recipe.lora_dropout,
        target_modules=_targets(backbone, recipe, heads),
        exclude_modules=heads or None,
        modules_to_save=heads if heads and output != "text" else None,
        use_rslora=recipe.rslora,
        use_dora=recipe.dora,
    )
    try:
        adapted = peft.get_peft_model(backbone, config)
    except ValueError:
        known = _linear_names(backbone, heads)
        raise ModelError(
            "models.no_such_modules", found=list(recipe.lora_modules), known=known
        ) from None
    put_backbone(network, adapted)


def merge_lora(network: Network) -> None:
    """Fold adapters into the weights, so that what ships is a plain model.

    Weights that were quantised become plain ones first: folded into a quantised weight, much of
    what the adapter has learnt would be rounded away.
    """
    import peft

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
            weight = plain.get_submodule(name).weight
            change = change if change.shape == weight.shape else change.T
            weight += change.to(weight)
    put_backbone(network, plain)


def _targets(backbone: Any, recipe: Recipe, heads: list[str]) -> str | list[str]:
    if recipe.lora_targets == "named":
        return list(recipe.lora_modules)
    names = _linear_names(backbone, heads)
    if recipe.lora_targets == "attention":
        found = [name for name in names if name in _ATTENTION]
        if found:
            return found
    return names if names else "all-linear"


def _linear_names(backbone: nn.Module, heads: list[str]) -> list[str]:
    """Last name parts of the layers LoRA can adapt, heads and unused poolers left out."""
    from transformers.pytorch_utils import Conv1D

    left_out = (*heads, "pooler")
    return sorted(
        {
            name.rsplit(".", 1)[-1]
            for name, module in backbone.named_modules()
            if isinstance(module, nn.Linear | Conv1D) and not name.startswith(left_out)
        }
    )
