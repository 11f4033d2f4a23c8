"""Tabs and views without a browser: built alone, and what their updates and events hold."""

import gradio as gr

from webui.state import Place, Selection


def page_states():
    """What a page holds, in the order of its record."""
    selection, place = gr.State(Selection()), gr.State(Place())
    copied, trial = gr.State(("", 0)), gr.State(("", {}, 0))
    return selection, place, copied, trial, gr.BrowserState({})


def built(module, page):
    """The record of a tab."""
    with gr.Blocks(), gr.Tabs(), gr.Tab() as frame:
        return module.build(page, frame)


def built_view(module, page):
    """The record of a view of a tab."""
    with gr.Blocks():
        return module.build(page)


def set_to(update):
    """What an update of a component changes."""
    return update._constructor_args[0]


def clicked(**sent):
    return gr.EventData(None, sent)
