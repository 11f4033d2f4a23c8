"""Whatever is wrong with a file, it ends in sentences: no traceback, no hang, no row lost."""

import re
import time
from random import Random

import pytest

from engine.data.importing import Inspection, Sources, import_dataset, inspect
from engine.errors import DataError
from engine.text import LANGUAGES, Message
from tests.malformed import FAMILIES, SEEDS, Malformed

LONGEST = 10.0
"""Seconds a file may take."""


def sentences(found: Inspection) -> list[Message]:
    report = found.reports["train"]
    drops = (report.dropped, found.dropped, found.mended.first, found.left_out.first)
    reasons = [row.reason for rows in drops for row in rows]
    return [*reasons, *report.notes, *found.problems, *found.warnings]


def told(messages: list[Message]) -> str:
    for language in LANGUAGES:
        said = [message.text(language) for message in messages]
    return "\n".join(message.text() for message in messages) if said else ""


def check(case: Malformed, workspace, path) -> str:
    """What is said of the file. Every row must have become one, or be counted as left out."""
    path.write_bytes(case.content)
    sources = Sources(path, names={"train": case.name})
    try:
        found = inspect(sources)
    except DataError as error:
        if case.rows is None or case.may_refuse:
            return told([error.message])
        raise
    report = found.reports["train"]
    assert case.rows is not None, f"read {report.rows_kept} rows"
    assert report.rows_kept + report.rows_dropped == case.rows
    said = told(sentences(found))
    if found.problems:
        with pytest.raises(DataError):
            import_dataset(workspace, sources)
        return said
    assert not case.first or found.prepared["text"][0] == case.first
    assert len(found.prepared) + found.rows_dropped == report.rows_kept
    dataset = import_dataset(workspace, sources)
    assert sum(dataset.rows.values()) == len(found.prepared)
    return said


@pytest.mark.parametrize("name", FAMILIES)
def test_a_family_of_malformed_files(name, workspace, tmp_path):
    for seed in range(SEEDS):
        case, start = FAMILIES[name](Random(f"{name} {seed}")), time.monotonic()
        try:
            said = check(case, workspace, tmp_path / "file")
        except Exception as error:
            raise AssertionError(f"{name}, seed {seed} ({case.name!r})") from error
        assert re.search(case.said, said), f"{name}, seed {seed} ({case.name!r}): {said}"
        assert time.monotonic() - start < LONGEST


def test_there_are_five_hundred():
    assert len(FAMILIES) * SEEDS == 500
