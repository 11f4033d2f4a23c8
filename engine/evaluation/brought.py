"""What the fixes of a data set brought: a run held against one on an older version of its data.

Both are asked about the rows that are test rows in both versions, and judged by the newer labels.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from engine.data.differences import compare
from engine.data.table import open_table
from engine.errors import RunError, WorkspaceError
from engine.evaluation import report as reports
from engine.evaluation.comparison import Comparison, compare_runs, lineage, settings_apart
from engine.evaluation.paired import INDISTINGUISHABLE, signed
from engine.evaluation.report import Report
from engine.text import Message
from engine.workspace import Workspace

MODEL = "model"
"""The setting that must be the same: with another one the data are the least of the differences."""


@dataclass(frozen=True, eq=False)
class Brought:
    """A run, one of the same recipe before the fixes, and what was fixed in between."""

    found: Comparison
    """The newer run held against the older one."""
    reasons: tuple[Message, ...]
    """What is other in the newer version than in the older one."""
    reworded: int = 0
    """Rows whose text is another: the older run answered the one of its version."""

    @property
    def messages(self) -> list[Message]:
        """What the fixes brought, and what of it must be known to believe it."""
        found, rows = self.found, self.found.rows
        if rows is None:
            return []
        score, paired = found.own.headline, rows.paired
        difference, low, high = paired.differences[score]
        told = {
            "version": found.own.dataset_version,
            "before": found.other.dataset_version,
            "reasons": listed(self.reasons),
            "rows": paired.rows,
            "gained": paired.only_own,
            "lost": paired.only_other,
            "metric": found.own.metric(score),
            "points": signed(difference),
            "low": signed(low),
            "high": signed(high),
        }
        messages = [Message("versions.brought", told)]
        if paired.verdict(score) == INDISTINGUISHABLE:
            messages.append(Message("versions.brought_chance"))
        if rows.corrected:
            messages.append(Message("compare.corrected", {"rows": rows.corrected}))
        if self.reworded:
            messages.append(Message("versions.brought_reworded", {"rows": self.reworded}))
        best = {"own": found.own.best or {}, "other": found.other.best or {}}
        if all(score in figures for figures in best.values()):
            reported = {name: f"{figures[score]:.2f}" for name, figures in best.items()}
            told = {"metric": found.own.metric(score), **reported}
            messages.append(Message("versions.brought_reports", told))
        if found.own.labels != found.other.labels:
            messages.append(Message("versions.brought_labels"))
        if found.settings:
            names = [Message(f"settings.{name}.label") for name, _, _ in found.settings]
            messages.append(Message("versions.brought_settings", {"settings": listed(names)}))
        return messages


def listed(messages: Sequence[Message]) -> Message:
    """Parts of a sentence in a row, with commas."""
    first, *rest = messages
    if not rest:
        return first
    return Message("versions.listed", {"first": first, "rest": listed(rest)})


def changed_by_fixes(workspace: Workspace, found: Comparison) -> list[Message]:
    """What the fixes brought, where the one run learnt from a newer version than the other."""
    line = lineage(workspace, found.other, found.own)
    reasons = tuple(chain.from_iterable(each.reasons for each in line or ()))
    return Brought(found, reasons, _reworded(workspace, found)).messages if reasons else []


def _reworded(workspace: Workspace, found: Comparison) -> int:
    """Of the rows both were asked about, those whose text is another in the newer version."""
    own, other = found.own, found.other
    if found.rows is None or own.dataset != other.dataset:
        return 0
    try:
        apart = compare(workspace, own.dataset, other.dataset_version, own.dataset_version)
        changed = set(apart.rows["reworded"])
        table = open_table(workspace, apart.after)
    except WorkspaceError:
        return 0
    return sum(row["split"] == found.split for row in table.by_id(changed).values())


def earlier(workspace: Workspace, report: Report) -> Iterator[Report]:
    """The reports of all runs on older versions of the same data."""
    for path in sorted(workspace.runs.glob("*/report.json")):
        try:
            other = reports.load(workspace.run(path.parent.name))
        except WorkspaceError:
            continue
        if other.dataset == report.dataset and other.dataset_version < report.dataset_version:
            yield other


def brought(workspace: Workspace, report: Report, others: Iterable[Report]) -> Brought | None:
    """Held against the one of `others` that learnt from an older version of the same data with the
    fewest other settings, the newest version first; None where there is none with the same model,
    or where they share no test rows."""
    ranked = []
    for other in others:
        line = lineage(workspace, other, report)
        settings = settings_apart(workspace, report, other) if line else None
        if line and settings is not None and all(name != MODEL for name, *_ in settings):
            ranked.append((len(settings), -other.dataset_version, other, line))
    for *_, other, line in sorted(ranked, key=lambda each: each[:2]):
        try:
            found = compare_runs(workspace, report.run, other.run)
        except (RunError, WorkspaceError):
            continue
        if found.rows is not None:
            reasons = tuple(chain.from_iterable(each.reasons for each in line))
            return Brought(found, reasons, _reworded(workspace, found))
    return None
