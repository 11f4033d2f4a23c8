"""The views of what the data is worth, and of texts to label next."""

import json
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest

from engine.data.corrections import drafted
from engine.quality import embedding, labelling, worth
from engine.runs import errands
from engine.runs.registry import Registry
from tests.quality.made import letters
from tests.quality.test_worth import WORDS, tickets
from tests.shaped import ENTITY_ROWS, asked, write_dataset
from webui.page import Page
from webui.state import Place, Selection
from webui.workbench import labelling as next_view
from webui.workbench import worth as worth_view
from webui.workbench.base import Seen

LABELS = tuple(sorted(WORDS))


@pytest.fixture
def dataset(workspace, monkeypatch):
    monkeypatch.setattr(embedding, "embed", letters)
    return write_dataset(workspace, "multiclass", LABELS, tickets())


@pytest.fixture
def begun(monkeypatch):
    """What is asked of errands, none of which is done."""
    asked_for: list[Any] = []
    monkeypatch.setattr(errands, "begin", lambda *asks: asked_for.append(asks[1:]))
    return asked_for


def built(module, workspace, language="en"):
    with gr.Blocks():
        parts = [gr.State() for _ in range(3)]
        tabs = gr.Tabs()
        page = Page(
            workspace, language, Registry(workspace), gr.State(Selection(dataset="d-1")),
            gr.State(Place()), *parts[:2], gr.BrowserState(), tabs,
        )  # fmt: skip
        view = module.build(page)
        module.wire(view)
    return view


def seen(view, dataset, **changes):
    return Seen(view.page, Selection(dataset=dataset.id, **changes), dataset)


def sent(**data):
    return SimpleNamespace(_data=data)


def test_measuring_is_begun_by_a_button(workspace, dataset, begun):
    view = built(worth_view, workspace)
    shown = worth_view.show(view, seen(view, dataset))
    assert 'data-act="measure"' in shown[view.lead]
    assert shown[view.more].visible is False
    worth_view._act(view, Selection(dataset="d-1"), sent(act="measure"))
    assert begun == [("worth", "d-1", {"version": 1})]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_was_measured_is_shown_with_the_curve(workspace, dataset, language):
    found = worth.measure(workspace, dataset)
    view = built(worth_view, workspace, language)
    before = worth_view.stamp(view, seen(view, dataset))
    shown = worth_view.show(view, seen(view, dataset))
    best = found.reached[0]
    assert f"{best.score('macro_f1'):.3f}" in shown[view.lead]
    assert shown[view.more].visible
    figure = shown[view.chart]
    assert {trace.line.dash for trace in figure.data if trace.mode == "lines"} == {"solid", "dash"}
    for label in LABELS:
        assert label in shown[view.labels]
    chosen = worth_view._act(view, Selection(dataset="d-1"), sent(act="label", pick="1"))
    selection = chosen[view.page.selection]
    assert selection.pick == "1"
    shown = worth_view.show(view, Seen(view.page, selection, dataset))
    assert shown[view.chart].layout.title.text == LABELS[1]
    assert worth_view.stamp(view, seen(view, dataset)) == before


def test_views_are_for_data_they_have_something_to_say_of(workspace):
    entities = write_dataset(workspace, "tokens", ("company", "person", "place"), ENTITY_ROWS, "e")
    answers = write_dataset(workspace, "qa", (), [asked("Anna is here.", "Who?", "Anna")], "q")
    assert worth_view.applies(entities)
    assert not worth_view.applies(answers)
    assert not next_view.applies(entities)


def test_pasted_texts_are_ranked_each_line_one(workspace, dataset, monkeypatch):
    view = built(next_view, workspace)
    given: list[Any] = []

    def begin(workspace, kind, run, asks, file):
        given.extend([kind, asks["version"], file[0].read_text("utf-8").splitlines()])

    monkeypatch.setattr(errands, "begin", begin)
    updates = next_view._pasted(view, Selection(dataset="d-1"), "late, again\n\n  \nrude")
    assert updates[view.pasted] == ""
    assert given[:2] == ["next", 1]
    assert [json.loads(line)["text"] for line in given[2]] == ["late, again", "rude"]
    assert list(workspace.uploads.iterdir()) == []


def test_texts_are_labelled_skipped_and_taken_back(workspace, dataset):
    labelling.rank(workspace, dataset, ["late <b>refund</b>", "thanks refund"])
    view = built(next_view, workspace)
    shown = next_view.show(view, seen(view, dataset))[view.texts]
    assert "&lt;b&gt;" in shown
    assert "0 labelled · 0 skipped · 2 to go" in shown
    assert shown.count('data-press="1"') == 2
    first, second = labelling.load(workspace, dataset).picks
    press = Selection(dataset="d-1")
    for odd in ("{", "5", "null", "[1]"):
        next_view._act(view, press, sent(act="take", key=first.key, labels=odd))
        assert drafted(workspace, "d-1") == []
    next_view._act(view, press, sent(act="take", key=first.key, labels='["refund"]'))
    assert [(each.text, each.right) for each in drafted(workspace, "d-1")] == [
        (first.text, ("refund",))
    ]
    shown = next_view._act(view, press, sent(act="skip", key=second.key))[view.texts]
    assert "1 labelled · 1 skipped · 0 to go" in shown
    assert "1 text waits" in shown
    next_view._act(view, press, sent(act="undo"))
    shown = next_view._act(view, press, sent(act="undo"))[view.texts]
    assert "0 labelled · 0 skipped · 2 to go" in shown
    assert drafted(workspace, "d-1") == []


def test_a_new_version_orders_the_rest_anew(workspace, dataset, begun):
    labelling.rank(workspace, dataset, ["late refund", "thanks refund"])
    view = built(next_view, workspace)
    next_view._act(view, Selection(dataset="d-1"), sent(act="again"))
    assert begun == [("next", "d-1", {"version": 1, "again": True}, None)]
