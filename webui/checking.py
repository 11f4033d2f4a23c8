"""The check of a data set: an errand that begins by itself, and what it found, as the page sees it.

What was found in an older version is nothing that is said of the newest.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.data.dataset import Dataset, load_dataset
from engine.quality import checking
from engine.quality.checking import Findings
from engine.runs import errands
from engine.runs.errands import Errand, Standing
from engine.workspace import Workspace
from webui.charts import Words

KIND = "quality"
SERIOUS = 0.6
"""Weight from which on a finding should be seen to before training."""
AGAIN = 600
"""Seconds after which a check whose findings are gone begins again by itself, not sooner."""


BY_ITSELF = 200_000
"""Rows up to which a check begins without being asked for: of more it takes long."""


@dataclass(frozen=True)
class Check:
    """What is known of one version."""

    found: Findings | None
    """None where it has not been looked at (to the end)."""
    standing: Standing | None
    """How far the newest check of it is; None where there has been none."""

    @property
    def active(self) -> bool:
        return self.standing is not None and self.standing.active


def look(workspace: Workspace, dataset: Dataset) -> Check:
    """What is known of this version; computes nothing."""
    listed = _listed(workspace, dataset)
    standing = errands.look(workspace, listed[0]) if listed else None
    return Check(found_in(workspace, dataset), standing)


def found_in(workspace: Workspace, dataset: Dataset) -> Findings | None:
    """What was found in this version, read anew only where it was looked at again."""
    changed = stamp(workspace, dataset)
    return _load(workspace, dataset.id, dataset.version, changed) if changed else None


def stamp(workspace: Workspace, dataset: Dataset) -> int:
    """Changes with what was found; 0 where there is nothing."""
    with suppress(OSError):
        return workspace.findings(dataset.id, dataset.version).stat().st_mtime_ns
    return 0


@lru_cache(maxsize=8)
def _load(workspace: Workspace, dataset: str, version: int, _changed: int) -> Findings | None:
    return checking.load(workspace, load_dataset(workspace, dataset, version))


def begin_once(workspace: Workspace, dataset: Dataset) -> None:
    """Look at a version that nobody has looked at yet, or not as it is done now. Where nothing can
    be written, looking at the page must be possible all the same."""
    large = sum(dataset.rows.values()) > BY_ITSELF
    if large or found_in(workspace, dataset) is not None:
        return
    listed = _listed(workspace, dataset)
    if not listed or _outdated(workspace, listed[0]):
        with suppress(OSError):
            begin(workspace, dataset)


def _outdated(workspace: Workspace, errand: Errand) -> bool:
    """Whether a check came to its end, yet some time ago what it found went or cannot be read."""
    old = time.time() - errand.created > AGAIN
    return old and errands.look(workspace, errand).state == "finished"


def begin(workspace: Workspace, dataset: Dataset) -> None:
    """Look at it (again): what was found before does not count any more, and what is being looked
    for in an older version is of no use."""
    workspace.findings(dataset.id, dataset.version).unlink(missing_ok=True)
    for errand in errands.list_errands(workspace, KIND, dataset.id):
        if errand.asks.get("version") != dataset.version:
            errands.cancel(workspace, errand)
    errands.begin(workspace, KIND, dataset.id, {"version": dataset.version})


def cancel(workspace: Workspace, dataset: Dataset) -> None:
    for errand in _listed(workspace, dataset):
        errands.cancel(workspace, errand)


def state(workspace: Workspace, dataset: Dataset, t: Words) -> str:
    """How it stands, in a word or two for a label: nothing where that is unknown."""
    check = look(workspace, dataset)
    if check.found is not None:
        return f"{len(check.found.findings):,}"
    return t("problems.state_checking") if check.active else ""


def _listed(workspace: Workspace, dataset: Dataset) -> list[Errand]:
    """The checks of this version, the newest first."""
    found = errands.list_errands(workspace, KIND, dataset.id)
    return [errand for errand in found if errand.asks.get("version") == dataset.version]


def progress(workspace: Workspace, dataset: Dataset) -> Any:
    """Changes as the check goes on, and with what it found."""
    check = look(workspace, dataset)
    return stamp(workspace, dataset), check.standing
