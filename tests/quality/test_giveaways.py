"""Words that give the label away are found; words of the subject are left alone."""

import random

import pytest

from engine.quality.finders import giveaways
from tests.quality.made import clauses, material, tickets


@pytest.fixture(scope="module")
def table():
    return tickets()


def find_words(texts, labels):
    return giveaways.giveaways(texts, [(name,) for name in labels])


def planted(table, label, form, share=1.0, noise=0):
    """The texts with a mark in that share of a label's rows, and in `noise` others."""
    rng = random.Random(1)
    texts = [
        form.format(text) if name == label and rng.random() < share else text
        for text, name in zip(table["text"], table["label"], strict=True)
    ]
    others = [i for i, name in enumerate(table["label"]) if name != label]
    for place in rng.sample(others, noise):
        texts[place] = form.format(texts[place])
    return texts, list(table["label"])


def test_words_of_the_subject_give_no_card(table):
    for sample in (table, clauses()):
        assert giveaways.find(material(list(sample["text"]), list(sample["label"]))) == []


@pytest.mark.parametrize(
    ("form", "word"),
    [
        ("REFUND: {}", "REFUND:"),
        ("[refund] {}", "[refund]"),
        ("{} #rf", "#rf"),
        ("cat_7 {}", "cat_7"),
        ("{} zxq", "zxq"),
        ("{}\nQueue refunds: done", "refunds:"),
        ("【退款】{}", "【退款】"),
        ("退款：{}", "退款："),
    ],
)
def test_a_mark_in_all_rows_of_a_label_is_found(table, form, word):
    texts, labels = planted(table, "refund", form)
    assert word in [found.word for found in find_words(texts, labels)]


def test_a_mark_in_half_of_the_rows_is_found_and_told(table):
    texts, labels = planted(table, "refund", "REFUND: {}", share=0.5, noise=1)
    (finding,) = giveaways.find(material(texts, labels))
    marked = [100 + i for i, text in enumerate(texts) if text.startswith("REFUND:")]
    assert list(finding.rows) == marked
    (fix,) = finding.fixes
    assert (fix.kind, fix.asks) == ("cut_words", {"words": ["REFUND:"]})
    assert finding.what.text().startswith("1 word may give the label away: “REFUND:” (in ")
    label, precision, coverage = finding.facts["words"]["REFUND:"]
    assert label == "refund"
    assert precision == pytest.approx((len(marked) - 1) / len(marked))
    assert coverage == pytest.approx((len(marked) - 1) / labels.count("refund"))


def test_a_word_that_other_labels_have_too_is_not_suspected(table):
    texts, labels = planted(table, "refund", "REFUND: {}", noise=60)
    assert find_words(texts, labels) == []


def test_a_word_of_the_labels_name_is_suspected_only_at_a_fixed_place(table):
    rng = random.Random(2)
    label = "gadget"
    names = [label if i % 5 == 0 else name for i, name in enumerate(table["label"])]
    fixed = [f"{t} gadget" if n == label else t for t, n in zip(table["text"], names, strict=True)]
    assert [found.word for found in find_words(fixed, names)] == ["gadget"]

    def somewhere(text):
        words = text.split()
        words.insert(rng.randint(1, max(1, len(words) - 1)), "gadget")
        return " ".join(words)

    loose = [somewhere(t) if n == label else t for t, n in zip(table["text"], names, strict=True)]
    assert find_words(loose, names) == []


def test_a_mark_for_each_label_is_one_card(table):
    texts = [f"[{name}] {text}" for text, name in zip(table["text"], table["label"], strict=True)]
    (finding,) = giveaways.find(material(texts, list(table["label"])))
    assert set(finding.facts["words"]) == {f"[{name}]" for name in set(table["label"])}


def test_texts_that_begin_with_numbers_of_their_own_are_told_of(table):
    labels = list(table["label"])
    texts = [f"T-{10_000 + i} {text}" for i, text in enumerate(table["text"])]
    (finding,) = giveaways.find(material(texts, labels))
    assert finding.what.text() == ("Each text begins with a number of its own, such as “T-10000”.")
    assert finding.rows == finding.fixes == ()
