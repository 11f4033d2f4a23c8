"""The board of errands: the cards of what is done in the background, kept up to date.

A clock of its own looks once a second, and only while there is something to see.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import gradio as gr

from engine.errors import WorkspaceError
from engine.runs import errands
from engine.runs.errands import Errand, Standing
from engine.workspace import Workspace
from webui.page import Page, Part, Updates, event_data, html_block
from webui.state import checked_id
from webui.views import errands as html

EVERY = 1.0
"""Seconds between two looks."""
LOOKING: dict[str, Any] = {"concurrency_limit": None}


@dataclass(frozen=True)
class Board(Part):
    """The errands of one kind about one run."""

    cards: gr.HTML
    clock: gr.Timer
    run: gr.State
    """Id of the run whose errands are shown."""


def build(page: Page, name: str) -> Board:
    cards = html_block(acts=True, elem_id=f"errands-{name}")
    return Board(page, cards, gr.Timer(EVERY, active=False), gr.State(""))


def listed(page: Page, kind: str, run: str) -> list[tuple[Errand, Standing]]:
    """The newest first."""
    found = errands.list_errands(page.workspace, kind, run)
    return [(errand, errands.look(page.workspace, errand)) for errand in found]


def show(board: Board, found: list[tuple[Errand, Standing]], run: str) -> Updates:
    """What there is to see, and the clock running while there is."""
    page = board.page
    return {
        board.cards: html.cards(found, page.t, page.language),
        board.clock: gr.Timer(active=any(standing.active for _, standing in found)),
        board.run: run,
    }


def chosen(page: Page, event: gr.EventData) -> tuple[str, Errand]:
    """The button that was pressed, and its errand. Raises WorkspaceError where it is gone."""
    sent = event_data(event)
    errand_id = checked_id(sent.get("id"))
    if errand_id is None:
        raise WorkspaceError("errands.gone")
    return sent.get("act", ""), errands.load(page.workspace, errand_id)


def act(page: Page, what: str, errand: Errand) -> None:
    """Cancel, start anew or forget."""
    acts: dict[str, Callable[[Workspace, Errand], object]] = {
        "cancel": errands.cancel,
        "again": errands.again,
        "forget": errands.remove,
    }
    if what in acts:
        acts[what](page.workspace, errand)
