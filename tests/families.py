"""A small model of every family that can be tuned, as its folder looks on the hub.

Configuration, weights with the head they were pretrained with, and a real tokenizer of the
family's kind (WordPiece, byte-level BPE or unigram), all built in code.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import (
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import PreTrainedTokenizerFast

from engine.models.catalogue import DECODERS, ENCODER_DECODERS
from tests.tiny import FILLER, WORDS

LONGEST = 64
_CORPUS = [*FILLER, *(word for group in WORDS.values() for word in group), "where is what ?"]


@dataclass(frozen=True)
class Family:
    type: str
    """`model_type` of its config."""
    tokenizer: str
    """wordpiece, bytes or unigram"""
    frame: str
    """What stands around a text: cls, roberta, end, begin or nothing."""
    config: dict[str, Any]
    pads_left: bool = False


_BERT = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64,
    "max_position_embeddings": LONGEST + 2,
}  # fmt: skip
_LLAMA = _BERT | {"num_key_value_heads": 2, "head_dim": 8}
_T5 = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4}
_BART = {
    "d_model": 32, "encoder_layers": 2, "decoder_layers": 2, "encoder_attention_heads": 4,
    "decoder_attention_heads": 4, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64,
    "max_position_embeddings": LONGEST,
}  # fmt: skip

FAMILIES: dict[str, Family] = {
    "bert": Family("bert", "wordpiece", "cls", _BERT),
    "roberta": Family("roberta", "bytes", "roberta", _BERT),
    "xlm-roberta": Family("xlm-roberta", "unigram", "roberta", _BERT),
    "distilbert": Family(
        "distilbert", "wordpiece", "cls",
        {"dim": 32, "n_layers": 2, "n_heads": 4, "hidden_dim": 64, "max_position_embeddings": 66},
    ),
    "deberta-v3": Family(
        "deberta-v2", "unigram", "cls",
        _BERT
        | {
            "relative_attention": True, "position_buckets": 16, "norm_rel_ebd": "layer_norm",
            "share_att_key": True, "pos_att_type": ["p2c", "c2p"], "type_vocab_size": 0,
            "position_biased_input": False, "pooler_hidden_size": 32,
        },
    ),
    "electra": Family("electra", "wordpiece", "cls", _BERT | {"embedding_size": 16}),
    "albert": Family("albert", "unigram", "cls", _BERT | {"embedding_size": 16}),
    "mpnet": Family("mpnet", "wordpiece", "roberta", _BERT),
    "modernbert": Family(
        "modernbert", "bytes", "cls",
        _BERT | {"local_attention": 8, "global_attn_every_n_layers": 2},
    ),
    "llama": Family("llama", "unigram", "begin", _LLAMA),
    "qwen2": Family("qwen2", "bytes", "nothing", _LLAMA),
    "qwen3": Family("qwen3", "bytes", "nothing", _LLAMA, pads_left=True),
    "mistral": Family("mistral", "unigram", "begin", _LLAMA | {"sliding_window": 8}),
    "gemma": Family("gemma", "unigram", "begin", _LLAMA, pads_left=True),
    "gemma3": Family(
        "gemma3_text", "unigram", "begin", _LLAMA | {"sliding_window": 8}, pads_left=True
    ),
    "gpt2": Family(
        "gpt2", "bytes", "nothing",
        {"n_embd": 32, "n_layer": 2, "n_head": 4, "n_positions": LONGEST},
    ),
    "camembert": Family("camembert", "unigram", "roberta", _BERT),
    "gemma2": Family(
        "gemma2", "unigram", "begin", _LLAMA | {"sliding_window": 8}, pads_left=True
    ),
    "gpt_neox": Family("gpt_neox", "bytes", "nothing", _BERT),
    "phi3": Family("phi3", "unigram", "begin", _LLAMA),
    "smollm3": Family("smollm3", "bytes", "nothing", _LLAMA),
    "olmo2": Family("olmo2", "bytes", "nothing", _LLAMA),
    "t5": Family("t5", "unigram", "end", _T5),
    "mt5": Family(
        "mt5", "unigram", "end",
        _T5 | {"feed_forward_proj": "gated-gelu", "tie_word_embeddings": False},
    ),
    "umt5": Family(
        "umt5", "unigram", "end", _T5 | {"feed_forward_proj": "gated-gelu"}
    ),
    "longt5": Family("longt5", "unigram", "end", _T5),
    "bart": Family("bart", "bytes", "roberta", _BART),
    "mbart": Family("mbart", "unigram", "roberta", _BART),
    "pegasus": Family("pegasus", "unigram", "end", _BART),
}  # fmt: skip

_SPECIAL = {
    "cls": {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]", "mask": "[MASK]"},
    "roberta": {"bos": "<s>", "pad": "<pad>", "eos": "</s>", "unk": "<unk>", "mask": "<mask>"},
    "end": {"pad": "<pad>", "eos": "</s>", "unk": "<unk>"},
    "begin": {"unk": "<unk>", "bos": "<s>", "eos": "</s>"},
    "nothing": {"eos": "<|endoftext|>", "unk": "<unk>"},
}
"""Decoders have no padding token of their own: they pad with the end token."""


def family_tokenizer(family: Family) -> PreTrainedTokenizerFast:
    special = _SPECIAL[family.frame]
    tokenizer = _trained(family.tokenizer, list(special.values()), special["unk"])
    tokenizer.post_processor = _frame(family.frame, tokenizer)
    named: dict[str, Any] = {f"{name}_token": token for name, token in special.items()}
    if family.frame == "roberta":
        named |= {"cls_token": "<s>", "sep_token": "</s>"}
    if family.frame == "cls":  # as BERT's, whatever the model makes of segments
        named["model_input_names"] = ["input_ids", "token_type_ids", "attention_mask"]
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=LONGEST,
        padding_side="left" if family.pads_left else "right",
        **named,
    )


def _trained(kind: str, special: list[str], unknown: str) -> Tokenizer:
    texts = _CORPUS * 4
    if kind == "wordpiece":
        tokenizer = Tokenizer(models.WordPiece(unk_token=unknown))
        tokenizer.normalizer = normalizers.BertNormalizer()
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        tokenizer.decoder = decoders.WordPiece()
        trainer: Any = trainers.WordPieceTrainer(vocab_size=110, special_tokens=special)
    elif kind == "bytes":
        tokenizer = Tokenizer(models.BPE())
        tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
        tokenizer.decoder = decoders.ByteLevel()
        trainer = trainers.BpeTrainer(
            vocab_size=320,
            special_tokens=special,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        )
    else:
        tokenizer = Tokenizer(models.Unigram())
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        tokenizer.decoder = decoders.Metaspace()
        trainer = trainers.UnigramTrainer(vocab_size=110, special_tokens=special, unk_token=unknown)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _frame(frame: str, tokenizer: Tokenizer) -> Any:
    single, pair = {
        "cls": ("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1"),
        "roberta": ("<s> $A </s>", "<s> $A </s> </s> $B:1 </s>:1"),
        "end": ("$A </s>", "$A </s> $B </s>"),
        "begin": ("<s> $A", "<s> $A <s> $B"),
        "nothing": ("$A", "$A $B"),
    }[frame]
    names = [token for token in _SPECIAL[frame].values() if token in single]
    special = [(name, tokenizer.token_to_id(name)) for name in names]
    return processors.TemplateProcessing(single=single, pair=pair, special_tokens=special)


def family_model(folder: Path, name: str) -> Path:
    """The model `name` of FAMILIES with its tokenizer, saved in `folder`."""
    import torch
    import transformers

    family = FAMILIES[name]
    tokenizer = family_tokenizer(family)
    ids = {
        f"{each}_token_id": getattr(tokenizer, f"{each}_token_id") for each in ("pad", "bos", "eos")
    }
    config = transformers.AutoConfig.for_model(
        family.type, **family.config, **ids, vocab_size=len(tokenizer)
    )
    if family.type in ENCODER_DECODERS:
        start = "eos" if family.type in ("bart", "mbart") else "pad"
        config.decoder_start_token_id = ids[f"{start}_token_id"]
        head: Any = transformers.AutoModelForSeq2SeqLM
    elif family.type in DECODERS:
        head = transformers.AutoModelForCausalLM
    else:
        head = transformers.AutoModelForMaskedLM
    torch.manual_seed(0)
    head.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
