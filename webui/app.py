"""The page: header, six tabs, and what connects them. One `gr.Blocks` a language.

Knows no torch and holds no job: everything it shows is read from the workspace.
"""

import os
import threading
import time
from dataclasses import dataclass
from typing import Any, ClassVar

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
# Gradio looks at every open figure where matplotlib is installed: never with a window of its own.
os.environ.setdefault("MPLBACKEND", "agg")

import gradio as gr

from engine.runs.registry import Registry
from engine.workspace import Workspace
from webui import header, uploads
from webui.page import NO_TRIAL, Page, Tab, Updates, html_block, listen, tab_id
from webui.state import TABS, Place, Selection
from webui.tabs import MODULES
from webui.text import t
from webui.theme import ASSETS, make_theme

TICK = 1.5
"""Seconds between two looks at the runs."""
PATIENCE = 3.0
"""Seconds that what is to be shown may take to arrive."""
LOOKS = 3
"""Looks after which another tab in sight than the selected one is no click on its way any more."""
IN_SIGHT = """(place, selection, showing, shown) => {
  const panels = [...document.querySelectorAll('#tabs > [role=tabpanel]')];
  const panel = panels.find((each) => each.offsetParent);
  return [place, selection, showing, shown, panel ? panel.id.replace('tab-', '') : ''];
}"""
"""Says which tab the visitor has in sight."""
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
        selection, place = gr.State(Selection()), gr.State(Place())
        copied, trial = gr.State(("", 0)), gr.State(NO_TRIAL)
        form = gr.BrowserState({}, storage_key=FORM, secret=FORM)
        with gr.Tabs(elem_id="tabs") as frame:
            held = (selection, place, copied, trial, form, frame)
            page = Page(workspace, language, Registry(workspace), *held)
            tabs = {name: _build_tab(page, name) for name in TABS}
        for name, tab in tabs.items():
            MODULES[name].wire(tab)
        _connect(blocks, page, top, tabs)
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


@dataclass
class Showing:
    """What one visitor's page is being shown: the same object all the time, also for events at
    once.

    An event that began before a change of the selection and ends after it lets Gradio tell of the
    change once more. Shown again, the page would write over what was typed into it meanwhile.
    """

    stamp: Any = None
    """Of what was claimed last."""
    since: float = 0.0
    elsewhere: tuple[str, int] = ("", 0)
    """The tab in sight where the selection has another, and at how many looks that was so."""
    _one_at_a_time: ClassVar[threading.Lock] = threading.Lock()

    def claim(self, stamp: Any, shown: Any) -> bool:
        """Whether this is neither `shown` nor being shown; whoever asks is the one to show it. What
        has not arrived for PATIENCE seconds was overtaken by something older."""
        with self._one_at_a_time:
            claimed = bool(self.stamp == stamp)
            if claimed and (shown == stamp or time.monotonic() - self.since < PATIENCE):
                return False
            self.stamp, self.since = stamp, time.monotonic()
            return True

    def strayed(self, in_sight: str, tab: str) -> bool:
        """Whether the tab in sight has been another than the selected one for some looks."""
        last, looks = self.elsewhere
        strays = in_sight in TABS and in_sight != tab
        self.elsewhere = (in_sight, looks + 1 if last == in_sight else 1) if strays else ("", 0)
        return self.elsewhere[1] >= LOOKS


class _View:
    """The page with its header and tabs, for the listeners that concern all of them."""

    def __init__(
        self, page: Page, top: gr.HTML, tabs: dict[str, Tab], shown: gr.State, news: gr.State
    ) -> None:
        self.page, self.top, self.tabs, self.shown, self.news = page, top, tabs, shown, news
        self.frames = [tab.frame for tab in tabs.values()]

    def parts(self) -> list[Any]:
        of_tabs = [part for tab in self.tabs.values() for part in (tab.frame, *tab.components())]
        return [self.top, self.shown, *of_tabs]

    def stamp(self, selection: Selection) -> Any:
        """Changes when the page would show something else."""
        of_tab = MODULES[selection.tab].stamp(self.tabs[selection.tab], selection)
        return selection, header.stamp(self.page), of_tab


def _connect(blocks: gr.Blocks, page: Page, top: gr.HTML, tabs: dict[str, Tab]) -> None:
    clock, news = gr.Timer(TICK), gr.State(0)
    showing, shown = gr.State(Showing()), gr.State(None)
    in_sight = html_block(visible=False)
    view = _View(page, top, tabs, shown, news)
    parts = view.parts()
    places, asked = [page.selection, page.tabs], [page.selection, showing, shown]
    many: dict[str, Any] = {"concurrency_limit": None, "trigger_mode": "multiple"}
    # The selection comes last: an event that begins before has no train tab to review, and with it
    # to store, while the restored form is still on its way.
    listen(blocks.load, view, _open, [page.form], [*tabs["train"].components(), *places])
    in_turn = {"concurrency_id": "turn", "concurrency_limit": 1, "trigger_mode": "multiple"}
    listen(page.tabs.select, view, _turn_to, [page.selection], [page.selection], **in_turn)
    listen(page.selection.change, view, _show, asked, parts, **many)
    free = {"concurrency_limit": None, "js": IN_SIGHT}
    listen(clock.tick, view, _look, [*asked, in_sight], [news, page.selection], **free)
    listen(news.change, view, _show, asked, parts, **many)


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


def _show(view: _View, selection: Selection, showing: Showing, shown: Any) -> Updates:
    """The selection turned to something else, or there is news of what it shows. `shown` is the
    stamp of what arrived last."""
    stamp = view.stamp(selection)
    if not showing.claim(stamp, shown):
        return {}
    tab = view.tabs[selection.tab]
    try:
        updates: Updates = MODULES[selection.tab].show(tab, selection)
        top = header.show(view.page, view.top, view.frames, selection)
    except BaseException:
        showing.stamp = None
        raise
    if shown is not None and shown[0] == selection:
        updates = tab.refreshed(selection, updates)
    return {**top, **updates, view.shown: stamp}


def _look(
    view: _View, selection: Selection, showing: Showing, shown: Any, in_sight: str = ""
) -> Updates:
    """Only news makes the page show itself anew; looking has small outputs, so it costs the browser
    next to nothing. Clicks that overtook each other can leave another tab in sight than the
    selected one: what the visitor sees is what counts."""
    if showing.strayed(in_sight, selection.tab):
        return {view.page.selection: selection.but(tab=in_sight)}
    return {} if view.stamp(selection) == shown else {view.news: time.monotonic_ns()}
