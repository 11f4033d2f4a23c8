"""Each change is small, says what it did, and leaves alone what it does not apply to."""

from itertools import pairwise
from random import Random

import pytest

from engine.evaluation.robustness import Edit
from engine.inference.perturbations import (
    PERTURBATIONS,
    SENTENCES,
    apply,
    case,
    moved,
    names,
    numbers,
    punctuation,
    sentence,
    typos,
)

ENGLISH = "Dear Mrs Miller, Anna ordered 2 lamps for 1,204.50 on 03.05. Please help me with it!"
CHINESE = "张伟说订单还没到，请在3天内处理。谢谢王女士！"
ALL = [
    ENGLISH,
    CHINESE,
    "",
    "   ",
    "a",
    "?!",
    "日本語のテキストです",
    "🙂🙂",
    "Ärger überall",
    "x" * 4000,
]


def changed(change, text, seed=0):
    return apply(text, change(text, Random(seed)))


@pytest.mark.parametrize("name", PERTURBATIONS)
@pytest.mark.parametrize("text", ALL)
def test_edits_stand_in_order_apart_and_change_something(name, text):
    edits = PERTURBATIONS[name](text, Random(1))
    for edit in edits:
        assert 0 <= edit.start <= edit.end <= len(text)
        assert text[edit.start : edit.end] != edit.put
    for first, second in pairwise(edits):
        assert first.end <= second.start
    assert (apply(text, edits) != text) == bool(edits)


@pytest.mark.parametrize("name", PERTURBATIONS)
def test_the_same_seed_makes_the_same_change(name):
    assert changed(PERTURBATIONS[name], ENGLISH, 7) == changed(PERTURBATIONS[name], ENGLISH, 7)


def test_a_typo_is_in_one_long_word_of_ten_and_spares_its_first_letter():
    text = " ".join(["delivery"] * 40)
    words = changed(typos, text).split()
    wrong = [word for word in words if word != "delivery"]
    assert (len(words), len(wrong)) == (40, 4)
    assert all(word[0] == "d" and abs(len(word) - len("delivery")) <= 1 for word in wrong)
    assert changed(typos, "to be or not") == "to be or not"


def test_chinese_characters_change_places():
    text = "订单还没到请尽快处理谢谢"
    other = changed(typos, text)
    assert other != text
    assert sorted(other) == sorted(text)


def test_letters_become_small_or_where_they_are_capitals():
    assert changed(case, "Please HELP me") == "please help me"
    assert changed(case, "please help") == "PLEASE HELP"
    assert case("订单还没到。", Random(0)) == []


def test_punctuation_goes_but_not_inside_numbers():
    assert changed(punctuation, "Well, 1,204.50 on 03.05. Why?") == "Well 1,204.50 on 03.05 Why"
    assert changed(punctuation, "订单，还没到。") == "订单还没到"
    assert changed(punctuation, "no marks here ") == "no marks here. "
    assert changed(punctuation, "订单还没到") == "订单还没到。"


def test_a_sentence_is_added_in_the_language_of_the_text():
    added = {name: changed(sentence, text) for name, text in (("en", ENGLISH), ("zh", CHINESE))}
    assert added["en"][len(ENGLISH) + 1 :] in SENTENCES["en"]
    assert added["zh"][len(CHINESE) :] in SENTENCES["zh"]
    for unknown in ("日本語のテキストです", "Bitte sehr geehrte Damen und Herren", "12"):
        assert sentence(unknown, Random(0)) == []


def test_names_become_other_names_and_nothing_else_changes():
    other = changed(names, ENGLISH)
    assert "Anna" not in other
    assert "Miller" not in other
    assert other.endswith("on 03.05. Please help me with it!")
    chinese = changed(names, CHINESE)
    assert "张伟" not in chinese
    assert "王女士" not in chinese
    assert chinese.endswith("女士！")
    assert names("Annabel met a miller.", Random(0)) == []


def test_numbers_keep_their_length_and_change_every_digit_but_a_first_zero():
    other = changed(numbers, "call 0301 on 12")
    assert other[5] == "0"
    assert len(other) == len("call 0301 on 12")
    assert all(a != b for a, b in zip(other[6:9], "301", strict=True))
    assert all(a != b for a, b in zip(other[-2:], "12", strict=True))


@pytest.mark.parametrize("seed", range(30))
def test_what_is_not_changed_is_found_where_it_has_moved(seed):
    """Every stretch between two edits stands at its moved place, word for word."""
    random = Random(seed)
    text = "".join(random.choices("abcdef ", k=60))
    cuts = sorted(random.sample(range(61), 8))
    edits = [
        Edit(start, end, "".join(random.choices("XYZ", k=random.randint(0, 4))))
        for start, end in zip(cuts[::2], cuts[1::2], strict=True)
    ]
    other = apply(text, edits)
    bounds = [0, *(place for edit in edits for place in edit[:2]), len(text)]
    for start, end in zip(bounds[::2], bounds[1::2], strict=True):
        if start < end:
            at, to = moved(edits, start), moved(edits, end, end=True)
            assert other[at:to] == text[start:end]


def test_a_mention_that_was_replaced_is_found_with_its_new_words():
    text = "Then Anna Berg left."
    edits = [Edit(5, 9, "Mohammed")]
    other = apply(text, edits)
    assert other[moved(edits, 5) : moved(edits, 14, end=True)] == "Mohammed Berg"
