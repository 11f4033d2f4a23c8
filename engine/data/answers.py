"""Answer cells → the answers and where each stands in its text, however they are written down."""

import re
from collections.abc import Sequence
from typing import Any

from engine.data.labels import parse_list, spell

Answer = tuple[str, int | None]
"""The words, and the offset that the file gives for them."""
_TEXT_KEYS = ("text", "answer_text", "answer", "value")
_START_KEYS = ("answer_start", "start", "answer_starts", "start_position")
_NUMPY = re.compile(r"\barray\((\[[^\]]*\])(?:,\s*dtype=\w+)?\)")
"""How pandas writes lists of lists into CSV."""


def answers_in(cell: Any) -> list[Answer] | None:
    """The answers of a cell: a text, a list of them, or {"text": …, "answer_start": …}.

    Empty where no answer is given; None for a cell that cannot be read.
    """
    if isinstance(cell, str):
        found = parse_list(_NUMPY.sub(r"\1", cell)) if cell.lstrip()[:1] in ("{", "[") else None
        cell = found if isinstance(found, list | dict) else cell
    if isinstance(cell, dict):
        return _from_object(cell)
    if isinstance(cell, list):
        parts = [_from_object(part) if isinstance(part, dict) else [_plain(part)] for part in cell]
        if None in parts or any(isinstance(part, list) for part in cell):
            return None
        return _tidy([answer for part in parts if part for answer in part])
    return _tidy([_plain(cell)])


def place(text: str, answer: str, hint: int | None) -> int:
    """Where `answer` stands in `text`, of several places the one next to `hint`; -1 if nowhere."""
    if hint is not None and hint >= 0 and text.startswith(answer, hint):
        return hint
    start = text.find(answer)
    if hint is None or start < 0:
        return start
    found = [start]
    while (start := text.find(answer, start + 1)) >= 0:
        found.append(start)
    return min(found, key=lambda at: abs(at - hint))


def _from_object(cell: dict[str, Any]) -> list[Answer] | None:
    texts = next((cell[key] for key in _TEXT_KEYS if key in cell), None)
    starts = next((cell[key] for key in _START_KEYS if key in cell), None)
    if texts is None:
        return None
    texts = texts if isinstance(texts, list) else [texts]
    starts = starts if isinstance(starts, list) else [starts] * len(texts)
    starts = starts if len(starts) == len(texts) else [None] * len(texts)
    if any(isinstance(text, list | dict) for text in texts):
        return None
    return _tidy([_plain(text, start) for text, start in zip(texts, starts, strict=True)])


def _plain(text: Any, start: Any = None) -> Answer:
    written = spell(text)
    hint = offset(start)
    return written.strip(), None if hint is None else hint + len(written) - len(written.lstrip())


def offset(value: Any) -> int | None:
    """A whole number, also written as 3.0 or "3"; anything else as None."""
    written = spell(value).strip()
    return int(written) if written.isdecimal() and len(written) < 16 else None


def _tidy(answers: Sequence[Answer]) -> list[Answer]:
    """Without blanks and repeats."""
    return list(dict.fromkeys(answer for answer in answers if answer[0]))
