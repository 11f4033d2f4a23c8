"""The labels of a saved data set in HTML: how many rows each has, what they look like, and what can
be done with it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from engine.data.changes import LONGEST_LABEL
from engine.data.dataset import SPLITS
from engine.data.guidance import LONGEST
from engine.data.seeking import Sought
from engine.data.waiting import Fate
from engine.markup import Child
from engine.tasks import AnyTask
from webui.charts import Words
from webui.html import Html, bar, button, fold, join, note, tag
from webui.views.looks import LOOKS, Row
from webui.views.rows import Leaf, turn

PAGE = 25
"""Labels on a page."""
ORDERS = ("most", "fewest", "name")
CLIP = 300
"""Characters of an example."""

FORM_SCRIPT = """
element.addEventListener('click', (event) => {
  const found = event.target.closest('[data-form] button[data-act]');
  if (!found) return;
  for (const field of found.closest('[data-form]').querySelectorAll('[data-field]')) {
    found.dataset.value = field.value;
  }
}, true);
element.addEventListener('keydown', (event) => {
  const form = event.target.closest('[data-form]');
  if (!form || event.key !== 'Enter' || !event.target.matches('input')) return;
  event.preventDefault();
  form.querySelector('button[data-act]').click();
});
"""
"""A button sends the field beside it as `value`; Enter in the field presses it."""


@dataclass(frozen=True)
class Shown:
    """One label."""

    place: int
    """Among all labels of the data set."""
    name: str
    counts: Mapping[str, int]
    """split → rows that carry it, or marks of its kind."""
    share: float
    """Of all rows, or of all marks."""
    carried: int
    """Rows that carry it, however often."""
    alone: int
    """Rows that carry no other label."""
    fate: Fate
    """What the draft makes of a row that carries it alone."""
    examples: Sequence[Row]
    prototypes: Sequence[Row] = ()
    borderline: Sequence[tuple[Row, str]] = ()
    counter: Sequence[tuple[Row, str]] = ()
    line: str = ""
    """What belongs to it, as somebody wrote it."""

    @property
    def total(self) -> int:
        return sum(self.counts.values())


@dataclass(frozen=True)
class Listed:
    """A page of labels."""

    task: AnyTask
    sought: Sought
    leaf: Leaf
    labels: Sequence[Shown]
    largest: int
    """Rows, or marks, of the label that has most."""
    relabels: bool
    """Whether rows can be given other labels by hand."""
    drawn: bool
    """Whether the quality check has looked at what is typical."""
    known: Sequence[str]


def seeking(listed: Listed, t: Words) -> Html:
    """Search and order of the labels."""
    find = tag(
        "input",
        type="search",
        value=listed.sought.find,
        id="labels-find",
        class_="ts-input",
        data_act="seek",
        data_name="find",
        placeholder=t("labels.find_help"),
    )
    order = listed.sought.order
    options = (
        tag("option", t(f"labels.order_{name}"), value=name, selected=name == order)
        for name in ORDERS
    )
    select = tag(
        "select",
        *options,
        id="labels-order",
        class_="ts-select",
        data_act="seek",
        data_name="order",
    )
    words, sorted_by = tag("span", t("table.find")), tag("span", t("table.order"))
    return tag(
        "div",
        tag("label", words, find, class_="ts-seek ts-seek-words"),
        tag("label", sorted_by, select, class_="ts-seek"),
        class_="ts-seeking",
    )


def page(listed: Listed, t: Words) -> Html:
    """The labels of one page."""
    if not listed.leaf.count:
        return tag("p", t("labels.none"), class_="ts-why")
    turning = tag("div", turn(listed.leaf, t, "labels.places"), class_="ts-head")
    options = (tag("option", value=label) for label in listed.known)
    why = None if listed.drawn or not listed.relabels else _not_drawn(t)
    return join(
        [
            why,
            turning,
            _heads(listed, t),
            tag("datalist", *options, id="every-label"),
            *(_label(label, listed, t) for label in listed.labels),
            turning if listed.leaf.pages > 1 else None,
        ]
    )


def _not_drawn(t: Words) -> Html:
    check = button(t("labels.check"), "check")
    return note("info", tag("div", tag("span", t("labels.not_drawn")), check, class_="ts-line"))


def _heads(listed: Listed, t: Words) -> Html:
    """What the numbers of each line are."""
    count = t("versions.rows" if listed.relabels else "labels.marks")
    names = (count, t("labels.share"), t("labels.per_split"))
    heads = (tag("span", name, class_="ts-number") for name in names)
    return tag("div", tag("span"), tag("span"), *heads, class_="ts-label-heads ts-soft")


def _label(label: Shown, listed: Listed, t: Words) -> Html:
    """One line, and all about the label on a click."""
    name = LOOKS[listed.task.shape].name(label.name, listed.task.labels)
    numbers = (f"{label.counts.get(split, 0):,}" for split in SPLITS)
    head = tag(
        "summary",
        tag("span", tag("b", tag("bdi", name)), _fate(label, t), class_="ts-label-name"),
        bar(label.total / max(1, listed.largest), label=t("labels.bar")),
        tag("span", f"{label.total:,}", class_="ts-number"),
        tag("span", f"{100 * label.share:.1f} %", class_="ts-number ts-soft"),
        tag("span", " / ".join(numbers), class_="ts-number ts-soft"),
    )
    return tag(
        "details",
        head,
        tag("div", _texts(label, listed, t), _acts(label, listed, t), class_="ts-label-open"),
        class_="ts-label-item",
        data_keep=f"label-{label.place}",
    )


def _fate(label: Shown, t: Words) -> Html | None:
    if not label.fate:
        return None
    right = label.fate.right
    words = t("labels.goes") if label.fate.gone or not right else f"→ {right[0]}"
    return tag("b", words, class_="ts-fate")


def _texts(label: Shown, listed: Listed, t: Words) -> Html:
    """What its texts look like: typical ones where they are known, else the first ones."""
    parts: list[Child] = [_line(label, t)]
    if label.prototypes:
        parts.append(
            _few("labels.prototypes", [(row, None) for row in label.prototypes], listed, t)
        )
        parts.append(_few("labels.borderline", _told(label.borderline, "labels.or", t), listed, t))
        parts.append(_few("labels.counter", _told(label.counter, "labels.is", t), listed, t))
    else:
        parts.append(_few("labels.examples", [(row, None) for row in label.examples], listed, t))
    return tag("div", *parts, class_="ts-label-texts")


def _told(rows: Sequence[tuple[Row, str]], key: str, t: Words) -> list[tuple[Row, str | None]]:
    return [(row, t(key, label=other)) for row, other in rows]


def _few(
    title: str, rows: Sequence[tuple[Row, str | None]], listed: Listed, t: Words
) -> Html | None:
    if not rows:
        return None
    look, labels = LOOKS[listed.task.shape], listed.task.labels
    lines = (
        tag(
            "li",
            tag("span", look.saved(row, labels, CLIP), dir="auto"),
            tag("span", f" {told}", class_="ts-soft") if told else None,
        )
        for row, told in rows
    )
    return join([tag("h4", t(title)), tag("ul", *lines, class_="ts-list")])


def _line(label: Shown, t: Words) -> Html:
    """The field for what belongs to a label."""
    field = tag(
        "input",
        type="text",
        value=label.line,
        id=f"line-{label.place}",
        class_="ts-input",
        maxlength=str(LONGEST),
        data_act="line",
        data_of=label.name,
        placeholder=t("labels.line_help"),
    )
    return tag("label", tag("span", t("labels.line"), class_="ts-field-label"), field)


def _acts(label: Shown, listed: Listed, t: Words) -> Html:
    rows = label.carried
    acts = [
        _form("rename", label, t("labels.rename_to"), t("labels.rename")),
        _form("merge", label, t("labels.merge_into"), t("labels.merge", rows=rows), "every-label"),
    ]
    if listed.relabels:
        acts.append(_split(label, t))
    acts.append(_drop(label, listed, t))
    look = button(t("labels.rows", rows=rows), "rows", of=label.name)
    return tag("div", look, *acts, class_="ts-label-acts")


def _form(act: str, label: Shown, asks: str, words: str, list_: str | None = None) -> Html:
    field = _field(f"{act}-{label.place}", asks, list_)
    return tag("div", field, button(words, act, of=label.name), class_="ts-line", data_form=True)


def _field(name: str, asks: str, list_: str | None = None) -> Html:
    """For a new name; or, with a list, for one of those in it, which may be longer."""
    return tag(
        "input",
        type="text",
        id=name,
        list=list_,
        class_="ts-input",
        data_field=True,
        maxlength=None if list_ else str(LONGEST_LABEL),
        placeholder=asks,
        aria_label=asks,
        autocomplete="off",
    )


def _split(label: Shown, t: Words) -> Html:
    """Rows of a label become another one: those with some words, looked at and ticked before."""
    field = _field(f"split-{label.place}", t("labels.split_words"))
    look = button(t("labels.split"), "split", of=label.name)
    why = tag("p", t("labels.split_why"), class_="ts-why")
    return tag("div", tag("div", field, look, class_="ts-line"), why, data_form=True)


def _drop(label: Shown, listed: Listed, t: Words) -> Html:
    """What happens to its rows is said before."""
    if not listed.relabels:
        told = t("labels.drop_marks", marks=label.total)
    elif listed.task.several:
        told = t("labels.drop_several", rows=label.carried, alone=label.alone)
    else:
        told = t("labels.drop_rows", rows=label.carried)
    act = button(t("labels.drop"), "drop", kind="ts-danger", of=label.name)
    return fold(t("labels.drop_fold"), tag("p", told, class_="ts-why"), act)
