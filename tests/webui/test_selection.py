"""The selection: what a page holds, to the address and back."""

import pytest

from engine.data.seeking import Sought
from engine.evaluation.filters import Filter
from webui.state import TABS, Place, Selection, texts, whole


@pytest.mark.parametrize("tab", TABS)
def test_the_address_opens_the_same_view(tab):
    selection = Selection(tab, "tickets-3f9c2a", "tickets-calm-otter-1", "file-1", "validation")
    assert Selection.from_query(selection.to_query()) == selection


def test_the_filter_stands_in_the_address():
    wanted = Filter("wrong", "a & b", "≠", least=0.25, longest=9, words="was = ist?")
    selection = Selection("results", run="r-1", view="rows", filter=wanted)
    assert Selection.from_query(selection.to_query()) == selection
    assert "outcome=wrong" in selection.to_query()


def test_a_fresh_page_has_a_clean_address():
    assert Selection().to_query() == ""


def test_the_chosen_model_stays_out_of_the_address():
    assert Selection(model="org/name").to_query() == ""
    assert Selection.from_query("model=org/name") == Selection()


@pytest.mark.parametrize(
    "query",
    [
        "tab=nowhere",
        "run=../../etc/passwd",
        "dataset=<img src=x onerror=alert(1)>",
        "upload=" + "a" * 200,
        "split=train",
        "colour=blue",
        "least=much&most=7&longest=-1",
        "filter=all",
        "run=",
        "%%%=&&&==",
    ],
)
def test_whatever_stands_in_the_address_becomes_a_valid_selection(query):
    assert Selection.from_query("?" + query) == Selection()


def test_a_mapping_of_parameters_is_read_like_a_query():
    assert Selection.from_query({"tab": "runs", "run": "a-1"}) == Selection(tab="runs", run="a-1")


def test_an_address_holds_any_label_but_half_characters():
    label = "a\nb\u00a0می\u200cخواهم👩\u200d🚀" + "x" * 300
    selection = Selection(sought=Sought(find="x\ny\ud800\0", having=label))
    assert Selection.from_query(selection.to_query()) == selection
    assert selection.sought.find == "x\ny\ufffd"
    assert selection.sought.having != Sought(having=label + "y").having


def test_another_data_set_is_not_asked_for_the_label_of_this_one():
    before = Selection(tab="train", dataset="one", sought=Sought(find="x", having="a"))
    assert before.but(dataset="two").sought == Sought(find="x")
    assert before.but(dataset="two").tab == "train"
    assert before.but(dataset="one").sought == before.sought


@pytest.mark.parametrize(
    ("sent", "number"),
    [("0", 0), ("17", 17), (3, 3), ("9" * 5000, None), ("-1", None), ("x", None), ("", None),
     ("1.5", None), (None, None), (True, None), ([1], None)],
)  # fmt: skip
def test_a_number_is_one_the_page_could_send(sent, number):
    assert whole(sent) == number


@pytest.mark.parametrize(
    ("sent", "found"),
    [('["a", "b"]', ["a", "b"]), ("[]", []), ('["a\\ud800"]', ["a\ufffd"]), ("{", None),
     ("5", None), ("null", None), ("", None), (None, None), ('["a", 1]', None), ('"a"', None),
     ("9" * 5000, None), ("[" * 100_000, None)],
)  # fmt: skip
def test_texts_are_those_the_page_could_send(sent, found):
    assert texts(sent) == found


def test_what_only_one_tab_has_is_chosen_there_though_the_tab_is_still_being_turned_to():
    before = Selection(tab="runs")
    assert before.but(bench="problems").tab == "data"
    assert before.but(view="rows").tab == "results"
    assert before.but(trying="file").tab == "playground"
    assert before.but(run="run-1").tab == "runs"
    assert before.but(tab="train", bench="rows").tab == "train"


class TestPlace:
    def test_events_at_once_do_not_undo_each_other(self):
        place, before = Place(), Selection(dataset="a")
        assert place.turn(before, before.but(tab="train")).tab == "train"
        turned = place.turn(before, before.but(model="large"))
        assert (turned.tab, turned.model, turned.dataset) == ("train", "large", "a")
        turned = place.turn(turned, turned.but(tab="data"))
        assert (turned.tab, turned.model) == ("data", "large")

    def test_what_is_said_without_a_look_at_what_was_counts_whole(self):
        place = Place()
        place.turn(None, Selection(dataset="a", tab="runs"))
        assert place.turn(None, Selection(dataset="b")) == Selection(dataset="b")
