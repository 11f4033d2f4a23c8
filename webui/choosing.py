"""Fields for choices that change with other fields.

Gradio refuses a value that is not among a field's choices before anything of ours is asked, with
words of its own. Yet a choice may go out of sight between two clicks, or come from a recipe for
another task. These fields pass such a value on, and the form says in place what is wrong with it.
"""

from abc import ABCMeta
from typing import Any

import gradio as gr


def _preprocess(self: gr.components.Component, payload: Any) -> Any:
    return payload


def _taking_any(parent: type[gr.components.Component]) -> Any:
    """Made past Gradio's metaclass, which would write a stub file beside this one."""
    members = {"preprocess": _preprocess, "is_template": True, "__module__": __name__}
    return ABCMeta.__new__(type(parent), f"Any{parent.__name__}", (parent,), members)


AnyDropdown = _taking_any(gr.Dropdown)
AnyRadio = _taking_any(gr.Radio)
