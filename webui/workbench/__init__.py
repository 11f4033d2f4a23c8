"""The views of a saved data set, all of one shape:

build(page)             the layout, in a column of its own; returns the view's record of components
wire(view)              its listeners
applies(dataset)        whether the view has anything to say of data like these
show(view, seen)        what it shows of one data set, as {component: value}
stamp(view, seen)       whatever changes when `show` would show something else
"""

from types import ModuleType

from webui.workbench import labelling, labels, overview, problems, review, rows, versions, worth
from webui.workbench import map as text_map

VIEWS: dict[str, ModuleType] = {
    "overview": overview,
    "problems": problems,
    "review": review,
    "rows": rows,
    "map": text_map,
    "labels": labels,
    "worth": worth,
    "next": labelling,
    "versions": versions,
}
"""Name, as it stands in the address → module; in the order of the page. Each has a text
`bench_<name>`."""
