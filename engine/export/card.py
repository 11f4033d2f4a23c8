"""The README of a model folder: what the model is, how good, and three lines that use it."""

import re
from pathlib import Path

from engine.data.dataset import Dataset
from engine.evaluation.report import Report
from engine.models.catalogue import ModelInfo
from engine.training.recipe import Recipe

_POOLED = """\
import json
import torch
from sentence_transformers import SentenceTransformer

model = SentenceTransformer(".")  # this folder
labels = json.load(open("labels.json", encoding="utf-8"))["labels"]
logits = model.encode([{example}], convert_to_tensor=True)
probabilities = {function}
for label, probability in zip(labels, probabilities[0].tolist()):
    print(f"{{label}}: {{probability:.4f}}")
"""

_NATIVE = """\
import json
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

tokenizer = AutoTokenizer.from_pretrained(".")  # this folder
model = AutoModelForSequenceClassification.from_pretrained(".").eval()
labels = json.load(open("labels.json", encoding="utf-8"))["labels"]
inputs = tokenizer([{example}], return_tensors="pt", truncation=True, padding=True)
with torch.inference_mode():
    logits = model(**inputs).logits
probabilities = {function}
for label, probability in zip(labels, probabilities[0].tolist()):
    print(f"{{label}}: {{probability:.4f}}")
"""

_PACKAGES = {"pooled": "sentence-transformers", "native": "transformers torch"}
EXAMPLE = '"A text to classify"'


def snippet(task_loss: str, head: str, example: str = EXAMPLE) -> str:
    """Python that prints each label's probability for `example`, run inside the model folder."""
    function = "torch.softmax(logits, dim=1)" if task_loss == "softmax" else "torch.sigmoid(logits)"
    return (_POOLED if head == "pooled" else _NATIVE).format(example=example, function=function)


def write_card(
    folder: Path, dataset: Dataset, recipe: Recipe, model: ModelInfo, report: Report
) -> None:
    """Write README.md into the model folder."""
    task = dataset.make_task()
    (folder / "README.md").write_text(
        "\n".join(
            [
                f"# {dataset.name}",
                "",
                f"A text classifier ({dataset.task}) tuned with Tunesmith from {model.title}.",
                "",
                f"- Labels: {', '.join(map(_code, dataset.labels))}",
                *_joined(dataset),
                f"- Trained on {dataset.rows['train']:,} texts, checked on "
                f"{dataset.rows['validation']:,}, tested on {dataset.rows['test']:,}",
                f"- Method: {recipe.method}, {recipe.epochs:g} epochs, "
                f"learning rate {recipe.learning_rate:g}",
                f"- Reads up to {recipe.max_length} tokens of a text; the rest is cut",
                "",
                "## How good it is",
                "",
                *_figures(report),
                "",
                "## Use it",
                "",
                "```",
                f"pip install {_PACKAGES[recipe.head]}",
                "```",
                "",
                "```python",
                snippet(task.loss, recipe.head).rstrip(),
                "```",
                "",
                _decision(task.loss),
                "",
            ]
        ),
        "utf-8",
    )


def _figures(report: Report) -> list[str]:
    figures = report.splits.get("test", {}).get("best")
    if not figures:
        return ["No test rows were given, so nothing is known of how good it is."]
    lines = [f"On {figures['rows']:,} test texts, with 95 % intervals:", ""]
    for name in ("macro_f1", "f1", "accuracy", "balanced_accuracy"):
        if name in figures:
            low, high = figures["intervals"][name]
            score = f"{figures[name]:.3f} ({low:.3f} to {high:.3f})"
            lines.append(f"- {report.metric(name).text()}: {score}")
    return lines


def _joined(dataset: Dataset) -> list[str]:
    columns = dataset.roles.text
    if len(columns) < 2:
        return []
    named = " and ".join(map(_code, columns))
    return [f"- A text is the columns {named}, in this order, one a line, empty ones left out"]


def _code(name: str) -> str:
    """As Markdown code, whatever characters it holds."""
    fence = "`" * (max(map(len, re.findall("`+", name)), default=0) + 1)
    pad = " " if "`" in name else ""
    return f"{fence}{pad}{' '.join(name.split())}{pad}{fence}"


def _decision(task_loss: str) -> str:
    if task_loss == "softmax":
        return "The label with the highest probability is the answer."
    return "Every label with a probability of 0.5 or more is an answer; there may be none."
