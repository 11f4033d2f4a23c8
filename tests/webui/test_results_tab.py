"""The results and playground tabs over real workspaces: what they ask a task, never which it is."""

import json
from dataclasses import replace
from types import SimpleNamespace

import gradio as gr
import numpy as np
import pytest

from engine.data.dataset import delete_dataset
from engine.evaluation import report as reports
from engine.runs.registry import Registry
from engine.tasks import make_task
from engine.tasks.answering import AnswerPredictions
from engine.tasks.operating_point import OperatingPoint
from engine.tasks.token_labels import Span, SpanPredictions
from tests.said import said
from tests.shaped import answer_run, entity_run, write_dataset
from webui.page import Page
from webui.results import overview
from webui.state import Selection
from webui.tabs import playground, results


@pytest.fixture
def page(workspace):
    with gr.Blocks(), gr.Tabs() as tabs:
        states = gr.State(Selection()), gr.State(("", 0)), gr.BrowserState({})
        return Page(workspace, "en", Registry(workspace), *states, tabs)


def built(module, page):
    with gr.Blocks(), gr.Tabs(), gr.Tab() as frame:
        return module.build(page, frame)


def set_to(update):
    """What an update of a component changes."""
    return update._constructor_args[0]


def clicked(**sent):
    return gr.EventData(None, sent)


class TestResults:
    def show(self, page, run, **chosen):
        tab = built(results, page)
        return tab, results.show(tab, Selection(tab="results", run=run.id, **chosen))

    def over(self, tab):
        return tab.views["overview"]

    def test_mentions_have_their_headline_their_types_and_their_errors(self, page, workspace):
        tab, shown = self.show(page, entity_run(workspace))
        assert "Entity F1 0.40" in shown[tab.headline]
        assert shown[self.over(tab).scores].index("Entity F1") < shown[self.over(tab).scores].index(
            "Entity precision"
        )
        assert "Mentions (support)" in shown[self.over(tab).per_class]
        assert set_to(shown[self.over(tab).figure]) == {"visible": False}
        assert "What goes wrong" in shown[self.over(tab).details]

    def test_answers_have_no_labels_and_their_rows(self, page, workspace):
        tab, shown = self.show(page, answer_run(workspace))
        assert "F1 over words" in shown[tab.headline]
        assert set_to(shown[self.over(tab).classes]) == {"visible": False}
        assert "Answer by answer" in shown[self.over(tab).details]

    def test_a_last_checkpoint_above_the_best_is_told_on_test_rows_only(self, page, workspace):
        run = answer_run(workspace)
        folder = workspace.run(run.id)
        report = reports.load(folder)
        best = report.splits["test"]["best"]
        for f1, told in ((best["f1"] + 0.1, True), (best["f1"], False)):
            both = {"best": best, "last": best | {"f1": f1}}
            reports.save(folder, replace(report, splits={"test": both, "validation": both}))
            tab, shown = self.show(page, run)
            assert ("higher by 0.100 (F1 over words)" in shown[self.over(tab).scores]) is told
            tab, shown = self.show(page, run, split="validation")
            assert "higher by" not in shown[self.over(tab).scores]

    def test_the_address_says_which_errors_are_shown(self, page, workspace):
        tab, shown = self.show(page, entity_run(workspace), pick="missed")
        assert shown[self.over(tab).details].count("ts-line-item") == 1

    def test_without_its_data_set_a_run_keeps_its_scores(self, page, workspace):
        run = entity_run(workspace)
        delete_dataset(workspace, run.dataset)
        tab, shown = self.show(page, run)
        assert "Entity F1 0.40" in shown[tab.headline]
        assert "the data set of this run has been deleted" in shown[self.over(tab).details]

    def test_a_damaged_predictions_file_is_told_in_place(self, page, workspace):
        run = answer_run(workspace)
        workspace.run(run.id).predictions("test", "best").write_bytes(b"PAR1")
        tab, shown = self.show(page, run)
        assert "missing or damaged" in shown[self.over(tab).details]

    def test_a_split_without_rows_shows_no_details(self, page, workspace):
        tab, shown = self.show(page, entity_run(workspace), split="validation")
        assert "no figures" in shown[tab.headline]
        assert set_to(shown[self.over(tab).behind]) == {"visible": False}

    @pytest.mark.parametrize(
        ("sent", "pick", "rows"),
        [
            ({"act": "pick", "pick": "missed"}, "missed", 10),
            ({"act": "pick", "pick": ""}, "", 10),
            ({"act": "pick", "value": "3"}, "3", 10),
            ({"act": "more"}, "wrong", 40),
            ({"act": "pick", "pick": "<img>"}, "", 10),
        ],
    )
    def test_what_is_chosen_stands_in_the_selection(self, page, sent, pick, rows):
        tab = built(results, page)
        before = Selection(tab="results", pick="wrong", shown=30)
        after = overview._look_at(self.over(tab), before, clicked(**sent))[page.selection]
        assert (after.pick, after.shown) == (pick, rows)


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
        monkeypatch.setattr(playground, "PREDICTORS", SimpleNamespace(get=lambda folder: predictor))
        return predictor

    return put


class TestPlayground:
    def test_a_text_for_mentions_is_asked_whole(self, page, workspace, loaded):
        run, model = entity_run(workspace), loaded(Answering("tokens", ("person",)))
        tab = built(playground, page)
        shown = playground._ask(tab, run.id, "Anna\nand Berg", "", None, 0.5)
        assert model.asked == [(("Anna\nand Berg",), ())]
        assert "person\u00a090\u00a0%" in shown[tab.answers]
        assert set_to(shown[tab.threshold])["visible"] is False

    def test_a_question_needs_a_text_and_a_text_a_question(self, page, workspace, loaded):
        run, model = answer_run(workspace), loaded(Answering("qa"))
        tab = built(playground, page)
        for text, question, told in (
            ("", "", "Write a text and a question"),
            (" \n", "Who?", "There is no text yet."),
            ("Anna", "\u200b ", "There is no question yet."),
        ):
            shown = playground._ask(tab, run.id, text, question, None, 0.5)
            assert told in shown[tab.answers]
            assert shown[tab.answer] is None
        assert model.asked == []
        shown = playground._ask(tab, run.id, "Anna\nBerg", "Who?", None, 0.5)
        assert model.asked == [(("Anna\nBerg",), ("Who?",))]
        assert "fairly sure, 70 %" in shown[tab.answers]

    @pytest.mark.parametrize("kind", ["multiclass", "multilabel", "tokens", "text2text"])
    def test_every_task_asks_for_a_text_instead_of_answering_none(
        self, page, workspace, loaded, kind
    ):
        run = answer_run(workspace)
        manual = {"task": kind, "labels": ["a", "b"], "positive": None, "max_length": 16}
        (workspace.run(run.id).model / "labels.json").write_text(json.dumps(manual), "utf-8")
        model = loaded(Answering(kind, ("a", "b")))
        tab = built(playground, page)
        for text in ("", "  \n\t\n", "\u200b"):
            shown = playground._ask(tab, run.id, text, "", None, 0.5)
            assert "There is no text yet." in shown[tab.answers]
        assert model.asked == []

    def test_the_boxes_are_what_the_chosen_model_asks_for(self, page, workspace):
        run = answer_run(workspace)
        tab = built(playground, page)
        shown = playground.show(tab, Selection(tab="playground", run=run.id))
        assert set_to(shown[tab.question])["visible"] is True
        assert "All of it is one text" in set_to(shown[tab.text])["info"]
        assert "When was Fresno founded?" in shown[tab.examples]

    def test_mentions_ask_for_no_question(self, page, workspace):
        run = entity_run(workspace)
        tab = built(playground, page)
        shown = playground.show(tab, Selection(tab="playground", run=run.id))
        assert set_to(shown[tab.question])["visible"] is False
        assert "true mentions: Jordan (person), Paris (place)" in shown[tab.examples]

    def test_an_example_fills_both_boxes(self, page, workspace, loaded):
        run, model = answer_run(workspace), loaded(Answering("qa"))
        tab = built(playground, page)
        sent = clicked(act="example", index="0")
        shown = playground._example(tab, run.id, 0, None, 0.5, sent)
        assert model.asked == [((shown[tab.text],), (shown[tab.question],))]
        assert shown[tab.question]

    def test_another_model_has_said_nothing_yet(self, page, workspace, loaded):
        run = entity_run(workspace)
        loaded(Answering("tokens", ("person",)))
        tab = built(playground, page)
        said = playground._ask(tab, run.id, "Anna", "", None, 0.5)[tab.answer]
        assert playground._fresh(tab, run.id, said) == {}
        assert playground._fresh(tab, "other-run", said)[tab.answer] is None

    @pytest.mark.parametrize("moved", [0.5, 0.9])
    def test_a_moved_threshold_holds_until_another_run(self, page, workspace, loaded, moved):
        import json

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
        tab = built(playground, page)
        first = playground._ask(tab, "a-run-1", "one\ntwo", "", None, moved)
        assert "2 texts in" in first[tab.answers]
        assert set_to(first[tab.threshold])["value"] == 0.5
        before = first[tab.answer]
        again = playground._ask(tab, "a-run-1", "two", "", before, moved)
        assert set_to(again[tab.threshold]) == {"visible": True}
        assert ("no label" in again[tab.answers]) == (moved > 0.7)
        other = playground._ask(tab, "b-run-1", "two", "", before, moved)
        assert set_to(other[tab.threshold]) == {"visible": True, "value": 0.5}
        dragged = playground._threshold(tab, before, 0.8)
        assert "no label" in dragged[tab.answers]


def test_a_run_on_rows_that_are_gone_has_no_examples(page, workspace):
    run = entity_run(workspace)
    delete_dataset(workspace, run.dataset)
    write_dataset(workspace, "tokens", ("person",), [], "other-1")
    tab = built(playground, page)
    shown = playground.show(tab, Selection(tab="playground", run=run.id))
    assert shown[tab.examples] == ""
