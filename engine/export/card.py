"""The README of a model folder, a model card in the form of the Hugging Face hub: what the model is
for, what it learnt from, how good it is and where it is weak, and a few lines that use it."""

import html
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from engine.data.dataset import SPLITS, Dataset
from engine.evaluation.report import Figures, Report
from engine.export.card_data import metadata
from engine.export.snippets import decision, packages, programs, snippet
from engine.models.catalogue import ModelInfo
from engine.training.recipe import Recipe
from engine.versions import versions

_WHAT = {
    "labels": "A text classifier",
    "tags": "A finder of mentions in text",
    "span": "A finder of answers in text",
    "text": "A writer of answers",
}
_QUOTED = frozenset(
    "macro_f1 f1 precision recall accuracy balanced_accuracy exact_match rouge_l".split()
)
MOST_LABELS = 50
"""Lines of a table of labels; of more the worst are shown."""
WORST = 5


def write_card(
    folder: Path,
    dataset: Dataset,
    recipe: Recipe,
    model: ModelInfo,
    report: Report,
    output: str,
    texts: Sequence[str],
    weights: str = "best",
) -> None:
    """Write README.md into the model folder, and the programs it uses; `output` is what the model
    puts out, `texts` what it was trained on, `weights` name the figures of the report that are its
    own."""
    task = dataset.make_task()
    pooled = output == "labels" and recipe.head == "pooled"
    for name, program in programs(output).items():
        (folder / name).write_text(program, "utf-8")
    figures = report.splits.get("test", {}).get(weights) or None
    scores = _scores(report, figures)
    head = metadata(dataset, model, report, figures, scores, output, pooled, texts)
    what = f"{_WHAT[output]} ({dataset.task}) tuned with Tunesmith from {model.title}."
    lines = [head, "", f"# {_plain(dataset.name)}", "", what]
    use = f"```\npip install {packages(pooled)}\n```\n\n```python\n"
    use += snippet(task, output, pooled).rstrip() + "\n```\n\n"
    use += decision(task, output, recipe.max_length, pooled)
    sections = {
        "What it reads and says": _reads(dataset, recipe, output),
        "How good it is": _figures(report, figures, scores),
        "Where it is weak": _weak(report, figures),
        "What it learnt from": _data(dataset),
        "How it was trained": _training(recipe, model),
        "Use it": [use],
    }
    for title, body in sections.items():
        if body:
            lines += ["", f"## {title}", "", *body]
    (folder / "README.md").write_text("\n".join([*lines, ""]), "utf-8")


def _scores(report: Report, figures: Figures | None) -> list[str]:
    """Those that are quoted, the one that stands for the run first."""
    if figures is None:
        return []
    names = dict.fromkeys([report.headline, *figures["intervals"]])
    return [name for name in names if name in _QUOTED or name == report.headline]


def _reads(dataset: Dataset, recipe: Recipe, output: str) -> list[str]:
    lines = []
    if dataset.labels:
        lines.append(f"- Labels: {', '.join(map(_code, dataset.labels))}")
    if len(dataset.roles.text) > 1:
        named = " and ".join(map(_code, dataset.roles.text))
        lines.append(
            f"- A text is the columns {named}, in this order, one a line, empty ones left out"
        )
    read = f"- Reads up to {recipe.max_length} tokens of a text; the rest is cut"
    if output in ("tags", "span"):
        read = f"- Reads {recipe.max_length} tokens at once"
    return [*lines, read]


def _figures(report: Report, figures: Figures | None, scores: Sequence[str]) -> list[str]:
    if figures is None:
        return ["No test rows were given, so nothing is known of how good it is."]
    lines = [f"On {figures['rows']:,} test texts, with 95 % intervals:", ""]
    for name in scores:
        low, high = figures["intervals"][name]
        score = f"{figures[name]:.3f} ({low:.3f} to {high:.3f})"
        lines.append(f"- {report.metric(name).text()}: {score}")
    found = sorted(figures["per_class"].items(), key=lambda each: float(each[1]["f1"]))
    if not found:
        return lines
    shown = {label for label, _ in found[:MOST_LABELS]}
    rows = (
        [_code(label), *(f"{of[name]:.3f}" for name in ("precision", "recall", "f1")),
         f"{of['support']:,}"]
        for label, of in figures["per_class"].items()
        if label in shown
    )  # fmt: skip
    return [*lines, "", *_table(["Label", "Precision", "Recall", "F1", "True in the test"], rows)]


def _weak(report: Report, figures: Figures | None) -> list[str]:
    """What it is wrong about most often, and what its figures do not say."""
    lines = [
        "- The figures hold for texts like those it was tested on. On texts of another kind, time "
        "or place it can be much worse: try it on your own first."
    ]
    counts = figures.get("confusion") if figures else None
    if counts and isinstance(counts[0][0], int):
        pairs = [
            (count, sum(row), report.labels[true], report.labels[said])
            for true, row in enumerate(counts)
            for said, count in enumerate(row)
            if true != said and count
        ]
        pairs.sort(key=lambda pair: -pair[0])
        lines += [
            f"- {_code(true)} was taken for {_code(said)} in {count:,} of its {rows:,} test texts"
            for count, rows, true, said in pairs[:WORST]
        ]
    return lines


def _data(dataset: Dataset) -> list[str]:
    rows = dataset.rows
    lines = [
        f"“{_plain(dataset.name)}”, version {dataset.version}: trained on {rows['train']:,} texts, "
        f"checked on {rows['validation']:,}, tested on {rows['test']:,}."
    ]
    if not dataset.labels or len(dataset.labels) > MOST_LABELS:
        return lines
    table = (
        [_code(label), *(f"{dataset.counts[split].get(label, 0):,}" for split in SPLITS)]
        for label in dataset.labels
    )
    return [*lines, "", *_table(["Label", "Training", "Validation", "Test"], table)]


def _training(recipe: Recipe, model: ModelInfo) -> list[str]:
    made_with = ", ".join(f"{name} {version}" for name, version in versions().items())
    return [
        f"- From: {model.title}",
        f"- Method: {recipe.method}, {recipe.epochs:g} epoch{'s' * (recipe.epochs != 1)}, "
        f"learning rate {recipe.learning_rate:g}, {recipe.batch_size} texts a step, "
        f"seed {recipe.seed}",
        f"- Made with: {made_with}",
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table in Markdown, its columns of numbers to the right."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    cells = ([cell.replace("|", r"\|") for cell in line] for line in lines)
    return [f"| {' | '.join(line)} |" for line in cells]


def _flat(name: str) -> str:
    return " ".join(name.split())


def _plain(name: str) -> str:
    """As text in Markdown, which may hold HTML."""
    return html.escape(_flat(name), quote=False)


def _code(name: str) -> str:
    """As Markdown code, whatever characters it holds."""
    fence = "`" * (max(map(len, re.findall("`+", name)), default=0) + 1)
    pad = " " if "`" in name else ""
    return f"{fence}{pad}{_flat(name)}{pad}{fence}"
