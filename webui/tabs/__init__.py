"""The six tabs, all of one shape:

build(page, frame)      the layout; returns the tab's record of components
wire(tab)               its listeners
show(tab, selection)    what it shows of the workspace, as {component: value}
stamp(tab, selection)   whatever changes when `show` would show something else
"""

from types import ModuleType

from webui.tabs import data, export, playground, results, runs, train

MODULES: dict[str, ModuleType] = {
    "data": data,
    "train": train,
    "runs": runs,
    "results": results,
    "playground": playground,
    "export": export,
}
