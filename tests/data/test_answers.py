"""Answer cells as people and tools write them, and where an answer stands."""

import pytest

from engine.data.answers import answers_in, place


@pytest.mark.parametrize(
    ("cell", "wanted"),
    [
        (" Rome ", [("Rome", None)]),
        (["Rome", "in Rome", "Rome", ""], [("Rome", None), ("in Rome", None)]),
        ({"text": ["Rome", "in Rome"], "answer_start": [4, 1]}, [("Rome", 4), ("in Rome", 1)]),
        ({"text": "Rome", "answer_start": 4}, [("Rome", 4)]),
        ([{"text": "Rome", "answer_start": 4}], [("Rome", 4)]),
        ([{"text": " Rome", "answer_start": "4"}], [("Rome", 5)]),
        ({"text": ["Rome"], "answer_start": [1, 2]}, [("Rome", None)]),
        ('{"text": ["Rome"], "answer_start": [4]}', [("Rome", 4)]),
        ("{'text': ['Rome'], 'answer_start': [4]}", [("Rome", 4)]),
        (
            "{'text': array(['Rome'], dtype=object), 'answer_start': array([4], dtype=int32)}",
            [("Rome", 4)],
        ),
        ("[sic] Rome", [("[sic] Rome", None)]),
        (1975, [("1975", None)]),
        ({"text": [], "answer_start": []}, []),
        ([], []),
        (None, []),
        ("  ", []),
        ({"spans": [1]}, None),
        ([{"a": 1}], None),
        ({"text": [["a"]]}, None),
    ],
)
def test_every_way_to_write_answers(cell, wanted):
    assert answers_in(cell) == wanted


@pytest.mark.parametrize(
    ("hint", "wanted"), [(None, 0), (0, 0), (12, 12), (10, 12), (99, 12), (-5, 0)]
)
def test_of_several_places_the_one_next_to_the_given_is_taken(hint, wanted):
    assert place("Rome is not Rome", "Rome", hint) == wanted


def test_what_stands_nowhere_is_minus_one():
    assert place("Rome", "Paris", 0) == -1
