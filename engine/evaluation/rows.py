"""The rows of one split of a run as columns, ready to be filtered, sorted, and scored anew.

Everything follows from the predictions file and the data set; no model is asked. What is expensive
is worked out when it is first asked for, and kept with the rows, of which the last few stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.data.alike import alike_key
from engine.data.dataset import EXTRA
from engine.data.seeking import short
from engine.errors import WorkspaceError
from engine.evaluation.figures import scored
from engine.evaluation.filters import NO_LABEL, OTHER, Filter
from engine.evaluation.intervals import RESAMPLES
from engine.evaluation.mislabelled import doubtful
from engine.evaluation.predicted import Columns, Said, read_said, rows_of
from engine.evaluation.report import Report
from engine.tasks import AnyTask, make_task
from engine.tasks.row_facts import RowFacts
from engine.tasks.scores import Bools, Tally
from engine.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

SORTS = ("worst", "surest", "least_sure", "longest", "shortest", "file")
_WORK = 20_000_000
"""Draws that a bootstrap of filtered rows may take: a fifth of a second."""
_FEWEST_RESAMPLES = 200
"""With so many distinct rows that fewer than RESAMPLES draws are allowed, the interval is narrow
and this many place its ends well enough."""


@dataclass(frozen=True, eq=False)
class SplitRows:
    """What is known of every row of a split, one entry a row in all arrays."""

    workspace: Workspace
    report: Report
    split: str
    task: AnyTask
    said: Said
    columns: Columns | None
    """The rows in the data set; None where that has been deleted."""

    def __len__(self) -> int:
        return len(self.said.row_ids)

    @cached_property
    def facts(self) -> RowFacts:
        facts: RowFacts = self.task.row_facts(self.said.predictions)
        return facts

    @cached_property
    def tally(self) -> Tally[Any]:
        return self.task.tally(self.said.predictions)

    def rows(self) -> Columns:
        """The rows in the data set. Raises WorkspaceError where they are gone."""
        if self.columns is None:
            raise WorkspaceError("report.rows_gone")
        return self.columns

    @property
    def unit(self) -> str:
        """What `lengths` counts: tokens where the run noted them, else characters."""
        return "characters" if self.said.tokens is None else "tokens"

    @cached_property
    def lengths(self) -> NDArray[np.int64] | None:
        """Of each text; None where nothing is known of it."""
        import pyarrow.compute as pc

        if self.said.tokens is not None:
            return self.said.tokens.astype(np.int64)
        if self.columns is None:
            return None
        return np.asarray(pc.utf8_length(self.columns.table["text"]).to_numpy(), dtype=np.int64)

    @property
    def extra(self) -> list[str]:
        """Columns of the file to slice by."""
        names = self.columns or ()
        return [name.removeprefix(EXTRA) for name in names if name.startswith(EXTRA)]

    @cached_property
    def named(self) -> Mapping[str, Bools]:
        """Alert → its rows, of the alerts whose rows no other filter says."""
        found = {"mislabelled": self._mislabelled(), "leaked": self._leaked()}
        return {name: rows for name, rows in found.items() if rows is not None}

    def _mislabelled(self) -> Bools | None:
        if self.facts.probabilities is None:
            return None
        return doubtful(self.facts.truth, self.facts.probabilities, self.task.several)

    def _leaked(self) -> Bools | None:
        """Rows that ask of the model what a training row asks, as far as a reader can see."""
        if self.columns is None:
            return None
        trained = _trained(self.workspace, self.report.dataset, self.report.dataset_version)
        asked = self.task.reading(self.columns)
        return np.isin(_keys(asked), trained)

    def mask(self, wanted: Filter) -> Bools:
        """The rows for which all holds that is wanted. What these rows have not (a label, a column,
        a kind of error of another data set) is not asked for: see `fitting`."""
        wanted = self.fitting(wanted)
        facts = self.facts
        mask = np.ones(len(self), dtype=bool)
        if wanted.outcome:
            mask &= facts.outcome == self.task.outcomes.index(wanted.outcome)
        if wanted.truth or wanted.decided:
            mask &= self._labelled(wanted.truth, wanted.decided)
        if wanted.kind:
            mask &= facts.kinds[wanted.kind]
        mask &= _between(facts.confidence, wanted.least, wanted.most)
        if self.lengths is not None:
            mask &= _between(self.lengths, wanted.shortest, wanted.longest)
        if wanted.column:
            mask &= self._sliced(wanted.column, wanted.value)
        if wanted.words:
            mask &= self._found(wanted.words)
        if wanted.alert:
            mask &= self.named[wanted.alert]
        return mask

    def fitting(self, wanted: Filter) -> Filter:
        """The filter without what these rows do not have; so that one made for another run, or
        typed into the address, shows rows instead of nothing."""
        known_sides = tuple(map(short, self.sides))
        kinds = {
            "outcome": self.task.outcomes,
            "truth": known_sides,
            "decided": known_sides,
            "kind": self.task.errors,
            "column": self.extra,
        }
        drop: dict[str, str | None] = {
            name: "" for name, known in kinds.items() if getattr(wanted, name) not in ("", *known)
        }
        sides = {name: drop.get(name, getattr(wanted, name)) for name in ("truth", "decided")}
        if not set(map(short, self.task.labels)).intersection(sides.values()):
            drop |= {name: "" for name, side in sides.items() if side == OTHER}
        if self.columns is None:
            drop["words"] = ""
        if wanted.alert and wanted.alert not in self.named:
            drop["alert"] = ""
        if self.lengths is None:
            drop |= {"shortest": None, "longest": None}
        return wanted.but(**drop) if drop else wanted

    @property
    def sides(self) -> tuple[str, ...]:
        """What can be asked of a true or a predicted label."""
        if not self.task.labels:
            return ()
        none = (NO_LABEL,) if self._may_be_empty else ()
        return (*self.task.labels, *none, OTHER)

    @property
    def _may_be_empty(self) -> bool:
        return self.task.several or bool(self.task.errors)

    def _labelled(self, truth: str, decided: str) -> Bools:
        facts, places = self.facts, {short(label): i for i, label in enumerate(self.task.labels)}
        if facts.pairs is not None:
            of_pairs = places | {NO_LABEL: len(places)}
            if truth in of_pairs and decided in of_pairs and {truth, decided} != {NO_LABEL}:
                return self._paired(facts.pairs, of_pairs[truth], of_pairs[decided])
        elif truth in places and decided in places:
            was, said = places[truth], places[decided]
            if was == said:
                return facts.truth[:, was] & facts.decided[:, was]
            return facts.missed[:, was] & facts.added[:, said]
        if truth in places and decided == OTHER:
            return facts.missed[:, places[truth]]
        if decided in places and truth == OTHER:
            return facts.added[:, places[decided]]
        return _carrying(facts.truth, truth, places) & _carrying(facts.decided, decided, places)

    def _paired(self, pairs: NDArray[np.intp], was: int, said: int) -> Bools:
        """Rows with a mention of the one type that was taken for the other; one behind the last
        type is nothing."""
        mask = np.zeros(len(self), dtype=bool)
        mask[pairs[(pairs[:, 1] == was) & (pairs[:, 2] == said), 0]] = True
        return mask

    def _sliced(self, column: str, value: str) -> Bools:
        import pyarrow.compute as pc

        cells = self.rows().table[f"{EXTRA}{column}"]
        return _plain(pc.equal(cells, value))

    def _found(self, words: str) -> Bools:
        """Rows in whose text (or question) the characters stand, whatever their case."""
        import pyarrow.compute as pc

        mask = np.zeros(len(self), dtype=bool)
        for name in self.task.asks:
            mask |= _plain(pc.match_substring(self.rows().table[name], words, ignore_case=True))
        return mask

    def order(self, mask: Bools, sort: str) -> NDArray[np.intp]:
        """Positions of the masked rows, in one of the orders of SORTS; equals stay as in the file.

        Rows of which nothing is known come last in every order.
        """
        rows = np.flatnonzero(mask)
        lengths = np.zeros(len(self)) if self.lengths is None else self.lengths
        keys = {
            "worst": -self.facts.badness,
            "surest": -self.facts.confidence,
            "least_sure": self.facts.confidence,
            "longest": -lengths,
            "shortest": lengths,
        }
        if sort not in keys:
            return rows
        return rows[np.argsort(keys[sort][rows], kind="stable")]

    def figures(self, mask: Bools) -> dict[str, Any]:
        """The scores of the masked rows with their intervals, as in a report without details."""
        tally = self.tally.take(mask)
        patterns = max(1, len(tally.repeats))
        resamples = max(_FEWEST_RESAMPLES, min(RESAMPLES, _WORK // patterns))
        return scored(self.task, tally, resamples)

    @cached_property
    def slices(self) -> dict[str, list[tuple[str, int]]]:
        """Extra column → its values with their rows, the most frequent first. A column in which
        none stands twice, as of ids, is nothing to slice by."""
        import pyarrow.compute as pc

        found = {}
        for column in self.extra:
            counted = pc.value_counts(self.rows().table[f"{EXTRA}{column}"])
            most = pc.max(counted.field("counts")).as_py() or 0
            if most > 1:
                order = pc.sort_indices(
                    counted, sort_keys=[("counts", "descending"), ("values", "ascending")]
                )
                found[column] = [tuple(p.values()) for p in counted.take(order).to_pylist()]
        return found


def read_rows(workspace: Workspace, report: Report, split: str) -> SplitRows:
    """Raises WorkspaceError where the predictions are damaged; a deleted data set only leaves
    `columns` empty."""
    said = read_said(workspace, report, split)
    try:
        columns: Columns | None = rows_of(workspace, report, split)
    except WorkspaceError:
        columns = None
    return _read(workspace, _Same(report), split, said, columns)


@dataclass(frozen=True)
class _Same:
    """A report, the same as another one of its run."""

    report: Report

    def __hash__(self) -> int:
        return hash(self.report.run)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.report == other.report


@lru_cache(maxsize=4)
def _read(
    workspace: Workspace, same: _Same, split: str, said: Said, columns: Columns | None
) -> SplitRows:
    report = same.report
    task = make_task(report.task, report.labels, report.positive)
    return SplitRows(workspace, report, split, task, said, columns)


@lru_cache(maxsize=2)
def _trained(workspace: Workspace, dataset_id: str, version: int) -> NDArray[np.int64]:
    """Keys of what the training rows ask."""
    from pyarrow import parquet

    from engine.data.dataset import load_dataset

    dataset = load_dataset(workspace, dataset_id, version)
    task = dataset.make_task()
    file = workspace.dataset(dataset_id, version).rows
    table = parquet.read_table(file, columns=list(task.asks), filters=[("split", "=", "train")])
    return np.unique(_keys(task.reading(Columns(table))))


def _keys(texts: Sequence[str]) -> NDArray[np.int64]:
    return np.fromiter((hash(alike_key(text)) for text in texts), dtype=np.int64, count=len(texts))


def _between(values: NDArray[Any], low: float | None, high: float | None) -> Bools:
    """A value that is not known lies in no range, but also in none that is asked for."""
    mask: Bools = np.ones(len(values), dtype=bool)
    if low is not None:
        mask = mask & (values >= low)
    if high is not None:
        mask = mask & (values <= high)
    return mask


def _carrying(labels: Bools, wanted: str, places: Mapping[str, int]) -> Bools:
    if wanted in places:
        carrying: Bools = labels[:, places[wanted]]
        return carrying
    if wanted == NO_LABEL:
        return np.asarray(~labels.any(axis=1))
    return np.ones(len(labels), dtype=bool)


def _plain(column: "pa.ChunkedArray") -> Bools:
    return np.asarray(column.combine_chunks().fill_null(False).to_numpy(zero_copy_only=False))
