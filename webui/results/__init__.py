"""The views of the results tab, all of one shape:

build(page)             the layout, in a column of its own; returns the view's record of components
wire(view)              its listeners
applies(report)         whether the view has anything to say of results like these
show(view, seen)        what it shows of one run's results, as {component: value}
"""

from types import ModuleType

from webui.results import curves, decisions, overview

VIEWS: dict[str, ModuleType] = {
    "overview": overview,
    "curves": curves,
    "decisions": decisions,
}
"""Name, as it stands in the address → module; in the order of the page. Each has a text
`view_<name>`."""
