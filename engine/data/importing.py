"""From files and a plan to what would be saved, and to the saved data set.

`inspect` guesses whatever the plan leaves open and reports everything the user should see before
saving; `import_dataset` saves exactly that.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import chain, compress
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data import checks
from engine.data.alike import alike_groups, natural_key
from engine.data.dataset import SPLITS, Dataset, Roles
from engine.data.delimited import names_columns
from engine.data.inspection import Column, Inspection, Twins
from engine.data.labels import Names, spell, twin_groups
from engine.data.odd_shapes import refuse_hollow
from engine.data.paired_lines import File, read_pair
from engine.data.plan import Plan, Sources, SplitPlan
from engine.data.reading import ReadingReport, read_table
from engine.data.roles import Guess
from engine.data.rows import Rows, build_rows
from engine.data.saving import save
from engine.data.splits import assign, cap, overlapping
from engine.data.truths import TRUTHS, Truth, Usable, fitting_truth, guess_table, truth_of
from engine.errors import DataError
from engine.remembering import remember
from engine.tasks import TASKS
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
    found = _inspect(sources, plan)
    return named(found, found.plan.name)


def named(found: Inspection, name: str) -> Inspection:
    """`found` under another name, which changes nothing else; "" keeps the one it has."""
    plan = replace(found.plan, name=name.strip() or found.plan.name)
    told = [problem for problem in found.problems if problem.key != "data.problem_long_name"]
    return replace(found, plan=plan, problems=(*told, *checks.check_name(plan.name)))


def _inspect(sources: Sources, plan: Plan | None) -> Inspection:
    given = plan or Plan()
    read = {split: _read(sources, split, given.part) for split in sources.paths()}
    tables = {split: table for split, (table, _) in read.items()}
    reports = {split: report for split, (_, report) in read.items()}
    names = {split: sources.name(split) for split in tables}
    guess = guess_table(tables["train"], given.task)
    refuse_hollow(tables, reports, given.roles or guess.roles)
    _refuse_single_column(tables, names)
    plan = _complete(given, guess, sources)
    roles, split_plan = plan.settled()
    truth = _truth(tables["train"], roles, plan.task)
    found = Inspection(
        plan=plan,
        reports=reports,
        columns=_columns(tables["train"], roles, guess),
        table=tables["train"].head(_PREVIEW_ROWS).map(truth.show),
        prepared=_frame(Usable([], [], {}), np.array([], dtype=object)),
        rows=dict.fromkeys(SPLITS, 0),
        counts={split: {} for split in SPLITS},
        task=plan.task,
        shape=truth.shape,
    )
    problems = checks.check_roles(tables, names, roles, split_plan.kind)
    problems += checks.check_ratios(split_plan)
    if not problems:
        problems = truth.check_roles(tables["train"], roles, plan.task)
        problems += _other_task(tables["train"], roles, truth) if problems else []
    if problems:
        return replace(found, problems=tuple(problems))
    if split_plan.kind == "column":
        tables = {"train": tables["train"]}
    else:
        roles = replace(roles, split=None)
    rows = build_rows(tables, names, roles, truth, plan.task)
    if not rows.usable.texts:
        problems = [Message("data.problem_no_rows", {"reason": rows.drops.first[0].reason})]
        problems += _other_task(tables["train"], roles, truth)
        found = replace(found, dropped=tuple(rows.drops.first), rows_dropped=rows.drops.count)
        return replace(found, problems=tuple(problems))
    return _with_rows(found, rows, truth)


def import_dataset(workspace: Workspace, sources: Sources, plan: Plan | None = None) -> Dataset:
    """Save what `inspect` shows. Raises DataError with its problems while there are any."""
    return save_found(workspace, sources, inspect(sources, plan))


def save_found(
    workspace: Workspace, sources: Sources, found: Inspection, author: str | None = None
) -> Dataset:
    """Save what was shown; without an author it is by the system's user. Raises DataError with its
    problems while there are any."""
    if found.problems:
        raise DataError("data.not_ready", problems=found.problems)
    return save(workspace, sources, found, author)


def _read(sources: Sources, split: str, part: str) -> tuple[pd.DataFrame, ReadingReport]:
    files = [(sources.paths()[split], sources.name(split))]
    if split in sources.labels:
        files.append((sources.labels[split], sources.labels_name(split)))
    part = part if split == "train" else ""
    return _read_version(tuple(files), part, tuple(_version(*file) for file in files))


def _version(path: Path, name: str) -> tuple[int, int]:
    try:
        stat = path.stat()
    except OSError:
        raise DataError("data.no_file", file=name) from None
    return stat.st_mtime_ns, stat.st_size


@remember(6)  # three files of the import on screen, three of the one before
def _read_version(
    files: tuple[File, ...], part: str, _versions: tuple[tuple[int, int], ...]
) -> tuple[pd.DataFrame, ReadingReport]:
    if len(files) == 2:
        return read_pair(*files)
    return read_table(*files[0], part)


def forget(folder: Path) -> None:
    """Keep nothing any more of what was read of the files in `folder`."""
    _read_version.forget(lambda asked: any(folder in path.parents for path, _ in asked[0]))


def _refuse_single_column(tables: Mapping[str, pd.DataFrame], names: Mapping[str, str]) -> None:
    for split, table in tables.items():
        if len(table.columns) == 1:
            cells = table.iloc[:, 0].map(spell)
            if names_columns(str(table.columns[0])) or names_columns(cells.iloc[0]):
                raise DataError("data.uneven_lines", file=names[split])
            repeats = cells.nunique() <= max(2, len(cells) / 3) and cells.str.len().mean() < 40
            key = "data.only_labels" if repeats else "data.only_texts"
            raise DataError(key, file=names[split], rows=len(table))


def _truth(table: pd.DataFrame, roles: Roles, task: str | None) -> Truth:
    """That of the task, else the one the columns hold as far as they are there."""
    if task:
        return truth_of(task)
    there = [name for name in roles.columns() if name in table.columns]
    return fitting_truth(table, roles) if len(there) == len(roles.columns()) else TRUTHS["labels"]


def _other_task(table: pd.DataFrame, roles: Roles, truth: Truth) -> list[Message]:
    """Which kind of task the columns do fit, where the chosen one is of another."""
    if not roles.text or not roles.label:
        return []
    other = fitting_truth(table, roles)
    if other in (truth, TRUTHS["labels"]):
        return []
    return [Message("data.problem_other_task", {"task": Message(f"data.shape_{other.shape}")})]


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
        if name in roles.label:
            return "label"
        single = {roles.question: "question", roles.split: "split"}
        return single.get(name, "ignore")

    columns = []
    for name in table.columns:
        role = role_in(roles, name)
        guessed = role == role_in(guess.roles, name)
        reason = guess.reasons[name] if guessed else Message("data.why_you")
        columns.append(Column(name, role, reason))
    return tuple(columns)


def _with_rows(found: Inspection, rows: Rows, truth: Truth) -> Inspection:
    """`found` with everything that follows from its rows."""
    plan = found.plan
    roles = plan.settled()[0]
    found = replace(
        found,
        dropped=tuple(rows.drops.first),
        rows_dropped=rows.drops.count,
        mended=rows.mended,
        left_out=rows.left_out,
    )
    usable = truth.merged(rows.usable, plan.merges) if plan.merges else rows.usable
    found = replace(found, twins=_twins(usable.labels))
    guessed, reason = truth.guess_task(usable, roles)
    task = plan.task or guessed
    reason = reason if task == guessed else Message("data.why_you")
    found = replace(found, task=task, task_reason=reason)
    problems = truth.check(usable, roles, task)
    if problems:
        warnings = tuple(_reading_warnings(found))
        return replace(found, problems=tuple(problems), warnings=warnings)
    return _with_splits(found, usable, rows.given, truth)


def _with_splits(
    found: Inspection, rows: Usable, given: NDArray[np.object_], truth: Truth
) -> Inspection:
    plan = found.plan.settled()[1]
    groups = alike_groups(rows.texts)
    splits = assign(given, rows.labels, groups, plan, truth.together)
    shared = overlapping(splits, groups)
    keep = np.ones(len(splits), dtype=bool)
    if plan.drop_overlap:
        keep &= ~np.logical_or.reduce(list(shared.values()))
    if plan.per_label:
        left = splits.copy()
        left[~keep] = None
        keep &= cap(left, rows.labels, plan.per_label, plan.seed)
    kept, splits = rows.take(np.flatnonzero(keep).tolist()), splits[keep]
    every = Counter(chain.from_iterable(truth.count(rows)))
    found = _with_counts(found, _frame(kept, splits), truth.count(kept), every)
    if not plan.drop_overlap:
        shared = overlapping(splits, groups[keep])  # of what a cap has left
    overlap = {pair: int(mask.sum()) for pair, mask in shared.items()}
    rare = tuple(checks.rare_labels(found.counts, truth.shape))
    questions = truth.questions(kept)
    asked = groups[keep] if questions is kept.texts else alike_groups(questions)
    return replace(
        found,
        overlap=overlap,
        duplicates=_duplicates(asked, splits),
        rare=rare,
        problems=found.problems + tuple(checks.check_splits(splits, kept.labels)),
        warnings=(
            *_reading_warnings(found),
            *(Message("data.warn_twins", {"forms": list(twins.forms)}) for twins in found.twins),
            *rare,
            *checks.overlap_warnings(overlap, plan.drop_overlap),
            *checks.conflict_warnings(asked, truth.answers(kept), truth.shape),
            *truth.warn(kept, found.task or ""),
        ),
    )


def _with_counts(
    found: Inspection,
    prepared: pd.DataFrame,
    counted: Sequence[Iterable[str]],
    every: Mapping[str, int],
) -> Inspection:
    """`counted` is of the rows that are kept, `every` of all there were: a draw of equally many
    of each label hides which is the rare one."""
    of_row = prepared["split"].tolist()
    counters = {
        split: Counter(chain.from_iterable(compress(counted, (at == split for at in of_row))))
        for split in SPLITS
    }
    total = sum(counters.values(), Counter[str]())
    labels = tuple(sorted(total, key=natural_key))
    sizes = Counter(of_row)
    positive, problems = _positive(found, labels, every)
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
    if not found.task or not TASKS[found.task].has_positive:
        return None, ()
    chosen = found.plan.merges.get(found.plan.positive or "", found.plan.positive)
    guess = min(labels, key=lambda name: (total[name], name.casefold() not in _YES), default=None)
    if chosen is None or chosen in labels:
        return chosen or guess, ()
    params = {"found": chosen, "labels": list(labels)}
    return guess, (Message("data.problem_positive", params),)


def _frame(rows: Usable, splits: NDArray[np.object_]) -> pd.DataFrame:
    columns = {"text": rows.texts, "labels": rows.labels} | rows.columns
    return pd.DataFrame(
        {
            "row_id": np.arange(len(rows.texts), dtype=np.int64),
            "split": pd.Series(splits, dtype=object),
        }
        | {name: pd.Series(cells, dtype=object) for name, cells in columns.items()}
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
    for key, marks in (("data.warn_mended", found.mended), ("data.warn_left_out", found.left_out)):
        if marks.count:
            params = {"marks": marks.count, "first": marks.first[0].reason}
            warnings.append(Message(key, params))
    return warnings
