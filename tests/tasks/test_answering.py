"""Answers: SQuAD's normalisation, Chinese by character, ROUGE-L against all subsequences."""

import itertools
import random

import pyarrow as pa
import pytest

from engine.tasks import make_task
from engine.tasks.answering import AnswerPredictions, score_answer, tokens, word_f1

TASK = make_task("qa", ())


def exact(decided, *right):
    return score_answer(decided, right)[0]


def f1(decided, *right):
    return score_answer(decided, right)[1]


def rouge(decided, *right):
    return score_answer(decided, right)[2]


class TestExactMatch:
    @pytest.mark.parametrize(
        ("decided", "right"),
        [
            ("The Denver Broncos", "Denver Broncos"),
            ("denver broncos.", "Denver Broncos"),
            ("  a  Denver\tBroncos ", "denver broncos"),
            ("Levi's Stadium", "levis stadium"),
            ("an $80 offer", "80 offer"),
            ("well-known", "wellknown"),
            ("１２３", "123"),
            ("Straße", "STRASSE"),
        ],
    )
    def test_case_punctuation_articles_and_space_do_not_count(self, decided, right):
        assert exact(decided, right) == 1
        assert f1(decided, right) == 1

    @pytest.mark.parametrize(
        ("decided", "right"),
        [("Denver", "Denver Broncos"), ("10", "100"), ("theatre", "atre"), ("", "x")],
    )
    def test_another_word_does(self, decided, right):
        assert exact(decided, right) == 0

    def test_the_best_of_several_right_answers_counts(self):
        assert exact("Santa Clara", "Levi's Stadium", "Santa Clara, California", "santa clara") == 1
        assert f1("Santa Clara", "Levi's Stadium", "Santa Clara, California") == pytest.approx(0.8)

    def test_no_answer_is_right_where_there_is_none(self):
        assert score_answer("", ()) == score_answer("", ("",)) == (1, 1, 1)
        assert score_answer("something", ()) == (0, 0, 0)
        assert score_answer("", ("something",)) == (0, 0, 0)

    def test_an_answer_of_articles_alone_is_no_answer(self):
        assert (exact("the", ""), f1("the", "")) == (1, 1)
        assert f1("the", "a thing") == 0


class TestF1:
    @pytest.mark.parametrize(
        ("decided", "right", "score"),
        [
            ("the cat sat", "a cat sat on the mat", 2 * 2 / (2 + 4)),
            ("cat cat", "cat", 2 / 3),
            ("dog", "cat", 0),
            ("in the year 1872", "1872", 2 * 1 / (3 + 1)),
        ],
    )
    def test_it_counts_words_in_common(self, decided, right, score):
        assert f1(decided, right) == pytest.approx(score)

    @pytest.mark.parametrize(
        ("decided", "right", "score"),
        [
            ("北京大学", "北京大学", 1),
            ("北京", "北京大学", 2 * 2 / (2 + 4)),
            ("在北京。", "北京", 2 * 2 / (3 + 2)),
            ("2008年", "2008 年", 1),
            ("上海", "北京", 0),
        ],
    )
    def test_chinese_counts_by_character(self, decided, right, score):
        assert f1(decided, right) == pytest.approx(score)

    @pytest.mark.parametrize("seed", range(20))
    def test_alone_it_is_the_same(self, seed):
        chance = random.Random(seed)
        decided, *right = (
            " ".join(chance.choices("the a cat 北京 on mat".split(), k=chance.randint(0, 6)))
            for _ in range(3)
        )
        assert word_f1(decided, right) == f1(decided, *right)

    def test_mixed_text_is_cut_into_words_and_characters(self):
        assert tokens("《Tunesmith》在2024年，发布！") == [
            "tunesmith",
            "在",
            "2024",
            "年",
            "发",
            "布",
        ]


def longest_common(found, right):
    """By trying every subsequence of `found`, the longest first."""
    for size in range(len(found), 0, -1):
        for picked in itertools.combinations(found, size):
            rest = iter(right)
            if all(word in rest for word in picked):
                return size
    return 0


class TestRougeL:
    @pytest.mark.parametrize("seed", range(60))
    def test_it_is_the_f_measure_of_the_longest_common_subsequence(self, seed):
        chance = random.Random(seed)
        found, right = (chance.choices("abcde", k=chance.randint(1, 9)) for _ in range(2))
        common = longest_common(found, right)
        expected = 2 * common / (len(found) + len(right))
        found, right = (" ".join(f"w{letter}" for letter in side) for side in (found, right))
        assert rouge(found, right) == pytest.approx(expected)

    def test_order_counts_where_f1_does_not_look(self):
        assert f1("sat cat", "cat sat") == 1
        assert rouge("sat cat", "cat sat") == 0.5

    def test_articles_are_words_of_a_summary(self):
        assert rouge("the cat", "cat") == pytest.approx(2 / 3)


class TestTask:
    predictions = AnswerPredictions(
        [["1872"], ["in California", "California"], []], ["1872", "sunny California", "x"],
        [0.75, 0.5, 0.25], [10, 0, -1],
    )  # fmt: skip

    def test_scores_are_means_over_rows(self):
        scores = TASK.scores(self.predictions)
        assert scores["exact_match"] == pytest.approx(1 / 3)
        assert scores["f1"] == pytest.approx((1 + 2 / 3 + 0) / 3)
        assert scores["rouge_l"] == pytest.approx((1 + 2 / 3 + 0) / 3)

    def test_without_rows_all_are_nought(self):
        assert set(TASK.scores(AnswerPredictions([], [], [], [])).values()) == {0.0}

    def test_predictions_come_back_from_their_columns(self):
        again = AnswerPredictions.from_columns(pa.table(self.predictions.columns()))
        assert again == self.predictions

    def test_what_is_said_of_a_row(self):
        assert TASK.say(self.predictions, 0) == {"answer": "1872", "score": 0.75, "start": 10}

    def test_scores_have_names_of_their_own(self):
        assert TASK.metric("f1").text() == "F1 over words"
        assert TASK.metric("exact_match").text() == "Exact match"

    def test_a_question_is_read_before_its_text(self):
        rows = {"text": ["It rains."], "question": ["Does it?"]}
        assert TASK.reading(rows) == ["Does it? It rains."]
        assert TASK.prompts(rows) == ["question: Does it? context: It rains."]
        assert make_task("text2text", ()).prompts({"text": ["It rains."]}) == ["It rains."]
