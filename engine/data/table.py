"""The rows of one version of a data set as columns, to be searched, filtered and sorted at once.

Columns stay as Arrow has them; what a question costs only once is kept with them, and the last
versions that were looked at stay in memory.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from engine.data.dataset import EXTRA, SPLITS, Dataset, reading
from engine.data.seeking import Sought, short
from engine.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa

NO_LABEL = "∅"
"""In place of a label: none at all."""
ORDERS = ("row", "text", "length", "label", "split", "doubt")
"""What rows can be sorted by, beside the extra columns of the file, each as it is called there
behind `extra.`"""
Places = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Table:
    """All rows of a version, in the order of the file; a *place* is where a row stands there."""

    labels: tuple[str, ...]
    """All there are."""
    columns: "pa.Table"
    _orders: dict[str, Places] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.columns.num_rows)

    @cached_property
    def row_ids(self) -> NDArray[np.int64]:
        return np.asarray(self.columns["row_id"].to_numpy(), dtype=np.int64)

    @cached_property
    def lengths(self) -> NDArray[np.int64]:
        """Characters of each text."""
        import pyarrow.compute as pc

        return np.asarray(pc.utf8_length(self.columns["text"]).to_numpy(), dtype=np.int64)

    @property
    def extra(self) -> list[str]:
        """Columns that were kept without a role, as the file calls them."""
        return [n.removeprefix(EXTRA) for n in self.columns.column_names if n.startswith(EXTRA)]

    def orders(self) -> list[str]:
        """What the rows can be sorted by, as long as an address can hold it."""
        own = [name for name in ORDERS if name != "label" or self.labels]
        extra = [EXTRA + name for name in self.extra]
        return own + [name for name in extra if Sought(order=name).order == name]

    def rows(self, places: Sequence[int] | Places) -> list[dict[str, Any]]:
        """The rows at these places, column → value."""
        rows: list[dict[str, Any]] = self.columns.take(np.asarray(places, np.int64)).to_pylist()
        return rows

    def by_id(self, row_ids: Iterable[int]) -> dict[int, dict[str, Any]]:
        """row id → its cells, as `rows` has them; what is no row is left out."""
        return {row["row_id"]: row for row in self.rows(self.places_of(row_ids))}

    def places_of(self, row_ids: Iterable[int]) -> Places:
        """Where these rows stand, in the order they are given in; what is no row is passed over."""
        wanted = np.fromiter(row_ids, dtype=np.int64)
        sorter = self._sorter
        found = np.searchsorted(self.row_ids, wanted, sorter=sorter)
        places = sorter[np.minimum(found, len(self) - 1)] if len(self) else found[:0]
        same: Places = places[self.row_ids[places] == wanted] if len(self) else places
        return same

    def find(
        self, sought: Sought, within: Iterable[Places] = (), doubted: Sequence[int] = ()
    ) -> Places:
        """Places of the rows for which all holds that is sought, in its order.

        `within` are places of which a row must be among all, for what the table does not know of
        (`problem`, `chosen`); `doubted` are ids of the rows whose label is doubtful, the most
        doubtful first, for the order `doubt`.
        """
        mask = np.ones(len(self), dtype=bool)
        if sought.find:
            mask &= self._holding(sought.find)
        if sought.having:
            mask &= self.having(sought.having)
        if sought.among:
            mask &= self._splits == sought.among
        for places in within:
            among = np.zeros(len(self), dtype=bool)
            among[places] = True
            mask &= among
        order = self._order(sought.order, doubted)
        found: Places = order[mask[order]]
        return found

    def having(self, label: str) -> Bools:
        """The rows that carry a label, whole or as `seeking.short` has it; of NO_LABEL those that
        carry none, (rows,)."""
        parents, codes = self._carried
        mask = np.zeros(len(self), dtype=bool)
        if label == NO_LABEL and NO_LABEL not in self.labels:
            mask[parents] = True
            return ~mask
        same = [label] if label in self.labels else [n for n in self.labels if short(n) == label]
        for name in same:
            mask[parents[codes == self.labels.index(name)]] = True
        return mask

    @cached_property
    def label_counts(self) -> NDArray[np.int64]:
        """Labels of each row, (rows,)."""
        return np.bincount(self._carried[0], minlength=len(self))

    @cached_property
    def _sorter(self) -> Places:
        return np.argsort(self.row_ids, kind="stable")

    @cached_property
    def _splits(self) -> NDArray[np.object_]:
        return self.columns["split"].to_numpy().astype(object)

    @cached_property
    def _carried(self) -> tuple[Places, NDArray[np.int64]]:
        """Every label of every row: the row's place, and which of the data set's labels."""
        import pyarrow as pa
        import pyarrow.compute as pc

        lists = self.columns["labels"].combine_chunks()
        parents = np.asarray(pc.list_parent_indices(lists).to_numpy(), np.int64)
        names = pa.array(self.labels, pa.string())
        codes = pc.fill_null(pc.index_in(pc.list_flatten(lists), value_set=names), -1)
        return parents, np.asarray(codes.to_numpy(), np.int64)

    @cached_property
    def _lower(self) -> list["pa.ChunkedArray"]:
        """What is searched: text, question and extra columns, in lower case."""
        import pyarrow.compute as pc

        searched = ["text", *({"question"} & set(self.columns.column_names))]
        searched += [EXTRA + name for name in self.extra]
        return [pc.utf8_lower(self.columns[name]) for name in searched]

    def _holding(self, words: str) -> Bools:
        """The rows in which these characters stand, in either case."""
        import pyarrow as pa
        import pyarrow.compute as pc

        wanted = pc.utf8_lower(pa.scalar(words)).as_py()
        mask = np.zeros(len(self), dtype=bool)
        for column in self._lower:
            found = pc.fill_null(pc.match_substring(column, wanted), False)
            mask |= np.asarray(found.to_numpy(), dtype=bool)
        return mask

    def _order(self, order: str, doubted: Sequence[int]) -> Places:
        """All places in an order there is, else as in the file."""
        name = order.removeprefix("-")
        if name == "doubt":
            first = self.places_of(doubted)
            rest = np.ones(len(self), dtype=bool)
            rest[first] = False
            ordered = np.concatenate([first, np.flatnonzero(rest)])
        else:
            if name not in self.orders():
                name = "row"
            if name not in self._orders:
                self._orders[name] = self._sorted(name)
            ordered = self._orders[name]
        return ordered[::-1] if order.startswith("-") else ordered

    def _sorted(self, name: str) -> Places:
        if name == "row":
            return np.arange(len(self))
        if name == "length":
            return np.argsort(self.lengths, kind="stable")
        if name == "split":
            ranks = np.array([SPLITS.index(split) for split in self._splits], np.int64)
            return np.argsort(ranks, kind="stable")
        if name == "label":
            return np.argsort(self._label_ranks(), kind="stable")
        if name == "text":
            return _by_value(self._lower[0])
        return _sorted_cells(self.columns[name])

    def _label_ranks(self) -> NDArray[np.int64]:
        """The alphabetical place of each row's first label; rows without one come last."""
        names = self.labels
        ranks = np.empty(len(names) + 1, np.int64)
        ranks[sorted(range(len(names)), key=lambda i: names[i].lower())] = np.arange(len(names))
        ranks[-1] = len(names)
        parents, codes = self._carried
        first = np.full(len(self), len(names), np.int64)
        np.minimum.at(first, parents, ranks[codes])
        return first


def open_table(workspace: Workspace, dataset: Dataset) -> Table:
    """The rows of a data set. Raises WorkspaceError where they are gone."""
    version = dataset.id, dataset.version, dataset.labels, dataset.fingerprint, dataset.created
    with reading(dataset.name):
        return _open(workspace, *version)


@lru_cache(maxsize=3)
def _open(
    workspace: Workspace, dataset_id: str, version: int, labels: tuple[str, ...], *_: object
) -> Table:
    from pyarrow import parquet

    return Table(labels, parquet.read_table(workspace.dataset(dataset_id, version).rows))


def _sorted_cells(column: "pa.ChunkedArray") -> Places:
    """Numbers by their value where every cell is one or empty, else letters in either case; empty
    cells come last."""
    import pyarrow as pa
    import pyarrow.compute as pc

    filled = pc.if_else(pc.equal(column, ""), None, column)
    try:
        return _by_value(pc.cast(filled, pa.float64()))
    except pa.ArrowInvalid:
        return _by_value(pc.utf8_lower(filled))


def _by_value(column: "pa.ChunkedArray") -> Places:
    import pyarrow.compute as pc

    return np.asarray(pc.sort_indices(column).to_numpy(), dtype=np.int64)
