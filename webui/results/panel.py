"""The one control panel of the results: which rows the views under it look at.

It holds no filter of its own: its fields are filled from the selection and change it, and so does
whatever else sets the filter (`webui.results.base.filtered`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

import gradio as gr

from engine.data.seeking import short
from engine.evaluation.filters import FIELDS, NO_LABEL, OTHER, Filter
from engine.evaluation.rows import SplitRows
from webui.page import EVERY_CLICK, Page, Part, Updates, event_data, html_block
from webui.results.base import Seen, filtered
from webui.state import Selection
from webui.views import panel as html

CHOICES = ("outcome", "truth", "decided", "kind", "slice")
WRITTEN = ("least", "most", "shortest", "longest", "words")
MOST_VALUES = 50
"""Values of a column that are offered, the most frequent ones."""


@dataclass(frozen=True)
class Panel(Part):
    frame: gr.Column
    head: gr.HTML
    fields: Mapping[str, gr.Dropdown | gr.Number | gr.Textbox]
    """By the filter's names; the ends of confidence in per cent, a column with its value as one."""
    asked: gr.State
    """The filter that holds: a change of it fills the fields that are written in,"""
    filled: gr.State
    """where they say something else, so that nothing is lost that is being written meanwhile."""


def build(page: Page) -> Panel:
    """What holds now in one line, and below it, folded, the fields that change it."""
    with gr.Column(visible=False, elem_classes="ts-card ts-panel") as frame:
        head = html_block(acts=True, elem_id="filters")
        with gr.Accordion(page.t("panel.title"), open=False, elem_id="filter-fields"):
            fields = _fields(page)
    return Panel(page, frame, head, fields, gr.State(), gr.State())


def _fields(page: Page) -> dict[str, Any]:
    t = page.t
    fields: dict[str, Any] = {}
    with gr.Row(elem_classes="ts-even"):
        for name in ("outcome", "truth", "decided", "kind"):
            fields[name] = _choice(page, name)
    with gr.Row(elem_classes="ts-even"):
        for name in WRITTEN[:-1]:
            words = {"shortest": "shortest_tokens", "longest": "longest_tokens"}.get(name, name)
            fields[name] = gr.Number(
                label=t(f"panel.{words}"), min_width=130, elem_id=f"filter-{name}"
            )
    with gr.Row(elem_classes="ts-even"):
        fields["words"] = gr.Textbox(
            label=t("panel.words"), max_lines=1, min_width=240, elem_id="filter-words"
        )
        fields["slice"] = _choice(page, "slice")
    return fields


def _choice(page: Page, name: str) -> gr.Dropdown:
    label = page.t(f"panel.{name}")
    return gr.Dropdown([], label=label, min_width=200, elem_id=f"filter-{name}")


def wire(panel: Panel) -> None:
    page, fields = panel.page, panel.fields
    panel.on(panel.head.click, _act, [page.selection], **EVERY_CLICK)
    given = [page.selection, panel.filled, *fields.values()]
    chosen = [fields[name].input for name in CHOICES]
    written = [fields[name] for name in WRITTEN]
    left = [event for field in written for event in (field.submit, field.blur)]
    panel.on([*chosen, *left], _choose, given, trigger_mode="always_last")
    panel.on(panel.asked.change, _fill, [panel.asked, panel.filled], trigger_mode="always_last")


def show(panel: Panel, seen: Seen) -> Updates:
    """The count of the rows, what is asked for, and the fields as it says."""
    rows, wanted, asked = seen.rows, seen.filter, seen.selection.filter
    counts = int(seen.mask.sum()), len(rows)
    return {
        panel.frame: gr.Column(visible=True),
        panel.head: html.head(wanted, _passed_over(asked, wanted), *counts, rows.unit, panel.t),
        panel.asked: wanted,
        **_fitted(panel, rows, wanted),
    }


def _passed_over(asked: Filter, wanted: Filter) -> Filter:
    """What of the filter these rows do not have."""
    kept = dict.fromkeys(wanted.to_query())
    return asked.but(**kept)


def _fitted(panel: Panel, rows: SplitRows, wanted: Filter) -> Updates:
    """The fields as these rows have something to ask for; what is chosen, not what is written."""
    fields, t = panel.fields, panel.t
    fitted: Updates = {
        fields[name]: gr.Dropdown(
            [(t("panel.any"), ""), *choices],
            value=_slice(wanted) if name == "slice" else getattr(wanted, name),
            visible=bool(choices),
        )
        for name, choices in _offered(panel, rows, wanted).items()
    }
    lengths = {
        "shortest": t(f"panel.shortest_{rows.unit}"),
        "longest": t(f"panel.longest_{rows.unit}"),
    }
    known = rows.lengths is not None
    fitted |= {fields[name]: gr.Number(label=lengths[name], visible=known) for name in lengths}
    return fitted | {fields["words"]: gr.Textbox(visible=rows.columns is not None)}


def _fill(panel: Panel, asked: Filter | None, filled: Filter | None) -> Updates:
    """What is asked for from elsewhere stands in the fields, too; at first in all of them."""
    if asked is None:  # another view was opened first
        return {}
    written = {
        panel.fields[name]: _in_field(asked, name)
        for name in WRITTEN
        if filled is None or getattr(asked, name) != getattr(filled, name)
    }
    return written | {panel.filled: asked}


def _in_field(wanted: Filter, name: str) -> Any:
    value = getattr(wanted, name)
    return round(100 * value, 2) if isinstance(value, float) else value


def _offered(panel: Panel, rows: SplitRows, wanted: Filter) -> dict[str, list[tuple[str, str]]]:
    """Name → what can be chosen, in words and as the filter has it."""
    t, task = panel.t, rows.task
    return {
        "outcome": [(t(f"panel.outcome_{name}"), name) for name in task.outcomes],
        "truth": _sides(panel, rows, wanted.decided, "panel.other_truth"),
        "decided": _sides(panel, rows, wanted.truth, "panel.other_decided"),
        "kind": [(t(f"report.error.{name}"), name) for name in task.errors],
        "slice": _slices(panel, rows, wanted),
    }


def _sides(panel: Panel, rows: SplitRows, opposite: str, other: str) -> list[tuple[str, str]]:
    """The labels; and, where the other side is one, whatever else stands against it."""
    sides = [side for side in rows.sides if side != OTHER]
    found = [(html.label_name(side, panel.t), short(side)) for side in sides]
    if opposite not in ("", NO_LABEL, OTHER):
        found.append((panel.t(other), OTHER))
    return found


def _slices(panel: Panel, rows: SplitRows, wanted: Filter) -> list[tuple[str, str]]:
    """Of each column the frequent values with their rows, and the one that is asked for."""
    found = [
        (column, value, count)
        for column, counted in rows.slices.items()
        for value, count in counted[:MOST_VALUES]
    ]
    offered = {
        _slice(one): panel.t("panel.slice_rows", column=column, value=value, rows=count)
        for column, value, count in found
        for one in (Filter(column=column, value=value),)
        if (one.column, one.value) == (column, value)  # else too long for an address
    }
    if wanted.column:
        words = panel.t("panel.chip_column", column=wanted.column, value=wanted.value)
        offered.setdefault(_slice(wanted), words)
    return [(words, value) for value, words in offered.items()]


def _slice(wanted: Filter) -> str:
    """Column and value as one."""
    if not wanted.column:
        return ""
    return urlencode({"column": wanted.column, "value": wanted.value})


def _choose(panel: Panel, selection: Selection, filled: Filter | None, *values: Any) -> Updates:
    """Something was chosen or written; what cannot be meant is emptied again. A field that says
    what it was last known to say asks for nothing: it is left by a click that clears it, too."""
    given = dict(zip(panel.fields, values, strict=True))
    written = {name: given[name] for name in WRITTEN}
    for name in ("least", "most"):
        given[name] = None if given[name] is None else given[name] / 100
    sliced = dict(parse_qsl(given.pop("slice") or "", keep_blank_values=True))
    given |= {name: sliced.get(name, "") for name in ("column", "value")}
    asked = Filter(**given)
    news = {
        name: getattr(asked, name)
        for name in given
        if filled is None or getattr(asked, name) != getattr(filled, name)
    }
    wanted = selection.filter.but(**news)
    refused = {
        panel.fields[name]: value
        for name in WRITTEN
        for value in (_in_field(asked, name),)
        if not value and written[name]
    }
    if not news:
        return refused
    return filtered(panel.page, selection, wanted) | refused | {panel.filled: asked}


def _act(panel: Panel, selection: Selection, event: gr.EventData) -> Updates:
    """One thing that was asked for is dropped, or all."""
    sent = event_data(event)
    if sent.get("act") == "clear":
        return filtered(panel.page, selection, Filter())
    dropped = dict.fromkeys(name for name in sent.get("names", "").split() if name in FIELDS)
    return filtered(panel.page, selection, selection.filter.but(**dropped))
