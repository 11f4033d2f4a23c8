"""Marks by character offsets become whole words; what was put right or left out is said."""

import time

import pytest

from engine.data.entities import spans_in, tag_words

TEXT = "Anna Berg met Omar in São Paulo, yesterday."


def tagged(text, *marks):
    """The entities as text and type, and the sentences about them."""
    found = tag_words(text, list(marks))
    entities: list[str] = []
    for start, end, tag in zip(found.starts, found.ends, found.tags, strict=True):
        word = text[start:end]
        if tag.startswith("B-"):
            entities.append(f"{tag[2:]}:{word}")
        elif tag.startswith("I-"):
            entities[-1] += f" {word}"
    told = [message.text() for message in (*found.mended, *found.left_out)]
    return entities, told


def test_whole_words_need_no_repair():
    marks = ([0, 9, "PER"], [14, 18, "PER"], [22, 31, "LOC"])
    assert tagged(TEXT, *marks) == (["PER:Anna Berg", "PER:Omar", "LOC:São Paulo"], [])


@pytest.mark.parametrize(
    ("mark", "entity", "sentence"),
    [
        ([1, 7, "PER"], "PER:Anna Berg", "“nna Be” cuts a word and was widened to “Anna Berg”"),
        ([13, 19, "PER"], "PER:Omar", "“ Omar ” has spaces or punctuation around it"),
        ([22, 32, "LOC"], "LOC:São Paulo", "was trimmed to “São Paulo”"),
        ([22, 31, ["LOC", "ORG"]], "LOC:São Paulo", "several types (LOC, ORG); the first, LOC"),
    ],
)
def test_what_is_put_right_is_said_with_before_and_after(mark, entity, sentence):
    entities, told = tagged(TEXT, mark)
    assert entities == [entity]
    assert len(told) == 1
    assert sentence in told[0]


@pytest.mark.parametrize(
    ("text", "mark", "entity"),
    [
        ("in the U.S. now", [7, 11, "L"], "L:U . S ."),
        ("take aspirin (ASA) daily", [5, 18, "D"], "D:aspirin ( ASA )"),
        ("the plant (Kew) grows", [10, 15, "L"], "L:( Kew )"),
        ("he said (Rome", [8, 13, "L"], "L:Rome"),
        ("why ?! no", [4, 6, "M"], "M:? !"),
        ("“Rome”", [0, 6, "L"], "L:Rome"),
        ("北京大学在北京", [0, 4, "ORG"], "ORG:北 京 大 学"),
        ("ليلى في دمشق", [8, 12, "LOC"], "LOC:دمشق"),
        ("😀😀 Rome 😀", [3, 7, "LOC"], "LOC:Rome"),
        ("a\r\nRome\r\nb", [3, 7, "LOC"], "LOC:Rome"),
    ],
)
def test_brackets_abbreviations_and_scripts(text, mark, entity):
    assert tagged(text, mark)[0] == [entity]


@pytest.mark.parametrize(
    ("mark", "sentence"),
    [
        ([0, 99, "PER"], "0 to 99 lies outside its text of 43 characters"),
        ([-3, 4, "PER"], "-3 to 4 lies outside"),
        ([4, 4, "PER"], "nothing is marked from 4 to 4"),
        ([4, 5, "PER"], "nothing is marked from 4 to 5"),
        ([9, 4, "PER"], "nothing is marked from 9 to 4"),
        ([0, 4.5, "PER"], "“0” and “4.5” are not two whole numbers"),
        (["a", 4, "PER"], "“a” and “4” are not two whole numbers"),
        ([None, 4, "PER"], "“None” and “4” are not two whole numbers"),
        ([True, 4, "PER"], "“True” and “4” are not two whole numbers"),
        ([0, 4, ""], "the entity from 0 to 4 has no type"),
        ([0, 4, None], "has no type"),
        ([0, 4, {"a": 1}], "has no type"),
        ({"start": 0, "label": "PER"}, "“0” and “None” are not two whole numbers"),
    ],
)
def test_marks_that_cannot_be_used_are_left_out_each_with_its_reason(mark, sentence):
    entities, told = tagged(TEXT, mark, [14, 18, "PER"])
    assert entities == ["PER:Omar"]
    assert len(told) == 1
    assert sentence in told[0]


def test_offsets_may_be_written_as_text_or_with_a_point():
    marks = (["0", "9", "PER"], {"start_offset": 14.0, "end_offset": 18, "label": "PER"})
    assert tagged(TEXT, *marks) == (["PER:Anna Berg", "PER:Omar"], [])


def test_of_two_that_overlap_the_longer_stays():
    entities, told = tagged(TEXT, [0, 4, "FIRST"], [0, 9, "PER"], [5, 9, "LAST"])
    assert entities == ["PER:Anna Berg"]
    assert len(told) == 2
    assert told[0].startswith("“Anna” (FIRST) overlaps “Anna Berg” (PER)")


def test_neighbours_without_a_gap_stay_apart():
    assert tagged("北京上海", [0, 2, "L"], [2, 4, "L"])[0] == ["L:北 京", "L:上 海"]


def test_numbers_add_up_whatever_is_marked():
    marks = [[i, i + 3, "X"] for i in range(-2, 50)]
    found = tag_words(TEXT, marks)
    kept = sum(tag.startswith("B-") for tag in found.tags)
    assert kept + len(found.left_out) == len(marks)


def test_a_hundred_thousand_entities_take_seconds():
    text = "ab " * 100_000
    started = time.perf_counter()
    found = tag_words(text, [[3 * i, 3 * i + 2, "X"] for i in range(100_000)])
    assert found.tags.count("B-X") == 100_000
    assert time.perf_counter() - started < 20


@pytest.mark.parametrize("cell", ["text", ["a", "b"], [1, 2], 3, {"x": 1}, [[1, 2]], [[[1], 2, 3]]])
def test_other_cells_are_no_marks(cell):
    assert spans_in(cell) is None
