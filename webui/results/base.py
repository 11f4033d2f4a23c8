"""What all views of the results have in common: what they are shown of a run, and the one way to
the rows that a filter lets through.

A view that stands under the control panel (`webui.results.FILTERED`) reads `seen.rows`, the columns
of the chosen split, through `seen.mask`: the rows that the filter in the address lets through. A
WorkspaceError that it raises, as these do where rows cannot be read, stands in its place as a
sentence; on a split without rows it is not asked.

A view sets the filter by buttons of `webui.views.panel.filter_button`, in an `html_block` with
`acts` whose clicks it hands to `follow`; or in a listener of its own by `filtered`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr

from engine.errors import WorkspaceError
from engine.evaluation.filters import FIELDS, Filter
from engine.evaluation.predicted import Predicted, read_predicted
from engine.evaluation.report import Figures, Report
from engine.evaluation.rows import SplitRows, read_rows
from engine.tasks.scores import Bools
from engine.text import Message
from webui.page import Page, Part, Updates, event_data
from webui.state import Selection
from webui.views.shapes import FIRST


@dataclass(frozen=True)
class Seen:
    """What of which results is looked at."""

    page: Page
    selection: Selection
    report: Report

    @property
    def figures(self) -> Figures | None:
        """Those of the best weights on the chosen split, if it has rows."""
        return self.report.splits.get(self.selection.split, {}).get("best")

    def read(self) -> Predicted:
        """The single rows. Raises WorkspaceError where they are gone."""
        return read_predicted(self.page.workspace, self.report, self.selection.split)

    @cached_property
    def rows(self) -> SplitRows:
        """All rows of the chosen split. Raises WorkspaceError where they cannot be read."""
        return read_rows(self.page.workspace, self.report, self.selection.split)

    @property
    def trouble(self) -> Message | None:
        """Why `rows` cannot be read, if so."""
        try:
            len(self.rows)
        except WorkspaceError as error:
            return error.message
        return None

    @cached_property
    def filter(self) -> Filter:
        """What is asked of the rows, as far as they have it."""
        return self.rows.fitting(self.selection.filter)

    @cached_property
    def mask(self) -> Bools:
        """The rows that the filter lets through, (rows,)."""
        return self.rows.mask(self.filter)


def filtered(page: Page, selection: Selection, wanted: Filter, view: str = "") -> Updates:
    """Look at the rows of a filter; in another view where one is named."""
    changes = {"filter": wanted, "view": view or selection.view, "leaf": 1, "shown": FIRST}
    return {page.selection: selection.but(**changes)}


def follow(part: Part, selection: Selection, event: gr.EventData) -> Updates:
    """A `filter_button` was clicked: look at the rows it names, or at those of them that the filter
    lets through already."""
    sent = event_data(event)
    named = _fields(sent)
    kept = selection.filter if sent.get("act") == "narrow" else Filter()
    return filtered(part.page, selection, kept.but(**named), sent.get("view", ""))


def _fields(sent: Mapping[str, str]) -> dict[str, Any]:
    given = parse_qsl(sent.get("filter", ""), keep_blank_values=True)
    return {name: value for name, value in given if name in FIELDS}
