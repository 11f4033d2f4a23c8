"""What became of an attempt whose child process is gone: a function of what it left behind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.runs.run import Request, Run, State
from engine.text import Message
from engine.training.events import Event

DISK_FULL = 3
"""Exit code of a child that could not even write its `end` event."""


@dataclass(frozen=True)
class Remains:
    """What is known of the child process beside its events."""

    exit_code: int | None
    """None where it was not our child, so that nobody could tell us."""
    out_of_memory: bool
    """It was killed, and the kernel has killed somebody for memory since it started."""


@dataclass(frozen=True)
class Verdict:
    state: State
    """QUEUED stands for another try."""
    reason: Message | None = None
    discard: bool = False
    """The user wants none of the results."""
    batch_limit: int | None = None
    """For another try after lack of memory; None puts the run back as it was."""


def of_attempt(events: Sequence[Event], attempt: int) -> Sequence[Event]:
    """The events of one attempt, later ones included; none if it never began."""
    for position in range(len(events) - 1, -1, -1):
        if events[position]["type"] == "attempt" and events[position].get("number") == attempt:
            return events[position:]
    return ()


def judge(run: Run, events: Sequence[Event], remains: Remains) -> Verdict:
    """`events` is the whole history of the run."""
    events = of_attempt(events, run.attempt)
    outcome, message = _end(events)
    if outcome is None and remains.out_of_memory:
        outcome = "out_of_memory"
    if outcome == "finished":
        return Verdict(State.FINISHED, message)
    if outcome == "discarded" or run.request is Request.STOP_AND_DISCARD:
        return Verdict(State.STOPPED, message or Message("runs.discarded"), discard=True)
    if outcome == "failed":
        return Verdict(State.FAILED, message)
    if outcome == "stopped":
        return Verdict(State.STOPPED, message or Message("runs.stopped"))
    if run.request is Request.STOP_AND_KEEP:
        return Verdict(State.STOPPED, Message("runs.stopped_hard"))
    if outcome == "out_of_memory":
        return _out_of_memory(run, _rows_at_once(run, events))
    return _without_a_word(run, remains.exit_code)


def log_of(run: Run) -> str:
    """Where the user finds the log, seen from the workspace."""
    return f"runs/{run.id}/log.txt"


def _end(events: Sequence[Event]) -> tuple[str | None, Message | None]:
    ends = [event for event in events if event["type"] == "end"]
    if not ends:
        return None, None
    message = ends[-1].get("message")
    if isinstance(message, Mapping) and message.keys() == {"key", "params"}:
        return ends[-1].get("outcome"), Message.from_dict(message)
    return ends[-1].get("outcome"), None


def _rows_at_once(run: Run, events: Sequence[Event]) -> int | None:
    """Rows of one forward pass; None if the attempt never got to the point of having any."""
    planned = [event.get("batch_size") for event in events if event["type"] == "plan"]
    if not planned or not isinstance(planned[-1], int):
        return None
    return min(planned[-1], run.batch_limit or planned[-1])


def _out_of_memory(run: Run, rows: int | None) -> Verdict:
    if rows is None:
        return Verdict(State.FAILED, Message("runs.out_of_memory_early"))
    if run.batch_limit is None and rows > 1:
        half = rows // 2
        return Verdict(
            State.QUEUED, Message("runs.retrying", {"rows": rows, "half": half}), batch_limit=half
        )
    return Verdict(State.FAILED, Message("runs.out_of_memory", {"rows": rows}))


def _without_a_word(run: Run, exit_code: int | None) -> Verdict:
    log = {"log": log_of(run)}
    if exit_code == DISK_FULL:
        return Verdict(State.FAILED, Message("runs.disk_full"))
    if run.state is State.PREPARING:
        if exit_code is None:
            return Verdict(State.QUEUED)
        if exit_code >= 0:
            return Verdict(State.FAILED, Message("runs.could_not_start", log))
    return Verdict(State.INTERRUPTED, Message("runs.interrupted", log))
