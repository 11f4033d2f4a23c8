"""Copies: found whatever they differ in, told apart from patterns and from other truths."""

import random

import pytest

from engine.quality.finders import copies
from engine.quality.material import Material
from engine.quality.near import find_near, plain
from tests.shaped import asked, tagged, write_dataset

NOUNS = "river engine garden window letter market doctor planet bridge carpet".split()
VERBS = "crosses paints repairs visits sells measures follows forgets builds hides".split()


def sentences(count, words=9, seed=0):
    """Different sentences of words that occur again and again."""
    picks = random.Random(seed)
    known = [f"{a}{b}" for a in NOUNS for b in VERBS]
    return [" ".join(picks.sample(known, words)) for _ in range(count)]


def near(texts, truths=None, about=None):
    import numpy as np

    zeros = np.zeros(len(texts), np.int64)
    return find_near(
        texts,
        zeros if truths is None else np.array(truths),
        zeros if about is None else np.array(about),
    )


def found(workspace, rows, task="multiclass", labels=("a", "b")):
    return copies.find(Material(workspace, write_dataset(workspace, task, labels, rows)))


def row(text, split="train", label="a"):
    return {"split": split, "text": text, "labels": [label]}


class TestNear:
    def test_case_and_punctuation_make_no_other_text(self):
        assert plain("Hello, WORLD!") == plain("hello world") == "hello world"
        assert plain("!!!") != plain("???")

    @pytest.mark.parametrize(
        "copy",
        [
            "please send the blue invoice to my office today",
            "please send the invoice to my new office today",
            "please send the invioce to my office today",
            "please send invoice to my office today",
        ],
        ids=["a word more", "another one", "mistyped", "a word less"],
    )
    def test_one_word_makes_a_copy(self, copy):
        texts = ["please send the invoice to my office today", copy, *sentences(50)]
        assert near(texts).pairs.tolist() == [[0, 1]]

    def test_a_pattern_with_a_gap_is_no_copy(self):
        texts = [f"what is a fear of {thing}" for thing in NOUNS]
        assert near([*texts, *sentences(50)]).pairs.tolist() == []

    def test_one_word_counts_less_where_the_truth_is_other(self):
        texts = ["how can i reset my pin", "how can i unblock my pin", *sentences(50)]
        assert near(texts).pairs.tolist() == [[0, 1]]
        assert near(texts, [0, 1, *[0] * 50]).pairs.tolist() == []

    def test_long_texts_may_differ_in_several_words(self):
        (text,) = sentences(1, 40, seed=1)
        words = text.split()
        words[3], words[30] = "else", "other"
        assert near([text, " ".join(words), *sentences(50, 40)]).pairs.tolist() == [[0, 1]]

    def test_chinese_needs_no_spaces(self):
        texts = [
            "我想把我的银行卡冻结一下可以吗",
            "我想把我的银行卡冻结一下行吗",
            "今天天气很好我们去公园散步吧",
        ]
        assert near(texts).pairs.tolist() == [[0, 1]]

    def test_questions_on_other_texts_are_no_copies(self):
        texts = ["when was the old bridge built", "when was the old bridge built again"]
        assert near(texts, about=[0, 0]).pairs.tolist() == [[0, 1]]
        assert near(texts, about=[0, 1]).pairs.tolist() == []

    def test_planted_copies_are_found_and_nothing_else(self):
        """By far more pairs than a look at all of them would take."""
        texts = sentences(3000, 6)
        picks = random.Random(1)
        planted = {}
        for place in picks.sample(range(3000), 150):
            words = texts[place].split()
            words[picks.randrange(6)] = f"{picks.choice(NOUNS)}{picks.choice(NOUNS)}"
            planted[place] = " ".join(words)
        pairs = near([*texts, *planted.values()]).pairs.tolist()
        right = {(place, 3000 + i) for i, place in enumerate(planted)}
        hits = right & set(map(tuple, pairs))
        assert len(hits) >= 0.95 * len(right)
        assert len(hits) >= 0.9 * len(pairs)


class TestFinding:
    def test_nothing_is_found_where_all_is_well(self, workspace):
        assert found(workspace, [row(text) for text in sentences(20)]) == []

    def test_one_row_and_no_words_are_no_problem(self, workspace):
        assert found(workspace, [row("!")]) == []

    def test_what_is_tested_on_stays_and_its_copies_go(self, workspace):
        texts = sentences(20)
        rows = [
            *map(row, texts),
            row(texts[3].upper(), "test"),
            row(texts[4] + " indeed", "test"),
            row(texts[5], "validation"),
            row(texts[5], "test"),
        ]
        (leak,) = found(workspace, rows)
        assert leak.kind == "copies"
        assert set(leak.rows) == {3, 4, 5, 22}
        assert {(20, 3), (21, 4), (23, 5, 22)} == set(leak.groups)
        assert leak.weight == 1
        (fix,) = leak.fixes
        assert (fix.kind, fix.asks) == ("drop", {"rows": list(leak.rows)})
        assert leak.what.text() == (
            "4 rows to learn from also stand among the rows that are tested on, "
            "1 of them with small differences."
        )

    def test_of_copies_in_one_split_the_first_stays(self, workspace):
        texts = sentences(20)
        (repeats,) = found(workspace, [*map(row, texts), row(texts[3] + "!"), row(texts[3])])
        assert repeats.rows == (20, 21)
        assert repeats.groups == ((3, 20, 21),)
        assert repeats.fixes[0].asks == {"rows": [20, 21]}
        assert repeats.what.text() == (
            "2 rows repeat another row of the same split that is labelled the same way, "
            "the same but for case, spaces and punctuation."
        )

    @pytest.mark.parametrize(
        ("task", "rows", "alike"),
        [
            ("tokens", [tagged("Ann sang", ("Ann", "a"), split="train")] * 2, "is tagged the same"),
            ("qa", [asked("It is 9 m.", "How high?", "9 m", split="train")] * 2, "the same answer"),
        ],
    )
    def test_copies_are_told_as_their_truth_is(self, workspace, task, rows, alike):
        labels = ("a", "b") if task == "tokens" else ()
        (repeats,) = found(workspace, rows, task, labels)
        assert f"split that {alike}" in repeats.what.text().replace("has ", "")

    def test_another_label_is_no_copy(self, workspace):
        texts = sentences(20)
        assert found(workspace, [*map(row, texts), row(texts[3], label="b")]) == []

    def test_many_questions_on_one_text_are_no_copies(self, workspace):
        text = "The bridge was built in 1890 by a doctor."
        rows = [
            asked(text, "When was the bridge built?", "1890", split="train"),
            asked(text, "Who built the bridge?", "a doctor", split="train"),
            asked(text, "when was the bridge built", "1890"),
        ]
        (leak,) = found(workspace, rows, "qa", ())
        assert leak.rows == (0,)
