"""Tiny data sets of every task, written as the importer leaves them."""

import random
import time

import pandas as pd

from engine.data.dataset import Dataset, Roles
from engine.tasks.words import split_words
from engine.workspace import Workspace
from tests.tiny import WORDS, tiny_rows

SPLIT = ("train",) * 16 + ("validation",) * 4 + ("test",) * 4


def task_dataset(workspace: Workspace, task: str) -> Dataset:
    """24 rows, 16 of them for training; `task` is multiclass, tokens, qa or text2text."""
    frame = tiny_rows(len(SPLIT))
    labels = tuple(sorted(WORDS)) if task in ("multiclass", "tokens") else ()
    rows = pd.DataFrame({"row_id": frame["n"], "split": SPLIT, "text": frame["text"]})
    rows["labels"] = [[label] if task == "multiclass" else [] for label in frame["label"]]
    add = {"multiclass": _nothing, "tokens": _mentions, "qa": _answers, "text2text": _answers}
    add[task](rows)
    counts = {name: SPLIT.count(name) for name in ("train", "validation", "test")}
    dataset = Dataset(
        f"tiny-{task}", 1, f"tiny {task}", task, labels, None, Roles(("text",), ()), counts,
        {name: dict.fromkeys(labels, 1) for name in counts}, f"rows of {task}", time.time(),
    )  # fmt: skip
    folder = workspace.dataset(dataset.id, 1)
    folder.root.mkdir(parents=True)
    rows.to_parquet(folder.rows)
    folder.record.write_text(dataset.to_json(), "utf-8")
    return dataset


def _nothing(rows: pd.DataFrame) -> None:
    pass


def _mentions(rows: pd.DataFrame) -> None:
    """Every telling word is a mention of its label."""
    kinds = {word: label for label, words in WORDS.items() for word in words}
    words = [split_words(text) for text in rows["text"]]
    rows["starts"] = [[start for start, _ in row] for row in words]
    rows["ends"] = [[end for _, end in row] for row in words]
    tags = []
    for text, row in zip(rows["text"], words, strict=True):
        found = [kinds.get(text[start:end]) for start, end in row]
        tags.append([f"B-{label}" if label else "O" for label in found])
    rows["tags"] = tags


def _answers(rows: pd.DataFrame) -> None:
    """The answer is one word of the text."""
    choose = random.Random(0)
    chosen = [choose.choice(text.split()) for text in rows["text"]]
    pairs = list(zip(rows["text"], chosen, strict=True))
    rows["question"] = ["what is it ?"] * len(rows)
    rows["answers"] = [[word] for word in chosen]
    rows["answer_starts"] = [[f" {text} ".index(f" {word} ")] for text, word in pairs]
