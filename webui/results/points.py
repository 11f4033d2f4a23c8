"""The operating point a run's model holds now, for the views that show what it means."""

from engine.errors import ModelError
from engine.models.thresholds import read_point
from engine.tasks.operating_point import OperatingPoint
from webui.results.base import Seen


def saved_point(seen: Seen) -> OperatingPoint:
    """The default one where a file cannot be read: only the view of decisions tells of that."""
    try:
        return read_point(seen.page.workspace.run(seen.report.run).model)
    except ModelError:
        return OperatingPoint()
