"""What all views of the results have in common: their record, and what they are shown of a run."""

from dataclasses import dataclass

import gradio as gr

from engine.evaluation.predicted import Predicted, read_predicted
from engine.evaluation.report import Figures, Report
from webui.page import Page, Part
from webui.state import Selection


@dataclass(frozen=True)
class View(Part):
    """Base of the views' records."""

    frame: gr.Column
    """In sight while the view is the chosen one."""


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
