"""Texts that lose their ends at the length that is recommended."""

import pytest

from engine.models.catalogue import BUNDLED, find_model
from engine.models.tokens import token_counts
from engine.quality.finders import truncation
from tests.quality.made import material

WORDS = "the parcel came late and the box was broken again today".split()


def text(words):
    return " ".join(WORDS[i % len(WORDS)] for i in range(words))


def test_texts_that_are_read_whole_give_no_card():
    assert truncation.find(material([text(40)] * 60 + [text(480)])) == []


def test_texts_that_lose_words_are_counted_in_each_part():
    texts = [text(700) if i % 20 == 0 else text(30) for i in range(100)]
    (finding,) = truncation.find(material(texts))
    assert finding.rows == (100, 120, 140, 160, 180)
    assert finding.facts["test"] == 50.0
    assert finding.facts["train"] == finding.facts["validation"] == 0.0
    assert finding.facts["longest"] == token_counts(find_model(BUNDLED), [text(700)])[0]
    assert finding.what.text().startswith("5 texts are longer than the 512 tokens")


@pytest.mark.parametrize(
    ("share", "said"), [(0.02, "hardly more time"), (1.0, "takes about 2.0 times as long")]
)
def test_the_price_of_reading_all_is_told(share, said):
    texts = [text(1022) if i < share * 100 else text(300) for i in range(100)]
    (finding,) = truncation.find(material(texts))
    assert said in finding.why.text()


def test_where_long_texts_are_read_in_windows_nothing_is_lost():
    columns = {"starts": [[0]] * 20, "ends": [[3]] * 20, "tags": [["B-X"]] * 20}
    rows = material([text(700)] * 20, [("X",)] * 20, task="tokens", columns=columns)
    assert truncation.find(rows) == []
