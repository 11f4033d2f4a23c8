"""Computing what stands beside a run that lacks it: an errand, begun when somebody first looks.

It goes on in a process of its own, so the page never waits and a refresh loses nothing.
"""

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

import gradio as gr

from engine.errors import WorkspaceError
from engine.evaluation.alternatives import lacking
from engine.evaluation.predicted import dataset_of
from engine.evaluation.report import Report
from engine.runs import errands
from engine.runs.errands import Errand, Standing
from engine.tasks import TASKS
from engine.text import Message
from webui.html import Html, bar, button, join, note, tag
from webui.page import Page, event_data

KIND = "baselines"


def told(page: Page, report: Report) -> Html:
    """How far it is, or what could not be computed with the button that tries again; nothing where
    nothing is missing. What was never tried is begun."""
    names = lacking(report)
    if not names:
        return Html("")
    try:
        dataset_of(page.workspace, report)
    except WorkspaceError:
        return note("info", page.t("better.no_data", names=_listed(page, names)))
    standing = _standing(page, _newest(page, report.run) or _begun(page, report.run))
    if standing and standing.active:
        return _progress(page, report, standing)
    return _missing(page, report.run, names, standing)


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


def stamp(page: Page, run: str | None) -> Any:
    """Changes as the work for a run goes on."""
    return _standing(page, _newest(page, run)) if run else None


def _newest(page: Page, run: str) -> Errand | None:
    return next(iter(errands.list_errands(page.workspace, KIND, run)), None)


def _begun(page: Page, run: str) -> Errand | None:
    """None where nothing can be written: looking must be possible all the same."""
    with suppress(OSError):
        return errands.begin(page.workspace, KIND, run, {})
    return None


def _standing(page: Page, errand: Errand | None) -> Standing | None:
    return errands.look(page.workspace, errand) if errand else None


def _progress(page: Page, report: Report, standing: Standing) -> Html:
    t, names = page.t, TASKS[report.task].baselines
    words, share = t("better.waiting" if standing.state == "waiting" else "better.starting"), None
    if standing.total:
        at = min(standing.done, len(names) - 1)
        name = t(f"better.name.{names[at]}")
        words = t("better.computing", name=name, done=at + 1, total=standing.total)
        share = bar(standing.done / standing.total, label=words, role="progressbar")
    stop = button(t("better.cancel"), "cancel", id=report.run)
    return join([tag("p", words, role="status"), share, tag("p", stop)])


def _missing(page: Page, run: str, names: Iterable[str], standing: Standing | None) -> Html:
    t, failed = page.t, list[Html]()
    if standing and standing.message:
        failed.append(note("problem", page.say(standing.message)))
    if standing:
        said = map(Message.from_dict, standing.result.get("failed", ()))
        failed += [note("problem", page.say(message)) for message in said]
    words = tag("p", t("better.missing", names=_listed(page, names)))
    again = t("better.again" if failed else "better.compute")
    return join([*(failed or [words]), tag("p", button(again, "compute", id=run))])


def _listed(page: Page, names: Iterable[str]) -> list[str]:
    return [page.t(f"better.name.{name}") for name in names]
