"""Weights in 4 or 8 bits (bitsandbytes): how a backbone is loaded so, and made plain again.

nf4 is the 4-bit format of QLoRA (Dettmers et al. 2023, section 3), with double quantisation its
scales are quantised too; int8 is LLM.int8() (Dettmers et al. 2022). Heads are never quantised.
"""

import logging
from typing import Any

import torch
from torch import nn

from engine.errors import ModelError
from engine.training.recipe import Recipe

# At its import it warns that it found no faster kernels, and at every step of int8 that it casts
# inputs to half precision. Whoever makes adapters or 8-bit moments has imported this before.
logging.getLogger("bitsandbytes").setLevel(logging.ERROR)

_COMPUTED = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}

_TYPE_GIVERS = ("wo",)
"""Layers whose weight tells T5's relatives the type to compute in. transformers exempts them in
some of these families only."""


def quantization(recipe: Recipe, heads: list[str], precision: str) -> dict[str, Any]:
    """What `from_pretrained` is told; nothing unless the method is qlora."""
    if recipe.method != "qlora":
        return {}
    from transformers import BitsAndBytesConfig
    from transformers.utils import is_bitsandbytes_available

    if not is_bitsandbytes_available():
        raise ModelError("models.no_quantization")
    plain = [*heads, *_TYPE_GIVERS]
    device: Any = "cuda" if torch.cuda.is_available() else "cpu"
    if recipe.quantization == "int8":
        config = BitsAndBytesConfig(load_in_8bit=True, llm_int8_skip_modules=plain)
    else:
        config = BitsAndBytesConfig(
            load_in_4bit=True,
            bnb_4bit_quant_type="nf4",
            bnb_4bit_use_double_quant=recipe.quantization == "nf4_double",
            bnb_4bit_compute_dtype=_COMPUTED[precision],
            llm_int8_skip_modules=plain,
        )
    return {"quantization_config": config, "device_map": {"": device}}


def keep_exact(model: nn.Module) -> None:
    """Leave 4-bit weights as they are while the network is looked at.

    On CPUs with bf16 instructions bitsandbytes else repacks them in place in the first look:
    with rounded scales, for good, and only if every layer is at least a block wide.
    """
    for module in model.modules():
        if hasattr(module, "support_avx512bf16_for_cpu"):
            module.support_avx512bf16_for_cpu = False


def to_plain(model: Any) -> Any:
    """The same model with every quantised layer as an ordinary one, in place and on the CPU: a
    card that holds it quantised need not have room for more."""
    import bitsandbytes as bnb
    from transformers.integrations.bitsandbytes import dequantize_bnb_weight
    from transformers.pytorch_utils import Conv1D

    dtype = model.get_input_embeddings().weight.dtype
    for name, module in list(model.named_modules()):
        if not isinstance(module, bnb.nn.Linear4bit | bnb.nn.Linear8bitLt):
            continue
        state = module.state if isinstance(module, bnb.nn.Linear8bitLt) else None
        weight = dequantize_bnb_weight(module.weight, state).to("cpu", dtype)
        if module.source_cls is Conv1D:
            plain: nn.Module = Conv1D(*weight.shape)
            weight = weight.T.contiguous()
        else:
            plain = nn.Linear(*weight.shape[::-1], bias=False, device="meta")
        plain.weight = nn.Parameter(weight, requires_grad=False)
        if module.bias is not None:  # bitsandbytes casts it to what it computes in
            bias = module.bias.detach().to("cpu", dtype)
            plain.bias = nn.Parameter(bias, requires_grad=False)
        model.set_submodule(name, plain)
    model.hf_quantizer.remove_quantization_config(model)
    return model.cpu()
