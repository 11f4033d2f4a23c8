"""The playground over real workspaces: what it asks a task, never which it is."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from engine.data.dataset import delete_dataset
from engine.tasks import make_task
from engine.tasks.answering import AnswerPredictions
from engine.tasks.operating_point import OperatingPoint
from engine.tasks.token_labels import Span, SpanPredictions
from tests.pages import built, built_view, clicked, set_to
from tests.said import said
from tests.shaped import answer_run, entity_run, write_dataset
from webui.state import Selection
from webui.tabs import playground
from webui.trying import VIEWS, ask
from webui.trying.base import Tried


class TestTab:
    def test_the_address_says_which_view_is_in_sight(self, page, workspace):
        run = entity_run(workspace)
        tab = built(playground, page)
        for view in VIEWS:
            selection = Selection(tab="playground", run=run.id, trying=view)
            assert Selection.from_query(selection.to_query()) == selection
            shown = playground.show(tab, selection)
            sight = {name: set_to(shown[tab.views[name].frame])["visible"] for name in VIEWS}
            assert [name for name, seen in sight.items() if seen] == [view]

    @pytest.mark.parametrize("strange", ["nowhere", "<img>", ""])
    def test_a_view_that_is_none_stands_for_the_first(self, page, workspace, strange):
        run = entity_run(workspace)
        tab = built(playground, page)
        shown = playground.show(tab, Selection(tab="playground", run=run.id, trying=strange))
        assert set_to(shown[tab.views["ask"].frame])["visible"] is True

    def test_without_a_model_there_is_a_sentence_and_a_way(self, page):
        tab = built(playground, page)
        shown = playground.show(tab, Selection(tab="playground"))
        assert "as soon as one has been trained" in shown[tab.nothing]


class Answering:
    """A model that finds the first word of each text, or says it for an answer."""

    labels = ()

    def __init__(self, kind, labels=()):
        self.task = make_task(kind, labels)
        self.asked = []

    def predict(self, texts, questions=()):
        self.asked.append((tuple(texts), tuple(questions)))
        ends = [len(text.split()[0]) for text in texts]
        if self.task.shape == "spans":
            found = [[Span(0, end, "person", 0.9)] for end in ends]
            return SpanPredictions([[] for _ in texts], found)
        pairs = zip(texts, ends, strict=True)
        words = [text[:end] for text, end in pairs]
        return AnswerPredictions([[]] * len(words), words, [0.7] * len(words), [0] * len(words))


@pytest.fixture
def loaded(monkeypatch):
    """Puts a predictor in the place of any run's model."""

    def put(predictor):
        monkeypatch.setattr(ask, "PREDICTORS", SimpleNamespace(get=lambda folder: predictor))
        return predictor

    return put


class TestAsk:
    def test_a_text_for_mentions_is_asked_whole(self, page, workspace, loaded):
        run, model = entity_run(workspace), loaded(Answering("tokens", ("person",)))
        view = built_view(ask, page)
        shown = ask._ask(view, run.id, "Anna\nand Berg", "", None, 0.5)
        assert model.asked == [(("Anna\nand Berg",), ())]
        assert "person\u00a090\u00a0%" in shown[view.answers]
        assert set_to(shown[view.threshold])["visible"] is False

    def test_a_question_needs_a_text_and_a_text_a_question(self, page, workspace, loaded):
        run, model = answer_run(workspace), loaded(Answering("qa"))
        view = built_view(ask, page)
        for text, question, told in (
            ("", "", "Write a text and a question"),
            (" \n", "Who?", "There is no text yet."),
            ("Anna", "\u200b ", "There is no question yet."),
        ):
            shown = ask._ask(view, run.id, text, question, None, 0.5)
            assert told in shown[view.answers]
            assert shown[view.answer] is None
        assert model.asked == []
        shown = ask._ask(view, run.id, "Anna\nBerg", "Who?", None, 0.5)
        assert model.asked == [(("Anna\nBerg",), ("Who?",))]
        assert "fairly sure, 70 %" in shown[view.answers]

    @pytest.mark.parametrize("kind", ["multiclass", "multilabel", "tokens", "text2text"])
    def test_every_task_asks_for_a_text_instead_of_answering_none(
        self, page, workspace, loaded, kind
    ):
        run = answer_run(workspace)
        manual = {"task": kind, "labels": ["a", "b"], "positive": None, "max_length": 16}
        (workspace.run(run.id).model / "labels.json").write_text(json.dumps(manual), "utf-8")
        model = loaded(Answering(kind, ("a", "b")))
        view = built_view(ask, page)
        for text in ("", "  \n\t\n", "\u200b"):
            shown = ask._ask(view, run.id, text, "", None, 0.5)
            assert "There is no text yet." in shown[view.answers]
        assert model.asked == []

    def test_the_boxes_are_what_the_chosen_model_asks_for(self, page, workspace):
        run = answer_run(workspace)
        view = built_view(ask, page)
        shown = ask.show(view, Tried(page, Selection(tab="playground"), run.id))
        assert set_to(shown[view.question])["visible"] is True
        assert "All of it is one text" in set_to(shown[view.text])["info"]
        assert "When was Fresno founded?" in shown[view.examples]

    def test_mentions_ask_for_no_question(self, page, workspace):
        run = entity_run(workspace)
        view = built_view(ask, page)
        shown = ask.show(view, Tried(page, Selection(tab="playground"), run.id))
        assert set_to(shown[view.question])["visible"] is False
        assert "true mentions: Jordan (person), Paris (place)" in shown[view.examples]

    def test_an_example_fills_both_boxes(self, page, workspace, loaded):
        run, model = answer_run(workspace), loaded(Answering("qa"))
        view = built_view(ask, page)
        sent = clicked(act="example", index="0")
        shown = ask._example(view, run.id, 0, None, 0.5, sent)
        assert model.asked == [((shown[view.text],), (shown[view.question],))]
        assert shown[view.question]

    def test_another_model_has_said_nothing_yet(self, page, workspace, loaded):
        run = entity_run(workspace)
        loaded(Answering("tokens", ("person",)))
        view = built_view(ask, page)
        said = ask._ask(view, run.id, "Anna", "", None, 0.5)[view.answer]
        assert ask._fresh(view, run.id, said) == {}
        assert ask._fresh(view, "other-run", said)[view.answer] is None

    @pytest.mark.parametrize("moved", [0.5, 0.9])
    def test_a_moved_threshold_holds_until_another_run(self, page, workspace, loaded, moved):
        predictor = SimpleNamespace(
            labels=["x", "y"],
            point=OperatingPoint(),
            task=make_task("multilabel", ("x", "y")),
            predict=lambda texts, questions: said(
                *np.ones((2, len(texts), 2), dtype=bool), np.full((len(texts), 2), 0.7)
            ),
        )
        loaded(predictor)
        for run in ("a-run-1", "b-run-1"):
            folder = workspace.run(run).model
            folder.mkdir(parents=True)
            manual = {"task": "multilabel", "labels": [], "positive": None, "max_length": 9}
            (folder / "labels.json").write_text(json.dumps(manual))
        view = built_view(ask, page)
        first = ask._ask(view, "a-run-1", "one\ntwo", "", None, moved)
        assert "2 texts in" in first[view.answers]
        assert set_to(first[view.threshold])["value"] == 0.5
        before = first[view.answer]
        again = ask._ask(view, "a-run-1", "two", "", before, moved)
        assert set_to(again[view.threshold]) == {"visible": True}
        assert ("no label" in again[view.answers]) == (moved > 0.7)
        other = ask._ask(view, "b-run-1", "two", "", before, moved)
        assert set_to(other[view.threshold]) == {"visible": True, "value": 0.5}
        dragged = ask._threshold(view, before, 0.8)
        assert "no label" in dragged[view.answers]
        predictor.point = OperatingPoint((0.2, 0.3))
        saved = ask._ask(view, "a-run-1", "two", "", before, moved)
        assert set_to(saved[view.threshold])["value"] == 0.25, "the model's own has changed"


def test_a_run_on_rows_that_are_gone_has_no_examples(page, workspace):
    run = entity_run(workspace)
    delete_dataset(workspace, run.dataset)
    write_dataset(workspace, "tokens", ("person",), [], "other-1")
    view = built_view(ask, page)
    shown = ask.show(view, Tried(page, Selection(tab="playground"), run.id))
    assert shown[view.examples] == ""
