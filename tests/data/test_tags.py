"""Tags of any scheme end as IOB2, and what was not legal is said."""

import pytest

from engine.data.tags import count_entities, find_scheme, retag, to_iob2
from engine.text import Message


def read(*rows):
    """The rows' tags in IOB2, and the sentences about them."""
    split = [row.split() for row in rows]
    scheme = find_scheme(split)
    found = [to_iob2([f"w{i}" for i in range(len(row))], row, scheme) for row in split]
    tags = [" ".join(row[0]) for row in found]
    return tags, [fix.text() for row in found for fix in row[1]]


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("B-PER I-PER O B-LOC B-LOC", "B-PER I-PER O B-LOC B-LOC"),
        ("B-PER E-PER O S-LOC S-LOC", "B-PER I-PER O B-LOC B-LOC"),
        ("B-PER I-PER L-PER U-LOC O", "B-PER I-PER I-PER B-LOC O"),
        ("B-PER M-PER E-PER S-LOC O", "B-PER I-PER I-PER B-LOC O"),
        ("B_PER I_PER O B_LOC O", "B-PER I-PER O B-LOC O"),
        ("B I O B B", "B-entity I-entity O B-entity B-entity"),
        ("PER PER O LOC PER", "B-PER I-PER O B-LOC B-PER"),
        ("DT NN NN VB", "B-DT B-NN B-NN B-VB"),
        ("O o O", "O O O"),
    ],
)
def test_every_scheme_is_read_without_a_repair(written, wanted):
    assert read(written) == ([wanted], [])


def test_iob1_is_told_by_entities_that_start_inside():
    rows = ("I-PER I-PER O I-LOC", "I-LOC B-LOC I-LOC O", "O I-ORG I-MISC")
    tags, fixes = read(*rows)
    assert tags == ["B-PER I-PER O B-LOC", "B-LOC B-LOC I-LOC O", "O B-ORG B-MISC"]
    assert fixes == []


def test_an_entity_that_never_started_is_mended_and_said():
    tags, fixes = read("B-PER O I-PER", "B-LOC I-PER O")
    assert tags == ["B-PER O B-PER", "B-LOC B-PER O"]
    assert fixes[0] == ("“I-PER” at “w2” continues an entity that never started; read as “B-PER”")
    assert len(fixes) == 2


def test_after_the_last_word_of_an_entity_the_next_starts_anew():
    assert read("B-A E-A I-A")[0] == ["B-A I-A B-A"]


def test_of_several_tags_the_first_is_kept():
    tags, fixes = read("B-PER,B-LOC O O|B-LOC")
    assert tags == ["B-PER O O"]
    assert fixes[0] == "“w0” has several tags (B-PER,B-LOC); the first, B-PER, was kept"


def test_a_tag_unlike_the_others_is_named():
    scheme = find_scheme([["B-PER", "O", "I-PER"]])
    reason = to_iob2(["Ann", "x"], ["B-PER", "person"], scheme)
    assert isinstance(reason, Message)
    assert reason.text() == "“person” at “x” is no tag like the others, such as O or B-Type"


def test_entities_are_counted_not_words():
    assert count_entities("B-A I-A O B-A B-C".split()) == {"A": 2, "C": 1}


@pytest.mark.parametrize(
    ("before", "marks", "after"),
    [
        ("O O O O", [(2, 5, "A")], "O B-A I-A O"),
        ("B-A I-A I-A O", [(0, 1, None)], "O B-A I-A O"),
        ("B-A I-A I-A O", [(4, 5, None)], "B-A I-A O O"),
        ("B-A I-A I-A O", [(2, 3, None)], "B-A O B-A O"),
        ("B-A I-A B-A O", [(0, 3, "B")], "B-B I-B B-A O"),
        ("B-A I-A O O", [(0, 1, None), (2, 3, None), (6, 7, "B")], "O O O B-B"),
        ("B-A O O O", [(7, 90, "B"), (0, 0, "B")], "B-A O O O"),
    ],
)
def test_marks_are_put_over_tags(before, marks, after):
    """Words of one letter, at 0, 2, 4 and 6."""
    starts = [0, 2, 4, 6]
    found = retag(starts, [start + 1 for start in starts], before.split(), marks)
    assert " ".join(found) == after
