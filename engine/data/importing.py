"""From files and a plan to what would be saved, and to the saved data set.

`inspect` guesses whatever the plan leaves open and reports everything the user should see before
saving; `import_dataset` saves exactly that.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data import checks
from engine.data.alike import alike_groups, natural_key
from engine.data.dataset import SPLITS, Dataset, Roles
from engine.data.inspection import Column, Inspection, Twins
from engine.data.labels import Names, guess_task, spell, twin_groups
from engine.data.plan import Plan, Sources, SplitPlan
from engine.data.reading import ReadingReport, read_table
from engine.data.roles import Guess, guess_roles
from engine.data.rows import Rows, build_rows
from engine.data.saving import save
from engine.data.splits import assign, cap, overlapping
from engine.errors import DataError
from engine.text import Message
from engine.workspace import Workspace

__all__ = [
    "Column",
    "Inspection",
    "Plan",
    "Roles",
    "Sources",
    "SplitPlan",
    "Twins",
    "import_dataset",
    "inspect",
]

_PREVIEW_ROWS = 50
_YES = ("1", "true", "yes", "positive", "pos", "spam")


def inspect(sources: Sources, plan: Plan | None = None) -> Inspection:
    """Everything the user should see before saving. Raises DataError for a file without a table."""
    read = {split: _read(path, sources.name(split)) for split, path in sources.paths().items()}
    tables = {split: table for split, (table, _) in read.items()}
    reports = {split: report for split, (_, report) in read.items()}
    names = {split: sources.name(split) for split in tables}
    _refuse_single_column(tables, names)
    guess = guess_roles(tables["train"])
    plan = _complete(plan or Plan(), guess, sources)
    roles, split_plan = plan.settled()
    found = Inspection(
        plan=plan,
        reports=reports,
        columns=_columns(tables["train"], roles, guess),
        table=_preview(tables["train"]),
        prepared=_frame([], [], np.array([], dtype=object)),
        rows=dict.fromkeys(SPLITS, 0),
        counts={split: {} for split in SPLITS},
    )
    problems = checks.check_roles(tables, names, roles, split_plan.kind)
    problems += checks.check_ratios(split_plan)
    if problems:
        return replace(found, problems=tuple(problems))
    if split_plan.kind == "column":
        tables = {"train": tables["train"]}
    else:
        roles = replace(roles, split=None)
    return _with_rows(found, build_rows(tables, names, roles, plan.task))


def import_dataset(workspace: Workspace, sources: Sources, plan: Plan | None = None) -> Dataset:
    """Save what `inspect` shows. Raises DataError with its problems while there are any."""
    found = inspect(sources, plan)
    if found.problems:
        raise DataError("data.not_ready", problems=found.problems)
    return save(workspace, sources, found)


def _read(path: Path, name: str) -> tuple[pd.DataFrame, ReadingReport]:
    try:
        stat = path.stat()
    except OSError:
        raise DataError("data.no_file", file=name) from None
    return _read_version(path, name, stat.st_mtime_ns, stat.st_size)


@lru_cache(maxsize=6)  # three files of the import on screen, three of the one before
def _read_version(
    path: Path, name: str, modified: int, size: int
) -> tuple[pd.DataFrame, ReadingReport]:
    return read_table(path, name)


def _refuse_single_column(tables: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> None:
    for split, table in tables.items():
        if len(table.columns) == 1:
            cells = table.iloc[:, 0].map(spell)
            repeats = cells.nunique() <= max(2, len(cells) / 3) and cells.str.len().mean() < 40
            key = "data.only_labels" if repeats else "data.only_texts"
            raise DataError(key, file=names[split], rows=len(table))


def _complete(plan: Plan, guess: Guess, sources: Sources) -> Plan:
    roles = plan.roles or guess.roles
    split = plan.split
    if split is None:
        kind = "files" if len(sources.paths()) > 1 else "column" if roles.split else "ratios"
        split = SplitPlan(kind=kind)
    return replace(plan, roles=roles, split=split, name=plan.name.strip() or sources.title())


def _columns(table: pd.DataFrame, roles: Roles, guess: Guess) -> tuple[Column, ...]:
    def role_in(roles: Roles, name: str) -> str:
        if name in roles.text:
            return "text"
        return "label" if name in roles.label else "split" if name == roles.split else "ignore"

    columns = []
    for name in table.columns:
        role = role_in(roles, name)
        guessed = role == role_in(guess.roles, name)
        reason = guess.reasons[name] if guessed else Message("data.why_you")
        columns.append(Column(name, role, reason))
    return tuple(columns)


def _preview(table: pd.DataFrame) -> pd.DataFrame:
    return table.head(_PREVIEW_ROWS).map(spell)


def _with_rows(found: Inspection, rows: Rows) -> Inspection:
    """`found` with everything that follows from its rows."""
    plan = found.plan
    label_columns = plan.settled()[0].label
    found = replace(found, dropped=tuple(rows.drops.first), rows_dropped=rows.drops.count)
    if not rows.texts:
        reason = rows.drops.first[0].reason
        return replace(found, problems=(Message("data.problem_no_rows", {"reason": reason}),))
    rows = rows.merged(plan.merges)
    found = replace(found, twins=_twins(rows.labels))
    guessed, reason = guess_task(rows.form, label_columns, rows.labels)
    task = plan.task or guessed
    reason = reason if task == guessed else Message("data.why_you")
    found = replace(found, task=task, task_reason=reason)
    problems = checks.check_labels(rows.form, label_columns, rows.labels, task)
    if problems:
        return replace(found, problems=tuple(problems))
    return _with_splits(found, rows)


def _with_splits(found: Inspection, rows: Rows) -> Inspection:
    plan = found.plan.settled()[1]
    groups = alike_groups(rows.texts)
    splits = assign(rows.given, rows.labels, groups, plan)
    shared = overlapping(splits, groups)
    keep = np.ones(len(splits), dtype=bool)
    if plan.drop_overlap:
        keep &= ~np.logical_or.reduce(list(shared.values()))
    if plan.per_label:
        left = splits.copy()
        left[~keep] = None
        keep &= cap(left, rows.labels, plan.per_label, plan.seed)
    kept = np.flatnonzero(keep).tolist()
    labels = [rows.labels[row] for row in kept]
    prepared = _frame([rows.texts[row] for row in kept], labels, splits[kept])
    found = _with_counts(found, prepared)
    overlap = {pair: int(mask.sum()) for pair, mask in shared.items()}
    rare = tuple(checks.rare_labels(found.counts))
    return replace(
        found,
        overlap=overlap,
        duplicates=_duplicates(groups[kept], splits[kept]),
        rare=rare,
        problems=found.problems + tuple(checks.check_splits(splits[kept], labels)),
        warnings=(
            *_reading_warnings(found),
            *(Message("data.warn_twins", {"forms": list(twins.forms)}) for twins in found.twins),
            *rare,
            *checks.overlap_warnings(overlap, plan.drop_overlap),
            *checks.conflict_warnings(groups[kept], labels),
        ),
    )


def _with_counts(found: Inspection, prepared: pd.DataFrame) -> Inspection:
    counters: dict[str, Counter[str]] = {split: Counter() for split in SPLITS}
    for split, names in zip(prepared["split"], prepared["labels"], strict=True):
        counters[split].update(names)
    total = sum(counters.values(), Counter())
    labels = tuple(sorted(total, key=natural_key))
    sizes = Counter(prepared["split"])
    positive, problems = _positive(found, labels, total)
    return replace(
        found,
        prepared=prepared,
        labels=labels,
        positive=positive,
        problems=problems,
        rows={split: sizes[split] for split in SPLITS},
        counts={split: {name: counters[split][name] for name in labels} for split in SPLITS},
    )


def _positive(
    found: Inspection, labels: Sequence[str], total: Mapping[str, int]
) -> tuple[str | None, tuple[Message, ...]]:
    """The positive label of a binary task: as chosen, or the rarer (of two equals, the yes)."""
    if found.task != "binary":
        return None, ()
    chosen = found.plan.merges.get(found.plan.positive or "", found.plan.positive)
    guess = min(labels, key=lambda name: (total[name], name.casefold() not in _YES), default=None)
    if chosen is None or chosen in labels:
        return chosen or guess, ()
    params = {"found": chosen, "labels": list(labels)}
    return guess, (Message("data.problem_positive", params),)


def _frame(texts: list[str], labels: list[Names], splits: NDArray[np.object_]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "row_id": np.arange(len(texts), dtype=np.int64),
            "split": pd.Series(splits, dtype=object),
            "text": pd.Series(texts, dtype=object),
            "labels": pd.Series(labels, dtype=object),
        }
    )


def _twins(labels: Sequence[Names]) -> tuple[Twins, ...]:
    counts = Counter(name for names in labels for name in names)
    return tuple(
        Twins(group[0], {name: counts[name] for name in group}) for group in twin_groups(counts)
    )


def _duplicates(groups: NDArray[np.int64], splits: NDArray[np.object_]) -> int:
    return int(pd.DataFrame({"group": groups, "split": splits}).duplicated().sum())


def _reading_warnings(found: Inspection) -> list[Message]:
    warnings = []
    for report in found.reports.values():
        if report.rows_dropped:
            params = {"file": report.name, "rows": report.rows_dropped}
            warnings.append(Message("data.warn_unread", params | {"why": report.dropped[0].reason}))
    if found.rows_dropped:
        params = {"rows": found.rows_dropped, "why": found.dropped[0].reason}
        warnings.append(Message("data.warn_dropped", params))
    return warnings
