"""The report of a run: every figure of its results, computed from its predictions files alone.

`report.json` is the `Report` record below. `splits` is split → weights → figures: `test.best` are
the figures to quote, `last` those of the last step's weights, `before` those of the untrained
model, `step-<n>` of a next best checkpoint that was kept; a pair without predictions, or without
rows, is left out. Knows no model.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from engine.errors import WorkspaceError
from engine.text import Message
from engine.training.events import EventLog, steps_of
from engine.workspace import RunFolder, write_atomically

if TYPE_CHECKING:  # numpy and pandas are not needed to read a report
    from engine.data.dataset import Dataset

Figures = Mapping[str, Any]
"""What `engine.evaluation.figures` computes from one predictions file."""

Splits = Mapping[str, Figures]
"""weights → figures of one split."""

SPLITS = ("test", "validation")
WEIGHTS = ("best", "last", "before")


@dataclass(frozen=True)
class Report:
    """One run's results, as `report.json` holds them."""

    run: str
    dataset: str
    dataset_version: int
    task: str
    labels: tuple[str, ...]
    positive: str | None
    splits: Mapping[str, Splits]
    named: str | None = None
    """The score that its recipe wants to stand for the run; None leaves that to the task."""
    steps: Mapping[str, int] = field(default_factory=dict)
    """The steps of the `best` and the `last` weights."""
    baselines: Mapping[str, Figures] = field(default_factory=dict)
    """Simple alternative → its figures on test rows, or on some of them; `trained_on` of the
    `training_rows` it learned from."""
    paired: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Simple alternative or `before` → how the best checkpoint differs from it on the test rows
    both were asked about (`engine.evaluation.paired.Paired`)."""

    @property
    def headline(self) -> str:
        """The score that stands for the run."""
        from engine.tasks import TASKS  # needs numpy

        return self.named or TASKS[self.task].headline

    @property
    def best(self) -> Figures | None:
        """The figures to quote: of the best checkpoint on test rows, if there were any."""
        return self.splits.get("test", {}).get("best")

    @property
    def last_is_higher(self) -> Message | None:
        """A word on it where the last checkpoint scores higher on test rows than the best, which
        the validation rows chose."""
        best, last = (self.splits.get("test", {}).get(name) for name in ("best", "last"))
        if best is None or last is None:
            return None
        score = self.headline
        more = round(last[score] - best[score], 3)
        if more <= 0:
            return None
        told = {"metric": self.metric(score), "more": f"{more:.3f}", "rows": best["rows"]}
        by_chance = last[score] <= best["intervals"][score][1]
        return Message("report.last_by_chance" if by_chance else "report.last_is_higher", told)

    def metric(self, score: str) -> Message:
        """What a score is called, for the user."""
        from engine.tasks import make_task  # needs numpy

        return make_task(self.task, self.labels, self.positive).metric(score)

    @staticmethod
    def weights(name: str) -> Message:
        """What a set of weights is called, for the user."""
        if name in WEIGHTS:
            return Message(f"report.weights.{name}")
        return Message("report.weights.step", {"step": int(name.removeprefix("step-"))})

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, allow_nan=False)

    @classmethod
    def from_json(cls, text: str) -> "Report":
        record = json.loads(text)
        record["labels"] = tuple(record["labels"])
        return cls(**record)


def build_report(folder: RunFolder, dataset: "Dataset", headline: str | None = None) -> Report:
    """The figures of every predictions file the run has left; `headline` is the score that stands
    for it where that is not the task's own."""
    from engine.evaluation.alternatives import with_alternatives
    from engine.evaluation.figures import figures
    from engine.evaluation.predictions import read_predictions

    task = dataset.make_task()
    splits: dict[str, dict[str, Figures]] = {}
    for split in SPLITS:
        for weights in (*WEIGHTS, *kept_weights(folder)):
            path = folder.predictions(split, weights)
            if not path.is_file():
                continue
            _, predictions = read_predictions(path, task)
            if len(predictions):
                splits.setdefault(split, {})[weights] = figures(task, predictions)
    report = Report(
        folder.root.name,
        dataset.id,
        dataset.version,
        dataset.task,
        dataset.labels,
        dataset.positive,
        splits,
        headline,
        steps_of(EventLog(folder.events).read()),
    )
    return with_alternatives(folder, report)


def kept_weights(folder: RunFolder) -> list[str]:
    """`step-<n>` of the next best checkpoints that were kept, in the order of the run."""
    names = [path.name for path in folder.kept(0).parent.glob("step-*")]
    return sorted(names, key=lambda name: int(name.removeprefix("step-")))


def in_order(by_weights: Splits) -> list[str]:
    """The sets of weights of a split: the best first, then the next best by step, then those to
    compare with."""
    kept = sorted((w for w in by_weights if w not in WEIGHTS), key=lambda name: int(name[5:]))
    return [name for name in ("best", *kept, *WEIGHTS[1:]) if name in by_weights]


def save(folder: RunFolder, report: Report) -> None:
    """Write `report.json`, whole or not at all."""
    write_atomically(folder.report, report.to_json())


def load(folder: RunFolder) -> Report:
    """Read `report.json`. Raises WorkspaceError when the run has left none, or a damaged one."""
    if not folder.report.is_file():
        raise WorkspaceError("report.none", run=folder.root.name)
    try:
        found = Report.from_json(folder.report.read_text("utf-8"))
    except (ValueError, TypeError, KeyError):
        raise WorkspaceError("report.damaged", run=folder.root.name) from None
    if found.steps:
        return found
    return replace(found, steps=steps_of(EventLog(folder.events).read()))
