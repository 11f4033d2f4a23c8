"""One label in two spellings is found; different labels that look alike are not."""

from collections import Counter

import pytest

from engine.quality.finders import spelling
from engine.quality.finders.spelling import spellings
from tests.quality.made import material

LONG = {"account access": 40, "billing": 60, "delivery": 55}


@pytest.mark.parametrize(
    ("right", "other"),
    [
        ("refund", "Refund"),
        ("refund", "refunds"),
        ("top-up", "top_up"),
        ("top up", "topup"),
        ("Lost card", "lost-cards"),
        ("warranty", "warranties"),
        ("complaint", "compliant"),
        ("cancellation", "cancelation"),
        ("reimbursement", "reimbursment"),
        ("ＦＡＱ", "faq"),
    ],
)
def test_two_spellings_are_one_label(right, other):
    assert spellings(Counter({right: 50, other: 5, **LONG})) == [[right, other]]


@pytest.mark.parametrize(
    ("one", "two"),
    [
        ("level 1", "level 2"),
        ("grade a", "grade b"),
        ("type1", "type2"),
        ("fair", "unfair"),
        ("active", "inactive"),
        ("hyperglycemia", "hypoglycemia"),
        ("credit", "debit"),
        ("import", "export"),
        ("news", "new"),
        ("status", "static"),
        ("pre order", "pro order"),
        ("退款", "退货"),
        ("正面", "负面"),
        ("+", "-"),
        ("ios", "io"),
    ],
)
def test_labels_that_only_look_alike_stay_two(one, two):
    assert spellings(Counter({one: 50, two: 5, **LONG})) == []


def test_a_slip_is_rare_two_frequent_names_are_two_labels():
    assert spellings(Counter({"stationary": 50, "stationery": 40})) == []


def test_the_card_renames_to_the_most_frequent_spelling():
    labels = ["refund"] * 30 + ["Refunds"] * 4 + ["delivery"] * 30
    (finding,) = spelling.find(material([f"text {i}" for i in range(64)], labels))
    (fix,) = finding.fixes
    assert (fix.kind, fix.asks) == ("rename", {"labels": ["Refunds"], "to": "refund"})
    assert finding.rows == (130, 131, 132, 133)
    assert finding.what.text() == (
        "One label may be written in several ways: refund (30), Refunds (4)."
    )
    assert fix.reason.text() == "Rename Refunds to “refund” (4 rows)"


def test_several_hundred_labels_take_no_time():
    names = {f"label of the {i // 26}th kind {chr(97 + i % 26)}": 30 for i in range(500)}
    assert spellings(Counter(names)) == []
