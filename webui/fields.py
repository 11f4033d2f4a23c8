"""Gradio's fields, where what they hold may be older than what they offer.

Gradio refuses a value that is not among the choices, in English and in its own words, and it may
see one while the page is still taking over new choices and values field by field. Whoever reads
the form checks each value anyway, and says what is wrong with it.
"""

from typing import Any

import gradio as gr


class Dropdown(gr.Dropdown):
    is_template = True

    def preprocess(self, payload: Any) -> Any:
        return payload


class Radio(gr.Radio):
    is_template = True

    def preprocess(self, payload: Any) -> Any:
        return payload
