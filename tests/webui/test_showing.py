"""When the page writes what it shows: once for each selection and each news, never over typing."""

import inspect
from types import SimpleNamespace

import gradio as gr
import pytest

from engine.data import changes
from engine.data.dataset import list_datasets
from engine.data.versions import apply_draft
from tests.pages import built_view, clicked
from tests.shaped import write_dataset
from tests.versions import many
from webui import app, header, state
from webui.app import Showing
from webui.page import _guarded, _in_place
from webui.state import Place, Selection
from webui.workbench import bench


class Visitor:
    """A page, what arrived in it last, and what it is asked to show."""

    def __init__(self, view):
        self.view, self.showing, self.shown = view, Showing(), None

    def show(self, selection):
        """What is written now."""
        updates = dict(app._show(self.view, selection, self.showing, self.shown))
        self.arrived(updates)
        return updates

    def arrived(self, updates):
        self.shown = updates.pop("shown", self.shown)

    def look(self, selection, *in_sight):
        return app._look(self.view, selection, self.showing, self.shown, *in_sight)


@pytest.fixture
def visitor(monkeypatch):
    """Of a page of one tab that shows its selection, and for `news` without a new selection only
    those."""
    tab = SimpleNamespace(refreshed=lambda selection, updates: {"news": updates["news"]})
    module = SimpleNamespace(
        news=1,
        stamp=lambda tab, selection: module.news,
        show=lambda tab, selection: {"field": selection.dataset, "news": module.news},
    )
    monkeypatch.setattr(app, "MODULES", {"data": module})
    monkeypatch.setattr(header, "stamp", lambda page: None)
    monkeypatch.setattr(header, "show", lambda *_: {})
    view = app._View(SimpleNamespace(selection="selection"), None, {}, "shown", None)
    view.tabs, view.module = {"data": tab}, module
    return Visitor(view)


A, B = Selection(dataset="a"), Selection(dataset="b")


def test_a_selection_is_shown_once(visitor):
    assert visitor.show(A) == {"field": "a", "news": 1}
    assert visitor.show(A) == {}
    assert visitor.show(B) == {"field": "b", "news": 1}
    assert visitor.show(A) == {"field": "a", "news": 1}


def test_news_leave_alone_what_may_be_typed_into(visitor):
    visitor.show(A)
    assert visitor.look(A) == {}
    visitor.view.module.news = 2
    assert visitor.look(A)
    assert visitor.show(A) == {"news": 2}
    assert visitor.look(A) == {}


def test_two_events_at_once_write_once(visitor):
    show, within = visitor.view.module.show, []

    def busy(tab, selection):
        within.append(visitor.show(A))
        return show(tab, selection)

    visitor.view.module.show = busy
    assert visitor.show(A) == {"field": "a", "news": 1}
    assert within == [{}]


def test_what_is_on_its_way_is_not_sent_again(visitor):
    on_its_way = app._show(visitor.view, A, visitor.showing, visitor.shown)
    assert visitor.look(A)
    assert visitor.show(A) == {}
    visitor.arrived(dict(on_its_way))
    assert visitor.look(A) == {}


def test_what_was_overtaken_by_something_older_is_sent_again(visitor, monkeypatch):
    older = app._show(visitor.view, A, visitor.showing, visitor.shown)
    assert visitor.show(B) == {"field": "b", "news": 1}
    visitor.arrived(dict(older))
    assert visitor.look(B)
    assert visitor.show(B) == {}, "it may still be on its way"
    monkeypatch.setattr(app, "PATIENCE", 0.0)
    assert visitor.show(B) == {"field": "b", "news": 1}
    assert visitor.look(B) == {}


def test_what_could_not_be_shown_is_tried_again(visitor):
    show = visitor.view.module.show

    def broken(tab, selection):
        raise OSError

    visitor.view.module.show = broken
    with pytest.raises(OSError):
        visitor.show(A)
    visitor.view.module.show = show
    assert visitor.look(A)
    assert visitor.show(A) == {"field": "a", "news": 1}


def test_a_tab_that_stays_in_sight_is_the_one_that_counts(visitor):
    visitor.show(A)
    looks = [visitor.look(A, "runs") for _ in range(app.LOOKS)]
    assert looks == [*[{}] * (app.LOOKS - 1), {"selection": A.but(tab="runs")}]


@pytest.mark.parametrize("between", ["data", "export", "", "nonsense"])
def test_a_click_on_its_way_is_no_other_tab(visitor, between):
    visitor.show(A)
    for in_sight in ["runs", between] * app.LOOKS:
        assert visitor.look(A, in_sight) == {}


class TestSight:
    """What is clicked on is what the visitor has seen."""

    @pytest.fixture
    def delete(self, page):
        def delete(dataset, sight):
            part = built_view(bench, page)
            act = _guarded(bench._act, part)
            return act(Selection(dataset=dataset), clicked(act="delete", sight=sight))

        return delete

    @pytest.fixture
    def datasets(self, workspace):
        names = ("first", "second")
        rows = many("ab", 20)
        return [write_dataset(workspace, "multiclass", ("a", "b"), rows, name) for name in names]

    def test_another_data_set_is_not_deleted(self, workspace, datasets, delete):
        first, second = datasets
        with pytest.raises(gr.Error, match="nothing was done"):
            delete(second.id, first.key)
        assert len(list_datasets(workspace)) == 2
        delete(second.id, second.key)
        assert [dataset.id for dataset in list_datasets(workspace)] == [first.id]

    def test_a_newer_version_was_not_seen_yet(self, workspace, datasets, delete):
        first, _ = datasets
        changes.put(workspace, first.id, changes.make("drop", {"rows": [1]}))
        apply_draft(workspace, first.id)
        with pytest.raises(gr.Error, match="Look again"):
            delete(first.id, first.key)

    def test_the_page_says_what_is_in_sight(self, page, datasets):
        part = built_view(bench, page)
        shown = bench.show(part, Selection(dataset="first"), datasets[0])
        assert 'data-sight="first/1"' in shown[part.facts]


class TestPlaces:
    """Handlers change the newest selection and no older one."""

    def test_a_slow_one_keeps_what_was_chosen_meanwhile(self, page):
        place, began = Place(), Selection(dataset="a")

        def slow(owner, selection):
            place.turn(began, began.but(dataset="b"))
            return {page.selection: selection.but(model="large")}

        handle = _in_place(_guarded(slow, SimpleNamespace(page=page)), page, True)
        assert handle(place, began)[page.selection] == began.but(dataset="b", model="large")

    def test_an_older_copy_is_not_worked_with_for_long(self, page, monkeypatch):
        place, began = Place(), Selection(dataset="a")
        place.turn(began, began.but(dataset="b"))

        def steps(owner, selection, value, event: gr.EventData):
            assert event is sent
            yield {page.selection: selection.but(run=value)}
            yield {page.copied: selection.dataset}

        sent = clicked(act="x")
        handle = _in_place(_guarded(steps, SimpleNamespace(page=page)), page, True)
        assert list(inspect.signature(handle).parameters) == [
            "place",
            "selection",
            "value",
            "event",
        ]
        first, second = handle(place, began, "r-1", sent)
        assert first[page.selection] == began.but(dataset="b", run="r-1")
        assert second == {page.copied: "a"}, "all else it is given may be as old"
        monkeypatch.setattr(state, "ARRIVED", 0.0)
        _, second = handle(place, began, "r-1", sent)
        newest = began.but(dataset="b", run="r-1")
        assert second == {page.copied: "b", page.selection: newest}

    def test_what_gradio_has_kept_of_an_older_event_is_put_right(self, page, monkeypatch):
        monkeypatch.setattr(state, "ARRIVED", 0.0)
        place, began = Place(), Selection(dataset="a")
        newest = place.turn(began, began.but(dataset="b"))
        looked = _guarded(lambda owner, selection: {}, SimpleNamespace(page=page))
        assert _in_place(looked, page, True)(place, began) == {page.selection: newest}
        assert page.selection not in _in_place(looked, page, False)(place, began)
        assert page.selection not in _in_place(looked, page, True)(place, newest)
