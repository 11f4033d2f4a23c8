"""A text with marks keeps every character once, whatever overlaps."""

import html
import random
import re

import pytest

from webui.views.marking import FOUND, TRUE, Mark, marked


def plain(shown):
    """What a reader sees, without the names of the marks."""
    return html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"<b .*?</b>", "", shown)))


@pytest.mark.parametrize("seed", range(30))
def test_no_character_is_lost_or_doubled(seed):
    chance = random.Random(seed)
    text = "".join(chance.choices("ab <&\n张", k=60))
    bounds = [sorted(chance.sample(range(61), 2)) for _ in range(chance.randint(0, 6))]
    marks = [Mark(a, b, (chance.choice((TRUE, FOUND)),), "x") for a, b in bounds]
    shown = marked(text, marks)
    assert plain(shown) == text
    behind, reach = 0, 0
    for start, end in sorted(bounds):
        behind += start >= reach
        reach = max(reach, end)
    assert shown.count('<b class="ts-mark-name">x</b>') == behind, "once for what overlaps"


def test_names_stand_behind_the_whole_of_what_overlaps_each_once():
    whole = Mark(0, 6, (TRUE,), "Disease", tint="ts-tint-0")
    pieces = [Mark(1, 2, (FOUND,), "Disease", tint="ts-tint-0"), Mark(2, 4, (FOUND,), "Drug")]
    shown = marked("abcdef gh", [*pieces, whole, Mark(7, 9, (FOUND,), "Drug")])
    assert re.sub(r"</?(mark|bdi)[^>]*>", "", shown) == (
        'abcdef<b class="ts-mark-name ts-tint-0">Disease</b><b class="ts-mark-name">Drug</b>'
        ' gh<b class="ts-mark-name">Drug</b>'
    )


def test_a_name_is_not_lost_where_a_window_ends_inside_of_what_overlaps():
    marks = [Mark(0, 4, (FOUND,), "x"), Mark(3, 300, (TRUE,), strong=False)]
    assert marked("word " * 80, marks, around=20).count(">x</b>") == 1


def test_marks_of_two_colours_keep_their_own_lines():
    marks = [Mark(0, 4, (TRUE,), tint="ts-tint-0"), Mark(0, 4, (FOUND,), tint="ts-tint-1")]
    assert marked("Jane", marks) == (
        '<mark class="ts-mark ts-found ts-strong ts-tint-1">'
        '<mark class="ts-mark ts-true ts-strong ts-tint-0"><bdi>Jane</bdi></mark></mark>'
    )


def test_each_stretch_says_what_covers_it():
    shown = marked("abcdef", [Mark(0, 4, (TRUE,)), Mark(2, 6, (FOUND,))])
    assert re.findall(r'class="ts-mark ([\w -]+)"><bdi>(\w+)', shown) == [
        ("ts-true ts-strong", "ab"),
        ("ts-true ts-found ts-strong", "cd"),
        ("ts-found ts-strong", "ef"),
    ]


def test_a_window_ends_with_whole_words_and_says_that_there_is_more():
    text = "one two three four five six seven eight nine ten"
    at = text.index("five")
    shown = plain(marked(text, [Mark(at, at + 4, (TRUE,))], around=12))
    assert shown == "… three four five six seven …"


def test_windows_that_meet_are_one_and_others_stand_apart():
    text = "a" * 50 + " here " + "b" * 200 + " there"
    here, there = (text.index(word) for word in ("here", "there"))
    marks = [Mark(here, here + 4, (TRUE,)), Mark(there, there + 5, (FOUND,))]
    assert plain(marked(text, marks, around=20)).count(" … ") == 1
    assert " … " not in plain(marked(text, marks, around=150))


def test_what_is_not_looked_at_makes_no_window():
    text = "x" * 100 + "far" + "y" * 300 + "near"
    marks = [Mark(100, 103, (TRUE,), strong=False), Mark(403, 407, (FOUND,))]
    shown = plain(marked(text, marks, around=30))
    assert "far" not in shown
    assert shown.endswith("near")
