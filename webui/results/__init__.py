"""The views of the results tab, all of one shape:

build(page)             the layout, in a column of its own; returns the view's record of components
wire(view)              its listeners
applies(report)         whether the view has anything to say of results like these
show(view, seen)        what it shows of one run's results, as {component: value}

Those of FILTERED stand under the control panel and show the rows that it lets through.
"""

from types import ModuleType

from webui.results import (
    better,
    compare,
    confusion,
    correct,
    curves,
    decisions,
    overview,
    robustness,
    rows,
)

VIEWS: dict[str, ModuleType] = {
    "overview": overview,
    "confusion": confusion,
    "rows": rows,
    "curves": curves,
    "decisions": decisions,
    "better": better,
    "compare": compare,
    "robustness": robustness,
    "correct": correct,
}
"""Name, as it stands in the address → module; in the order of the page. Each has a text
`view_<name>`."""

FILTERED = frozenset({"overview", "confusion", "rows"})
