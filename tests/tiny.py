"""Small real models and data sets, built in code: no network, trained in a second."""

import random
from pathlib import Path

import pandas as pd
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import (
    BertConfig,
    BertModel,
    LlamaConfig,
    LlamaModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
)

from engine.data.dataset import Dataset
from engine.data.importing import Plan, Sources, import_dataset, inspect
from engine.training.recipe import Recipe
from engine.workspace import Workspace
from tests.recipes import complete_recipe

WORDS = {
    "delivery": ["parcel", "courier", "late", "shipping", "box"],
    "refund": ["money", "back", "return", "refund", "cash"],
    "account": ["password", "login", "email", "profile", "locked"],
}
FILLER = ["the", "my", "is", "please", "help", "why", "was", "it", "again", "today"]
SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]


def tiny_tokenizer() -> PreTrainedTokenizerFast:
    words = SPECIAL + FILLER + [word for group in WORDS.values() for word in group]
    tokenizer = Tokenizer(
        models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="[PAD]",
        unk_token="[UNK]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=64,
    )


def tiny_model(folder: Path, family: str = "bert", width: int = 32) -> Path:
    """A model of 2 layers and width 32 with its tokenizer, saved in `folder`."""
    import torch

    torch.manual_seed(0)
    size = {
        "vocab_size": 40,
        "hidden_size": width,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 2 * width,
        "max_position_embeddings": 66,
        "pad_token_id": 0,
    }
    model = {
        "bert": lambda: BertModel(BertConfig(**size)),
        "roberta": lambda: RobertaModel(RobertaConfig(**size)),
        "llama": lambda: LlamaModel(LlamaConfig(**size, num_key_value_heads=2)),
    }[family]()
    model.save_pretrained(folder)
    tiny_tokenizer().save_pretrained(folder)
    return folder


def tiny_rows(rows: int = 120, multi: bool = False, seed: int = 0) -> pd.DataFrame:
    """Texts whose words tell their label; with `multi` up to two labels a row, or none."""
    choose = random.Random(seed)
    lines = []
    for i in range(rows):
        count = choose.choice([0, 1, 1, 2]) if multi else 1
        labels = choose.sample(sorted(WORDS), count)
        words = [choose.choice(WORDS[label]) for label in labels for _ in range(2)]
        words += choose.choices(FILLER, k=choose.randint(2, 9))
        choose.shuffle(words)
        lines.append({"text": " ".join(words), "label": labels if multi else labels[0], "n": i})
    return pd.DataFrame(lines)


def tiny_dataset(
    workspace: Workspace, folder: Path, multi: bool = False, rows: int = 120
) -> Dataset:
    """An imported data set of `tiny_rows`."""
    frame = tiny_rows(rows, multi)[["text", "label"]]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / ("rows.jsonl" if multi else "rows.csv")
    if multi:
        frame.to_json(path, orient="records", lines=True, force_ascii=False)
    else:
        frame.to_csv(path, index=False)
    sources = Sources(path)
    plan: Plan = inspect(sources).plan
    return import_dataset(workspace, sources, plan)


def recipe(dataset: Dataset, model: Path | str, **changes: object) -> Recipe:
    """A complete recipe for a tiny model: two epochs, no dropout surprises, fp32."""
    return complete_recipe(
        dataset.id, dataset.version, **({"model": str(model), "beams": 1} | changes)
    )


def start(workspace: Workspace, run_id: str, chosen: Recipe) -> None:
    """The folder of a run as the registry would leave it."""
    folder = workspace.run(run_id)
    folder.root.mkdir(parents=True)
    folder.recipe.write_text(chosen.to_json(), "utf-8")
