"""Token labels: scores as seqeval computes them, decoding against all paths, kinds of error."""

import itertools
import random

import numpy as np
import pyarrow as pa
import pytest
from seqeval.metrics import (
    classification_report,
    f1_score,
    precision_score,
    recall_score,
)

from engine.tasks import make_task
from engine.tasks.token_labels import Span, SpanPredictions, compare, to_spans

TYPES = ("person", "place", "thing")
TASK = make_task("tokens", TYPES)


def any_tags(chance, words):
    """Tags in any order, also such as no scheme allows."""
    return chance.choices(TASK.tags, weights=[4, *[1] * (len(TASK.tags) - 1)], k=words)


def spans(tags):
    places = range(len(tags))
    return to_spans([4 * i for i in places], [4 * i + 3 for i in places], tags)


def scored(truth, decided):
    return TASK.scores(SpanPredictions([spans(row) for row in truth], [spans(r) for r in decided]))


def rows(seed, count=30):
    chance = random.Random(seed)
    lengths = [chance.randint(1, 14) for _ in range(count)]
    truth = [any_tags(chance, n) for n in lengths]
    found = [
        [tag if chance.random() < 0.7 else chance.choice(TASK.tags) for tag in row] for row in truth
    ]
    return truth, found


class TestScores:
    @pytest.mark.parametrize("seed", range(25))
    def test_over_all_mentions_they_are_those_of_seqeval(self, seed):
        truth, found = rows(seed)
        scores = scored(truth, found)
        assert scores["f1"] == pytest.approx(f1_score(truth, found))
        assert scores["precision"] == pytest.approx(precision_score(truth, found))
        assert scores["recall"] == pytest.approx(recall_score(truth, found))

    @pytest.mark.parametrize("seed", range(25))
    def test_of_each_type_they_are_those_of_seqeval(self, seed):
        truth, found = rows(seed)
        report = classification_report(truth, found, output_dict=True, zero_division=0)
        tally = TASK.tally(SpanPredictions([spans(r) for r in truth], [spans(r) for r in found]))
        ours = TASK.per_class(tally.counts())
        for kind in TYPES:
            theirs = report[kind]
            assert ours[kind]["precision"] == pytest.approx(theirs["precision"])
            assert ours[kind]["recall"] == pytest.approx(theirs["recall"])
            assert ours[kind]["f1"] == pytest.approx(theirs["f1-score"])
            assert ours[kind]["support"] == theirs["support"]
        scores = TASK.score_counts(tally.counts())
        assert scores["macro_f1"] == pytest.approx(report["macro avg"]["f1-score"])

    def test_a_row_is_right_only_as_a_whole(self):
        truth = [["B-person", "O", "B-place"], ["O", "O"], ["B-thing"]]
        found = [["B-person", "O", "O"], ["O", "O"], ["B-thing"]]
        assert scored(truth, found)["accuracy"] == pytest.approx(2 / 3)

    def test_two_mentions_of_a_row_count_twice(self):
        truth, found = [["B-person", "O", "B-person"]], [["B-person", "O", "O"]]
        scores = scored(truth, found)
        assert (scores["precision"], scores["recall"]) == (1, 0.5)

    def test_without_rows_or_mentions_all_are_nought(self):
        assert set(scored([], []).values()) == {0.0}
        nothing = scored([["O"]], [["O"]])
        assert (nothing["f1"], nothing["accuracy"]) == (0, 1)


class TestSpans:
    @pytest.mark.parametrize(
        ("tags", "found"),
        [
            (["B-person", "I-person", "O"], [(0, 7, "person")]),
            (["B-person", "B-person"], [(0, 3, "person"), (4, 7, "person")]),
            (["O", "I-place"], [(4, 7, "place")]),
            (["B-person", "I-place"], [(0, 3, "person"), (4, 7, "place")]),
            (["I-thing", "I-thing"], [(0, 7, "thing")]),
            (["O"], []),
            ([], []),
        ],
    )
    def test_tags_become_mentions(self, tags, found):
        assert [span.key for span in spans(tags)] == found

    def test_a_mention_is_as_sure_as_its_words_on_average(self):
        (span,) = to_spans([0, 4], [3, 7], ["B-person", "I-person"], [0.9, 0.5])
        assert span.score == pytest.approx(0.7)


def well_formed(path):
    tags = [TASK.tags[i] for i in path]
    return all(
        tag[0] != "I" or (place > 0 and tags[place - 1][1:] == tag[1:])
        for place, tag in enumerate(tags)
    )


class TestDecoding:
    @pytest.mark.parametrize("seed", range(20))
    def test_it_is_the_best_of_all_well_formed_paths(self, seed):
        rng = np.random.default_rng(seed)
        said = rng.normal(size=(rng.integers(1, 5), len(TASK.tags)))
        paths = itertools.product(range(len(TASK.tags)), repeat=len(said))
        scores = {p: sum(said[i, tag] for i, tag in enumerate(p)) for p in paths if well_formed(p)}
        assert tuple(TASK.decode(said)) == max(scores, key=scores.get)

    @pytest.mark.parametrize("seed", range(10))
    def test_long_texts_stay_well_formed(self, seed):
        said = np.random.default_rng(seed).normal(size=(60, len(TASK.tags)))
        assert well_formed(TASK.decode(said))

    def test_what_is_well_formed_is_left_as_it_is(self):
        said = np.full((3, len(TASK.tags)), -9.0)
        wanted = [TASK.tags.index(tag) for tag in ("B-place", "I-place", "O")]
        said[range(3), wanted] = 0.0
        assert TASK.decode(said).tolist() == wanted


A = Span(0, 4, "person")


class TestErrors:
    @pytest.mark.parametrize(
        ("truth", "decided", "kinds"),
        [
            ([A], [A], []),
            ([A], [], ["missed"]),
            ([], [A], ["spurious"]),
            ([A], [Span(0, 4, "place")], ["wrong_type"]),
            ([A], [Span(0, 9, "person")], ["wrong_boundary"]),
            ([A], [Span(2, 9, "place")], ["wrong_boundary"]),
            ([A], [Span(4, 9, "person")], ["spurious", "missed"]),
            ([A], [Span(0, 2, "person"), Span(2, 4, "person")], ["wrong_boundary"]),
            ([A], [Span(0, 2, "place"), Span(2, 4, "thing")], ["wrong_boundary"]),
            ([A, Span(5, 9, "place")], [Span(0, 9, "person")], ["wrong_boundary"] * 2),
            ([A, Span(5, 9, "place")], [Span(5, 9, "thing")], ["missed", "wrong_type"]),
        ],
    )
    def test_each_kind_of_error_is_known(self, truth, decided, kinds):
        assert sorted(error.kind for error in compare(truth, decided)) == sorted(kinds)

    def test_all_pieces_of_a_split_mention_stand_in_its_one_entry(self):
        pieces = [Span(0, 5, "person"), Span(6, 9, "person"), Span(9, 14, "place")]
        whole, apart = Span(0, 14, "person"), Span(20, 24, "person")
        assert compare([whole], [*pieces, apart]) == [
            ("wrong_boundary", whole, tuple(pieces)),
            ("spurious", None, (apart,)),
        ]

    def test_a_mention_that_runs_into_the_next_is_wrong_in_both(self):
        truth, found = [A, Span(5, 9, "place")], Span(2, 7, "person")
        assert [(e.truth, e.decided) for e in compare(truth, [found])] == [
            (truth[0], (found,)),
            (truth[1], (found,)),
        ]

    def test_errors_come_in_the_order_of_the_text(self):
        truth = [Span(20, 24, "person"), Span(40, 44, "person")]
        found = compare(truth, [Span(0, 3, "thing"), Span(20, 30, "person")])
        assert [e.kind for e in found] == ["spurious", "wrong_boundary", "missed"]

    @pytest.mark.parametrize("seed", range(25))
    def test_every_wrong_mention_is_in_an_error_and_every_true_one_in_one_at_most(self, seed):
        truth, found = rows(seed, 1)
        right, said = spans(truth[0]), spans(found[0])
        errors = compare(right, said)
        both = {span.key for span in right} & {span.key for span in said}
        named = [error.truth.key for error in errors if error.truth]
        assert sorted(named) == sorted(span.key for span in right if span.key not in both)
        named = {piece.key for error in errors for piece in error.decided}
        assert named == {span.key for span in said} - both
        for error in errors:
            assert (error.truth is None) == (error.kind == "spurious")
            assert (not error.decided) == (error.kind == "missed")
            if error.kind == "spurious":
                assert not any(error.decided[0].overlaps(span) for span in right)

    def test_details_count_them_beside_the_mentions(self):
        truth, decided = [[A], [A], []], [[], [A], [A]]
        details = TASK.details(SpanPredictions(truth, decided))
        assert details["mentions"] == 2
        assert details["errors"] == {
            "missed": 1,
            "spurious": 1,
            "wrong_type": 0,
            "wrong_boundary": 0,
        }


def test_predictions_come_back_from_their_columns():
    predictions = SpanPredictions([[A], []], [[], [A._replace(score=0.25), Span(5, 6, "place")]])
    again = SpanPredictions.from_columns(pa.table(predictions.columns()))
    assert again == predictions


def test_what_is_said_of_a_row_is_its_mentions():
    said = TASK.say(SpanPredictions([[]], [[A._replace(score=0.12345678)]]), 0)
    assert said == {"spans": [{"start": 0, "end": 4, "label": "person", "score": 0.123457}]}


def test_scores_have_names_of_their_own():
    assert TASK.metric("f1").text() == "Entity F1"
    assert TASK.metric("macro_f1").text() == "Macro-F1"
    assert TASK.metric("support").text() == "Mentions (support)"
