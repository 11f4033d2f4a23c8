"""Follows a run's events and sends what they say to the tracker its recipe names.

One more reader of the events file, in a thread of its own: training does not know of it, never
waits for it, and goes on whatever becomes of it. What goes wrong here is a `note` in the events.
An attempt sends the whole history of its run, so one that was killed, or a tracker that was out of
reach for a while, leaves no gap.

    python -m engine.runs.tracking WORKSPACE RUN

tells the tracker how a run ended whose process died without a word.
"""

import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engine.errors import WorkspaceError
from engine.evaluation.report import load
from engine.runs.launcher import environment
from engine.runs.log import clean, open_log
from engine.runs.registry import Registry
from engine.runs.run import Run
from engine.runs.trackers import End, Point, Subject, Tracker, make_tracker
from engine.runs.verdict import of_attempt
from engine.text import Message
from engine.training.events import Event, EventLog, without_superseded
from engine.training.recipe import Recipe
from engine.training.settings import TRACKERS
from engine.workspace import RunFolder, Workspace

_log = logging.getLogger(__name__)

LOOK = 2.0
"""Seconds between looks at the events; one request carries all that is new."""
LONGEST_PAUSE = 60.0
"""Seconds between tries while the tracker fails: the pause doubles up to this."""
PATIENCE = {"unreached": 15.0, "open": 120.0}
"""Seconds a run that has ended waits for a tracker that has not answered yet, and for one that
has: a model folder may be large."""
UNDER_WAY = ("before", "resumed", "step", "end")
"""Any of these in an attempt: what was superseded and on which device it runs is known."""
KEPT = ("finished", "stopped")
"""Outcomes with a model that is the run's result."""
LEFT_RUNNING = ("mlflow",)
"""Trackers that show a run as running for ever where nobody tells them that it died."""
_SECRET = re.compile(r"KEY|TOKEN|PASSWORD|SECRET")
_USER_INFO = re.compile(r"://[^/@\s]+@")


@contextmanager
def followed(workspace: Workspace, run: Run) -> Iterator[None]:
    """The attempt that the block makes at `run` can be followed in the tracker of its recipe."""
    recipe = _recipe(workspace.run(run.id))
    if recipe is None or recipe.tracker not in TRACKERS:
        yield
        return
    follower = Follower(workspace, run, recipe)
    follower.start()
    try:
        yield
    finally:
        follower.finish()


def tell_of_death(workspace: Workspace, run: Run) -> None:
    """Have a process of its own, as trackers are heavy, tell how `run` ended, which is settled and
    could not tell it itself."""
    folder = workspace.run(run.id)
    recipe = _recipe(folder)
    if recipe is None or recipe.tracker not in LEFT_RUNNING:
        return
    command = (sys.executable, "-P", "-m", "engine.runs.tracking")
    with suppress(OSError):
        log = open_log(folder.log)
        try:
            process = subprocess.Popen(
                [*command, str(workspace.root.resolve()), run.id],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=environment(os.environ),
                start_new_session=True,
            )
        finally:
            os.close(log)
        threading.Thread(target=process.wait, name="obituary", daemon=True).start()


def main(root: str, run_id: str) -> None:
    workspace = Workspace(Path(root))
    run, recipe = Registry(workspace).get(run_id), _recipe(workspace.run(run_id))
    if recipe is not None and not run.state.active:  # it may have been resumed
        Follower(workspace, run, recipe).bury()


def _recipe(folder: RunFolder) -> Recipe | None:
    """None for one that cannot be read, which is the training's to say."""
    try:
        return Recipe.from_json(folder.recipe.read_text("utf-8"))
    except (OSError, ValueError, TypeError):
        return None


class Follower(threading.Thread):
    """`start` it before the attempt's first event, `finish` it after the last."""

    def __init__(self, workspace: Workspace, run: Run, recipe: Recipe) -> None:
        super().__init__(name="tracking", daemon=True)
        self._workspace, self._run, self._recipe = workspace, run, recipe
        self._folder = workspace.run(run.id)
        self._events = EventLog(self._folder.events)
        self._ended = threading.Event()
        self._position = 0
        self._unsent: list[Point] = []
        self._last = 0
        self._best: int | None = None
        self._end: Event | None = None
        self._open = self._done = self._abandoned = False
        self._trouble: str | None = None
        self._tracker: Tracker | None = None

    def start(self) -> None:
        """The package is imported here and now: two threads that import at the same time may see
        each other's half-made modules, and the other one is the training."""
        try:
            self._tracker = make_tracker(self._recipe.tracker, self._workspace)
        except Exception as error:
            self._note("off", _words(error))
            self._done = True
            return
        super().start()

    def run(self) -> None:
        pause = LOOK
        while not self._done:
            last = self._ended.wait(pause)
            try:
                self._catch_up()
                pause = LOOK
            except Exception as error:  # whatever the tracker's package or its server comes up with
                _log.warning("tracking: %s", _words(error, 2000))
                if self._trouble is None and not last and not self._abandoned:
                    self._note("failed", _words(error))
                self._trouble = _words(error)
                pause = min(2 * pause, LONGEST_PAUSE)
            if last:
                return

    def finish(self) -> None:
        """Send the rest; the events hold a note where that did not work."""
        self._ended.set()
        patience = PATIENCE["open" if self._open else "unreached"]
        if self.is_alive():
            self.join(patience)
        if not self._done:
            self._abandoned = self.is_alive()
            slow = Message("runs.tracking_no_answer", {"seconds": round(patience)})
            trouble = None if self._abandoned else self._trouble
            self._note("incomplete", trouble or slow)

    def bury(self) -> None:
        """Send what is missing of a run whose process has died, and how it ended."""
        try:
            self._tracker = make_tracker(self._recipe.tracker, self._workspace)
            self._catch_up()
            if self._open and not self._done:
                reason = self._run.reason.text() if self._run.reason else ""
                self._tracker.close(End(self._run.state, reason, [], None))
        except Exception as error:
            self._note("incomplete", _words(error))

    def _catch_up(self) -> None:
        """Everything up to now. What raises is tried again by the next call."""
        assert self._tracker is not None
        if not self._open:
            history = without_superseded(self._events.since(0)[0])
            own = of_attempt(history, self._run.attempt)
            if not any(event["type"] in UNDER_WAY for event in own):
                return
            self._tracker.open(self._subject(history))
            self._open = True
        self._read()
        self._tracker.log(self._unsent)
        self._unsent = []
        if self._end:
            self._tracker.close(self._make_end(self._end))
            self._done = True

    def _read(self) -> None:
        events, self._position = self._events.since(self._position)
        for event in without_superseded(events):
            self._unsent += points(event)
            self._last = event.get("step", self._last)
            if event.get("best"):
                self._best = event["step"]
            if event["type"] in ("attempt", "end"):  # the end of an earlier attempt is none
                self._end = event if event["type"] == "end" else None

    def _subject(self, history: Sequence[Event]) -> Subject:
        from engine.data.dataset import load_dataset  # pandas takes half a second

        recipe, plan = self._recipe, _last("plan", history)
        dataset = load_dataset(self._workspace, recipe.dataset, recipe.dataset_version)
        tags = {
            "tunesmith.run_id": self._run.id,
            "task": dataset.task,
            "model": recipe.model,
            "method": recipe.method,
            "device": plan.get("device_name", ""),
            "precision": plan.get("precision", ""),
            "dataset_name": dataset.name,
            "dataset_version": str(dataset.version),
            "dataset_fingerprint": dataset.fingerprint,
        }
        return Subject(
            self._workspace,
            self._run.id,
            self._run.name,
            recipe.experiment or dataset.name,
            asdict(recipe),
            tags,
            dataset,
            history[0]["time"],
        )

    def _make_end(self, end: Event) -> End:
        message, time, model = end.get("message"), end["time"], self._folder.model
        reason = Message.from_dict(message).text() if message else ""
        figures = self._figures(time) if end["outcome"] in KEPT else []
        kept = end["outcome"] in KEPT and model.is_dir()
        return End(end["outcome"], reason, figures, model if kept else None)

    def _figures(self, time: float) -> list[Point]:
        """`test_best_macro_f1` and the like: every plain number of the report, at the step of the
        weights it is of."""
        try:
            report = load(self._folder)
        except WorkspaceError:
            return []
        return [
            Point(f"{split}_{weights}_{name}", value, self._step_of(weights), time)
            for split, of_weights in report.splits.items()
            for weights, figures in of_weights.items()
            for name, value in numbers(figures).items()
        ]

    def _step_of(self, weights: str) -> int:
        """Of `before`, `best`, `last`, or `step-<number>`."""
        known = {"before": 0, "best": self._best or self._last, "last": self._last}
        return known[weights] if weights in known else int(weights.removeprefix("step-"))

    def _note(self, key: str, error: "str | Message") -> None:
        params = {"tracker": Message(f"settings.tracker.{self._recipe.tracker}"), "error": error}
        self._events.write("note", message=Message(f"runs.tracking_{key}", params).to_dict())


def points(event: Event) -> list[Point]:
    """What one event adds to the curves: the loss of each step; the untrained model at step 0."""
    values: dict[str, Any] = {}
    step, time = event.get("step", 0), event["time"]
    found: list[Point] = []
    if event["type"] == "step":
        losses = event.get("losses", [event["loss"]])  # an earlier version wrote their mean alone
        for at, loss in enumerate(losses, step - len(losses) + 1):
            found += [Point("train_loss", loss, at, time)] if isinstance(loss, float) else []
        values = {"learning_rate": event["learning_rate"]}
    elif event["type"] in ("before", "evaluation"):
        scores = {"loss": event.get("loss"), **event["metrics"]}
        values = {f"validation_{name}": value for name, value in scores.items()}
    return found + [Point(name, value, step, time) for name, value in numbers(values).items()]


def numbers(record: Mapping[str, Any]) -> dict[str, float]:
    """The entries that are plain numbers; a count of rows is none."""
    return {name: value for name, value in record.items() if isinstance(value, float)}


def _last(kind: str, events: Sequence[Event]) -> Event:
    return next((event for event in reversed(events) if event["type"] == kind), {})


def _words(error: Exception, most: int = 120) -> str:
    """An error of a stranger's package in one line, without what must not be read by others."""
    text = _USER_INFO.sub("://", clean(f"{type(error).__name__}: {error}").replace("\n", " "))
    for name, value in os.environ.items():
        if _SECRET.search(name) and len(value) >= 8:
            text = text.replace(value, "…")
    return text.rstrip(". ") if len(text) <= most else f"{text[:most].rsplit(' ', 1)[0]} …"


if __name__ == "__main__":
    main(*sys.argv[1:])
