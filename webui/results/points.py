"""The operating point a run's model holds now, for the views that show what it means."""

from engine.errors import ModelError
from engine.models.thresholds import FILE, read_point
from engine.tasks.operating_point import OperatingPoint
from webui.page import Page
from webui.results.base import Seen


def saved_point(seen: Seen) -> OperatingPoint:
    """The default one where a file cannot be read: only the view of decisions tells of that."""
    try:
        return read_point(seen.page.workspace.run(seen.report.run).model)
    except ModelError:
        return OperatingPoint()


def stamp(page: Page, run: str | None) -> int:
    """Changes when a point is saved, be it on another page or by the command line."""
    file = page.workspace.run(run).model / FILE if run else None
    return file.stat().st_mtime_ns if file and file.is_file() else 0
