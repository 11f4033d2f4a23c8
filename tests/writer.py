"""A small encoder-decoder that learns to write in seconds, and rows to teach it."""

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
from transformers import PreTrainedTokenizerFast

SPECIAL = {"pad": "<pad>", "eos": "</s>", "unk": "<unk>"}
THINGS = ("box", "letter", "chair", "lamp", "ticket")
NAMES = ("Anna", "Li", "Maria", "Omar", "Ben", "Ruth")
COLOURS = ("red", "blue", "green", "old")


def rewriting_rows() -> list[tuple[str, str]]:
    """120 requests, and each of them put politely."""
    return [
        (f"Send the {colour} {thing} to {name} .", f"Please give {name} the {colour} {thing} .")
        for thing in THINGS
        for name in NAMES
        for colour in COLOURS
    ]


def writer(folder: Path, texts: Iterable[str]) -> Path:
    """A T5 of 2 layers whose words are those of the texts, saved in `folder`."""
    import torch
    from transformers import T5Config, T5ForConditionalGeneration

    made = Tokenizer(models.WordLevel(unk_token=SPECIAL["unk"]))
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    made.decoder = decoders.Metaspace()
    made.train_from_iterator(
        list(texts), trainers.WordLevelTrainer(special_tokens=list(SPECIAL.values()))
    )
    made.post_processor = processors.TemplateProcessing(
        single="$A </s>", special_tokens=[("</s>", 1)]
    )
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=made,
        model_max_length=128,
        **{f"{name}_token": token for name, token in SPECIAL.items()},
    )
    config = T5Config(
        vocab_size=len(tokenizer), d_model=64, d_kv=16, d_ff=128, num_layers=2, num_heads=4,
        pad_token_id=0, eos_token_id=1, decoder_start_token_id=0, dropout_rate=0.0,
    )  # fmt: skip
    torch.manual_seed(0)
    T5ForConditionalGeneration(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
