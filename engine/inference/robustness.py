"""Does the answer hold when a text changes in ways that should not matter? `robustness.json`.

Test rows are changed, one way at a time, and asked again. The share of rows whose answer changes
is the flip rate; what a right answer would be plays no part. Ribeiro et al., "Beyond Accuracy:
Behavioral Testing of NLP Models with CheckList" (ACL 2020), call this an invariance test.
"""

import json
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from random import Random
from typing import Any

from engine.data.dataset import load_dataset, load_rows
from engine.errors import ModelError, WorkspaceError
from engine.evaluation import report as reports
from engine.inference.perturbations import PERTURBATIONS, Edit, apply, moved
from engine.inference.predictor import load_predictor
from engine.inference.quick import Quick
from engine.models import hardware
from engine.tasks import TASKS, AnyTask
from engine.workspace import RunFolder, Workspace, write_atomically

MOST_ROWS = 500
"""Rows that are changed; with so many a rate of 5 % is known to within 2 points."""
EXAMPLES = 5
"""Flips that are kept to look at, of each change."""
AT_ONCE = 64
SEED = 0

Tell = Callable[[int, int], None]
"""Called with the texts that are done, and all there are."""


@dataclass(frozen=True)
class Rate:
    """Rows that changed their answer, of those that were changed."""

    flips: int
    rows: int
    low: float
    high: float
    """The share's 95 % interval (Wilson 1927)."""

    @property
    def share(self) -> float:
        return self.flips / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class Example:
    """A row whose answer changed, and how the text was changed."""

    row_id: int
    text: str
    edits: tuple[Edit, ...]
    before: tuple[str, ...]
    """What was said, in words; likewise after."""
    after: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """One way to change texts, and what came of it."""

    rate: Rate
    per_class: Mapping[str, Rate]
    """What was said at first → the rate among those rows; "" where that was nothing."""
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class Robustness:
    """What `robustness.json` holds."""

    run: str
    split: str
    rows: int
    of: int
    """Rows that were looked at, of all in the split."""
    seed: int
    made: float
    """Seconds since 1970."""
    outcomes: Mapping[str, Outcome]
    """Name of a perturbation → what came of it, where it applied to any row."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, text: str) -> "Robustness":
        record = json.loads(text)
        outcomes = {name: _outcome(found) for name, found in record["outcomes"].items()}
        return cls(**record | {"outcomes": outcomes})


def save(folder: RunFolder, found: Robustness) -> None:
    write_atomically(folder.robustness, json.dumps(found.to_dict(), ensure_ascii=False))


def load(folder: RunFolder) -> Robustness | None:
    """What the last check found; None before there was one. Raises WorkspaceError."""
    try:
        return Robustness.from_json(folder.robustness.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError):
        raise WorkspaceError("robustness.damaged") from None


def outdated(folder: RunFolder) -> bool:
    """Whether model or operating point are newer than the check."""
    decides = [folder.model / name for name in ("labels.json", "thresholds.json")]
    newest = max((path.stat().st_mtime for path in decides if path.is_file()), default=0.0)
    return folder.robustness.stat().st_mtime < newest


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
            task.in_words(*first[row], texts[row]),
            task.in_words(*second[row], apply(texts[row], plan[row])),
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


def _outcome(record: Mapping[str, Any]) -> Outcome:
    per_class = {name: Rate(**rate) for name, rate in record["per_class"].items()}
    examples = tuple(
        Example(
            found["row_id"],
            found["text"],
            tuple(Edit(*edit) for edit in found["edits"]),
            tuple(found["before"]),
            tuple(found["after"]),
        )
        for found in record["examples"]
    )
    return Outcome(Rate(**record["rate"]), per_class, examples)
