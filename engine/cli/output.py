"""What a command prints: for people, or with --json one object a program can read.

With --json the last line of standard output is that object, and all else goes to standard error.
"""

import json
import sys
import time
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from engine.text import translate
from engine.times import duration

STEPS_EVERY = 5.0
"""Seconds between two lines on progress."""


class Output:
    """Where a command's words go."""

    def __init__(self, as_json: bool) -> None:
        self.as_json = as_json

    def line(self, text: str = "") -> None:
        """Something a person asked for."""
        print(text, file=sys.stderr if self.as_json else sys.stdout)

    def say(self, key: str, **params: Any) -> None:
        """A sentence of the translation table, among what was asked for."""
        self.line(translate(key, **params))

    def progress(self, text: str) -> None:
        """Something to watch while waiting; never on standard output."""
        print(text, file=sys.stderr, flush=True)

    def result(self, record: Mapping[str, Any]) -> None:
        """The object of --json."""
        if self.as_json:
            print(to_json(record), flush=True)


class Steps:
    """Says from time to time how far some rows are."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._begun = self._told = time.monotonic()

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if not done:
            self._begun = now  # what came before was loading
        if now - self._told < STEPS_EVERY or not done:
            return
        self._told = now
        rate = done / max(now - self._begun, 1e-3)
        left = duration((total - done) / rate)
        self._output.progress(
            translate("cli.rows_done", done=done, total=total, rate=f"{rate:,.1f}", left=left)
        )


def to_json(record: Mapping[str, Any]) -> str:
    return json.dumps(record, ensure_ascii=False, allow_nan=False)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> str:
    """Aligned columns under their heads; columns in `right` are flush right."""
    lines = [[_one_line(cell) for cell in row] for row in ([heads] if heads else []) + [*rows]]
    widths = [max(map(_width, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(
            _pad(cell, widths[column], column in right) for column, cell in enumerate(line)
        ).rstrip()
        for line in lines
    )


def score(value: float) -> str:
    return f"{value:.3f}"


def score_with_interval(value: float, interval: Sequence[float]) -> str:
    return f"{value:.3f} ({interval[0]:.3f}–{interval[1]:.3f})"


def _one_line(cell: str) -> str:
    """Without line breaks and terminal controls, which texts from a file may hold."""
    return "".join(letter if letter.isprintable() else " " for letter in cell)


def _width(text: str) -> int:
    """Columns of a terminal; Chinese characters take two."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _pad(cell: str, width: int, right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if right else cell + space
