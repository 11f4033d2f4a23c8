"""What each shape of rows shows of results and answers, and that no text can speak HTML."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from engine.evaluation import report as reports
from engine.evaluation.rows import read_rows
from engine.tasks import TASKS, make_task
from engine.tasks.answering import AnswerPredictions
from engine.tasks.labelled import LabelPredictions
from engine.tasks.operating_point import OperatingPoint
from engine.tasks.token_labels import Span, SpanPredictions
from tests.hand_made import split_rows
from tests.said import said as said_of
from tests.shaped import (
    ANSWER_ROWS,
    CONTEXT,
    ENTITY_ROWS,
    HOSTILE,
    answer_run,
    asked,
    entity_run,
    finish_run,
    mentions_of,
    tagged,
    write_dataset,
)
from webui.text import t
from webui.views import playground, results
from webui.views.rows import results as results_at
from webui.views.shapes import SHAPES, Asked
from webui.views.shapes.labels import LabelsSaid

SPANS, ANSWERS, LABELS = SHAPES["spans"], SHAPES["answers"], SHAPES["labels"]
MODEL = SimpleNamespace(task=make_task("tokens", ("company", "person", "place")))


def words(key, **params):
    return t(key, "en", **params)


def told(workspace, run, place=0):
    """What is shown of a row of results."""
    rows = read_rows(workspace, reports.load(workspace.run(run.id)), "test")
    return "".join(
        filter(None, SHAPES[rows.task.shape].result(results_at(rows, [place])[0], words))
    )


def test_every_task_has_a_shape_that_can_be_shown():
    assert {task.shape for task in TASKS.values()} == SHAPES.keys()


class TestSpans:
    @pytest.mark.parametrize(
        ("place", "kind", "told_of"),
        [
            (
                0,
                "wrong_boundary",
                [">person</b>", "True: Anna Berg (person). Found: Anna (person)."],
            ),
            (1, "wrong_type", ["Jordan", "true: person", "found: place"]),
            (2, "missed", [">company</b>", "True: Orange (company). Found: nothing."]),
            (2, "spurious", [">person</b>", "True: nothing. Found: img (person)."]),
        ],
    )
    def test_each_error_of_a_row_is_told(self, workspace, place, kind, told_of):
        shown = told(workspace, entity_run(workspace), place)
        assert all(word in shown for word in told_of)
        assert f"{words(f'report.error.{kind}')}</b> · True" in shown

    def test_true_and_found_are_marked_apart_and_both_where_they_meet(self, workspace):
        shown = told(workspace, entity_run(workspace))
        assert 'class="ts-mark ts-true ts-found ts-strong ts-tint-1"><bdi>Anna</bdi>' in shown
        assert 'class="ts-mark ts-true ts-strong ts-tint-1"><bdi> Berg</bdi>' in shown
        right = 'class="ts-mark ts-true ts-found ts-tint-0"><bdi>Shell</bdi>'
        assert right in shown, "right, only lines"

    def test_a_row_without_errors_has_its_mentions_with_their_types(self, workspace):
        dataset = write_dataset(workspace, "tokens", ("company", "person", "place"), ENTITY_ROWS)
        truth = mentions_of(ENTITY_ROWS)
        run = finish_run(workspace, dataset, SpanPredictions(truth, truth))
        shown = told(workspace, run)
        assert 'ts-found ts-strong ts-tint-0"><bdi>Shell</bdi></mark><b' in shown
        assert "Found:" not in shown
        assert "<mark" not in told(workspace, run, 3)

    def test_of_a_long_text_the_errors_are_shown_and_the_whole_in_a_fold(self, workspace):
        rows = [tagged(f"{'so on ' * 100}Orange {'and on ' * 100}", ("Orange", "company"))]
        dataset = write_dataset(workspace, "tokens", ("company",), rows)
        run = finish_run(workspace, dataset, SpanPredictions(mentions_of(rows), [[]]))
        part, whole = told(workspace, run).split("<details")
        assert part.count("so on") < 30 < whole.count("so on") == 100
        assert "<bdi>Orange</bdi>" in part

    def test_a_mention_found_in_pieces_is_one_error_with_one_name(self, workspace):
        rows = [tagged("Type 2 diabetes mellitus", ("Type 2 diabetes mellitus", "illness"))]
        dataset = write_dataset(workspace, "tokens", ("illness",), rows)
        pieces = [Span(0, 6, "illness"), Span(7, 15, "illness")]
        run = finish_run(workspace, dataset, SpanPredictions(mentions_of(rows), [pieces]))
        shown = told(workspace, run)
        assert shown.count(">illness</b>") == 1
        assert shown.index(">illness</b>") > shown.index("mellitus")
        found = "Found: Type 2 (illness), diabetes (illness)."
        assert f"True: Type 2 diabetes mellitus (illness). {found}" in shown

    def test_a_type_has_one_colour_in_results_and_answers(self, workspace):
        run = entity_run(workspace)
        found = reports.load(workspace.run(run.id))
        listed = results.per_class(found, found.splits["test"]["best"], words)
        assert '<mark class="ts-entity ts-tint-2">place</mark>' in listed
        said = SpanPredictions([[]], [[Span(0, 4, "place")]])
        shown = SPANS.answers(Asked("r", ("Rome",), (), SPANS.said(MODEL, said), 3.0), words)
        assert 'ts-found ts-strong ts-tint-2"><bdi>Rome' in shown
        assert '<mark class="ts-entity ts-tint-2">place</mark>' in shown

    def test_texts_and_types_are_data(self, workspace):
        rows = [tagged(f"{HOSTILE} is bad", ("img", HOSTILE))]
        dataset = write_dataset(workspace, "tokens", (HOSTILE,), rows)
        predictions = SpanPredictions(mentions_of(rows), [[]])
        shown = told(workspace, finish_run(workspace, dataset, predictions))
        assert "<img" not in shown
        assert "(&lt;img src=x" in shown
        assert 'ts-tint-0">&lt;img src=x' in shown
        assert "<bdi>img</bdi>" in shown

    def test_an_answer_marks_the_mentions_and_lists_them(self):
        text = f"{HOSTILE} Anna\nBerg"
        at = text.index("Anna")
        predictions = SpanPredictions([[]], [[Span(at, at + 9, "person", 0.97)]])
        asked = Asked("r", (text,), (), SPANS.said(MODEL, predictions), 3.0)
        shown = playground.answers(SPANS, asked, words)
        assert "<img" not in shown
        assert "<bdi>Anna\nBerg</bdi>" in shown, "line breaks are kept"
        assert 'ts-tint-1">person\u00a097\u00a0%</b>' in shown, "never cut by a line's end"
        for cell in (at, at + 9, "97 %"):
            assert f">{cell}</td>" in shown
        assert "1 text in 3 ms" in shown

    def test_a_text_without_mentions_says_so(self):
        asked = Asked("r", ("so",), (), SPANS.said(MODEL, SpanPredictions([[]], [[]])), 3.0)
        assert "found nothing" in SPANS.answers(asked, words)

    def test_an_example_tells_its_true_mentions(self):
        assert SPANS.truth(ENTITY_ROWS[0], words) == (
            "true mentions: Anna Berg (person), Shell (company)"
        )
        assert SPANS.truth(ENTITY_ROWS[3], words) == "no mentions"

    def test_the_same_mentions_in_other_words_are_no_part_that_differs(self):
        row = ENTITY_ROWS[0]
        lone = row | {"tags": ["I" + row["tags"][0][1:], *row["tags"][1:]]}
        assert SPANS.apart(row, lone, words) == ("", "")


class TestAnswers:
    @pytest.mark.parametrize(
        ("place", "told_of"),
        [
            (0, ["When was Fresno founded?", "given, right", "<dd>1.00</dd>"]),
            (1, ["Where is Fresno?", "lies in California", "California / in California"]),
            (2, ["Fresno", "a railroad", "<dd>0.00</dd>"]),
        ],
    )
    def test_question_answers_and_score_are_told(self, workspace, place, told_of):
        shown = told(workspace, answer_run(workspace), place)
        assert all(word in shown for word in told_of)

    def test_a_long_text_is_shown_around_the_answer_and_whole_in_a_fold(self, workspace):
        text = f"{'Before. ' * 60}Fresno was founded in 1872. {'After. ' * 60}"
        rows = [asked(text, "When?", "1872")]
        dataset = write_dataset(workspace, "qa", (), rows)
        said = AnswerPredictions([["1872"]], ["Fresno"], [0.5], [text.index("Fresno")])
        shown = told(workspace, finish_run(workspace, dataset, said))
        part, whole = shown.split("<details")
        assert part.count("Before.") < 20 < whole.count("Before.") == 60
        for marked in (part, whole):
            assert "<bdi>1872</bdi>" in marked
            assert "<bdi>Fresno</bdi>" in marked
        asked_now = Asked("r", (text * 3,), ("When?",), ANSWERS.said(None, said), 3.0)
        part, whole = ANSWERS.answers(asked_now, words).split("<details")
        assert part.count("Before.") < 90 < whole.count("Before.") == 180
        assert "<bdi>Fresno</bdi>" in part

    def test_of_many_answers_those_are_told_that_are_others_now(self):
        given = [f"answer {i}" for i in range(9)]
        before, after = {"answers": given}, {"answers": [*given[:8], "new"]}
        assert ANSWERS.apart(before, after, words) == ("answer 8", "new")
        assert ANSWERS.apart({"answers": []}, before, words)[0] == "no answer"

    def test_given_and_right_are_marked_where_they_stand(self, workspace):
        shown = told(workspace, answer_run(workspace), 2)
        assert 'class="ts-mark ts-found ts-strong"><bdi>Fresno</bdi></mark><b' in shown
        assert 'class="ts-mark ts-true ts-strong"><bdi>a railroad</bdi></mark><b' in shown

    def test_contexts_and_questions_are_data(self, workspace):
        shown = told(workspace, answer_run(workspace), 2)
        assert "<img" not in shown
        assert shown.count("&lt;img") == 2

    def test_a_written_answer_is_shown_with_the_start_of_its_text(self, workspace):
        row = {"text": HOSTILE, "question": "", "answers": ["two"], "answer_starts": [-1]}
        dataset = write_dataset(workspace, "text2text", (), [{"split": "test"} | row])
        predictions = AnswerPredictions([["two"]], [""], [0.5], [-1])
        run = finish_run(workspace, dataset, predictions)
        shown = told(workspace, run)
        assert "no answer" in shown
        assert "<mark" not in shown
        assert "50 %" not in shown, "nothing was said that one could be sure of"
        assert "<img" not in shown
        rows = read_rows(workspace, reports.load(workspace.run(run.id)), "test")
        assert "the mean probability of the words the model wrote" in ANSWERS.legend(rows, words)

    @pytest.mark.parametrize(
        ("score", "sure"), [(0.95, "very sure"), (0.7, "fairly sure"), (0.2, "not sure")]
    )
    def test_an_answer_says_how_sure_it_is_and_where_it_stands(self, score, sure):
        said = ANSWERS.said(
            None, AnswerPredictions([[]], ["1872"], [score], [CONTEXT.index("1872")])
        )
        shown = ANSWERS.answers(Asked("r", (CONTEXT,), ("When?",), said, 3.0), words)
        assert f"{sure}, {100 * score:.0f} %" in shown
        assert "the probability the model gives to this start and this end" in shown
        assert "<bdi>1872</bdi>" in shown
        assert "<img" not in shown

    def test_a_written_answer_marks_nothing(self):
        said = ANSWERS.said(None, AnswerPredictions([[]], [HOSTILE], [0.5], [-1]))
        shown = ANSWERS.answers(Asked("r", ("a text",), ("?",), said, 3.0), words)
        assert "ts-mark" not in shown
        assert "<img" not in shown
        assert "it says how usual they are to it, not whether they are true" in shown

    def test_no_answer_has_nothing_to_be_sure_of(self):
        said = ANSWERS.said(None, AnswerPredictions([[]], [""], [0.5], [-1]))
        shown = ANSWERS.answers(Asked("r", ("a text",), ("?",), said, 3.0), words)
        assert "no answer" in shown
        assert "%" not in shown

    def test_an_example_tells_the_question_the_text_and_the_right_answer(self):
        shown = playground.examples(ANSWERS, ANSWER_ROWS, words)
        assert "Where is Fresno?" in shown
        assert "right answer: California / in California" in shown
        assert "<img" not in shown


def label_answer(**more):
    decided = ((HOSTILE,), ("x",))
    said = LabelsSaid(("x", HOSTILE), ((0.3, 0.7), (0.2, 0.1)), decided, **more)
    return Asked("r", (HOSTILE, "b"), (), said, 12.3)


class TestLabels:
    def test_what_the_model_decided_is_said(self):
        said = label_answer().said
        assert [said.of(0), said.of(1)] == [[HOSTILE], ["x"]]
        assert said.threshold is None

    def test_with_a_moved_threshold_every_label_that_reaches_it_is_said(self):
        said = label_answer(zones=(None, None), several=True, review=(True, False)).said
        assert said.at(0.25).of(0) == ["x", HOSTILE]
        assert said.at(0.9).of(0) == []
        assert said.at(0.9).review == ()

    def test_what_would_go_to_a_person_is_said_of_each_text(self):
        shown = playground.answers(LABELS, label_answer(review=(True, False)), words)
        assert shown.index("would go to a person") < shown.index("decided by the model alone")
        assert "person" not in playground.answers(LABELS, label_answer(), words)

    def test_answers_are_escaped_and_timed(self):
        shown = playground.answers(LABELS, label_answer(), words)
        assert "<img" not in shown
        assert "2 texts in 12 ms" in shown

    def test_few_labels_keep_their_places_and_of_many_the_most_probable_come_first(self):
        shown = LABELS.answers(label_answer(), words)
        assert shown.index("30.0 %") < shown.index("70.0 %")
        labels = tuple(f"label {number}" for number in range(20))
        rising = tuple(number / 200 for number in range(20))
        many = Asked("r", ("a",), (), LabelsSaid(labels, (rising,), ((),)), 1.0)
        shown = LABELS.answers(many, words)
        assert shown.index("label 19<") < shown.index("label 18<")
        assert "label 7<" not in shown
        assert "and 8 more<" in shown

    def test_a_change_has_its_sign_and_is_in_points(self):
        before = label_answer()
        said = replace(before.said, probabilities=((0.3, 0.62), (0.91, 0.1004)))
        shown = LABELS.answers(replace(before, said=said), words, before)
        assert 'ts-down">−8.0<' in shown
        assert 'ts-up">+71.0<' in shown
        assert shown.count("±0") == 2
        assert "±0" not in LABELS.answers(before, words)

    def test_another_model_may_have_other_labels(self):
        said = LabelsSaid(("new",), ((0.5,), (0.5,)), ((), ()))
        shown = LABELS.answers(replace(label_answer(), said=said), words, label_answer())
        assert "50.0 %" in shown
        assert "ts-up" not in shown

    @pytest.mark.parametrize(
        ("kind", "point", "bands", "thresholds"),
        [
            ("multilabel", OperatingPoint((0.3, 0.6), ((0.2, 0.5), (0.6, 0.6))), 1, 2),
            ("binary", OperatingPoint((0.6, 0.4), ((0.0, 0.7), (0.0, 0.5))), 1, 1),
            ("multiclass", OperatingPoint(None, ((0.0, 0.7), (0.0, 0.0))), 1, 0),
            ("multiclass", OperatingPoint(), 0, 0),
        ],
    )
    def test_thresholds_and_what_a_person_sees_are_marked(self, kind, point, bands, thresholds):
        predictor = SimpleNamespace(
            labels=("x", "y"), task=make_task(kind, ("x", "y")), point=point
        )
        predictions = said_of([[False, True]], [[False, True]], np.array([[0.2, 0.8]]))
        said = LABELS.said(predictor, predictions)
        shown = LABELS.answers(Asked("r", ("a",), (), said, 1.0), words)
        assert shown.count("ts-band") == bands
        assert shown.count("ts-threshold") == thresholds

    def test_texts_beyond_what_is_asked_at_once_are_told(self):
        assert "left out" not in playground.answers(LABELS, label_answer(), words)
        shown = playground.answers(LABELS, replace(label_answer(), left_out=7), words)
        assert "first 2 lines are answered; 7 more are left out" in shown

    @pytest.mark.parametrize(("kind", "own"), [("multilabel", 0.5), ("multiclass", None)])
    def test_only_labels_that_stand_alone_have_a_threshold(self, kind, own):
        predictor = SimpleNamespace(
            labels=("x", "y"),
            task=make_task(kind, ("x", "y")),
            point=OperatingPoint(),
        )
        predictions = said_of([[False, True]], [[False, True]], np.array([[0.2, 0.8]]))
        assert LABELS.said(predictor, predictions).threshold == own

    def test_a_row_has_its_labels_and_the_most_probable_with_the_true_one(self):
        labels = ("a", "b", "c", "d", HOSTILE)
        own = np.eye(5, dtype=bool)
        found = np.array([[0.4, 0.3, 0.2, 0.06, 0.04]])
        predictions = LabelPredictions(own[[4]], own[[0]], found)
        rows = split_rows("multiclass", labels, predictions, {"text": [f"{HOSTILE} {'so ' * 900}"]})
        text, shown = LABELS.result(results_at(rows, [0])[0], words)
        bars = re.findall(r'title="([^"]*)".*?([\d.]+) %', shown)
        assert [percent for _, percent in bars] == ["40.0", "30.0", "20.0", "4.0"]
        assert "<img" not in text + shown
        part, whole = text.split("<details")
        assert part.count("so ") < 150 < whole.count("so ") == 900

    def test_a_row_without_a_label_says_so(self):
        nothing = np.zeros((1, 2), dtype=bool)
        predictions = LabelPredictions(nothing, nothing, np.array([[0.2, 0.1]]))
        rows = split_rows("multilabel", ("a", "b"), predictions, {"text": ["so"]})
        _, shown = LABELS.result(results_at(rows, [0])[0], words)
        assert shown.count(words("no_label")) == 2
