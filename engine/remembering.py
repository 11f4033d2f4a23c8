"""What took long to work out, kept for the next who asks.

Like `functools.lru_cache`, but of several who ask for the same at once one works and the others
wait for it: a page that looks every second must not begin the same work every second.
"""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from functools import update_wrapper
from threading import Lock
from typing import Any, Generic, ParamSpec, TypeVar

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")


class Remembered(Generic[Asked, Answer]):
    """A function of hashable positional arguments, and its last `most` answers.

    What it raises is raised to all who wait, and not kept.
    """

    def __init__(self, function: Callable[Asked, Answer], most: int) -> None:
        update_wrapper(self, function)
        self._function, self._most, self._lock = function, most, Lock()
        self._kept: dict[tuple[Hashable, ...], Future[Answer]] = {}

    def __call__(self, *asked: Asked.args, **_: Asked.kwargs) -> Answer:
        with self._lock:
            found = self._kept.pop(asked, None)
            answer = self._kept[asked] = found or Future[Answer]()
            for oldest in list(self._kept)[: -self._most]:
                del self._kept[oldest]
        if found is None:
            try:
                answer.set_result(self._function(*asked, **_))
            except BaseException as error:
                self.forget(lambda other: other == asked)
                answer.set_exception(error)
        return answer.result()

    def forget(self, concerned: Callable[[tuple[Any, ...]], bool]) -> None:
        """Let the answers go to what was asked with arguments that are `concerned`."""
        with self._lock:
            self._kept = {asked: f for asked, f in self._kept.items() if not concerned(asked)}


def remember(most: int) -> Callable[[Callable[Asked, Answer]], Remembered[Asked, Answer]]:
    return lambda function: Remembered(function, most)
