"""What all views of a saved data set have in common: what they are shown, and the way to rows."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from engine.data.dataset import Dataset
from engine.data.seeking import Sought
from engine.quality.findings import Finding
from webui.page import Page, Updates
from webui.state import Selection


@dataclass(frozen=True)
class Seen:
    """Which data set is looked at: its newest version."""

    page: Page
    selection: Selection
    dataset: Dataset


def rows_of(page: Page, selection: Selection, sought: Sought) -> Updates:
    """Look at these rows in the table."""
    return {page.selection: selection.but(bench="rows", sought=sought, leaf=1)}


def named(findings: Iterable[Finding]) -> dict[str, Finding]:
    """What `Sought.problem` calls each finding: its kind, and `kind-2`, `kind-3` for further ones
    of that kind, in their order."""
    seen: Counter[str] = Counter()
    names: dict[str, Finding] = {}
    for finding in findings:
        seen[finding.kind] += 1
        count = seen[finding.kind]
        names[finding.kind if count == 1 else f"{finding.kind}-{count}"] = finding
    return names
