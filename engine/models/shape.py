"""The sizes of a network that decide how much memory it takes, read from its config.json.

Families name the same size differently; this is the only place that knows their names.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NAMES = {
    "width": ("hidden_size", "n_embd", "dim", "d_model"),
    "inner": ("intermediate_size", "n_inner", "hidden_dim", "d_ff", "encoder_ffn_dim"),
    "heads": ("num_attention_heads", "n_head", "n_heads", "num_heads", "encoder_attention_heads"),
    "layers": ("num_hidden_layers", "n_layer", "n_layers"),
}
_TWO_STACKS = (("encoder_layers", "decoder_layers"), ("num_layers", "num_decoder_layers"))
"""Names of the layers of encoder-decoders: BART's and T5's."""
_T5 = frozenset(("t5", "mt5", "umt5", "longt5"))
_PLAIN_MLP = frozenset(
    "albert bert camembert deberta-v2 distilbert electra mpnet roberta xlm-roberta gpt2 gpt_neox "
    "bart mbart pegasus".split()
)
"""Families whose feed-forward part is two matrices; the others gate it with a third."""
_LINEAR = {
    "bert camembert roberta xlm-roberta electra": "query key value dense",
    "albert": "query key value dense ffn ffn_output embedding_hidden_mapping_in",
    "deberta-v2": "query_proj key_proj value_proj dense",
    "distilbert": "q_lin k_lin v_lin out_lin lin1 lin2",
    "mpnet": "q k v o dense",
    "modernbert": "Wqkv Wo Wi",
    "gpt2": "c_attn c_proj c_fc",
    "gpt_neox": "query_key_value dense dense_h_to_4h dense_4h_to_h",
    "phi3": "qkv_proj o_proj gate_up_proj down_proj",
    "gemma gemma2 gemma3_text llama mistral qwen2 qwen3 smollm3 olmo2": (
        "q_proj k_proj v_proj o_proj gate_proj up_proj down_proj"
    ),
    "bart mbart pegasus": "q_proj k_proj v_proj out_proj fc1 fc2",
}
"""Families → names of the layers an adapter can go into."""


@dataclass(frozen=True)
class Shape:
    width: int
    """Numbers that stand for one token between two layers (hidden size)."""
    inner: int
    """Width inside the feed-forward part."""
    layers: int
    """Of both stacks together in an encoder-decoder."""
    heads: int
    vocabulary: int
    embedding_width: int
    """Width of the token table, narrower than the layers in some families."""
    gated: bool
    """Whether the feed-forward part has a third matrix (SwiGLU, GeGLU)."""

    @property
    def embedding_parameters(self) -> int:
        return self.vocabulary * self.embedding_width


def linear_layers(family: str, shape: Shape) -> tuple[str, ...]:
    """Names of the layers an adapter can go into, as the family calls them; none if unknown."""
    if family in _T5:
        return ("q", "k", "v", "o", *(("wi_0", "wi_1") if shape.gated else ("wi",)), "wo")
    found = next((names for families, names in _LINEAR.items() if family in families.split()), "")
    narrow = family == "electra" and shape.embedding_width != shape.width
    return (*found.split(), *(("embeddings_project",) if narrow else ()))


def shape_of(config: Mapping[str, Any]) -> Shape | None:
    """None for a config that does not say how wide and deep its network is."""
    sizes = {name: _first(config, keys) for name, keys in _NAMES.items()}
    layers = _stacks(config) or sizes["layers"]
    width = sizes["width"]
    if not width or not layers:
        return None
    family = config.get("model_type")
    gated = family not in _PLAIN_MLP
    if family in _T5:
        gated = "gated" in str(config.get("feed_forward_proj", ""))
    return Shape(
        width,
        sizes["inner"] or 4 * width,
        layers,
        sizes["heads"] or max(1, width // 64),
        _first(config, ("vocab_size",)),
        _first(config, ("embedding_size",)) or width,
        gated,
    )


def _stacks(config: Mapping[str, Any]) -> int:
    for encoder, decoder in _TWO_STACKS:
        if _first(config, (encoder,)):
            return _first(config, (encoder,)) + _first(config, (decoder, encoder))
    return 0


def _first(config: Mapping[str, Any], keys: tuple[str, ...]) -> int:
    """The first of these that is a whole number above 0; 0 if none is."""
    found = (config.get(key) for key in keys)
    return next((v for v in found if isinstance(v, int) and v > 0), 0)
