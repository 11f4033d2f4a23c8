"""A filter: whatever is given becomes a valid one, and an address gives it back."""

import pytest

from engine.data.seeking import LONGEST
from engine.evaluation.filters import Filter

FULL = Filter(
    "wrong", "a", "b", "missed", 0.25, 0.5, 3, 12, "channel", "web & co", "late = cold", "leaked"
)


def test_an_address_gives_the_filter_back():
    assert Filter.from_query(FULL.to_query()) == FULL
    assert Filter().to_query() == {}


@pytest.mark.parametrize(
    "given",
    [
        {"least": "nan"},
        {"least": "1.2"},
        {"most": "-1"},
        {"most": "much"},
        {"shortest": "-3"},
        {"longest": "inf"},
        {"shortest": True},
        {"value": "without a column"},
        {"outcome": 7},
        {"colour": "blue"},
    ],
)
def test_what_cannot_be_meant_counts_as_not_set(given):
    assert Filter.from_query(given) == Filter()
    assert not Filter.from_query(given)


def test_texts_are_short_enough_for_an_address_and_hold_what_one_can_hold():
    wanted = Filter(words="a\x00b\n" + "x" * 1000, truth="x" * 301, decided="x" * 302)
    assert wanted.words.startswith("ab\nx")
    assert max(map(len, (wanted.words, wanted.truth, wanted.decided))) <= LONGEST
    assert wanted.truth != wanted.decided
    assert Filter.from_query(wanted.to_query()) == wanted


def test_a_range_counts_once_and_so_does_a_column_with_its_value():
    assert Filter(least=0.1, most=0.2, column="x", value="y", words="z").count == 3
    assert FULL.count == 9


def test_dropping_the_column_drops_its_value():
    assert FULL.but(column="").value == ""
