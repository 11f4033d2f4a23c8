"""What the tabs share: the page's services, and the one way to listen to an event.

`Page.on` makes every listener private, turns a TunesmithError into the reader's words and lets a
handler return only what changes, as {component: value}. Nothing else catches errors.
"""

import inspect
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import wraps
from typing import Any, cast

import gradio as gr
from gradio.blocks import Block

from engine.data.dataset import load_dataset
from engine.errors import TunesmithError, WorkspaceError
from engine.runs.registry import Registry
from engine.text import Message
from engine.training.recipe import Recipe
from engine.workspace import Workspace
from webui import text
from webui.html import ACT_SCRIPT, Html, escape
from webui.state import TABS, Place, Selection

START = "start:"
"""Before the id of a recipe that came along, among the runs one can start from."""
TOAST = 15
"""Seconds a refusal stays: time to read two sentences twice."""
NO_TRIAL: tuple[str, dict[str, str], int] = ("", {}, 0)
"""What the playground is asked where nothing waits to be asked."""
FETCH = """(file) => {
  if (!file) return;
  const link = document.createElement('a');
  link.href = file.url;
  link.download = file.orig_name || 'file';
  link.click();
}"""
"""Fetches a finished file: a Gradio button has its file only after the click that makes it."""
Updates = dict[Block, Any]
Handler = Callable[..., Updates | Iterator[Updates] | None]
"""What it changes; one that takes long yields as it goes."""


@dataclass(frozen=True)
class Page:
    """One page in one language; the same object serves all its visitors, so it holds no state."""

    workspace: Workspace
    language: str
    registry: Registry
    selection: gr.State
    """Selection: all that one visitor's page holds."""
    place: gr.State
    """Place: the newest selection, which all events share."""
    copied: gr.State
    """(run id, or START and the id of a recipe; moment): what the train form takes over next."""
    trial: gr.State
    """(run id, {column: text}, moment): what the playground is asked next."""
    form: gr.BrowserState
    """The train form as it was left: a refresh or the other language goes on with it."""
    tabs: gr.Tabs

    def t(self, key: str, **params: Any) -> str:
        return text.t(key, self.language, **params)

    def say(self, message: Message | None) -> str:
        return text.say(message, self.language)

    def recipe(self, run_id: str) -> Recipe:
        """How a run trains. Raises WorkspaceError where its record cannot be read (any more)."""
        try:
            return Recipe.from_json(self.workspace.run(run_id).recipe.read_text("utf-8"))
        except (OSError, ValueError, TypeError, KeyError):
            raise WorkspaceError("page.recipe_unreadable", run=run_id) from None

    def copy(self, selection: Selection, run_id: str) -> Updates:
        """Show the train tab with the settings of a run."""
        run = self.registry.get(run_id)
        self.recipe(run_id)  # one that cannot be read is refused here
        return self.go(selection, tab="train", dataset=run.dataset) | self.take(run_id)

    def take(self, source: str) -> Updates:
        """Let the train form take over these settings."""
        return {self.copied: (source, time.time_ns())}

    def try_row(self, selection: Selection, run: str, row: Mapping[str, str]) -> Updates:
        """Show the playground and ask the model of a run what it says of a row."""
        shown = self.go(selection, tab="playground", trying="ask", run=run)
        return shown | {self.trial: (run, dict(row), time.time_ns())}

    def go(self, selection: Selection, **changes: Any) -> Updates:
        """Show another tab, data set or run."""
        target = selection.but(**changes)
        return {self.selection: target, self.tabs: gr.Tabs(selected=target.tab)}


@dataclass(frozen=True)
class Part:
    """Base of the records of a tab and of its views: the page, and the components (or further
    parts) as named fields."""

    page: Page

    def t(self, key: str, **params: Any) -> str:
        return self.page.t(key, **params)

    def components(self) -> list[Block]:
        values = [getattr(self, field.name) for field in fields(self)]
        return [block for value in values for block in _blocks(value)]

    def on(
        self,
        triggers: Callable[..., Any] | Sequence[Callable[..., Any]],
        handler: Handler,
        inputs: Iterable[Block] = (),
        outputs: Iterable[Block] | None = None,
        **options: Any,
    ) -> Any:
        """Call `handler(part, *inputs)` at each trigger; by default it may change all of it."""
        page = self.page
        held = (page.selection, page.copied, page.trial, page.form, page.tabs)
        changed = [*self.components(), *held]
        return listen(
            triggers, self, handler, inputs, changed if outputs is None else outputs, **options
        )


@dataclass(frozen=True)
class View(Part):
    """Base of the records of a tab's views."""

    frame: gr.Column
    """In sight while the view is the chosen one."""


@dataclass(frozen=True)
class Tab(Part):
    """Base of the tabs' records."""

    frame: gr.Tab

    def refreshed(self, selection: Selection, updates: Updates) -> Updates:
        """What of `updates` is shown when there is news but the same view."""
        return updates


def _blocks(value: Any) -> list[Block]:
    if isinstance(value, Block):
        return [value]
    if isinstance(value, Part):
        return value.components()
    if isinstance(value, Mapping):
        return [block for part in value.values() for block in _blocks(part)]
    return []


EVERY_CLICK: dict[str, Any] = {"trigger_mode": "multiple"}
"""For parts with several buttons: by default Gradio drops a click while it still serves another."""


LAST_CHOICE: dict[str, Any] = {"trigger_mode": "always_last"}
"""For what can be chosen anew before the first choice is served."""


def listen(
    triggers: Callable[..., Any] | Sequence[Callable[..., Any]],
    owner: Any,
    handler: Handler,
    inputs: Iterable[Block] = (),
    outputs: Iterable[Block] = (),
    **options: Any,
) -> Any:
    """Attach `handler(owner, *inputs)`; `owner` is a Tab or whatever has a `page`."""
    # Gradio 6.31 looks for every component that ever showed progress in the whole tree at each word
    # of the server, also for those of events whose progress is hidden.
    quiet = {"show_progress": "hidden", "show_progress_on": [], "api_visibility": "private"}
    inputs, outputs, handle = list(inputs), list(outputs), _guarded(handler, owner)
    if owner.page.selection in (*inputs, *outputs):
        turns = owner.page.selection in outputs
        inputs, handle = [owner.page.place, *inputs], _in_place(handle, owner.page, turns)
    return gr.on(triggers, fn=handle, inputs=inputs, outputs=outputs, **(quiet | options))


def _in_place(handle: Callable[..., Any], page: Page, turns: bool) -> Callable[..., Any]:
    """`handle`, changing the newest selection and no older one; `turns`: it may change it at all.
    Where Gradio has kept an older one, as answers can overtake each other, that is put right."""

    def begun(place: Place, args: Sequence[Any]) -> tuple[Selection | None, list[Any], Any]:
        """The selection, the arguments with it, and what of it Gradio does not know yet."""
        given = next((arg for arg in args if isinstance(arg, Selection)), None)
        known = given and place.known(given)
        news = {page.selection: known} if turns and known != given else {}
        return known, [known if arg is given and given else arg for arg in args], news

    def ended(place: Place, before: Selection | None, news: Any, updates: Any) -> Any:
        if not isinstance(updates, dict) or "__type__" in updates:
            return news or updates
        if page.selection in updates:
            return updates | {page.selection: place.turn(before, updates[page.selection])}
        return updates | news

    @wraps(handle)
    def run(place: Place, *args: Any) -> Any:
        before, newest, news = begun(place, args)
        return ended(place, before, news, handle(*newest))

    @wraps(handle)
    def stream(place: Place, *args: Any) -> Any:
        before, newest, news = begun(place, args)
        for updates in handle(*newest):
            yield ended(place, before, news, updates)

    placed = stream if inspect.isgeneratorfunction(handle) else run
    own = inspect.Parameter("place", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    signature = inspect.signature(handle)
    parameters = [own, *signature.parameters.values()]
    placed.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined]
    return placed


def _guarded(handler: Handler, owner: Any) -> Callable[..., Any]:
    signature = inspect.signature(handler)

    def refused(error: TunesmithError) -> gr.Error:
        page: Page = owner.page
        words = str(escape(page.say(error.message)))
        return gr.Error(words, duration=TOAST, print_exception=False)

    @wraps(handler)
    def run(*args: Any) -> Any:
        try:
            _check_sight(owner.page, args)
            return handler(owner, *args) or gr.skip()
        except TunesmithError as error:
            raise refused(error) from None

    @wraps(handler)
    def stream(*args: Any) -> Any:
        said = False
        try:
            _check_sight(owner.page, args)
            for updates in cast(Iterable[Updates], handler(owner, *args)):
                said = True
                yield updates
        except TunesmithError as error:
            raise refused(error) from None
        if not said:  # Gradio would empty all components
            yield gr.skip()

    guarded = stream if inspect.isgeneratorfunction(handler) else run
    rest = list(signature.parameters.values())[1:]
    guarded.__signature__ = signature.replace(parameters=rest)  # type: ignore[attr-defined]
    return guarded


def _check_sight(page: Page, args: Sequence[Any]) -> None:
    """Refuses a click on what the page shows of a data set that is no longer the chosen one, or of
    an older version of it: it would be done to something nobody has seen. Raises WorkspaceError."""
    events = [event_data(arg) for arg in args if isinstance(arg, gr.EventData)]
    sight = next((event.get("sight") for event in events), None)
    chosen = next((arg for arg in args if isinstance(arg, Selection)), None)
    if not sight or chosen is None:
        return
    if chosen.dataset is None or load_dataset(page.workspace, chosen.dataset).key != sight:
        raise WorkspaceError("page.turning")


def html_block(
    value: Html | str = "", acts: bool = False, script: str = "", **options: Any
) -> gr.HTML:
    """A piece of `webui.html`; `acts` sends the clicks of its buttons to Python, `script` is one
    more of its own. (What a script has in quotes Gradio takes for the name of an event: it must not
    be called as an option of `gr.HTML` is.)"""
    script = (ACT_SCRIPT if acts else "") + script
    return gr.HTML(value, js_on_load=script or None, apply_default_css=False, **options)


def edited(field: gr.components.Component) -> Callable[..., Any]:
    """The event of a field that the user edits.

    A text field tells `input` of key presses only, not of deleting or pasting; its `change` tells
    of all, and also of values written by the page, which handlers must take for no change.
    """
    trigger: Callable[..., Any] = field.change if isinstance(field, gr.Textbox) else field.input
    return trigger


def event_data(event: gr.EventData) -> dict[str, str]:
    """What a button or select of `webui.html` sent: `act` and its data."""
    data = event._data
    return {k: v for k, v in data.items() if isinstance(v, str)} if isinstance(data, dict) else {}


def tab_id(index: int) -> str:
    return TABS[index] if 0 <= index < len(TABS) else TABS[0]
