"""What a person said of doubtful rows without changing them: their labels are right, or look later.

It belongs to a data set, whatever its version: a label that was confirmed is not asked again. What
is said is added to the end of one file, so nothing that somebody else says meanwhile is lost;
the last word on a row counts.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

from engine.workspace import Workspace

KEPT, SKIPPED, TAKEN_BACK = "kept", "skipped", "taken back"


@dataclass(frozen=True)
class Word:
    """What was said last of one row."""

    row_id: int
    said: str
    """KEPT: its labels are right; SKIPPED: to be looked at later; TAKEN_BACK: nothing any more."""
    labels: tuple[str, ...]
    """Those the row had then."""
    created: float = field(default_factory=time.time)
    """Seconds since 1970."""


def say(workspace: Workspace, dataset_id: str, word: Word) -> None:
    """Keep what was said of a row."""
    path = workspace.confirmed(dataset_id)
    line = json.dumps(asdict(word), ensure_ascii=False)
    with path.open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")  # on a line of its own, even behind half a line of a killed app


def words(workspace: Workspace, dataset_id: str) -> dict[int, Word]:
    """The last word on each row, by its id; rows of which it was taken back are left out."""
    found = {word.row_id: word for word in _read(workspace, dataset_id)}
    return {row_id: word for row_id, word in found.items() if word.said != TAKEN_BACK}


def confirmed(workspace: Workspace, dataset_id: str) -> dict[int, tuple[str, ...]]:
    """row id → the labels that somebody said are right; a row that has others by now does not
    count as confirmed any more."""
    said = words(workspace, dataset_id).values()
    return {word.row_id: word.labels for word in said if word.said == KEPT}


def follow(workspace: Workspace, dataset_id: str, renamed: Mapping[str, str]) -> None:
    """Let what was said hold for the names that labels have now: `renamed` is old → new."""
    for word in words(workspace, dataset_id).values():
        labels = tuple(dict.fromkeys(renamed.get(name, name) for name in word.labels))
        if labels != word.labels:
            say(workspace, dataset_id, replace(word, labels=labels))


def follow_back(
    workspace: Workspace,
    dataset_id: str,
    before: Mapping[int, Sequence[str]],
    names: Mapping[str, str],
) -> None:
    """Let what was said hold for the labels that rows have again (row id → labels `before`);
    `names` is what those labels were called meanwhile."""
    for word in words(workspace, dataset_id).values():
        labels = tuple(before.get(word.row_id, ()))
        if labels != word.labels and {names.get(name, name) for name in labels} == {*word.labels}:
            say(workspace, dataset_id, replace(word, labels=labels))


def still_doubted(
    workspace: Workspace,
    dataset_id: str,
    row_ids: Sequence[int],
    labels: Sequence[Sequence[str]],
) -> list[bool]:
    """Whether each row, of these ids and labels, may still be doubted."""
    right = confirmed(workspace, dataset_id)
    pairs = zip(row_ids, labels, strict=True)
    return [set(right.get(int(row), ("",))) != set(names) for row, names in pairs]


def _read(workspace: Workspace, dataset_id: str) -> Iterator[Word]:
    """All that was said, oldest first; what cannot be read is passed over."""
    try:
        lines = workspace.confirmed(dataset_id).read_text("utf-8", errors="replace").split("\n")
    except OSError:
        return
    for line in filter(None, lines):
        try:
            record = json.loads(line)
            record["labels"] = tuple(record["labels"])
            yield Word(**record)
        except (ValueError, TypeError, KeyError):
            continue
