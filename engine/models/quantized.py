"""Weights in 4 or 8 bits (bitsandbytes): how a backbone is loaded so, and made plain again.

nf4 is the 4-bit format of QLoRA (Dettmers et al. 2023, section 3), with double quantisation its
scales are quantised too; int8 is LLM.int8() (Dettmers et al. 2022). Heads are never quantised.
"""

from typing import Any

import torch
from torch import nn

from engine.training.recipe import Recipe


def quantization(recipe: Recipe, heads: list[str]) -> dict[str, Any]:
    """What `from_pretrained` is told; nothing unless the method is qlora."""
    if recipe.method != "qlora":
        return {}
    from transformers import BitsAndBytesConfig

    device: Any = "cuda" if torch.cuda.is_available() else "cpu"
    if recipe.quantization == "int8":
        config = BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=heads)
    else:
        config = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=recipe.quantization == "nf4_double",
            bnb_4bit_compute_dtype=torch.bfloat16 if device == "cuda" else torch.float32,
            llm_int8_skip_modules=heads,
        )
    return {"quantization_config": config, "device_map": {"": device}}


def to_plain(model: Any) -> Any:
    """The same model with every quantised layer as an ordinary one, in place."""
    import bitsandbytes as bnb
    from transformers.integrations.bitsandbytes import dequantize_bnb_weight
    from transformers.pytorch_utils import Conv1D

    dtype = model.get_input_embeddings().weight.dtype
    for name, module in list(model.named_modules()):
        if not isinstance(module, bnb.nn.Linear4bit | bnb.nn.Linear8bitLt):
            continue
        state = module.state if isinstance(module, bnb.nn.Linear8bitLt) else None
        weight = dequantize_bnb_weight(module.weight, state).to(dtype)
        if module.source_cls is Conv1D:
            plain: nn.Module = Conv1D(*weight.shape)
            plain.weight = nn.Parameter(weight.T.contiguous(), requires_grad=False)
        else:
            plain = nn.Linear(*weight.shape[::-1], bias=False, device="meta")
            plain.weight = nn.Parameter(weight, requires_grad=False)
        plain.bias = module.bias
        model.set_submodule(name, plain)
    model.hf_quantizer.remove_quantization_config(model)
    return model
