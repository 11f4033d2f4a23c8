"""Going through doubtful rows one by one: what is doubted, and what was decided of it so far.

Other labels wait as corrections in the draft of the next version; labels that stay, and rows that
are left for later, are remembered beside the versions (`engine.data.confirmed`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.data import corrections
from engine.data.confirmed import KEPT, SKIPPED, TAKEN_BACK, Word, say, words
from engine.data.corrections import Correction
from engine.data.dataset import Dataset
from engine.data.table import open_table
from engine.data.truths import truth_of
from engine.quality.findings import Finding
from engine.workspace import Workspace

ACCEPTED, OTHER = "accepted", "other"
STATES = (ACCEPTED, OTHER, KEPT, SKIPPED)
"""What can have become of a row: it gets the suggested labels, or others, or keeps its own, or is
looked at later."""


@dataclass(frozen=True)
class Doubt:
    """A row whose labels are doubted."""

    row_id: int
    kind: str
    """Of the finding that doubts them."""
    suggested: tuple[str, ...]
    """All labels it should probably have."""
    sure: float | None = None
    """How sure that is, 0 to 1."""
    likely: tuple[str, ...] = ()
    """Labels it could have, the most probable first."""
    near: tuple[int, ...] = ()
    """Ids of rows like it that have other labels, the nearest first."""


@dataclass(frozen=True)
class Queue:
    """Rows to go through, the most doubtful first, and how far one is."""

    doubts: tuple[Doubt, ...]
    decided: Mapping[int, str]
    """row id → one of STATES"""
    last: int | None
    """The row that was decided last."""

    @property
    def open(self) -> list[Doubt]:
        return [doubt for doubt in self.doubts if doubt.row_id not in self.decided]

    @property
    def counts(self) -> Counter[str]:
        """state → rows"""
        return Counter(self.decided.values())


def doubts(findings: Iterable[Finding]) -> list[Doubt]:
    """The rows of all findings that suggest other labels, each once, in their order.

    A finding may say more of a row in its facts, each a mapping from row ids: `sure` (0 to 1),
    `likely` (labels, the most probable first), `near` (ids of rows like it with other labels);
    without the last, rows of the same group stand for those.
    """
    found: dict[int, Doubt] = {}
    for finding in findings:
        sure, likely, near = (_by_row(finding, name) for name in ("sure", "likely", "near"))
        beside = {row: group for group in finding.groups for row in group}
        for row in _in_order(finding):
            group = [other for other in beside.get(row, ()) if other != row]
            doubt = Doubt(
                row,
                finding.kind,
                tuple(finding.suggested[row]),
                sure.get(row),
                tuple(likely.get(row, ())),
                tuple(near.get(row, group)),
            )
            found.setdefault(row, doubt)
    return list(found.values())


def _in_order(finding: Finding) -> list[int]:
    """The rows that have a suggestion, as the finding has them."""
    ordered = dict.fromkeys([*finding.rows, *finding.suggested])
    return [row for row in ordered if row in finding.suggested]


def _by_row(finding: Finding, name: str) -> dict[int, Any]:
    """Facts of single rows; a kept finding has their ids as text."""
    given = finding.facts.get(name)
    return {int(row): value for row, value in given.items()} if isinstance(given, Mapping) else {}


def load(
    workspace: Workspace, dataset: Dataset, doubted: Sequence[Doubt], left_out: Iterable[int] = ()
) -> Queue:
    """The queue of these rows but those `left_out`, as decided up to now."""
    without = set(left_out)
    queued = {doubt.row_id: doubt for doubt in doubted if doubt.row_id not in without}
    decided: dict[int, str] = {}
    when: dict[int, float] = {}
    for word in _current(workspace, dataset, words(workspace, dataset.id), queued):
        decided[word.row_id], when[word.row_id] = word.said, word.created
    for correction in corrections.drafted(workspace, dataset.id):
        row = correction.row_id
        if row is not None and row in queued:
            as_suggested = set(correction.right) == set(queued[row].suggested)
            decided[row], when[row] = ACCEPTED if as_suggested else OTHER, correction.created
    last = max(when, key=lambda row: when[row], default=None)
    return Queue(tuple(queued.values()), decided, last)


def _current(
    workspace: Workspace, dataset: Dataset, said: Mapping[int, Word], queued: Iterable[int]
) -> list[Word]:
    """What was said of the rows as they are in this version."""
    found = [said[row] for row in queued if row in said]
    older = [word for word in found if word.created < dataset.created and word.said == KEPT]
    cells = open_table(workspace, dataset).by_id(word.row_id for word in older)
    same = [
        word
        for word in older
        if word.row_id in cells and set(cells[word.row_id]["labels"]) == set(word.labels)
    ]
    return [*same, *(word for word in found if word.created >= dataset.created)]


def decide(
    workspace: Workspace, dataset: Dataset, cells: Mapping[str, Any], right: Sequence[str]
) -> None:
    """These labels are right for a row of these cells: a correction, or confirmed where it has
    them. Raises DataError for what cannot be the truth of a row."""
    row_id, now = int(cells["row_id"]), truth_of(dataset.task).right(cells)
    if set(right) == set(now):
        say(workspace, dataset.id, Word(row_id, KEPT, now))
        return
    names = tuple(name for name in dataset.labels if name in right)
    unknown = tuple(name for name in right if name not in dataset.labels)
    correction = Correction(cells["text"], (*names, *unknown), now, row_id=row_id)
    corrections.put(workspace, dataset.id, correction)
    if row_id in words(workspace, dataset.id):
        say(workspace, dataset.id, Word(row_id, TAKEN_BACK, ()))


def skip(workspace: Workspace, dataset: Dataset, row_id: int) -> None:
    """Look at a row later."""
    say(workspace, dataset.id, Word(row_id, SKIPPED, ()))


def take_back(workspace: Workspace, dataset: Dataset, row_ids: Iterable[int]) -> None:
    """Nothing is decided of these rows any more."""
    said = words(workspace, dataset.id)
    for row_id in row_ids:
        corrections.undo(workspace, dataset.id, f"row-{row_id}")
        if row_id in said:
            say(workspace, dataset.id, Word(row_id, TAKEN_BACK, ()))
