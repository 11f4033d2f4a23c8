"""When the page writes what it shows: once for each selection and each news, never over typing."""

from types import SimpleNamespace

import gradio as gr
import pytest

from engine.data import changes
from engine.data.dataset import list_datasets
from engine.data.versions import apply_draft
from tests.pages import built_view, clicked
from tests.shaped import write_dataset
from tests.versions import many
from webui import app, header
from webui.app import Shown
from webui.page import _guarded
from webui.state import Selection
from webui.workbench import bench


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
    view = app._View(SimpleNamespace(selection="selection"), None, {}, None)
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


def test_a_tab_that_stays_in_sight_is_the_one_that_counts(view):
    seen, selection = Shown(), Selection(dataset="a")
    app._show(view, selection, seen)
    looks = [app._look(view, selection, seen, "runs") for _ in range(app.LOOKS)]
    assert looks[:-1] == [{}] * (app.LOOKS - 1)
    assert looks[-1] == {view.page.selection: selection.but(tab="runs")}


@pytest.mark.parametrize("between", ["data", "export", "", "nonsense"])
def test_a_click_on_its_way_is_no_other_tab(view, between):
    seen, selection = Shown(), Selection(dataset="a")
    app._show(view, selection, seen)
    for in_sight in ["runs", between] * app.LOOKS:
        assert app._look(view, selection, seen, in_sight) == {}


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
