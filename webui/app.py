"""The page: header, six tabs, and what connects them. One `gr.Blocks` a language.

Knows no torch and holds no job: everything it shows is read from the workspace.
"""

import os
import time
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Gradio looks at every open figure where matplotlib is installed: never with a window of its own.
os.environ.setdefault("MPLBACKEND", "agg")

import gradio as gr

from engine.runs.registry import Registry
from engine.workspace import Workspace
from webui import header, uploads
from webui.page import Page, Tab, Updates, listen, tab_id
from webui.state import TABS, Selection
from webui.tabs import MODULES
from webui.text import t
from webui.theme import ASSETS, make_theme

TICK = 1.5
"""Seconds between two looks at the runs."""
FORM = "tunesmith-train-form"
"""Name of the train form in the browser's storage, and its key: nothing in it is secret."""


def build_page(workspace: Workspace, language: str) -> gr.Blocks:
    """The whole page in one language, over one workspace."""
    workspace.create()
    uploads.clear_old(workspace)
    with gr.Blocks(
        title="Tunesmith", analytics_enabled=False, delete_cache=(3600, 86400)
    ) as blocks:
        top = header.build(language)
        selection, copied = gr.State(Selection()), gr.State(("", 0))
        trial = gr.State(("", {}, 0))
        form = gr.BrowserState({}, storage_key=FORM, secret=FORM)
        seen = gr.State(None)
        with gr.Tabs(elem_id="tabs") as frame:
            held = (selection, copied, trial, form, frame)
            page = Page(workspace, language, Registry(workspace), *held)
            tabs = {name: _build_tab(page, name) for name in TABS}
        for name, tab in tabs.items():
            MODULES[name].wire(tab)
        _connect(blocks, page, top, tabs, seen)
    return blocks


def page_options() -> dict[str, Any]:
    """What `gr.mount_gradio_app` needs beside the Blocks: look, script, and no loose ends."""
    scripts = (path.read_text("utf-8") for path in sorted(ASSETS.glob("*.js")))
    return {
        "theme": make_theme(),
        "css_paths": sorted(ASSETS.glob("*.css")),
        "head": "".join(f"<script>{script}</script>" for script in scripts),
        "footer_links": [],
        "run_history": False,
        "show_error": False,
        "enable_monitoring": False,
        "pwa": False,
        "mcp_server": False,
        "ssr_mode": False,
    }


def _build_tab(page: Page, name: str) -> Tab:
    with gr.Tab(t(f"tab_{name}", page.language), id=name, elem_id=f"tab-{name}") as frame:
        tab: Tab = MODULES[name].build(page, frame)
    return tab


class _View:
    """The page with its header and tabs, for the listeners that concern all of them."""

    def __init__(
        self, page: Page, top: gr.HTML, tabs: dict[str, Tab], seen: gr.State, news: gr.State
    ) -> None:
        self.page, self.top, self.tabs, self.seen, self.news = page, top, tabs, seen, news
        self.frames = [tab.frame for tab in tabs.values()]

    def parts(self) -> list[Any]:
        of_tabs = [part for tab in self.tabs.values() for part in (tab.frame, *tab.components())]
        return [self.top, self.seen, *of_tabs]

    def stamp(self, selection: Selection) -> Any:
        """Changes when the page would show something else."""
        of_tab = MODULES[selection.tab].stamp(self.tabs[selection.tab], selection)
        return selection, header.stamp(self.page), of_tab


def _connect(
    blocks: gr.Blocks, page: Page, top: gr.HTML, tabs: dict[str, Tab], seen: gr.State
) -> None:
    clock, news = gr.Timer(TICK), gr.State(0)
    view = _View(page, top, tabs, seen, news)
    parts = view.parts()
    places = [page.selection, page.tabs]
    many: dict[str, Any] = {"concurrency_limit": None, "trigger_mode": "multiple"}
    listen(blocks.load, view, _open, [page.form], [*places, *tabs["train"].components()])
    listen(page.tabs.select, view, _turn_to, [page.selection], [page.selection], **many)
    listen(page.selection.change, view, _show, [page.selection], parts, **many)
    listen(clock.tick, view, _look, [page.selection, seen], [news], concurrency_limit=None)
    listen(news.change, view, _refresh, [page.selection], parts, **many)


def _open(view: _View, form: Any, request: gr.Request) -> Updates:
    asked = Selection.from_query(dict(request.query_params))
    restored = MODULES["train"].restored(view.tabs["train"], form)
    found = header.existing(view.page, asked)
    if asked.dataset not in (None, found.dataset):
        gr.Info(view.page.t("dataset_gone"))
        found = found.but(bench=Selection().bench, tab=found.tab)
    return view.page.go(found) | restored


def _turn_to(view: _View, selection: Selection, event: gr.SelectData) -> Updates:
    return {view.page.selection: selection.but(tab=tab_id(int(event.index)))}


def _show(view: _View, selection: Selection, news: bool = False) -> Updates:
    tab = view.tabs[selection.tab]
    stamp = view.stamp(selection)
    shown: Updates = MODULES[selection.tab].show(tab, selection)
    shown = tab.refreshed(selection, shown) if news else shown
    top = header.show(view.page, view.top, view.frames, selection)
    return {**top, **shown, view.seen: stamp}


def _refresh(view: _View, selection: Selection) -> Updates:
    return _show(view, selection, news=True)


def _look(view: _View, selection: Selection, seen: Any) -> Updates:
    """Only news makes the page show itself anew; looking has one small output, so it costs the
    browser next to nothing."""
    return {} if view.stamp(selection) == seen else {view.news: time.monotonic_ns()}
