"""What is sought among the rows of a data set, found: what the table of rows shows and acts on."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property

from engine.data import chosen
from engine.data import waiting as draft
from engine.data.dataset import SPLITS, Dataset
from engine.data.seeking import Sought
from engine.data.table import Places, Table, open_table
from engine.data.waiting import Waiting
from engine.quality.findings import Finding
from engine.workspace import Workspace
from webui import checking
from webui.state import whole
from webui.workbench.base import Seen, named


class Listing:
    """The rows of a data set of which all holds that is sought."""

    def __init__(self, seen: Seen) -> None:
        """Raises WorkspaceError where the rows are gone."""
        self.seen = seen
        self.table: Table = open_table(seen.page.workspace, seen.dataset)
        self.problems = problems(seen.page.workspace, seen.dataset)
        """Those with rows, as the address calls them."""
        self._within: dict[str, Places] = {}
        self.sought = self._fitting(seen.selection.sought)
        """What is sought, as far as this version has it: a link made for another one shows rows
        instead of nothing. A label there is not stays: no row carries it, and all rows would be
        taken for its rows."""

    @cached_property
    def found(self) -> Places:
        return self.table.find(self.sought, self._within.values(), self._doubted())

    @property
    def suggested(self) -> Mapping[int, Sequence[str]]:
        """What the problem that is looked at suggests, by the ids of rows."""
        problem = self.problems.get(self.sought.problem)
        return problem.suggested if problem else {}

    @cached_property
    def waiting(self) -> Waiting:
        return draft.waiting(self.seen.page.workspace, self.seen.dataset)

    @property
    def ticks(self) -> str:
        """Another one where other rows are looked at, or the draft is another."""
        dataset, asked = self.seen.dataset, self.sought.but(order="").to_query()
        stamp = draft.stamp(self.seen.page.workspace, dataset.id)
        return repr((dataset.id, dataset.version, asked, stamp))

    def ticked(self, sent: Mapping[str, str]) -> list[int]:
        """Ids of the rows that a button with `ts-many` was sent with, in the order of the file."""
        numbers = sent.get("rows", "").split()
        named = [number for each in numbers if (number := whole(each)) is not None]
        places = self.table.places_of(named)
        if sent.get("every"):
            left = set(self.found.tolist()) - set(places.tolist())
            return sorted(self.table.row_ids[list(left)].tolist()) if left else []
        return sorted(set(self.table.row_ids[places].tolist()))

    def _fitting(self, sought: Sought) -> Sought:
        problem = self.problems.get(sought.problem)
        rows = None
        if sought.chosen:
            rows = chosen.rows_of(self.seen.page.workspace, self.seen.dataset, sought.chosen)
        known = {
            "among": sought.among in SPLITS,
            "problem": self._allow("problem", problem.rows if problem else None),
            "chosen": self._allow("chosen", rows),
            "order": sought.order.removeprefix("-") in self.table.orders(),
        }
        return sought.but(**{name: "" for name, fits in known.items() if not fits})

    def _allow(self, name: str, row_ids: Iterable[int] | None) -> bool:
        """Only these rows, where there is such a set."""
        if row_ids is not None:
            self._within[name] = self.table.places_of(row_ids)
        return row_ids is not None

    def _doubted(self) -> list[int]:
        """Ids of the rows that another label is suggested for, the most doubtful first."""
        return [row for found in self.problems.values() if found.suggested for row in found.rows]


def problems(workspace: Workspace, dataset: Dataset) -> dict[str, Finding]:
    """What the quality check found in rows of this version, as the address calls it; nothing while
    it has not looked."""
    found = checking.found_in(workspace, dataset)
    names = named(found.findings) if found else {}
    return {name: finding for name, finding in names.items() if finding.rows}
