"""Does the answer hold when a text changes in ways that should not matter? The model is asked.

Test rows are changed, one way at a time, and asked again. The share of rows whose answer changes
is the flip rate; what a right answer would be plays no part. Ribeiro et al., "Beyond Accuracy:
Behavioral Testing of NLP Models with CheckList" (ACL 2020), call this an invariance test.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from random import Random
from typing import Any

from engine.data.dataset import load_dataset, load_rows
from engine.errors import ModelError, WorkspaceError
from engine.evaluation import report as reports
from engine.evaluation.robustness import Edit, Example, Outcome, Rate, Robustness
from engine.inference.perturbations import PERTURBATIONS, apply, moved
from engine.inference.predictor import load_predictor
from engine.inference.quick import Quick
from engine.models import hardware
from engine.tasks import TASKS, AnyTask
from engine.workspace import Workspace

MOST_ROWS = 500
"""Rows that are changed; with so many a rate of 5 % is known to within 2 points."""
EXAMPLES = 5
"""Flips that are kept to look at, of each change."""
AT_ONCE = 64
SEED = 0

Tell = Callable[[int, int], None]
"""Called with the texts that are done, and all there are."""


def check(workspace: Workspace, run_id: str, tell: Tell) -> Robustness:
    """Change test rows (validation rows where there are none) and ask the run's model again.
    Raises WorkspaceError where the rows are gone, ModelError where the task has no such check."""
    folder = workspace.run(run_id)
    report = reports.load(folder)
    if not TASKS[report.task].compares:
        raise ModelError("robustness.not_offered")
    split, texts, of = _sample(workspace, report)
    predictor = load_predictor(folder.model)
    quick = Quick(predictor, hardware.load(workspace))
    random = Random(SEED)
    plans = {
        name: {row: edits for row, text in texts.items() if (edits := change(text, random))}
        for name, change in PERTURBATIONS.items()
    }
    asking = _Asking(predictor.task, quick, len(texts) + sum(map(len, plans.values())), tell)
    first = asking.say(texts)
    outcomes = {}
    for name, plan in plans.items():
        if plan:
            second = asking.say({row: apply(texts[row], edits) for row, edits in plan.items()})
            outcomes[name] = _compare(predictor.task, texts, plan, first, second)
    return Robustness(run_id, split, len(texts), of, SEED, time.time(), outcomes)


Said = Mapping[int, tuple[Any, int]]
"""Row → the predictions it stands in, and its place in them."""


class _Asking:
    """Asks the model some texts at a time, and tells how many there have been."""

    def __init__(self, task: AnyTask, quick: Quick, total: int, tell: Tell) -> None:
        self.task, self.quick, self.total, self.tell = task, quick, total, tell
        self.done = 0
        tell(0, total)

    def say(self, texts: Mapping[int, str]) -> Said:
        said: dict[int, tuple[Any, int]] = {}
        rows = sorted(texts, key=lambda row: len(texts[row]))
        for start in range(0, len(rows), AT_ONCE):
            part = rows[start : start + AT_ONCE]
            predictions = self.quick.predict([texts[row] for row in part])
            said |= {row: (predictions, place) for place, row in enumerate(part)}
            self.done += len(part)
            self.tell(self.done, self.total)
        return said


def _sample(workspace: Workspace, report: reports.Report) -> tuple[str, dict[int, str], int]:
    """The split that is looked at, the texts of its rows and how many it holds in all."""
    try:
        dataset = load_dataset(workspace, report.dataset, report.dataset_version)
    except WorkspaceError:
        raise WorkspaceError("report.rows_gone") from None
    every = load_rows(workspace, dataset)
    for split in reports.SPLITS:
        rows = every[every["split"] == split]
        if len(rows):
            some = rows.sample(min(MOST_ROWS, len(rows)), random_state=SEED)
            texts = zip(some["row_id"].tolist(), some["text"].tolist(), strict=True)
            return split, dict(texts), len(rows)
    raise WorkspaceError("robustness.no_rows")


def _compare(
    task: AnyTask,
    texts: Mapping[int, str],
    plan: Mapping[int, Sequence[Edit]],
    first: Said,
    second: Said,
) -> Outcome:
    flips: list[int] = []
    by_class: defaultdict[str, list[bool]] = defaultdict(list)
    for row, edits in plan.items():
        before = task.essence(*first[row], partial(moved, edits))
        flipped = before != task.essence(*second[row], _in_place)
        if flipped:
            flips.append(row)
        for name in {name for name, *_ in before} or {""}:
            by_class[name].append(flipped)
    examples = [
        Example(
            row,
            texts[row],
            tuple(plan[row]),
            task.verdict(*first[row], texts[row]),
            task.verdict(*second[row], apply(texts[row], plan[row])),
        )
        for row in sorted(flips, key=lambda row: _doubt(task, *first[row]))[:EXAMPLES]
    ]
    per_class = {name: _rate(sum(found), len(found)) for name, found in sorted(by_class.items())}
    return Outcome(_rate(len(flips), len(plan)), per_class, tuple(examples))


def _in_place(offset: int, end: bool = False) -> int:
    return offset


def _doubt(task: AnyTask, predictions: Any, place: int) -> float:
    """The surest answers that flipped are shown first: they surprise most."""
    return float(task.doubt(predictions)[place])


def _rate(flips: int, rows: int) -> Rate:
    from scipy.stats import binomtest  # takes a second

    interval = binomtest(flips, rows).proportion_ci(method="wilson")
    return Rate(flips, rows, float(interval.low), float(interval.high))
