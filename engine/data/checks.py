"""What stands in the way of saving an import (problems), and what should be known (warnings).

A problem is what would make training or its result meaningless: no text, no labels, a split
without rows, a label that is tested but never trained. Everything else only warns.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from engine.data.dataset import SPLITS, Roles
from engine.data.labels import LabelForm, Names
from engine.data.limits import LONGEST_NAME
from engine.data.plan import SplitPlan
from engine.tasks import TASKS
from engine.text import Message

FEW_ROWS = 10
"""Fewer rows of a label than this in a data set, and its scores say little."""
_MOST_NAMED = 8
_SAID_OTHERWISE = {
    ("data.warn_single", "spans"): "data.warn_single_spans",
    ("data.warn_few", "spans"): "data.warn_few_spans",
    ("data.warn_missing", "spans"): "data.warn_missing_spans",
    ("data.warn_conflicts", "spans"): "data.warn_conflicts_spans",
    ("data.warn_conflicts", "answers"): "data.warn_conflicts_answers",
}
"""Sentences about rows and labels, as they are said of entities and of answers."""


def check_roles(
    tables: Mapping[str, pd.DataFrame], names: Mapping[str, str], roles: Roles, kind: str
) -> list[Message]:
    """Problems that keep rows from being built at all."""
    problems = []
    if not roles.text:
        problems.append(Message("data.problem_no_text"))
    both = sorted({*roles.text} & {*roles.label})
    if both:
        problems.append(Message("data.problem_text_is_label", {"columns": both}))
    for split, table in tables.items():
        missing = [column for column in roles.columns() if column not in table.columns]
        if missing:
            params = {"file": names[split], "missing": missing, "found": list(table.columns)[:20]}
            problems.append(Message("data.problem_missing_columns", params))
    if kind == "column" and not roles.split:
        problems.append(Message("data.problem_no_split_column"))
    if kind == "files" and len(tables) == 1:
        problems.append(Message("data.problem_no_split_files"))
    return problems


def check_name(name: str) -> list[Message]:
    if len(name) <= LONGEST_NAME:
        return []
    return [Message("data.problem_long_name", {"length": len(name), "most": LONGEST_NAME})]


def check_ratios(plan: SplitPlan) -> list[Message]:
    """Shares must be positive, and caps at least one row."""
    shares = [plan.ratio(split) for split in SPLITS]
    problems = []
    if not all(0 < share < 1 for share in shares) or abs(sum(shares) - 1) > 0.01:
        problems.append(
            Message("data.problem_ratios", {"found": [f"{100 * s:g} %" for s in shares]})
        )
    if any(split not in SPLITS or limit < 1 for split, limit in plan.per_label.items()):
        problems.append(Message("data.problem_caps"))
    return problems


def check_labels(
    form: LabelForm, columns: Sequence[str], labels: Sequence[Names], task: str
) -> list[Message]:
    """Problems of the labels themselves and of the task with them."""
    counts = Counter(name for names in labels for name in names)
    params = {"column": columns[0], "rows": len(labels), "count": len(counts)}
    if form.kind == "single" and len(counts) == len(labels) > 2:
        return [Message("data.problem_label_id", params)]
    words = sum(len(name.split()) for name in counts) / max(1, len(counts))
    if form.kind == "single" and len(counts) > 20 and len(counts) >= len(labels) / 2:
        kind = "text" if words > 3 else "many"
        return [Message(f"data.problem_label_{kind}", params)]
    if form.kind == "list" and counts.keys() == {"0", "1"}:
        return [Message("data.problem_vectors", params)]
    if not counts or (not TASKS[task].several and len(counts) < 2):
        return [Message("data.problem_one_label", params | {"labels": list(counts)})]
    if TASKS[task].has_positive and len(counts) != 2:
        return [Message("data.problem_not_binary", params)]
    odd = sum(len(names) != 1 for names in labels)
    if not TASKS[task].several and odd:
        return [Message("data.problem_several", params | {"rows": odd})]
    return []


def check_splits(splits: NDArray[np.object_], labels: Sequence[Names]) -> list[Message]:
    """Problems of the splits: one without rows, a label that no training row carries."""
    empty = [split for split in SPLITS if not (splits == split).any()]
    problems = [Message("data.problem_empty_split", {"split": _named(empty)})] if empty else []
    trained = {n for row in np.flatnonzero(splits == "train").tolist() for n in labels[row]}
    found = {row: set(labels[row]) - trained for row in np.flatnonzero(splits != "train").tolist()}
    rows = [row for row, names in found.items() if names]
    if rows and trained:
        unknown = sorted(set().union(*found.values()))
        params = {
            "split": _named([split for split in SPLITS if (splits[rows] == split).any()]),
            "labels": _first(unknown),
            "count": len(unknown),
            "rows": len(rows),
        }
        problems.append(Message("data.problem_untrained_labels", params))
    return problems


def rare_labels(counts: Mapping[str, Mapping[str, int]], shape: str) -> list[Message]:
    """Labels that a split lacks, and labels with very few rows or entities, named once each."""
    total = {name: sum(counts[split][name] for split in SPLITS) for name in counts["train"]}
    single = [name for name, rows in total.items() if rows == 1]
    few = [name for name, rows in total.items() if 1 < rows < FEW_ROWS]
    messages = []
    if single:
        messages.append(_about(_of_shape("data.warn_single", shape), single))
    if few:
        named = [f"{name} ({total[name]})" for name in few]
        messages.append(_about(_of_shape("data.warn_few", shape), named, limit=FEW_ROWS))
    for split in SPLITS[1:]:
        trained = [name for name in total if counts["train"][name] and total[name] > 1]
        missing = [name for name in trained if not counts[split][name]]
        if missing:
            where = Message(f"data.split_{split}")
            messages.append(_about(_of_shape("data.warn_missing", shape), missing, split=where))
    return messages


def overlap_warnings(overlap: Mapping[str, int], dropped: bool) -> list[Message]:
    """One sentence a pair of splits that share texts."""
    key = "data.warn_overlap_dropped" if dropped else "data.warn_overlap"
    return [
        Message(key, {"rows": rows, "first": _split_name(pair, 0), "second": _split_name(pair, 1)})
        for pair, rows in overlap.items()
        if rows
    ]


def conflict_warnings(
    groups: NDArray[np.int64], answers: Sequence[Hashable], shape: str
) -> list[Message]:
    """A sentence about rows of which another asks the same and is answered otherwise."""
    kinds: dict[int, set[Hashable]] = {}
    repeated = np.flatnonzero(np.bincount(groups)[groups] > 1).tolist()
    for row in repeated:
        kinds.setdefault(int(groups[row]), set()).add(answers[row])
    rows = sum(len(kinds[int(groups[row])]) > 1 for row in repeated)
    return [Message(_of_shape("data.warn_conflicts", shape), {"rows": rows})] if rows else []


def _of_shape(key: str, shape: str) -> str:
    return _SAID_OTHERWISE.get((key, shape), key)


def _named(splits: Sequence[str]) -> Message:
    """One or more splits as one name."""
    names = {f"split_{place}": Message(f"data.split_{split}") for place, split in enumerate(splits)}
    return Message(f"data.splits_{len(splits)}", names)


def _split_name(pair: str, side: int) -> Message:
    return Message(f"data.split_{pair.split('/')[side]}")


def _about(key: str, names: Sequence[str], **params: object) -> Message:
    return Message(key, {"labels": _first(names), "count": len(names), **params})


def _first(names: Iterable[str]) -> list[str]:
    found = [name if len(name) <= 60 else name[:59] + "…" for name in names]
    return found[:_MOST_NAMED] + (["…"] if len(found) > _MOST_NAMED else [])
