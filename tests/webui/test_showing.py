"""When the page writes what it shows: once for each selection and each news, never over typing."""

from types import SimpleNamespace

import pytest

from webui import app, header
from webui.app import Shown
from webui.state import Selection


@pytest.fixture
def view(monkeypatch):
    """Of one tab that shows its selection, and for `news` without a new selection only those."""
    tab = SimpleNamespace(refreshed=lambda selection, updates: {"news": updates["news"]})
    module = SimpleNamespace(
        news=1,
        stamp=lambda tab, selection: module.news,
        show=lambda tab, selection: {"field": selection.dataset, "news": module.news},
    )
    monkeypatch.setattr(app, "MODULES", {"data": module})
    monkeypatch.setattr(header, "stamp", lambda page: None)
    monkeypatch.setattr(header, "show", lambda *_: {})
    view = app._View(None, None, {}, None)
    view.tabs, view.module = {"data": tab}, module
    return view


def test_a_selection_is_shown_once(view):
    seen, first, other = Shown(), Selection(dataset="a"), Selection(dataset="b")
    assert app._show(view, first, seen) == {"field": "a", "news": 1}
    assert app._show(view, first, seen) == {}
    assert app._show(view, other, seen) == {"field": "b", "news": 1}
    assert app._show(view, first, seen) == {"field": "a", "news": 1}


def test_news_leave_alone_what_may_be_typed_into(view):
    seen, selection = Shown(), Selection(dataset="a")
    app._show(view, selection, seen)
    assert app._look(view, selection, seen) == {}
    view.module.news = 2
    assert app._look(view, selection, seen)
    assert app._show(view, selection, seen) == {"news": 2}
    assert app._look(view, selection, seen) == {}


def test_two_events_at_once_write_once(view):
    seen, selection, show = Shown(), Selection(dataset="a"), view.module.show
    within = []

    def busy(tab, selection):
        within.append(app._show(view, selection, seen))
        return show(tab, selection)

    view.module.show = busy
    assert app._show(view, selection, seen) == {"field": "a", "news": 1}
    assert within == [{}]


def test_an_older_selection_that_is_shown_late_is_put_right(view):
    seen, older, newer = Shown(), Selection(dataset="a"), Selection(dataset="b")
    show = view.module.show

    def slow(tab, selection):
        if selection is older:
            app._show(view, newer, seen)
        return show(tab, selection)

    view.module.show = slow
    app._show(view, older, seen)
    assert app._look(view, newer, seen)
    assert app._show(view, newer, seen) == {"field": "b", "news": 1}


def test_what_could_not_be_shown_is_tried_again(view):
    seen, selection, show = Shown(), Selection(dataset="a"), view.module.show

    def broken(tab, selection):
        raise OSError

    view.module.show = broken
    with pytest.raises(OSError):
        app._show(view, selection, seen)
    view.module.show = show
    assert app._look(view, selection, seen)
    assert app._show(view, selection, seen) == {"field": "a", "news": 1}
