"""What was taken for what, in HTML: the worst confusions in words, the matrix, each label alone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engine.evaluation.confusions import Confused, Matrix, similar_order
from engine.evaluation.filters import NO_LABEL, OTHER
from engine.tasks.scores import Floats
from webui.charts import Words
from webui.html import Html, button, join, note, number_cell, table, tag

COUNTS, BY_TRUTH, BY_DECIDED = SCALES = ("counts", "by_truth", "by_decided")
"""What a cell of the matrix says: how often, or a share of its line or of its column."""
MOST = 100
"""Labels in a matrix: with more, those that are confused most often."""
FEW = 6
"""Up to so many labels there is room for their names side by side."""
EMPTY = Html("<td></td>")
"""Most cells of a large matrix."""


@dataclass(frozen=True)
class Crossed:
    """A matrix that is shown: what is true down, what was said across."""

    names: Sequence[str]
    """As a filter names them; of mentions the last is NO_LABEL."""
    counts: Matrix
    order: Sequence[int]
    """Lines and columns as they are shown."""
    chosen: tuple[str, str] = ("", "")
    """The true and the said label that are filtered by."""

    @property
    def mentions(self) -> bool:
        return NO_LABEL in self.names


def ordered(counts: Matrix, names: Sequence[str]) -> list[int]:
    """Labels that are confused side by side, nothing last; at most MOST of them, those with most
    errors."""
    labels = len(names) - (NO_LABEL in names)
    off = counts - np.diag(np.diag(counts))
    errors = (off.sum(axis=0) + off.sum(axis=1))[:labels]
    kept = np.sort(np.argsort(-errors, kind="stable")[:MOST])
    places = kept[similar_order(counts[np.ix_(kept, kept)])].tolist()
    return [*places, *range(labels, len(names))]


def worst(found: Sequence[Confused], t: Words, mentions: bool = False) -> Html:
    """Each in words, one click from its rows."""
    if not found:
        return note("info", t("confusion.none"))
    items = (
        tag(
            "li",
            button(
                _said(each.truth, each.decided, t),
                "cell",
                kind="ts-link",
                truth=each.truth,
                decided=each.decided,
            ),
            " ",
            tag("span", _often(each, mentions, t), class_="ts-soft"),
        )
        for each in found
    )
    title = tag("h3", t("confusion.worst", shown=len(found)))
    return join([title, tag("ol", *items, class_="ts-worst")])


def _said(truth: str, decided: str, t: Words) -> str:
    if decided in (OTHER, NO_LABEL):
        return t("confusion.missed", label=truth)
    if truth in (OTHER, NO_LABEL):
        return t("confusion.added", label=decided)
    return t("confusion.taken", label=truth, other=decided)


def _often(each: Confused, mentions: bool, t: Words) -> str:
    """How often, and of how many."""
    what = "mentions" if mentions else "rows"
    way = "said" if each.truth in (OTHER, NO_LABEL) else "true"
    share = f"{100 * each.times / max(1, each.of):.0f} %"
    label = each.decided if way == "said" else each.truth
    key = f"confusion.often_{what}_{way}"
    return t(key, count=each.times, share=share, of=each.of, label=label)


def _scales(chosen: str, t: Words) -> Html:
    """Counts or shares."""
    buttons = (
        button(
            t(f"confusion.{scale}"),
            "pick",
            kind="ts-strong" if scale == chosen else "",
            pick=scale,
            aria_pressed=str(scale == chosen).lower(),
        )
        for scale in SCALES
    )
    return tag("div", *buttons, class_="ts-buttons", role="group", aria_label=t("confusion.scale"))


def matrix(found: Crossed, scale: str, t: Words) -> Html:
    """Every cell is a click from its rows; the larger its share, the fuller its colour."""
    shares = share_of(found.counts, axis=0 if scale == BY_DECIDED else 1)
    names = [_name(name, t) for name in found.names]
    lines = (
        tag(
            "tr",
            tag("th", names[was], scope="row", title=names[was]),
            *(_cell(found, was, said, shares[was, said], scale, t) for said in found.order),
        )
        for was in found.order
    )
    of = "mentions" if found.mentions else "labels"
    left_out = len(names) - len(found.order)
    return join(
        [
            tag("div", tag("h3", t(f"confusion.title_{of}")), _scales(scale, t), class_="ts-head"),
            tag("p", t(f"confusion.help_{of}"), class_="ts-why"),
            tag("p", t("confusion.part", limit=MOST), class_="ts-why") if left_out else None,
            _grid([names[said] for said in found.order], lines, t("confusion.corner")),
        ]
    )


def _grid(heads: Sequence[str], lines: Iterable[Html], corner: str) -> Html:
    """A table whose names stay in sight while it scrolls; where there are many, those of the
    columns are written downwards."""
    cells = (tag("th", tag("span", name), scope="col", title=name) for name in heads)
    head = tag("thead", tag("tr", tag("td", corner, class_="ts-soft"), *cells))
    look = "ts-matrix" if len(heads) <= FEW else "ts-matrix ts-matrix-many"
    inner = tag("table", head, tag("tbody", *lines), class_=look)
    return tag("div", inner, class_="ts-matrix-box", tabindex="0")


def _cell(found: Crossed, was: int, said: int, share: float, scale: str, t: Words) -> Html:
    count = int(found.counts[was, said])
    if not count:
        return EMPTY
    truth, decided = found.names[was], found.names[said]
    chosen = found.chosen == (truth, decided)
    percent = f"{100 * share:.0f}"
    told = t(
        "confusion.cell",
        said=t("confusion.found", label=truth) if was == said else _said(truth, decided, t),
        count=count,
        share=f"{percent} %",
    )
    inner = button(
        f"{count:,}" if scale == COUNTS else percent,
        "cell",
        kind="ts-cell-chosen" if chosen else "",
        truth=truth,
        decided=decided,
        title=told,
        aria_pressed="true" if chosen else None,
    )
    kind = "ts-right" if was == said else "ts-wrong"
    return tag("td", inner, class_=kind, style=f"--share:{share**0.5:.2f}")


def share_of(counts: Matrix, axis: int) -> Floats:
    """Of each line (axis 1) or column (axis 0); 0 where that is empty."""
    shares: Floats = counts / np.maximum(counts.sum(axis=axis, keepdims=True), 1)
    return shares


def _name(name: str, t: Words) -> str:
    return t("confusion.nothing") if name == NO_LABEL else name


def one_by_one(labels: Sequence[str], sides: Matrix, t: Words) -> Html:
    """Each label against the rest, most errors first; every count is a click from its rows."""
    order = np.argsort(-(sides[:, 1] + sides[:, 2]), kind="stable").tolist()
    heads = (
        tag("th", t(f"confusion.{name}"), class_="ts-number")
        for name in ("side_found", "side_missed", "side_added", "side_neither")
    )
    lines = []
    for place in order:
        label = labels[place]
        wanted = ((label, label), (label, OTHER), (OTHER, label))
        counts = [_count(int(n), *pair) for n, pair in zip(sides[place, :3], wanted, strict=True)]
        lines.append([label, *counts, number_cell(f"{sides[place, 3]:,}")])
    help_ = tag("p", t("confusion.sides_help"), class_="ts-why")
    return join([tag("h3", t("confusion.sides_title")), help_, table([t("label"), *heads], lines)])


def _count(count: int, truth: str, decided: str) -> Html:
    if not count:
        return number_cell("0")
    link = button(f"{count:,}", "cell", kind="ts-link", truth=truth, decided=decided)
    return number_cell(link)


def together(labels: Sequence[str], counts: Matrix, t: Words) -> Html:
    """Which labels are true side by side; the diagonal is a label's own rows."""
    title = tag("h3", t("confusion.together_title"))
    if not (counts - np.diag(np.diag(counts))).any():
        return join([title, tag("p", t("confusion.never_together"), class_="ts-why")])
    order = ordered(counts, labels)
    shares = share_of(counts, axis=1)
    lines = (
        tag(
            "tr",
            tag("th", labels[one], scope="row", title=labels[one]),
            *(_plain_cell(int(counts[one, two]), shares[one, two], one == two) for two in order),
        )
        for one in order
    )
    help_ = tag("p", t("confusion.together_help"), class_="ts-why")
    return join([title, help_, _grid([labels[two] for two in order], lines, "")])


def _plain_cell(count: int, share: float, own: bool) -> Html:
    if not count:
        return EMPTY
    style = None if own else f"--share:{min(share, 1) ** 0.5:.2f}"
    return tag("td", f"{count:,}", class_="ts-own" if own else "ts-right", style=style)


def kinds(counts: Mapping[str, int], chosen: str, t: Words) -> Html:
    """The kinds of error with the rows in which each occurs, one click from them."""
    head = (
        t("error_kind"),
        tag("th", t("confusion.kind_rows"), class_="ts-number"),
        t("error_means"),
    )
    lines = (
        (
            button(
                t(f"report.error.{kind}"),
                "kind",
                kind="ts-strong" if kind == chosen else "",
                pick=kind,
                aria_pressed=str(kind == chosen).lower(),
            ),
            number_cell(f"{count:,}"),
            t(f"error_{kind}"),
        )
        for kind, count in counts.items()
    )
    return join([tag("h3", t("errors_title")), table(head, lines, "ts-table ts-kinds")])
