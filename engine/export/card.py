"""The README of a model folder: what the model is, how good, and a few lines that use it."""

import re
from pathlib import Path

from engine.data.dataset import Dataset
from engine.evaluation.report import Report
from engine.export.snippets import decision, packages, programs, snippet
from engine.models.catalogue import ModelInfo
from engine.training.recipe import Recipe

_WHAT = {
    "labels": "A text classifier",
    "tags": "A finder of mentions in text",
    "span": "A finder of answers in text",
    "text": "A writer of answers",
}
_QUOTED = frozenset(
    "macro_f1 f1 precision recall accuracy balanced_accuracy exact_match rouge_l".split()
)


def write_card(
    folder: Path,
    dataset: Dataset,
    recipe: Recipe,
    model: ModelInfo,
    report: Report,
    output: str,
    weights: str = "best",
) -> None:
    """Write README.md into the model folder, and the programs it uses; `output` is what the model
    puts out, `weights` name the figures of the report that are its own."""
    task = dataset.make_task()
    pooled = output == "labels" and recipe.head == "pooled"
    for name, program in programs(output).items():
        (folder / name).write_text(program, "utf-8")
    (folder / "README.md").write_text(
        "\n".join(
            [
                f"# {dataset.name}",
                "",
                f"{_WHAT[output]} ({dataset.task}) tuned with Tunesmith from {model.title}.",
                "",
                *([f"- Labels: {', '.join(map(_code, dataset.labels))}"] if task.labels else []),
                *_joined(dataset),
                f"- Trained on {dataset.rows['train']:,} texts, checked on "
                f"{dataset.rows['validation']:,}, tested on {dataset.rows['test']:,}",
                f"- Method: {recipe.method}, {recipe.epochs:g} epoch{'s' * (recipe.epochs != 1)}, "
                f"learning rate {recipe.learning_rate:g}",
                _length(recipe, output),
                "",
                "## How good it is",
                "",
                *_figures(report, weights),
                "",
                "## Use it",
                "",
                "```",
                f"pip install {packages(pooled)}",
                "```",
                "",
                "```python",
                snippet(task, output, pooled).rstrip(),
                "```",
                "",
                decision(task, output, recipe.max_length, pooled),
                "",
            ]
        ),
        "utf-8",
    )


def _length(recipe: Recipe, output: str) -> str:
    if output in ("tags", "span"):
        return f"- Reads {recipe.max_length} tokens at once"
    return f"- Reads up to {recipe.max_length} tokens of a text; the rest is cut"


def _figures(report: Report, weights: str) -> list[str]:
    figures = report.splits.get("test", {}).get(weights)
    if not figures:
        return ["No test rows were given, so nothing is known of how good it is."]
    lines = [f"On {figures['rows']:,} test texts, with 95 % intervals:", ""]
    for name in dict.fromkeys([report.headline, *figures["intervals"]]):
        if name in _QUOTED or name == report.headline:
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
