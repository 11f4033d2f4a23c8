"""What a data set is worth before any fine-tuning: what simple models reach on it, and whether more
rows would help.

Simple models are cross-validated: the rows of training and validation are dealt into five folds,
equal texts into one, and each fold is asked about by a model of the others. Scores are those of
all rows so answered; intervals are bootstrap over these rows, as in the report of a run. Test rows
are not looked at.
"""

import json
import logging
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engine.baselines import BASELINES
from engine.baselines.problem import Problem, Rows
from engine.data.alike import alike_key
from engine.data.dataset import Dataset, columns_of, load_rows
from engine.errors import DataError, TunesmithError
from engine.evaluation.figures import scored
from engine.quality import prospects
from engine.quality.folds import FOLDS
from engine.quality.learners import Embed, Learner, joined, learner
from engine.quality.material import Tell, silent
from engine.quality.prospects import Prospects
from engine.tasks import TASKS
from engine.tasks.labelled import LabelTask
from engine.text import Message
from engine.workspace import Workspace, write_atomically

FORMAT = 1
"""Goes up when other things are measured: kept results are made anew."""
FEWEST = 4
"""Rows of different text below which nothing can be measured."""
_USUAL_FITS = 25
"""Fits for the curve, as long as nothing is known of them."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reached:
    """What one simple model reaches, cross-validated."""

    name: str
    """One of `engine.baselines`."""
    figures: Mapping[str, Any]
    """As in a report: rows, scores, per_class, intervals."""
    seconds: float

    def score(self, headline: str) -> float:
        return float(self.figures[headline])


@dataclass(frozen=True)
class Worth:
    """All that was measured of one version."""

    headline: str
    rows: int
    """Of training and validation."""
    reached: tuple[Reached, ...]
    """The best first."""
    prospects: Prospects | None = None
    """Whether more rows would help, where that can be asked."""
    failed: tuple[Message, ...] = ()
    """What could not be measured, and why."""
    seconds: float = 0.0

    def conclusion(self, metric: Message) -> Message:
        """The number to beat, in one sentence; `metric` is what the headline is called."""
        best = self.reached[0]
        low, high = best.figures["intervals"][self.headline]
        told = {"name": Message(f"better.name.{best.name}"), "score": best.score(self.headline)}
        told |= {"low": low, "high": high, "rows": best.figures["rows"]}
        told["metric"] = metric
        return Message(f"worth.to_beat_{_standing(self)}", told)


def offered(dataset: Dataset) -> bool:
    """Whether there are simple models for data like these."""
    return bool(TASKS[dataset.task].baselines)


def measure(workspace: Workspace, dataset: Dataset, tell: Tell = silent) -> Worth:
    """Measure a version, or give what was measured before. Raises DataError where there is no
    simple model for its task, or there are too few rows."""
    known = load(workspace, dataset)
    if known is not None and not known.failed:
        return known
    begun = time.monotonic()
    if not offered(dataset):
        raise DataError("worth.not_offered")
    task = dataset.make_task()
    rows = _rows(workspace, dataset)
    different = len(set(map(alike_key, rows["text"])))
    if different < FEWEST:
        raise DataError("worth.too_few", rows=different, needed=FEWEST)
    progress = _Progress(tell)
    work = _Work(
        Problem(task, rows, rows, workspace), _seeing(workspace, dataset, progress), progress
    )
    reached, failed = work.reached()
    if not reached:
        raise DataError("worth.nothing", reasons=failed)
    found = None
    try:
        found = work.prospects(reached)
    except Exception as error:  # whatever it is: the scores are measured
        _log.exception("no prospects")
        failed.append(_why("worth.no_prospects", error))
    made = Worth(
        task.headline,
        len(rows["text"]),
        tuple(reached),
        found,
        tuple(failed),
        time.monotonic() - begun,
    )
    return _keep(workspace, dataset, made)


def load(workspace: Workspace, dataset: Dataset) -> Worth | None:
    """What was measured of this very version; None where nobody has, or not as it is done now."""
    try:
        path = workspace.worth(dataset.id, dataset.version)
        record = json.loads(path.read_text("utf-8"))
        if (record.pop("format"), record.pop("fingerprint")) != (FORMAT, dataset.fingerprint):
            return None
        return _read(record)
    except (OSError, ValueError, TypeError, KeyError):
        return None


class _Work:
    """The simple models of a problem, made ready when they are first asked."""

    def __init__(self, problem: Problem, embed: Embed, progress: "_Progress") -> None:
        self.problem, self.embed, self.progress = problem, embed, progress
        self.learners: dict[str, Learner] = {}

    def reached(self) -> tuple[list[Reached], list[Message]]:
        """What each reaches, the best first, and which could not be asked."""
        found, failed = [], []
        names = self.problem.task.baselines
        self.progress.expect(FOLDS * len(names) + _USUAL_FITS)
        for name in names:
            try:
                found.append(self._reached(name))
            except Exception as error:  # whatever it is: the others are still asked
                _log.exception("no simple model %s", name)
                failed.append(_why("better.failed", error, Message(f"better.name.{name}")))
            self.progress.done(FOLDS)
        headline = self.problem.task.headline
        return sorted(found, key=lambda each: -each.score(headline)), failed

    def _reached(self, name: str) -> Reached:
        begun = time.monotonic()
        model = learner(name, self.problem, self.embed)
        said = joined([said for _, said in model.crossed(model.dealt(0))])
        task = self.problem.task
        self.learners[name] = model
        return Reached(name, scored(task, task.tally(said)), time.monotonic() - begun)

    def prospects(self, reached: list[Reached]) -> Prospects | None:
        """By the best model that learns from what texts look like; None without any."""
        task = self.problem.task
        able = [each.name for each in reached if hasattr(BASELINES[each.name], "classifier")]
        if not able or not isinstance(task, LabelTask):
            return None
        model = self.learners[able[0]]
        self.progress.expect(prospects.fits(model, len(task.labels)) - _USUAL_FITS)
        measured = prospects.measure(model, task, self.progress.done)
        return prospects.prospects(able[0], task, measured, _now(task, self.problem.train))


class _Progress:
    """Tells how many fits are done; more may be expected later."""

    def __init__(self, tell: Tell) -> None:
        self._report, self._done, self._total = tell, 0, 0

    def expect(self, fits: int) -> None:
        self._total += fits
        self._report(self._done, self._total)

    def done(self, fits: int) -> None:
        self._done += fits
        self._report(self._done, self._total)

    def reading(self, texts: int, of: int) -> None:
        """How many texts the encoder has read, which counts as the fits that follow it."""
        self._report(self._done + FOLDS * texts // max(1, of), self._total)


def _rows(workspace: Workspace, dataset: Dataset) -> Rows:
    """Those of training and validation, as the task reads them."""
    table = load_rows(workspace, dataset)
    known = ["text", "labels", *dataset.make_task().columns]
    return columns_of(table.loc[table["split"] != "test", known])


def _now(task: LabelTask, rows: Rows) -> list[int]:
    """How many rows there are, of all and of each label."""
    counts = Counter(name for names in rows["labels"] for name in names)
    return [len(rows["labels"]), *(counts[label] for label in task.labels)]


def _standing(worth: Worth) -> str:
    """Whether the best is above what the most frequent label alone reaches."""
    best = worth.reached[0]
    plain = [each for each in worth.reached if each.name == "majority"]
    if not plain:
        return "best"
    low = best.figures["intervals"][worth.headline][0]
    return "best" if low > plain[0].score(worth.headline) else "none"


def _seeing(workspace: Workspace, dataset: Dataset, progress: _Progress) -> Embed:
    from engine.quality.embedding import embed

    return lambda texts: embed(workspace, dataset.id, texts, progress.reading)


def _why(key: str, error: Exception, name: Message | None = None) -> Message:
    reason = error.message if isinstance(error, TunesmithError) else type(error).__name__
    return Message(key, {"reason": reason} | ({"name": name} if name else {}))


def _keep(workspace: Workspace, dataset: Dataset, made: Worth) -> Worth:
    record = asdict(made) | {"failed": [message.to_dict() for message in made.failed]}
    record |= {"format": FORMAT, "fingerprint": dataset.fingerprint}
    write_atomically(workspace.worth(dataset.id, dataset.version), json.dumps(record))
    return made


def _read(record: dict[str, Any]) -> Worth:
    record["reached"] = tuple(Reached(**each) for each in record["reached"])
    record["failed"] = tuple(map(Message.from_dict, record["failed"]))
    if record["prospects"] is not None:
        record["prospects"] = Prospects.from_dict(record["prospects"])
    return Worth(**record)
