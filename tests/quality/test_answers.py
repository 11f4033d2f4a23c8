"""Answers that teach nothing or the wrong thing."""

import pytest

from engine.quality.finders import answers
from tests.quality.made import material
from tests.shaped import asked

TEXT = "The bridge of Alder was built in 1911 and leads over the Linn."


def rows_of(*rows, task="qa"):
    names = ("question", "answers", "answer_starts")
    columns = {name: [row[name] for row in rows] for name in names}
    return material([row["text"] for row in rows], [()] * len(rows), task=task, columns=columns)


GOOD = [
    asked(TEXT, "When was the bridge built?", "1911"),
    asked(TEXT, "Over which river does it lead?", "the Linn", "Linn"),
] * 20


def test_good_answers_give_no_card():
    assert answers.find(rows_of(*GOOD)) == []


@pytest.mark.parametrize(
    ("name", "row", "said"),
    [
        (
            "absent",
            asked(TEXT, "Who built it?", "Someone else"),
            "1 answer does not stand in their",
        ),
        ("again", asked(TEXT, "Who built it?", "who built  it?"), "1 answer is the question"),
        ("empty", asked(TEXT, "Who built it?", " "), "1 row has no answer."),
        ("empty", asked(TEXT, "Who built it?"), "1 row has no answer."),
    ],
)
def test_an_answer_that_cannot_be_right_is_found_once(name, row, said):
    (finding,) = answers.find(rows_of(*GOOD, row))
    assert finding.facts["about"] == name
    assert finding.rows == (140,)
    assert finding.what.text().startswith(said)
    assert "in your file, which is then imported again" in finding.why.text()
    assert finding.fixes[0].asks == {"rows": [140]}


def test_one_right_answer_that_stands_in_the_text_is_enough():
    assert answers.find(rows_of(*GOOD, asked(TEXT, "When?", "in the year 1911", "1911"))) == []


def test_answers_written_freely_need_not_stand_in_the_text():
    free = [asked(TEXT, f"What of it, {i}?", f"It is old, said {i}") for i in range(30)]
    assert answers.find(rows_of(*free)) == []


def test_where_a_text_becomes_another_only_missing_ones_are_told_of():
    rows = [asked(TEXT, "", f"A short version, {i}") for i in range(20)]
    assert answers.find(rows_of(*rows, task="text2text")) == []
    (finding,) = answers.find(rows_of(*rows, asked(TEXT, ""), task="text2text"))
    assert finding.facts["about"] == "empty"
