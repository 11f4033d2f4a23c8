"""Fields for choices that change with other fields.

Gradio refuses a value that is not among a field's choices before anything of ours is asked, with
words of its own. Yet a choice may go out of sight between two clicks, or come from a recipe for
another task. These fields pass such a value on, and the form says in place what is wrong with it.
"""

from typing import Any

import gradio as gr


class AnyDropdown(gr.Dropdown):
    is_template = True  # Gradio's word for: drawn like its parent

    def preprocess(self, payload: Any) -> Any:
        return payload


class AnyRadio(gr.Radio):
    is_template = True

    def preprocess(self, payload: Any) -> Any:
        return payload
