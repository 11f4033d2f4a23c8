"""What each shape of rows shows of results and answers, and that no text can speak HTML."""

import re
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from engine.evaluation import report as reports
from engine.evaluation.predicted import read_predicted
from engine.tasks import TASKS, make_task
from engine.tasks.answering import AnswerPredictions
from engine.tasks.operating_point import OperatingPoint
from engine.tasks.token_labels import Span, SpanPredictions
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
from webui.views.shapes import SHAPES, Asked, Look
from webui.views.shapes.labels import LabelsSaid

SPANS, ANSWERS, LABELS = SHAPES["spans"], SHAPES["answers"], SHAPES["labels"]
MODEL = SimpleNamespace(task=make_task("tokens", ("company", "person", "place")))


def words(key, **params):
    return t(key, "en", **params)


def look(workspace, run, **changes):
    report = reports.load(workspace.run(run.id))
    figures = report.splits["test"]["best"]
    found = Look(report, figures, lambda: read_predicted(workspace, report, "test"))
    return replace(found, **changes)


def items(shown):
    return shown.split('class="ts-line-item"')[1:]


def test_every_task_has_a_shape_that_can_be_shown():
    assert {task.shape for task in TASKS.values()} == SHAPES.keys()


class TestSpans:
    def test_the_kinds_of_error_are_counted_and_each_can_be_chosen(self, workspace):
        shown = SPANS.details(look(workspace, entity_run(workspace)), words)
        for kind in ("missed", "spurious", "wrong_type", "wrong_boundary"):
            assert f'data-pick="{kind}"' in shown
        assert len(items(shown)) == 4
        assert "There are 5 true mentions in all." in shown

    @pytest.mark.parametrize(
        ("kind", "told"),
        [
            ("missed", [">company</b>", "True: Orange (company). Found: nothing."]),
            ("spurious", [">person</b>", "True: nothing. Found: img (person)."]),
            ("wrong_type", ["Jordan", "true: person", "found: place"]),
            ("wrong_boundary", [">person</b>", "True: Anna Berg (person). Found: Anna (person)."]),
        ],
    )
    def test_of_a_kind_only_its_errors_are_shown_with_their_types(self, workspace, kind, told):
        shown = items(SPANS.details(look(workspace, entity_run(workspace), pick=kind), words))
        assert len(shown) == 1
        assert all(word in shown[0] for word in told)
        assert words(f"report.error.{kind}") in shown[0]

    def test_true_and_found_are_marked_apart_and_both_where_they_meet(self, workspace):
        of_kind = look(workspace, entity_run(workspace), pick="wrong_boundary")
        (shown,) = items(SPANS.details(of_kind, words))
        assert 'class="ts-mark ts-true ts-found ts-strong ts-tint-1"><bdi>Anna</bdi>' in shown
        assert 'class="ts-mark ts-true ts-strong ts-tint-1"><bdi> Berg</bdi>' in shown
        right = 'class="ts-mark ts-true ts-found ts-tint-0"><bdi>Shell</bdi>'
        assert right in shown, "right, only lines"

    def test_a_mention_found_in_pieces_is_one_error_with_one_name(self, workspace):
        rows = [tagged("Type 2 diabetes mellitus", ("Type 2 diabetes mellitus", "illness"))]
        dataset = write_dataset(workspace, "tokens", ("illness",), rows)
        pieces = [Span(0, 6, "illness"), Span(7, 15, "illness")]
        run = finish_run(workspace, dataset, SpanPredictions(mentions_of(rows), [pieces]))
        shown = SPANS.details(look(workspace, run), words)
        (item,) = items(shown)
        assert item.count(">illness</b>") == 1
        assert item.index(">illness</b>") > item.index("mellitus")
        found = "Found: Type 2 (illness), diabetes (illness)."
        assert f"True: Type 2 diabetes mellitus (illness). {found}" in item
        assert re.search(r'data-pick="spurious".*?<td class="ts-number">0</td>', shown)

    def test_a_type_has_one_colour_in_results_and_answers(self, workspace):
        run = entity_run(workspace)
        found = reports.load(workspace.run(run.id))
        assert '<mark class="ts-entity ts-tint-2">place</mark>' in results.per_class(
            found, "test", words
        )
        said = SpanPredictions([[]], [[Span(0, 4, "place")]])
        shown = SPANS.answers(Asked("r", ("Rome",), (), SPANS.said(MODEL, said), 3.0), words)
        assert 'ts-found ts-strong ts-tint-2"><bdi>Rome' in shown
        assert '<mark class="ts-entity ts-tint-2">place</mark>' in shown

    def test_texts_and_types_are_data(self, workspace):
        rows = [tagged(f"{HOSTILE} is bad", ("img", HOSTILE))]
        dataset = write_dataset(workspace, "tokens", (HOSTILE,), rows)
        predictions = SpanPredictions(mentions_of(rows), [[]])
        shown = SPANS.details(look(workspace, finish_run(workspace, dataset, predictions)), words)
        assert "<img" not in shown
        assert "(&lt;img src=x" in shown
        assert 'ts-tint-0">&lt;img src=x' in shown
        assert "<bdi>img</bdi>" in shown

    def test_ten_at_a_time(self, workspace):
        rows = [tagged(f"Berg {i}", ("Berg", "person")) for i in range(23)]
        dataset = write_dataset(workspace, "tokens", ("person",), rows)
        predictions = SpanPredictions(mentions_of(rows), [[] for _ in rows])
        run = finish_run(workspace, dataset, predictions)
        shown = SPANS.details(look(workspace, run), words)
        assert len(items(shown)) == 10
        assert "Show 10 more (13 left)" in shown
        shown = SPANS.details(look(workspace, run, shown=20), words)
        assert "Show 3 more (3 left)" in shown
        assert 'data-act="more"' not in SPANS.details(look(workspace, run, shown=30), words)

    def test_a_model_without_errors_is_told_so(self, workspace):
        rows = ENTITY_ROWS[:2]
        dataset = write_dataset(workspace, "tokens", ("company", "person", "place"), rows)
        predictions = SpanPredictions(mentions_of(rows), mentions_of(rows))
        shown = SPANS.details(look(workspace, finish_run(workspace, dataset, predictions)), words)
        assert "Not a single error: all 4 mentions were found as they are." in shown

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


class TestAnswers:
    def test_verdicts_are_counted_and_each_can_be_chosen(self, workspace):
        shown = ANSWERS.details(look(workspace, answer_run(workspace)), words)
        for chip in ("All (3)", "Right (1)", "Partly right (1)", "Wrong (1)"):
            assert f">{chip}</button>" in shown
        assert len(items(shown)) == 3

    @pytest.mark.parametrize(
        ("verdict", "told"),
        [
            ("right", ["When was Fresno founded?", "1872", "given, right", "(90 % sure)"]),
            ("partly", ["Where is Fresno?", "lies in California", "California / in California"]),
            ("wrong", ["Fresno", "a railroad"]),
        ],
    )
    def test_of_a_verdict_only_its_rows_are_shown(self, workspace, verdict, told):
        picked = look(workspace, answer_run(workspace), pick=verdict)
        (shown,) = items(ANSWERS.details(picked, words))
        assert all(word in shown for word in told)
        assert f'ts-verdict-{verdict}"' in shown

    def test_the_worst_come_first_and_the_surest_of_them(self, workspace):
        rows = [asked(f"One {i} two", "Which?", str(i)) for i in range(5)]
        dataset = write_dataset(workspace, "qa", (), rows)
        given, sure = ["0", "One 1", "One", "two", "4"], [0.9, 0.4, 0.3, 0.8, 0.99]
        starts = [row["text"].index(said) for row, said in zip(rows, given, strict=True)]
        truth = [row["answers"] for row in rows]
        run = finish_run(workspace, dataset, AnswerPredictions(truth, given, sure, starts))
        shown = items(ANSWERS.details(look(workspace, run), words))
        told = [item[item.index("F1 ") : item.index("</span>")] for item in shown]
        assert told == [
            "F1 0.00 · row 3", "F1 0.00 · row 2", "F1 0.67 · row 1", "F1 1.00 · row 4",
            "F1 1.00 · row 0",
        ]  # fmt: skip

    def test_a_long_text_is_shown_around_the_answer_and_whole_in_a_fold(self, workspace):
        text = f"{'Before. ' * 60}Fresno was founded in 1872. {'After. ' * 60}"
        rows = [asked(text, "When?", "1872")]
        dataset = write_dataset(workspace, "qa", (), rows)
        said = AnswerPredictions([["1872"]], ["Fresno"], [0.5], [text.index("Fresno")])
        (shown,) = items(
            ANSWERS.details(look(workspace, finish_run(workspace, dataset, said)), words)
        )
        part, whole = shown.split("<details")
        assert part.count("Before.") < 20 < whole.count("Before.") == 60
        for marked in (part, whole):
            assert "<bdi>1872</bdi>" in marked
            assert "<bdi>Fresno</bdi>" in marked
        asked_now = Asked("r", (text * 3,), ("When?",), ANSWERS.said(None, said), 3.0)
        part, whole = ANSWERS.answers(asked_now, words).split("<details")
        assert part.count("Before.") < 90 < whole.count("Before.") == 180
        assert "<bdi>Fresno</bdi>" in part

    def test_given_and_right_are_marked_where_they_stand(self, workspace):
        picked = look(workspace, answer_run(workspace), pick="wrong")
        (shown,) = items(ANSWERS.details(picked, words))
        assert 'class="ts-mark ts-found ts-strong"><bdi>Fresno</bdi></mark><b' in shown
        assert 'class="ts-mark ts-true ts-strong"><bdi>a railroad</bdi></mark><b' in shown

    def test_contexts_and_questions_are_data(self, workspace):
        shown = ANSWERS.details(look(workspace, answer_run(workspace)), words)
        assert "<img" not in shown
        assert "&lt;img" in shown

    def test_a_written_answer_is_shown_with_the_start_of_its_text(self, workspace):
        row = {"text": HOSTILE, "question": "", "answers": ["two"], "answer_starts": [-1]}
        dataset = write_dataset(workspace, "text2text", (), [{"split": "test"} | row])
        predictions = AnswerPredictions([["two"]], [""], [0.5], [-1])
        shown = ANSWERS.details(look(workspace, finish_run(workspace, dataset, predictions)), words)
        assert "no answer" in shown
        assert "<mark" not in shown
        assert "50 %" not in shown, "nothing was said that one could be sure of"
        assert "the mean probability of the words the model wrote" in shown
        assert "<img" not in shown

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

    def test_one_label_against_the_rest_is_chosen_by_its_number(self):
        report = reports.Report("r", "d", 1, "multilabel", (HOSTILE, "b"), None, {})
        figures = {"confusion": [[[1, 2], [3, 4]], [[50, 60], [70, 80]]]}
        found = Look(report, figures, lambda: None)
        for pick, right in (("", 4), ("1", 80), ("7", 4), ("missed", 4)):
            shown = LABELS.details(replace(found, pick=pick), words)
            assert f'data-good="1">{right}</td>' in shown
            assert "<img" not in shown
        assert LABELS.figure(report, figures, words) is None

    def test_one_label_a_row_has_its_confusions_as_a_picture(self):
        report = reports.Report("r", "d", 1, "multiclass", ("a", "b"), None, {})
        figures = {"confusion": [[3, 1], [0, 2]]}
        assert LABELS.figure(report, figures, words).data
        assert LABELS.details(Look(report, figures, lambda: None), words) == ""
