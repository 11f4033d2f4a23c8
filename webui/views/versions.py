"""The versions of a data set in HTML: the list, and two of them side by side."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from engine.data.dataset import SPLITS, Dataset
from engine.data.differences import KINDS, Differences, Line
from engine.tasks import TASKS
from engine.text import Message
from engine.times import clock
from webui.charts import Words
from webui.html import Html, button, fold, join, number_cell, table, tag
from webui.views.rows import Leaf, turn
from webui.views.shapes import SHAPES

LABELS_SHOWN = 12
"""Labels that stand in sight; all of more are in a fold."""
LONGEST = 2_000
"""Characters of a text that is shown."""

Say = Callable[[Message | None], str]


def listed(every: Sequence[Dataset], t: Words, say: Say) -> Html:
    """When, by whom and why each was made, the newest first, and what can be done with it."""
    names = ("number_head", "when", "author", "why")
    heads = [t(f"versions.{name}") for name in names]
    heads += [tag("th", t("versions.rows"), class_="ts-number"), ""]
    rows = [_row(each, every[0].version, t, say) for each in every]
    title = tag("h3", t("versions.title"))
    return join([title, tag("p", t("versions.help"), class_="ts-why"), table(heads, rows)])


def _row(dataset: Dataset, newest: int, t: Words, say: Say) -> list[Any]:
    number, reasons = dataset.version, [say(reason) for reason in dataset.reasons]
    why = t("correct.names", names=reasons) if reasons else t("versions.imported")
    origin = None
    if dataset.parent is not None and dataset.parent != number - 1:
        origin = tag("p", t("versions.from", version=dataset.parent), class_="ts-soft")
    acts = []
    if number > 1:
        acts.append(
            button(t("versions.look"), "compare", version=str(number), before=str(number - 1))
        )
    if number != newest:
        acts.append(button(t("versions.restore"), "restore", version=str(number)))
    return [
        tag("b", number),
        tag("span", clock(dataset.created), class_="ts-nowrap"),
        dataset.author or "–",
        tag(
            "div",
            tag("p", why),
            origin,
            tag("p", dataset.note, class_="ts-soft") if dataset.note else None,
        ),
        number_cell(f"{sum(dataset.rows.values()):,}"),
        tag("div", *acts, class_="ts-buttons"),
    ]


def only(t: Words) -> Html:
    return tag("p", t("versions.only"), class_="ts-why")


def differences(found: Differences, kind: str, leaf: Leaf, lines: Sequence[Line], t: Words) -> Html:
    """How many rows differ in what, a page of those of one kind, and the labels of both."""
    before, after = found.before.version, found.after.version
    title = tag("h3", t("versions.differ", before=before, after=after))
    if found.same:
        said = tag("p", t("versions.same", before=before, after=after), class_="ts-why")
        return join([title, said])
    names = [t("versions.new_name", old=old, new=new) for old, new in found.renamed.items()]
    renamed = t("versions.renamed", names=names)
    chips = [
        button(
            t(f"versions.{each}_rows", rows=len(found.rows[each])),
            "pick",
            kind="ts-strong" if each == kind else "",
            pick=f"{before}_{after}_{each}",
            aria_pressed=str(each == kind).lower(),
        )
        for each in KINDS
        if found.rows[each]
    ]
    return join(
        [
            title,
            tag("p", renamed, class_="ts-why") if names else None,
            tag("div", *chips, class_="ts-buttons"),
            tag("div", *(_line(line, found, t) for line in lines), class_="ts-lines"),
            turn(leaf, t) if leaf.pages > 1 else None,
            _counts(found, t),
        ]
    )


def _line(line: Line, found: Differences, t: Words) -> Html:
    """A row with what it was and what it is."""
    row = line.after or line.before or {}
    parts = [tag("span", t("row_of", row=line.row_id), class_="ts-soft")]
    if line.before is None or line.after is None:
        dataset = found.after if line.before is None else found.before
        parts.append(tag("span", f"{_truth(row, dataset, t)} · {_split(row, t)}"))
        return _item(row, parts)
    if line.row_id in found.rows["relabelled"]:
        shape = SHAPES[TASKS[found.after.task].shape]
        was_right, is_right = shape.apart(line.before, line.after, t)
        name = t(f"versions.told_{shape.name}")
        told = (
            _change(was_right, is_right) if was_right or is_right else t("versions.cut_otherwise")
        )
        parts.append(tag("span", name, " ", told))
    splits = _split(line.before, t), _split(line.after, t)
    parts += [_change(*splits)] if splits[0] != splits[1] else []
    was = line.before["text"] if line.before["text"] != row["text"] else None
    return _item(row, parts, was)


def _item(row: Mapping[str, Any], parts: Sequence[Html], was: str | None = None) -> Html:
    question = row.get("question")
    return tag(
        "article",
        tag("p", question, class_="ts-question", dir="auto") if question else None,
        tag("p", tag("s", was[:LONGEST]), class_="ts-clip ts-soft", dir="auto") if was else None,
        tag("p", row["text"][:LONGEST], class_="ts-clip", dir="auto"),
        tag("p", join(parts, " · ")),
        class_="ts-line-item",
    )


def _change(before: str, after: str) -> Html:
    """What went and what came; either may be nothing."""
    went = tag("s", before, class_="ts-soft") if before else None
    return tag(
        "span", went, " → " if before and after else None, tag("b", after) if after else None
    )


def _truth(row: Mapping[str, Any], dataset: Dataset, t: Words) -> str:
    return SHAPES[TASKS[dataset.task].shape].truth(row, t)


def _split(row: Mapping[str, Any], t: Words) -> str:
    return t(f"report.split.{row['split']}")


def _counts(found: Differences, t: Words) -> Html:
    """Rows of each split and of each label in both."""
    both = (found.before, found.after)
    heads = [tag("th", t("versions.number", version=d.version), class_="ts-number") for d in both]
    rows = [
        [t(f"report.split.{split}"), *(number_cell(f"{d.rows[split]:,}") for d in both)]
        for split in SPLITS
    ]
    parts = [table(["", *heads], rows)]
    names = dict.fromkeys(name for dataset in both for name in dataset.labels)
    if names:
        counted = [[name, *(_count(dataset, name) for dataset in both)] for name in names]
        labels = table([t("versions.label"), *heads], counted)
        folded = len(names) > LABELS_SHOWN
        parts.append(fold(t("versions.labels", labels=len(names)), labels) if folded else labels)
    return join(parts)


def _count(dataset: Dataset, label: str) -> Html:
    if label not in dataset.labels:
        return number_cell("–")
    return number_cell(f"{sum(c.get(label, 0) for c in dataset.counts.values()):,}")
