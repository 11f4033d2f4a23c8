"""The rows of a saved data set in HTML: what is sought, and a page of what was found as a table."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from engine.data.changes import LONGEST_LABEL
from engine.data.dataset import EXTRA, SPLITS
from engine.data.seeking import Sought, short
from engine.data.table import NO_LABEL
from engine.data.truths import truth_of
from engine.data.waiting import Fate
from engine.markup import Child
from engine.tasks import AnyTask
from webui.charts import Words
from webui.html import Html, button, escape, join, number_cell, table, tag
from webui.views.looks import LOOKS, Look, Row
from webui.views.rows import Leaf, turn
from webui.views.ticking import many_button, numbered, tick, tick_button, tick_page

PAGE = 50
"""Rows on a page."""
CLIP = 240
"""Characters of a text that is shown at once."""
LONGEST = 100_000
"""Characters of a text that is shown at all."""
EXTRA_SHOWN = 4
"""Extra columns that are shown at once."""
CELL = 60
"""Characters of an extra cell that is shown at once."""
Choices = Sequence[tuple[str, str]]
"""What can be chosen: in words, and as it is sought."""


@dataclass(frozen=True)
class Listed:
    """What a table of rows shows."""

    task: AnyTask
    sought: Sought
    leaf: Leaf
    rows: Sequence[Row]
    """Those of the page."""
    every: int
    """Rows of the data set."""
    orders: Sequence[str]
    fates: Mapping[int, Fate]
    """What the draft does to the rows of the page, by their ids."""
    ticks: str
    """Another one where other rows are looked at, or something was done: nothing is ticked then."""
    problems: Choices = ()
    suggested: Mapping[int, Sequence[str]] = field(default_factory=dict)
    """What rows should probably be instead, as the quality check has it."""

    @property
    def relabels(self) -> bool:
        """Whether rows can be given other labels here."""
        return bool(self.task.labels) and truth_of(self.task.kind).correctable

    @property
    def look(self) -> Look:
        return LOOKS[self.task.shape]


def seeking(listed: Listed, t: Words) -> Html:
    """The fields that say which rows are looked at, and how many they are."""
    sought, words = listed.sought, tag("span", t("table.find"))
    find = tag(
        "input",
        type="search",
        value=sought.find,
        id="seek-find",
        class_="ts-input",
        data_act="seek",
        data_name="find",
        placeholder=t("table.find_help"),
    )
    fields = [
        tag("label", words, find, class_="ts-seek ts-seek-words"),
        *(_choice(name, choices, sought, t) for name, choices in _offered(listed, t)),
        tag(
            "div",
            _choice("order", _orders(listed, t), sought, t),
            _turned(sought, t),
            class_="ts-line",
        ),
    ]
    return join([tag("div", *fields, class_="ts-seeking"), _count(listed, t)])


def _offered(listed: Listed, t: Words) -> Iterator[tuple[str, Choices]]:
    anything = (t("panel.any"), "")
    labels, having = [(label, short(label)) for label in listed.task.labels], listed.sought.having
    if labels or having:
        none = [(t("panel.no_label"), NO_LABEL)] if listed.task.several else []
        offered = [anything, *none, *labels]
        gone = [] if having in {value for _, value in offered} else [(having, having)]
        yield "having", [*offered, *gone]
    yield "among", [anything, *((t(f"report.split.{split}"), split) for split in SPLITS)]
    if listed.problems:
        yield "problem", [anything, *listed.problems]


def _orders(listed: Listed, t: Words) -> Choices:
    return [(_order_name(name, t), name) for name in listed.orders]


def _order_name(name: str, t: Words) -> str:
    if name.startswith(EXTRA):
        return t("table.order_column", column=name.removeprefix(EXTRA))
    return t(f"table.order_{name}")


def _choice(name: str, choices: Choices, sought: Sought, t: Words) -> Html:
    chosen = getattr(sought, name).removeprefix("-" if name == "order" else "")
    options = (
        tag("option", words, value=value, selected=value == chosen) for words, value in choices
    )
    select = tag(
        "select",
        *options,
        id=f"seek-{name}",
        class_="ts-select",
        data_act="seek",
        data_name=name,
    )
    return tag("label", tag("span", t(f"table.{name}")), select, class_="ts-seek")


def _turned(sought: Sought, t: Words) -> Html:
    """The button that turns the order round."""
    down = sought.order.startswith("-")
    words = t("table.descending" if down else "table.ascending")
    sign = tag("span", "↓" if down else "↑", aria_hidden="true")
    return button(
        sign, "turn", id="seek-turn", title=words, aria_label=words, aria_pressed=str(down).lower()
    )


def _count(listed: Listed, t: Words) -> Html:
    if not listed.sought:
        told = t("panel.every_row", rows=listed.every)
        return tag("p", told, class_="ts-row-count", role="status")
    told = t("panel.some_rows", rows=listed.leaf.count, every=listed.every)
    parts: list[Child] = [tag("b", told, class_="ts-row-count")]
    if listed.sought.chosen:
        cross = tag("span", "×", aria_hidden="true")
        words = t("table.chosen")
        label = t("panel.drop", filter=words)
        chip = join([words, " ", cross])
        parts.append(button(chip, "unchoose", kind="ts-chip ts-chosen", aria_label=label))
    parts.append(button(t("table.every"), "clear"))
    return tag("div", *parts, class_="ts-chips", role="status")


def page(listed: Listed, t: Words) -> Html:
    """The rows of one page, and the way to the others above and below."""
    if not listed.leaf.count:
        return tag("p", t("table.none"), class_="ts-why")
    turning = turn(listed.leaf, t)
    truth = "table.answer" if not listed.task.labels else "table.having"
    head = (
        tag("th", tick_page(t("table.tick_page")), class_="ts-tick"),
        t("table.order_row"),
        t("table.order_text"),
        t(truth),
        t("table.among"),
        tag("th", t("table.order_length"), class_="ts-number"),
    )
    rows = table(head, (_row(row, listed, t) for row in listed.rows), "ts-table ts-rows")
    below = tag("div", turning, class_="ts-head") if listed.leaf.pages > 1 else None
    top = tag("div", turning, class_="ts-head")
    return tag(
        "div",
        top,
        _acting(listed, t),
        rows,
        below,
        data_ticks=listed.ticks,
        data_total=str(listed.leaf.count),
    )


def _acting(listed: Listed, t: Words) -> Html:
    """What can be done with the ticked rows."""
    count = listed.leaf.count
    none = tag("span", t("table.tick_help"), class_="ts-soft", data_when="none")
    some = tag(
        "b",
        **numbered(lambda rows: t("table.ticked", rows=rows)),
        data_when="some",
        role="status",
    )
    first = [none, some, tick_button(t("table.tick_every", rows=count), "whole")]
    first.append(tag("span", tick_button(t("table.tick_none"), "none"), data_when="some"))
    acts = [*(_relabelling(listed, t) if listed.relabels else ()), *_others(listed, t)]
    return tag(
        "div",
        tag("div", *first, class_="ts-line"),
        tag("div", *acts, class_="ts-line", data_when="some", hidden=True),
        class_="ts-acting",
    )


def _relabelling(listed: Listed, t: Words) -> Iterator[Html]:
    options = (tag("option", value=label) for label in listed.task.labels)
    field = tag(
        "input",
        type="text",
        list="bench-labels",
        id="bench-label",
        class_="ts-input",
        data_typed=True,
        maxlength=str(max(LONGEST_LABEL, *map(len, listed.task.labels))),
        placeholder=t("table.label_help"),
        aria_label=t("table.label_help"),
        autocomplete="off",
    )
    yield field
    yield tag("datalist", *options, id="bench-labels")
    yield tag("span", t("table.new_label"), class_="ts-soft", data_unknown=True, hidden=True)
    if listed.task.several:
        yield many_button("add", lambda rows: t("table.add", rows=rows))
        yield many_button("remove", lambda rows: t("table.remove", rows=rows))
    yield many_button("set", lambda rows: t("table.set", rows=rows))


def _others(listed: Listed, t: Words) -> Iterator[Html]:
    if listed.suggested:
        yield many_button("accept", lambda rows: t("table.accept", rows=rows))
    yield many_button("drop", lambda rows: t("table.drop", rows=rows), "ts-danger")
    yield many_button("alone", lambda rows: t("table.alone", rows=rows))
    yield many_button("spare", lambda rows: t("table.spare", rows=rows))


def _row(row: Row, listed: Listed, t: Words) -> Iterator[Child]:
    number, fate = row["row_id"], listed.fates[row["row_id"]]
    yield tag("td", tick(number, t("table.tick", row=number)), class_="ts-tick")
    yield tag("td", f"{number:,}", class_="ts-number ts-soft")
    gone = tag("b", t("table.gone"), class_="ts-fate") if fate.gone else None
    look = "ts-row-text ts-gone" if fate.gone else "ts-row-text"
    yield tag("td", gone, _text(row, listed, t), class_=look)
    yield tag("td", _label(fate, listed.suggested.get(number), t), class_="ts-row-label")
    yield t(f"report.split.{row['split']}")
    yield number_cell(f"{len(row['text']):,}")


def _label(fate: Fate, suggested: Sequence[str] | None, t: Words) -> Html:
    """The label, the one that waits in its place, and the one that it should perhaps be."""
    now = _names(fate.now, t)
    if fate.now != fate.right:
        after = tag("b", "→ ", _names(fate.right, t), class_="ts-fate")
        return join([tag("s", now, class_="ts-soft"), tag("br"), after])
    if suggested and tuple(suggested) != fate.now:
        perhaps = tag("span", t("table.perhaps"), " ", _names(suggested, t), class_="ts-soft")
        return join([now, tag("br"), perhaps])
    return now


def _names(names: Sequence[str], t: Words) -> Html:
    if not names:
        return tag("span", t("no_label"), class_="ts-soft")
    return join((tag("bdi", name) for name in names), tag("span", " · ", class_="ts-soft"))


def _text(row: Row, listed: Listed, t: Words) -> Html:
    """The beginning of a text, and all of it on a click; below it what the extra columns say."""
    look, labels = listed.look, listed.task.labels
    short = tag("span", look.saved(row, labels, CLIP), class_="ts-short", dir="auto")
    if len(row["text"]) > CLIP or row["text"].count("\n") > 1:
        whole = tag("div", look.saved(row, labels, LONGEST), class_="ts-kept", dir="auto")
        summary = join([short, tag("span", t("table.whole"), class_="ts-more")])
        kept = f"row-{row['row_id']}"
        short = tag("details", tag("summary", summary), whole, class_="ts-row-fold", data_keep=kept)
    return join([short, _extra(row, t)])


def _extra(row: Row, t: Words) -> Html:
    cells = [(n.removeprefix(EXTRA), c) for n, c in row.items() if n.startswith(EXTRA) and c]
    told = [
        join(
            [tag("span", f"{name}: "), tag("bdi", cell if len(cell) <= CELL else cell[:CELL] + "…")]
        )
        for name, cell in cells[:EXTRA_SHOWN]
    ]
    if not told:
        return escape("")
    more = len(cells) - len(told)
    if more > 0:
        told.append(escape(t("and_more_columns", columns=more)))
    return tag("p", join(told, " · "), class_="ts-soft ts-small")
