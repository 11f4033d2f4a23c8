"""Changes to many rows of a data set, which wait to become part of its next version.

What is done by one button — taking rows out, merging labels, sharing the rows out anew — is one
change; what a person says of a single row is a correction (`corrections.py`). Both wait in the same
draft and are put in together. Each change is a file of its own, named after its key, so that none
is lost to what somebody else does at the same time.
"""

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.data.alike import is_blank
from engine.data.dataset import Dataset, load_dataset
from engine.data.labels import Names
from engine.data.truths import truth_of
from engine.errors import DataError
from engine.tasks import TASKS, make_task
from engine.text import Message
from engine.workspace import Workspace, write_atomically

KINDS = ("relabel", "drop", "rename", "drop_label", "cut_words", "divide", "tag")
"""relabel: {"rows": {row id: [label, …]}}, also to labels there were none of so far;
drop: {"rows": [row id, …]};
rename: {"labels": [label, …], "to": label}, which merges where several are named or `to` is one;
drop_label: {"label": label}: the rows that carry it alone go, of the others only the label (a text
with marks in it stays, without those);
cut_words: {"words": [word, …]}: taken out of every text;
divide: {"by": "group" or "time", "column": an extra column}: the rows are shared out anew;
tag: {"places": [[row id, start, end, type or None], …]}: the words of a text from `start` to `end`
(characters) become one mention of that type, or none; what is left of a mention stays one."""

LONGEST_LABEL = 200
"""Characters of a new label."""


@dataclass(frozen=True)
class Change:
    """One change of many rows, and why."""

    kind: str
    """One of KINDS."""
    asks: Mapping[str, Any]
    """What of what, as KINDS says."""
    reason: Message
    """What it puts right, in words for the list of the draft and of the version."""
    created: float = 0.0
    """Seconds since 1970; 0 until it is in a draft."""
    key: str = field(default="")
    """Its name in the draft: a second one of the same key takes its place. Without one it is called
    after what it asks."""

    def to_json(self) -> str:
        record = {"kind": self.kind, "asks": self.asks, "reason": self.reason.to_dict()}
        return json.dumps(record | {"created": self.created, "key": self.key}, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> "Change":
        record: dict[str, Any] = json.loads(text)
        asks = tidy(record["kind"], record["asks"])
        reason = Message.from_dict(record["reason"])
        return cls(record["kind"], asks, reason, float(record["created"]), str(record["key"]))


def make(kind: str, asks: Mapping[str, Any], key: str = "") -> Change:
    """A change whose reason is what it does, in plain words."""
    tidied = tidy(kind, asks)
    about = {
        "relabel": lambda: Message("versions.relabel", {"rows": len(tidied["rows"])}),
        "drop": lambda: Message("versions.drop", {"rows": len(tidied["rows"])}),
        "rename": lambda: _renaming(tidied["labels"], tidied["to"]),
        "drop_label": lambda: Message("versions.drop_label", {"label": tidied["label"]}),
        "cut_words": lambda: Message("versions.cut_words", {"words": _quoted(tidied["words"])}),
        "divide": lambda: Message(f"versions.divide_{tidied['by']}", {"column": tidied["column"]}),
        "tag": lambda: Message("versions.tag", {"places": len(tidied["places"])}),
    }
    return Change(kind, tidied, about[kind](), key=key)


def put(workspace: Workspace, dataset_id: str, change: Change) -> Change:
    """Add a change to the draft, and give it back as it stands there. Rows are shared out anew in
    one way, and the same labels get one name: another one takes the place of an earlier one. Raises
    DataError for what cannot be done to the data set."""
    dataset, waiting = load_dataset(workspace, dataset_id), drafted(workspace, dataset_id)
    change = replace(change, asks=tidy(change.kind, change.asks))
    replaced = [each for each in waiting if _instead(change, each)]
    change = _into(change, dataset, [each for each in waiting if each not in replaced])
    key = change.key or f"{change.kind}-{_digest(json.dumps(change.asks, sort_keys=True))}"
    kept = replace(change, key=key, created=change.created or time.time())
    check(workspace, dataset, kept)
    for other in replaced:
        undo(workspace, dataset_id, other.key)
    write_atomically(_file(workspace, dataset_id, key), kept.to_json())
    return kept


def _into(change: Change, dataset: Dataset, waiting: Sequence[Change]) -> Change:
    """A merge into a label that waits to be called otherwise is one into its new name."""
    if change.kind != "rename":
        return change
    asks, called = change.asks, renamed(waiting)
    (to,) = now_called([asks["to"]], called)
    back = asks["to"] not in asks["labels"] and to in now_called(asks["labels"], called)
    if to == asks["to"] or back or asks["to"] not in dataset.labels:
        return change
    made = make(change.kind, {**asks, "to": to}, change.key)
    return replace(made, created=change.created)


def renamed(waiting: Iterable[Change]) -> dict[str, str]:
    """Label → what it is called after these changes, of those that get another name."""
    called: dict[str, str] = {}
    for change in waiting:
        if change.kind == "rename":
            to = change.asks["to"]
            names = now_called(change.asks["labels"], called)
            called |= {name: to for name in names if name != to}
            called.pop(to, None)
    return called


def now_called(names: Sequence[str], called: Mapping[str, str]) -> Names:
    """Labels by the names that earlier changes gave them."""
    found = []
    for name in names:
        while name in called:
            name = called[name]
        found.append(name)
    return tuple(dict.fromkeys(found))


def _instead(change: Change, other: Change) -> bool:
    """Whether a change takes the place of another one that waits."""
    if change.key == other.key:
        return True
    if change.kind != other.kind:
        return False
    if change.kind == "rename":
        mine, others = ({*each.asks["labels"], each.asks["to"]} for each in (change, other))
        return mine == others
    return change.kind == "divide"


def tidy(kind: str, asks: Mapping[str, Any]) -> dict[str, Any]:
    """What is asked in plain values, each once. Raises DataError where that makes no sense."""
    try:
        return _TIDY[kind](asks)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise DataError("versions.bad_change") from None


def check(workspace: Workspace, dataset: Dataset, change: Change) -> None:
    """Raises DataError for what cannot be done to this version, with what waits in the draft."""
    asks, kind = tidy(change.kind, change.asks), change.kind
    if kind in ("relabel", "drop"):
        _check_rows(workspace, dataset, asks["rows"])
    if kind == "tag":
        check_tags(dataset, asks["places"])
        _check_rows(workspace, dataset, [row for row, *_ in asks["places"]])
    if kind == "relabel":
        check_truths(dataset.task, dataset.labels, asks["rows"].values())
    if kind in ("rename", "drop_label"):
        named = asks["labels"] if kind == "rename" else [asks["label"]]
        waiting = drafted(workspace, dataset.id)
        _check_labels(dataset, named, waiting)
        _check_left(dataset, [*(each for each in waiting if each.key != change.key), change])
    if kind == "rename":
        if asks["to"] not in dataset.labels:
            check_label(asks["to"])
        if asks["labels"] == [asks["to"]]:
            raise DataError("versions.same_name", label=asks["to"])
    if kind == "cut_words":
        check_words(dataset.task, asks["words"])
    if kind == "divide" and asks["column"] not in dataset.extra:
        raise DataError("versions.no_column", found=asks["column"], columns=list(dataset.extra))


def check_truths(task: str, labels: Sequence[str], rights: Iterable[Sequence[str]]) -> None:
    """Raises DataError for what no row can have; a label may be a new one, and one that was
    imported stays what it is, however long."""
    truth = truth_of(task)
    if not truth.correctable:
        raise DataError("versions.not_correctable")
    for right in {tuple(right) for right in rights}:
        if labels:
            for name in set(right).difference(labels):
                check_label(name)
        fault = truth.fault(right, make_task(task, (*labels, *right)))
        if fault:
            raise DataError(fault.key, **fault.params)


def check_tags(dataset: Dataset, places: Sequence[Sequence[Any]]) -> None:
    """Raises DataError where texts have no marks in them, or for a type that there is not."""
    if TASKS[dataset.task].shape != "spans":
        raise DataError("versions.not_taggable")
    unknown = {name for *_, name in places if name is not None}.difference(dataset.labels)
    if unknown:
        params = {"found": min(unknown), "labels": list(dataset.labels[:10])}
        raise DataError("versions.no_such_label", **params)


def fewest_labels(task: str) -> int:
    """How many labels there must be to learn anything of a task that has labels."""
    return 1 if TASKS[task].several or truth_of(task).bare else 2


def check_label(name: str) -> None:
    if is_blank(name) or len(name) > LONGEST_LABEL:
        raise DataError("versions.bad_label", limit=LONGEST_LABEL)


def check_words(task: str, words: Sequence[str]) -> None:
    if not truth_of(task).cuttable:
        raise DataError("versions.not_cuttable")
    if not words:
        raise DataError("versions.no_words")


def drafted(workspace: Workspace, dataset_id: str) -> list[Change]:
    """The changes of the draft, oldest first; what cannot be read is passed over."""
    found = []
    for path in workspace.changes(dataset_id).glob("*.json"):
        change = _read(path)
        if change is not None and path == _file(workspace, dataset_id, change.key):
            found.append(change)
    return sorted(found, key=lambda change: (change.created, change.key))


def _read(path: Path) -> Change | None:
    """None for what is no change, or has no reason that could be told."""
    try:
        change = Change.from_json(path.read_text("utf-8"))
        change.reason.text()
    except (OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError, DataError):
        return None
    return change


def undo(workspace: Workspace, dataset_id: str, key: str) -> None:
    """Take one change out of the draft; one that is not there may have been undone before."""
    _file(workspace, dataset_id, key).unlink(missing_ok=True)


def settle(workspace: Workspace, dataset_id: str, done: Sequence[Change]) -> None:
    """Empty the draft of what is done; what was put in the place of one meanwhile stays."""
    for change in drafted(workspace, dataset_id):
        if change in done:
            undo(workspace, dataset_id, change.key)


def _check_rows(workspace: Workspace, dataset: Dataset, row_ids: Iterable[int]) -> None:
    from pyarrow import parquet

    file, wanted = workspace.dataset(dataset.id, dataset.version).rows, set(row_ids)
    if not wanted:
        raise DataError("versions.no_rows")
    table = parquet.read_table(file, columns=["row_id"])
    unknown = sorted(wanted - set(table["row_id"].to_pylist()))
    if unknown:
        params = {"rows": unknown[:5], "count": len(unknown), "name": dataset.name}
        raise DataError("versions.unknown_rows", version=dataset.version, **params)


def _check_labels(dataset: Dataset, named: Sequence[str], waiting: Sequence[Change]) -> None:
    """Labels must be there, or come with what waits."""
    if not dataset.labels:
        raise DataError("versions.no_labels")
    coming = {change.asks["to"] for change in waiting if change.kind == "rename"}
    for change in waiting:
        if change.kind == "relabel":
            coming |= {name for names in change.asks["rows"].values() for name in names}
    unknown = [name for name in named if name not in {*dataset.labels, *coming}]
    if unknown or not named:
        found = unknown[0] if unknown else ""
        raise DataError("versions.no_such_label", found=found, labels=list(dataset.labels[:10]))


def _check_left(dataset: Dataset, waiting: Sequence[Change]) -> None:
    """Refuses what takes the names of labels away until there is nothing to tell apart."""
    left = set(dataset.labels)
    for change in waiting:
        if change.kind == "rename":
            left = left - set(change.asks["labels"]) | {change.asks["to"]}
        elif change.kind == "drop_label":
            left.discard(change.asks["label"])
        elif change.kind == "relabel":
            left |= {name for names in change.asks["rows"].values() for name in names}
    if len(left) < fewest_labels(dataset.task):
        raise DataError("versions.too_few_labels", labels=sorted(left), count=len(left))


def _renaming(labels: Sequence[str], to: str) -> Message:
    others = [name for name in labels if name != to]
    if len(labels) == 1:
        return Message("versions.rename", {"label": labels[0], "to": to})
    return Message("versions.merge", {"labels": _quoted(others), "to": to})


def _quoted(names: Sequence[str]) -> list[str]:
    return [f"“{name}”" for name in names]


def _tidy_rows(asks: Mapping[str, Any]) -> dict[str, Any]:
    return {"rows": list(dict.fromkeys(map(int, asks["rows"])))}


def _tidy_relabel(asks: Mapping[str, Any]) -> dict[str, Any]:
    rows = {int(row): list(dict.fromkeys(map(_word, n))) for row, n in asks["rows"].items()}
    return {"rows": rows}


def _tidy_divide(asks: Mapping[str, Any]) -> dict[str, Any]:
    if asks["by"] not in ("group", "time"):
        raise ValueError(asks["by"])
    return {"by": asks["by"], "column": str(asks["column"])}


def _tidy_tag(asks: Mapping[str, Any]) -> dict[str, Any]:
    places = [
        [int(row), int(start), int(end), None if name is None else _word(name)]
        for row, start, end, name in asks["places"]
    ]
    return {"places": [list(place) for place in dict.fromkeys(map(tuple, places))]}


def _word(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


_TIDY = {
    "relabel": _tidy_relabel,
    "drop": _tidy_rows,
    "rename": lambda asks: {
        "labels": list(dict.fromkeys(map(_word, asks["labels"]))),
        "to": asks["to"].strip(),
    },
    "drop_label": lambda asks: {"label": _word(asks["label"])},
    "cut_words": lambda asks: {
        "words": [word for word in dict.fromkeys(w.strip() for w in asks["words"]) if word]
    },
    "divide": _tidy_divide,
    "tag": _tidy_tag,
}
"""kind → what it asks, in plain values of JSON (row ids are whole numbers)."""


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _file(workspace: Workspace, dataset_id: str, key: str) -> Path:
    """Keys are anybody's words; a file is called after what they look like hashed."""
    return workspace.changes(dataset_id) / f"{_digest(key)}.json"
