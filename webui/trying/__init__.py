"""The views of the playground, all of one shape:

build(page)             the layout, in a column of its own; returns the view's record of components
wire(view, run)         its listeners; `run` is the tab's choice of a model, above the views
applies(task)           whether the view has anything to say of models for such a task
show(view, tried)       what it shows of one run's model, as {component: value}
"""

from types import ModuleType

from webui.trying import ask, corrections, file, pins

VIEWS: dict[str, ModuleType] = {
    "ask": ask,
    "batch": file,
    "corrections": corrections,
    "pins": pins,
}
"""Name, as it stands in the address → module; in the order of the page. Each has a text
`trying.<name>`."""
