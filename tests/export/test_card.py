"""The README of each kind of model: true figures, and a program that runs where the folder lies."""

import re

import pytest

from engine.evaluation.report import load
from engine.export.snippets import EXAMPLE, QUESTION
from engine.inference.predictor import load_predictor
from engine.runs.job import train_run
from tests.export.test_snippets import SIZE, run, tokenizer
from tests.shaped import ANSWER_ROWS, ENTITY_ROWS, write_dataset
from tests.tiny import recipe, start


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """An encoder whose tokenizer knows texts and pairs of them."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    folder, cut = tmp_path_factory.mktemp("model"), tokenizer()
    BertModel(BertConfig(vocab_size=len(cut), pad_token_id=0, **SIZE)).save_pretrained(folder)
    cut.save_pretrained(folder)
    return folder


def trained(workspace, model, task, labels, rows):
    rows = [dict(row) | {"split": split} for row in rows for split in ("train", "test")]
    rows += [row | {"split": "validation"} for row in rows[:2]]
    dataset = write_dataset(workspace, task, labels, rows)
    start(workspace, "run-1", recipe(dataset, model, best_metric="f1", max_length=60, epochs=1.0))
    assert train_run(workspace, "run-1", None, lambda: None).kind == "finished"
    return workspace.run("run-1")


@pytest.mark.parametrize(
    ("task", "labels", "rows", "what", "quoted"),
    [
        ("tokens", ("company", "person", "place"), ENTITY_ROWS, "A finder of mentions", "Entity"),
        ("qa", (), ANSWER_ROWS, "A finder of answers", "F1 over words"),
    ],
)
def test_the_readme_tells_and_does_what_the_model_can(
    workspace, model, elsewhere, task, labels, rows, what, quoted
):
    folder = trained(workspace, model, task, labels, rows)
    readme = (folder.model / "README.md").read_text("utf-8")
    assert what in readme
    report = load(folder)
    score = f"{report.best[report.headline]:.3f}"
    first = next(line for line in readme.splitlines() if line.startswith(f"- {quoted}"))
    assert score in first, "the score that stands for the run comes first"
    (program,) = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert (folder.model / "predict.py").exists() == (task == "tokens")
    (told,) = run(elsewhere, folder.model, [program])
    predictor = load_predictor(folder.model)
    said = predictor.predict([EXAMPLE], [QUESTION] if "question" in predictor.task.asks else [])
    if predictor.task.asks == ("text",):
        assert len(told.splitlines()) == len(said.decided[0])
    else:
        assert told.rstrip("\n") == said.decided[0]


def test_a_folder_without_labels_lists_none(workspace, model):
    folder = trained(workspace, model, "qa", (), ANSWER_ROWS)
    assert "Labels:" not in (folder.model / "README.md").read_text("utf-8")
