"""The control panel of the results in HTML: how many rows it lets through, and what it asks."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from engine.evaluation.filters import NO_LABEL, OTHER, Filter
from engine.markup import Child
from webui.charts import Words
from webui.html import Html, button, join, tag


class Chip(NamedTuple):
    """One thing that is asked for."""

    words: str
    names: tuple[str, ...]
    """Fields of the filter that ask for it."""


def head(wanted: Filter, passed_over: Filter, rows: int, every: int, unit: str, t: Words) -> Html:
    """How many of the rows are looked at; what is asked for, each with a way to drop it."""
    if not wanted:
        told = t("panel.every_row", rows=every)
    else:
        told = t("panel.some_rows", rows=rows, every=every)
    parts: list[Child] = [tag("b", told, class_="ts-row-count")]
    parts += [_chip(chip, t) for chip in chips(wanted, unit, t)]
    if wanted:
        parts.append(button(t("panel.clear"), "clear"))
    line = tag("div", *parts, class_="ts-chips", role="status")
    left = [chip.words for chip in chips(passed_over, unit, t)]
    note = tag("p", t("panel.passed_over", filters=left), class_="ts-why") if left else None
    return join([line, note])


def filter_button(
    words: Child, wanted: Filter, view: str = "", narrow: bool = False, **look: str
) -> Html:
    """A button that shows the rows of a filter, in another view where one is named; with `narrow`
    what is asked for already goes on holding. `look` is `kind` and attributes of a button."""
    act = "narrow" if narrow else "filter"
    return button(words, act, filter=urlencode(wanted.to_query()), view=view, **look)


def chips(wanted: Filter, unit: str, t: Words) -> list[Chip]:
    """What is asked for, in words; a confusion is one thing, and so is a range."""
    found = [*_labels(wanted, t)]
    if wanted.outcome:
        found.insert(0, Chip(t(f"panel.outcome_{wanted.outcome}"), ("outcome",)))
    if wanted.kind:
        found.append(Chip(t(f"report.error.{wanted.kind}"), ("kind",)))
    sure = [None if end is None else f"{100 * end:.4g} %" for end in (wanted.least, wanted.most)]
    found += _range("confidence", sure, ("least", "most"), t)
    lengths = [None if end is None else f"{end:,}" for end in (wanted.shortest, wanted.longest)]
    found += _range(unit, lengths, ("shortest", "longest"), t)
    if wanted.column:
        words = t("panel.chip_column", column=wanted.column, value=wanted.value)
        found.append(Chip(words, ("column", "value")))
    if wanted.words:
        found.append(Chip(t("panel.chip_words", words=wanted.words), ("words",)))
    if wanted.alert:
        found.append(Chip(t(f"panel.alert_{wanted.alert}"), ("alert",)))
    return found


def label_name(label: str, t: Words) -> str:
    """A true or predicted label in words."""
    return t("panel.no_label") if label == NO_LABEL else label


def _labels(wanted: Filter, t: Words) -> Iterator[Chip]:
    both = ("truth", "decided")
    if wanted.decided == OTHER and wanted.truth:
        yield Chip(t("panel.chip_missed", label=label_name(wanted.truth, t)), both)
    elif wanted.truth == OTHER and wanted.decided:
        yield Chip(t("panel.chip_added", label=label_name(wanted.decided, t)), both)
    else:
        for name in both:
            label = getattr(wanted, name)
            if label:
                yield Chip(t(f"panel.chip_{name}", label=label_name(label, t)), (name,))


def _range(of: str, ends: Sequence[str | None], names: tuple[str, str], t: Words) -> Iterator[Chip]:
    low, high = ends
    if low is None and high is None:
        return
    between = "from" if high is None else "to" if low is None else "between"
    range_ = t(f"panel.range_{between}", low=low, high=high)
    yield Chip(t(f"panel.chip_{of}", range=range_), names)


def _chip(chip: Chip, t: Words) -> Html:
    cross = tag("span", "×", aria_hidden="true")
    return button(
        join([chip.words, " ", cross]),
        "drop",
        kind="ts-chip ts-chosen",
        names=" ".join(chip.names),
        aria_label=t("panel.drop", filter=chip.words),
    )
