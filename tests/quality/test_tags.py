"""Words tagged otherwise than nearly everywhere else are found; words of two meanings are not."""

from engine.quality.finders import tags
from tests.quality.made import material
from tests.shaped import tagged

ANN, BOB, LISBON, PORTO = ("Ann Miller", "PER"), ("Bob", "PER"), ("Lisbon", "LOC"), ("Porto", "LOC")
TEXTS = [
    ("Ann Miller met Bob in Lisbon yesterday", ANN, BOB, LISBON),
    ("Bob wrote to Ann Miller from Porto", BOB, ANN, PORTO),
    ("In Lisbon and Porto it rained on Bob", LISBON, PORTO, BOB),
]


def rows_of(*texts):
    rows = [tagged(text, *mentions) for text, *mentions in texts]
    names = ("starts", "ends", "tags")
    labels = [tuple(sorted({label for _, label in mentions})) for _, *mentions in texts]
    columns = {name: [row[name] for row in rows] for name in names}
    return material([row["text"] for row in rows], labels, task="tokens", columns=columns)


def test_consistent_tags_give_no_card():
    assert tags.find(rows_of(*TEXTS * 8)) == []


def test_a_mention_that_was_overlooked_or_is_of_another_type_is_found():
    overlooked = ("Nobody saw Ann Miller in Lisbon", ("Lisbon", "LOC"))
    other = ("They love Porto", ("Porto", "PER"))
    (finding,) = tags.find(rows_of(*TEXTS * 8, overlooked, other))
    assert finding.rows == (124, 125)
    assert finding.facts["places"] == [[124, 11, 21, "PER", None], [125, 10, 15, "LOC", "PER"]]
    assert finding.what.text() == (
        "2 places where words are not tagged as they nearly always are: “Ann Miller” "
        "(usually PER; 1 time not), “Porto” (usually LOC; 1 time not)."
    )
    (fix,) = finding.fixes
    assert (fix.kind, fix.asks) == (
        "tag",
        {"places": [[124, 11, 21, "PER"], [125, 10, 15, "LOC"]]},
    )
    assert fix.reason.text() == "Tag 2 places as they usually are"
    ((one,),) = (tag.fixes for tag in tags.find(rows_of(*TEXTS * 8, other)))
    assert one.reason.text() == "Tag 1 place as it usually is"


def test_words_inside_a_longer_mention_are_not_missing():
    longer = ("Hotel Lisbon Palace is full", ("Hotel Lisbon Palace", "ORG"))
    assert tags.find(rows_of(*TEXTS * 8, longer)) == []


def test_words_of_two_meanings_and_rare_ones_are_left_alone():
    may = [("May came in May", ("May", "PER"))] * 10
    rare = [("Zed is here", ("Zed", "PER")), ("Zed is not",)]
    assert tags.find(rows_of(*TEXTS * 8, *may, *rare)) == []


def test_mentions_that_take_a_mark_of_the_sentence_along_are_found():
    odd = ("We saw Faro, and left", ("Faro,", "LOC"))
    (finding,) = tags.find(rows_of(*TEXTS * 8, odd))
    assert finding.rows == (124,)
    assert finding.what.text().startswith("1 mention begins or ends with a mark of punctuation")
    (fix,) = finding.fixes
    assert (fix.kind, fix.asks) == ("tag", {"places": [[124, 11, 12, None]]})


def test_every_mark_at_either_end_is_left_out_but_the_full_stop_of_an_abbreviation():
    odd = ("They saw, Faro!, twice", (", Faro!,", "LOC"))
    short = ("At Acme Inc. and in the U.S. too", ("Acme Inc.", "ORG"), ("U.S.", "LOC"))
    (finding,) = tags.find(rows_of(*TEXTS * 8, odd, short))
    assert finding.rows == (124,)
    assert finding.fixes[0].asks == {
        "places": [[124, 8, 9, None], [124, 15, 16, None], [124, 14, 15, None]]
    }


def test_a_mention_far_longer_than_the_others_is_found():
    long = "the very old and quite famous castle on the hill above the river"
    (finding,) = tags.find(rows_of(*TEXTS * 8, (f"We saw {long} today", (long, "LOC"))))
    assert finding.rows == (124,)
    assert finding.fixes == ()


def test_other_tasks_have_no_tags():
    assert tags.find(material(["a b c"] * 20)) == []
