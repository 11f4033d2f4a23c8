"""Computing what stands beside a run that lacks it: an errand, so that a refresh loses nothing."""

from collections.abc import Sequence
from typing import Any

import gradio as gr

from engine.runs import errands
from engine.runs.errands import Standing
from webui.html import Html, bar, button, join, note, tag
from webui.page import Page, event_data

KIND = "baselines"


def told(page: Page, run: str, lacking: Sequence[str]) -> Html:
    """What is missing and the button that computes it, or how far that is."""
    t = page.t
    if not lacking:
        return Html("")
    newest = next(iter(errands.list_errands(page.workspace, KIND, run)), None)
    standing = errands.look(page.workspace, newest) if newest else None
    if standing and standing.active:
        return _progress(page, run, standing)
    names = [t(f"better.name.{name}") for name in lacking]
    start = button(t("better.compute"), "compute", kind="ts-strong", id=run)
    failed = None
    if standing and standing.state in ("failed", "interrupted"):
        failed = note("problem", page.say(standing.message))
    return join([tag("p", t("better.missing", names=names)), failed, tag("p", start)])


def act(page: Page, event: gr.EventData) -> str:
    """Begin computing, or call it off, and for which run; asked again while it is at work, it goes
    on as it is."""
    sent = event_data(event)
    run = page.registry.get(sent.get("id", "")).id
    if sent.get("act") == "compute":
        errands.begin(page.workspace, KIND, run, {})
    elif sent.get("act") == "cancel":
        for errand in errands.list_errands(page.workspace, KIND, run):
            errands.cancel(page.workspace, errand)
    return run


def stamp(page: Page) -> Any:
    """Changes as the work goes on, for whatever run."""
    newest = errands.list_errands(page.workspace, KIND)[:1]
    return tuple((errand.run, errands.look(page.workspace, errand)) for errand in newest)


def _progress(page: Page, run: str, standing: Standing) -> Html:
    t = page.t
    words = t("better.waiting") if standing.state == "waiting" else t("better.computing")
    share = None
    if standing.total:
        words = t("better.computing_of", done=standing.done + 1, total=standing.total)
        share = bar(standing.done / standing.total, label=words, role="progressbar")
    stop = button(t("better.cancel"), "cancel", id=run)
    return join([tag("p", words, role="status"), share, tag("p", stop)])
