"""What takes long is worked out once, however many ask at once."""

import threading

import pytest

from engine.remembering import remember


def test_of_several_who_ask_at_once_one_works():
    begun, go_on, worked = threading.Event(), threading.Event(), []

    @remember(2)
    def double(number: int) -> int:
        worked.append(number)
        begun.set()
        assert go_on.wait(10)
        return 2 * number

    answers: list[int] = []
    asking = [threading.Thread(target=lambda: answers.append(double(4))) for _ in range(5)]
    asking[0].start()
    assert begun.wait(10)
    for thread in asking[1:]:
        thread.start()
    go_on.set()
    for thread in asking:
        thread.join()
    assert (answers, worked) == ([8] * 5, [4])


def test_the_last_answers_are_kept_and_those_one_names_are_not():
    worked = []

    @remember(2)
    def double(number: int) -> int:
        worked.append(number)
        return 2 * number

    for number in (1, 2, 1, 3, 1, 2):
        assert double(number) == 2 * number
    assert worked == [1, 2, 3, 2]
    double.forget(lambda asked: asked == (1,))
    double(2), double(1)
    assert worked == [1, 2, 3, 2, 1]


def test_what_goes_wrong_is_told_and_tried_again():
    calls = []

    @remember(2)
    def fail() -> None:
        calls.append(1)
        raise ValueError("no")

    for _ in range(2):
        with pytest.raises(ValueError, match="no"):
            fail()
    assert len(calls) == 2
