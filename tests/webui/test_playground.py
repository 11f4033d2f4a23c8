"""The playground over real workspaces: what it asks a task, never which it is."""

import json
import os
from types import SimpleNamespace

import numpy as np
import pytest

from engine.data.dataset import delete_dataset, load_dataset
from engine.errors import ModelError
from engine.tasks import TASKS, make_task
from engine.tasks.answering import AnswerPredictions
from engine.tasks.operating_point import OperatingPoint
from engine.tasks.token_labels import Span, SpanPredictions
from tests.inference.models import LABELS, bag_of_words
from tests.pages import built, built_view, clicked, set_to
from tests.said import said
from tests.shaped import HOSTILE, answer_run, entity_run, finish_run, write_dataset
from webui import asking, explaining, side_by_side
from webui.explaining import Why
from webui.predictors import Predictors
from webui.state import Selection
from webui.tabs import playground
from webui.text import t
from webui.trying import VIEWS, ask
from webui.trying.base import Tried
from webui.views import side_by_side as columns
from webui.views.shapes import Asked


class TestTab:
    def test_the_address_says_which_view_is_in_sight(self, page, workspace):
        run = entity_run(workspace)
        tab = built(playground, page)
        task = TASKS[load_dataset(workspace, run.dataset).task]
        for view in [name for name, module in VIEWS.items() if module.applies(task)]:
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
    point = OperatingPoint()

    def __init__(self, kind, labels=(), writes=False):
        self.task, self.writes = make_task(kind, labels), writes
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


class Weighing:
    """A model of two labels that is as sure as a text is long."""

    labels = ("x", "y")
    writes = False

    def __init__(self, kind="multilabel"):
        self.task, self.point = make_task(kind, self.labels), OperatingPoint()

    def predict(self, texts, questions=()):
        sure = np.array([[min(len(text), 10) / 10, 0.7] for text in texts])
        return self.task.at(said(sure > 2, sure > 2, sure), self.point)


@pytest.fixture
def loaded(monkeypatch):
    """Puts a predictor in the place of any run's model."""

    def put(predictor, here=True):
        found = SimpleNamespace(get=lambda folder: predictor, has=lambda folder: here)
        for module in (ask, explaining, side_by_side):
            monkeypatch.setattr(module, "PREDICTORS", found)
        return predictor

    return put


NOTHING = (None, None, 0.5, None)
"""What a page keeps before anything was asked."""


def asked(handler, view, run, text, question="", kept=NOTHING):
    """All that the handler changes, one update after another."""
    changed = {}
    for updates in handler(view, run, text, question, *kept):
        changed |= updates
    return changed


def kept_of(view, shown, threshold=0.5):
    return shown[view.answer], shown.get(view.held), threshold, shown.get(view.why.about)


def label_run(workspace, kind="multilabel", name="calm-otter", labels=("x", "y"), dataset="d-1"):
    texts = ("parcel late", "money back", "login locked")
    rows = [{"split": "train", "text": text, "labels": [labels[0]]} for text in texts]
    rows.append({"split": "test", "text": "my parcel", "labels": [labels[0]]})
    found = workspace.dataset(dataset, 1).root
    made = load_dataset(workspace, dataset) if found.is_dir() else write_dataset(
        workspace, kind, labels, rows, dataset
    )  # fmt: skip
    truth = np.eye(len(labels), dtype=bool)[:1]
    return finish_run(workspace, made, said(truth, truth), name)


class TestAsk:
    def test_a_text_for_mentions_is_asked_whole(self, page, workspace, loaded):
        run, model = entity_run(workspace), loaded(Answering("tokens", ("person",)))
        view = built_view(ask, page)
        shown = asked(ask._hold, view, run.id, "Anna\nand Berg")
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
            shown = asked(ask._hold, view, run.id, text, question)
            assert told in shown[view.answers]
            assert shown[view.answer] is None
        assert model.asked == []
        shown = asked(ask._hold, view, run.id, "Anna\nBerg", "Who?")
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
            shown = asked(ask._hold, view, run.id, text)
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
        filled, answered = ask._example(view, run.id, 0, *NOTHING, sent)
        assert model.asked == [((filled[view.text],), (filled[view.question],))]
        assert filled[view.question]
        assert answered[view.held] is answered[view.answer]

    def test_another_model_is_asked_the_same(self, page, workspace, loaded):
        run, other = (label_run(workspace, name=name) for name in ("calm-otter", "brave-lynx"))
        loaded(Weighing())
        view = built_view(ask, page)
        answer = asked(ask._hold, view, run.id, "ten")[view.answer]
        assert ask._another(view, run.id, answer) == {}
        shown = ask._another(view, other.id, answer)
        assert shown[view.answer] is None
        assert shown[view.again], "so that the boxes are read when they are filled"
        assert asked(ask._again, view, other.id, "ten")[view.answer].run == other.id
        assert asked(ask._again, view, other.id, " ") == {}

    @pytest.mark.parametrize("moved", [0.5, 0.9])
    def test_a_moved_threshold_holds_until_another_run(self, page, workspace, loaded, moved):
        predictor = loaded(Weighing())
        runs = [label_run(workspace, name=name).id for name in ("calm-otter", "brave-lynx")]
        view = built_view(ask, page)
        first = asked(ask._hold, view, runs[0], "one\ntwo", kept=(None, None, moved, None))
        assert "2 texts in" in first[view.answers]
        assert set_to(first[view.threshold])["value"] == 0.5
        before = kept_of(view, first, moved)
        again = asked(ask._hold, view, runs[0], "two", kept=before)
        assert set_to(again[view.threshold]) == {"visible": True}
        assert ("no label" in again[view.answers]) == (moved > 0.7)
        other = asked(ask._hold, view, runs[1], "two", kept=before)
        assert set_to(other[view.threshold]) == {"visible": True, "value": 0.5}
        dragged = ask._threshold(view, first[view.answer], None, 0.8)
        assert "no label" in dragged[view.answers]
        predictor.point = OperatingPoint((0.2, 0.3))
        saved = asked(ask._hold, view, runs[0], "two", kept=before)
        assert set_to(saved[view.threshold])["value"] == 0.25, "the model's own has changed"


class TestWhileTyping:
    def test_the_answer_follows_and_says_what_changed_against_the_text_held(
        self, page, workspace, loaded
    ):
        run = label_run(workspace)
        loaded(Weighing())
        view = built_view(ask, page)
        typed = asked(ask._follow, view, run.id, "four")
        assert "keeps this text to compare with" in typed[view.answers]
        held = asked(ask._hold, view, run.id, "four", kept=kept_of(view, typed))
        edited = asked(ask._follow, view, run.id, "four six", kept=kept_of(view, held))
        assert 'ts-up">+40.0<' in edited[view.answers]
        assert "the change against “four”" in edited[view.answers]
        assert edited[view.held] is held[view.answer]
        lines = asked(ask._follow, view, run.id, "four\nsix", kept=kept_of(view, held))
        assert "ts-up" not in lines[view.answers], "two texts cannot be compared with one"

    def test_a_box_that_is_empty_again_has_no_answer(self, page, workspace, loaded):
        run = label_run(workspace)
        loaded(Weighing())
        view = built_view(ask, page)
        held = asked(ask._hold, view, run.id, "four")
        shown = asked(ask._follow, view, run.id, " ", kept=kept_of(view, held))
        assert shown[view.answer] is None
        assert "There is no text yet" not in shown[view.answers], "nobody has asked yet"

    def test_what_is_missing_stays_said_until_there_is_an_answer(self, page, workspace, loaded):
        run = label_run(workspace)
        loaded(Weighing())
        view = built_view(ask, page)
        assert "There is no text yet" in asked(ask._hold, view, run.id, " ")[view.answers]
        assert list(ask._follow(view, run.id, " ", "", *NOTHING)) == []

    def test_that_a_model_loads_is_said(self, page, workspace, loaded):
        run = label_run(workspace)
        loaded(Weighing(), here=False)
        view = built_view(ask, page)
        first, second = ask._follow(view, run.id, "four", "", *NOTHING)
        assert "Loading the model" in first[view.answers]
        assert second[view.answer].texts == ("four",)

    def test_a_written_answer_comes_when_asked_for(self, page, workspace, loaded):
        run, model = answer_run(workspace), loaded(Answering("qa", writes=True))
        view = built_view(ask, page)
        shown = asked(ask._hold, view, run.id, "Anna", "Who?")
        assert len(model.asked) == 1
        typed = asked(ask._follow, view, run.id, "Anna B", "Who?", kept_of(view, shown))
        assert len(model.asked) == 1
        assert "Ctrl+Enter" in typed[view.answers]
        assert "fairly sure, 70 %" in typed[view.answers], "the old answer stays, paler"
        assert view.answer not in typed

    @pytest.mark.parametrize(("spent", "texts", "slow"), [(300, 1, False), (300, 4, True)])
    def test_what_takes_longer_than_typing_waits(self, spent, texts, slow):
        before = Asked("r", ("a",), (), None, spent)
        assert asking.is_slow(Weighing(), {"text": ("a",) * texts}, before) is slow


class TestWhy:
    @pytest.fixture
    def model(self, loaded):
        return loaded(bag_of_words())

    @pytest.fixture
    def part(self, page):
        return built_view(explaining, page)

    def run_of(self, workspace):
        run = label_run(workspace, labels=LABELS)
        (workspace.run(run.id).model / "model.safetensors").write_bytes(b"weights")
        return run

    def test_words_are_marked_by_sign_and_weight_and_named(self, part, workspace, model):
        run = self.run_of(workspace)
        shown = {}
        for updates in explaining._ask(part, run.id, f"parcel {HOSTILE} money"):
            shown |= updates
        words = shown[part.words]
        assert "<img" not in words
        assert "&lt;" in words
        assert "Integrated gradients" in words
        similar = shown[part.similar]
        assert "Among 3 training texts" in similar
        assert "<b>account</b> · similarity" in similar
        assert set_to(shown[part.stop])["visible"] is False

    def test_words_for_and_against_are_told_apart_in_words_and_lines(self, part, workspace, model):
        about = Why(self.run_of(workspace).id, ("my parcel is late again",), 0, "account")
        words = explaining._words(part, about)[part.words]
        assert 'class="ts-for" style="--weight:1.00" title="+57 %"><bdi>is</bdi>' in words
        assert 'class="ts-against" style="--weight:0.28" title="−16 %"><bdi>parcel</bdi>' in words
        assert "“account” has a probability of 45.9 %; with every word hidden" in words
        assert "Most for it: “is” +57 %" in words
        assert "Most against it: “parcel” −16 %" in words

    def test_another_label_is_explained_on_demand(self, part, workspace, model):
        run = self.run_of(workspace)
        about = Why(run.id, ("my parcel", "money back"))
        sent = clicked(act="label", value="refund")
        (shown,) = explaining._other(part, about, sent)
        assert "“refund” has a probability of" in shown[part.words]
        sent = clicked(act="line", value="1")
        first, *_ = explaining._other(part, shown[part.about], sent)
        assert first[part.about] == Why(run.id, about.texts, 1)
        with pytest.raises(ModelError, match="has no label"):
            list(explaining._other(part, about, clicked(act="label", value="<b>")))
        assert list(explaining._other(part, about, clicked(act="line", value="7"))) == []

    def test_an_explanation_of_an_older_text_says_so(self, part):
        about = Why("r", ("my parcel",))
        assert explaining.outdated(part, about, ("my parcel",))[part.old] == ""
        assert "has changed since" in explaining.outdated(part, about, ("my cat",))[part.old]
        assert explaining.outdated(part, None, ("my cat",)) == {}

    def test_without_its_data_set_there_are_words_and_no_training_texts(
        self, part, workspace, model
    ):
        run = self.run_of(workspace)
        delete_dataset(workspace, run.dataset)
        first, second, _ = explaining._ask(part, run.id, "my parcel")
        assert "ts-for" in first[part.words]
        assert "has been deleted" in second[part.similar]

    def test_reading_can_be_stopped_and_begun_again(self, part, workspace, model, monkeypatch):
        about = Why(self.run_of(workspace).id, ("my parcel",))
        monkeypatch.setattr(explaining, "EVERY", 0)
        reading = explaining._similar(part, about)
        explaining.STOP.clear()
        with monkeypatch.context() as patched:
            patched.setattr(explaining.STOP, "clear", explaining.STOP.set)
            *_, last = explaining._similar(part, about)
        assert "was stopped" in last
        *_, last = reading
        assert "Among 3 training texts" in last

    def test_without_a_text_there_is_nothing_to_explain(self, part, workspace, model):
        (shown,) = explaining._ask(part, self.run_of(workspace).id, " ")
        assert "There is no text yet" in shown[part.words]

    def test_it_is_offered_where_labels_have_probabilities(self, part):
        for kind, offered in (("multiclass", True), ("tokens", False), ("qa", False)):
            shown = explaining.show(part, TASKS[kind])
            assert set_to(shown[part.ask])["visible"] is offered


class TestSideBySide:
    @pytest.fixture
    def part(self, page):
        return side_by_side.build(page, side_by_side.build_choice(page))

    def test_models_for_the_same_task_can_be_chosen_those_of_the_data_first(self, part, workspace):
        run = label_run(workspace)
        label_run(workspace, name="on-other-rows", dataset="d-2")
        label_run(workspace, name="on-the-same")
        label_run(workspace, "multiclass", name="for-another-task", dataset="d-3")
        choices = set_to(side_by_side.show(part, run.id)[part.names])["choices"]
        assert [name for name, _ in choices] == [
            "The model before training",
            "on-the-same",
            "on-other-rows (other data set)",
        ]

    def test_each_says_what_differs(self, part, workspace, loaded, monkeypatch):
        run, other = label_run(workspace), label_run(workspace, name="on-the-same")
        answer = asking.asked(Weighing(), run.id, {"text": ("a",)})
        model = loaded(Weighing())
        model.point = OperatingPoint((0.05, 0.9))
        (shown,) = side_by_side._ask(part, answer, [other.id])
        told = set_to(shown[part.answers])["value"]
        assert "<h3>on-the-same</h3>" in told
        assert "Says something else.</b> <span>Only here: x.</span> " in told
        assert "<span>Not here: y.</span>" in told
        assert told.count("±0") == 2

    def test_one_that_cannot_be_asked_says_why_in_its_column(self, part, workspace, monkeypatch):
        run = label_run(workspace)

        def gone(workspace, run):
            raise ModelError("models.no_model_folder")

        found = SimpleNamespace(untrained=gone, has=lambda folder: False)
        monkeypatch.setattr(side_by_side, "PREDICTORS", found)
        answer = asking.asked(Weighing(), run.id, {"text": ("a",)})
        first, last = side_by_side._ask(part, answer, ["untrained", "long-gone-1"])
        assert "Loading the model" in set_to(first[part.answers])["value"]
        assert "ts-note-problem" in set_to(last[part.answers])["value"]

    def test_without_an_answer_or_others_there_is_nothing(self, part):
        (shown,) = side_by_side._ask(part, None, ["untrained"])
        assert set_to(shown[part.answers])["visible"] is False

    def test_what_differs_is_in_words(self):
        def told(*pairs):
            return columns.difference(pairs, lambda key, **params: t(key, "en", **params))

        assert "Says the same." in told((("a", "b"), ("b", "a")))
        assert "of 1 of 2 texts" in told((("a",), ("b",)), (("a",), ("a",)))
        assert "Not here: <b>" not in told((("<b>",), ("",)))
        assert "Not here: &lt;b&gt;." in told((("<b>",), ("",)))


class TestPredictors:
    @pytest.fixture
    def folders(self, workspace, monkeypatch):
        folders = []
        for name in "abc":
            folders.append(workspace.root / name)
            folders[-1].mkdir()
            (folders[-1] / "labels.json").write_text("{}", "utf-8")

        def load(folder):
            found = SimpleNamespace(size=30, memory=280, folder=folder)
            found.as_saved = lambda folder: found
            return found

        monkeypatch.setattr("engine.inference.predictor.load_predictor", load)
        return folders

    def test_those_used_last_stay_within_a_part_of_the_memory(self, folders):
        found = Predictors()
        a, b, c = folders
        first = found.get(a)
        found.get(b)
        assert found.get(a) is first
        found.get(c)
        assert [found.has(each) for each in folders] == [True, False, True]

    def test_a_model_that_is_written_anew_is_loaded_anew(self, folders):
        found = Predictors()
        first = found.get(folders[0])
        os.utime(folders[0] / "labels.json", (5, 5))
        assert not found.has(folders[0])
        assert found.get(folders[0]) is not first

    def test_one_that_is_too_large_for_its_part_is_kept_alone(self, folders, monkeypatch):
        found = Predictors()
        found.get(folders[0])
        large = SimpleNamespace(size=900, memory=280, as_saved=lambda folder: large)
        monkeypatch.setattr("engine.inference.predictor.load_predictor", lambda folder: large)
        assert found.get(folders[1]) is large
        assert [found.has(each) for each in folders] == [False, True, False]


def test_a_run_on_rows_that_are_gone_has_no_examples(page, workspace):
    run = entity_run(workspace)
    delete_dataset(workspace, run.dataset)
    write_dataset(workspace, "tokens", ("person",), [], "other-1")
    view = built_view(ask, page)
    shown = ask.show(view, Tried(page, Selection(tab="playground"), run.id))
    assert shown[view.examples] == ""
