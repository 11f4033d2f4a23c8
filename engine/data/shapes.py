"""Well-known files that hold no labelled texts: recognised, and refused with what to do."""

import re
from collections.abc import Sequence

import pandas as pd

from engine.errors import DataError

_TAG = re.compile(r"O|[BIESLUM]-\S+")
_TOKEN_TAGS = frozenset({"ner_tags", "tags", "labels", "pos_tags", "iob", "bio"})


def refuse_tagged_tokens(lines: Sequence[str], file: str) -> None:
    """Raises DataError for one token and its tag a line, as CoNLL, IOB2 and IOBES files have."""
    filled = [line for line in lines if line.strip() and not line.startswith("-DOCSTART-")]
    words = [line.rsplit(None, 1)[-1] for line in filled]
    tags = [word for word in words if _TAG.fullmatch(word)]
    if len(filled) > 3 and set(tags) - {"O"} and len(tags) > 0.95 * len(filled):
        raise DataError("data.is_tokens", file=file)


def refuse_other_tables(table: pd.DataFrame, file: str) -> None:
    """Raises DataError for question answering and token labels in JSON."""
    names = {str(name).casefold() for name in table}
    answered = names & {"answer", "answers"} and {"context", "question"} <= names
    if answered or _holds_lists(table, "paragraphs"):
        raise DataError("data.is_questions", file=file)
    if names & _TOKEN_TAGS and _holds_lists(table, "tokens"):
        raise DataError("data.is_tokens", file=file)


def _holds_lists(table: pd.DataFrame, column: str) -> bool:
    return column in table and isinstance(table[column].iloc[0], list)
