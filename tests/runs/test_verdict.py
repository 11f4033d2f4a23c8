"""What is concluded from the events and the exit of a child that is gone."""

from dataclasses import replace
from typing import Any

import pytest

from engine.runs.run import Request, Run, State
from engine.runs.verdict import DISK_FULL, Remains, judge, of_attempt
from engine.text import Message

RUN = Run(
    id="r-1", name="r", dataset="d", dataset_version=1, state=State.RUNNING, reason=None,
    request=None, created=0.0, started=1.0, ended=None, attempt=2, batch_limit=None,
    pid=1, pid_created="x", heartbeat=1.0,
)  # fmt: skip
GONE = Remains(exit_code=None, out_of_memory=False)
KILLED = Remains(exit_code=-9, out_of_memory=False)
NO_MEMORY = Remains(exit_code=-9, out_of_memory=True)


def history(*events: dict[str, Any]) -> list[dict[str, Any]]:
    """An attempt that failed, then attempt 2 with these events."""
    first = [{"type": "attempt", "number": 1}, {"type": "end", "outcome": "failed"}]
    return [*first, {"type": "attempt", "number": 2}, *events]


def end(outcome: str, message: Message | None = None) -> dict[str, Any]:
    plain = message.to_dict() if message else None
    return {"type": "end", "outcome": outcome, "message": plain}


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        ("finished", State.FINISHED),
        ("stopped", State.STOPPED),
        ("discarded", State.STOPPED),
        ("failed", State.FAILED),
    ],
)
def test_the_end_event_of_the_attempt_decides(outcome: str, state: State) -> None:
    verdict = judge(RUN, history(end(outcome)), KILLED)
    assert verdict.state is state
    assert verdict.discard == (outcome == "discarded")


def test_an_end_event_of_an_earlier_attempt_says_nothing() -> None:
    assert judge(RUN, history()[:2], GONE).state is State.INTERRUPTED
    assert judge(RUN, history(), GONE).state is State.INTERRUPTED


def test_the_childs_own_words_are_passed_on() -> None:
    message = Message("runs.crashed", {"error": "E", "log": "l"})
    assert judge(RUN, history(end("failed", message)), GONE).reason == message


def test_an_end_event_of_an_unknown_kind_counts_as_none() -> None:
    events = history(end("surprised"), {"type": "end"}, {"type": "end", "message": [1]})
    assert judge(RUN, events, GONE).state is State.INTERRUPTED


def test_a_kill_without_a_word_is_an_interruption_that_names_the_log() -> None:
    verdict = judge(RUN, history(), KILLED)
    assert verdict.state is State.INTERRUPTED
    assert verdict.reason is not None
    assert "Resume goes on from the newest checkpoint" in verdict.reason.text()
    assert "runs/r-1/log.txt" in verdict.reason.text()


@pytest.mark.parametrize(
    ("remains", "last"), [(NO_MEMORY, None), (GONE, "out_of_memory")], ids=["kernel", "told"]
)
def test_lack_of_memory_is_tried_once_more_with_half_the_rows(
    remains: Remains, last: str | None
) -> None:
    events = history({"type": "plan", "batch_size": 12}, *([end(last)] if last else []))
    verdict = judge(RUN, events, remains)
    assert (verdict.state, verdict.batch_limit) == (State.QUEUED, 6)
    assert verdict.reason is not None
    assert "ran out with 12 rows at once. Trying again with 6" in verdict.reason.text()
    again = judge(replace(RUN, batch_limit=6), events, remains)
    assert (again.state, again.batch_limit) == (State.FAILED, None)
    assert again.reason is not None
    assert "even with 6 rows at once. Duplicate the run and lower" in again.reason.text()


def test_a_single_row_cannot_be_halved() -> None:
    verdict = judge(RUN, history({"type": "plan", "batch_size": 1}), NO_MEMORY)
    assert verdict.state is State.FAILED
    assert verdict.reason is not None
    assert "even with 1 row at once" in verdict.reason.text()


def test_lack_of_memory_before_the_plan_is_not_for_smaller_batches() -> None:
    verdict = judge(RUN, history(), NO_MEMORY)
    assert verdict.state is State.FAILED
    assert verdict.reason == Message("runs.out_of_memory_early")


def test_who_asked_to_stop_is_not_given_another_try() -> None:
    run = replace(RUN, request=Request.STOP_AND_KEEP)
    events = history({"type": "plan", "batch_size": 12})
    assert judge(run, events, NO_MEMORY).state is State.STOPPED
    assert judge(run, events, KILLED).state is State.STOPPED
    assert judge(replace(run, state=State.PREPARING), [], GONE).state is State.STOPPED


def test_who_asked_to_discard_gets_it_even_from_a_dead_child() -> None:
    run = replace(RUN, request=Request.STOP_AND_DISCARD)
    assert judge(run, history(), KILLED).discard
    assert judge(run, history(end("failed")), KILLED).discard


def test_a_run_that_finished_before_it_heard_the_request_is_finished() -> None:
    run = replace(RUN, request=Request.STOP_AND_DISCARD)
    assert judge(run, history(end("finished")), GONE).state is State.FINISHED


def test_a_child_that_never_began_is_replaced_or_reported() -> None:
    waiting = replace(RUN, state=State.PREPARING)
    assert judge(waiting, history()[:2], GONE).state is State.QUEUED
    assert judge(waiting, [], KILLED).state is State.INTERRUPTED
    for code in (0, 1):
        verdict = judge(waiting, [], Remains(code, out_of_memory=False))
        assert verdict.state is State.FAILED
        assert verdict.reason is not None
        assert "could not start" in verdict.reason.text()


def test_a_full_disk_is_named() -> None:
    verdict = judge(RUN, history(), Remains(DISK_FULL, out_of_memory=False))
    assert (verdict.state, verdict.reason) == (State.FAILED, Message("runs.disk_full"))


def test_of_attempt_is_empty_until_it_began() -> None:
    assert list(of_attempt(history(), 3)) == []
    assert len(of_attempt(history(end("stopped")), 2)) == 2
