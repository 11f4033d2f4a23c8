"""The table of a saved data set's rows: what is sought, in which order, and a page of it."""

import re

import pytest

from engine.data import chosen
from engine.data.seeking import Sought
from tests.pages import built_view, clicked
from tests.shaped import HOSTILE, asked, tagged, write_dataset
from webui.state import Selection
from webui.workbench import rows
from webui.workbench.base import Seen

LABELS = ("a", "b", "c")


def make(workspace, count=120, task="multiclass"):
    lines = [
        {
            "split": "test" if i % 4 == 0 else "train",
            "text": f"text {i}" + " long" * (80 if i == 5 else 0),
            "labels": [LABELS[i % 3]],
        }
        for i in range(count)
    ]
    return write_dataset(workspace, task, LABELS, lines)


def show(page, dataset, **chosen_):
    view = built_view(rows, page)
    seen = Seen(page, Selection(dataset=dataset.id, bench="rows", **chosen_), dataset)
    updates = rows.show(view, seen)
    return updates[view.seeking], updates[view.rows]


def numbers(shown):
    found = re.findall(r'<td class="ts-number ts-soft">([\d,]+)</td>', shown)
    return [int(number.replace(",", "")) for number in found]


def test_a_page_of_rows_has_text_label_split_and_length(page, workspace):
    fields, shown = show(page, make(workspace))
    assert numbers(shown) == list(range(50))
    assert "All 120 rows" in fields
    assert "1–50 of 120" in shown
    assert re.search(r"text 1<.*?<bdi>b</bdi>.*?Training.*?>6<", shown)


def test_what_is_sought_and_the_order_hold(page, workspace):
    sought = Sought(find="TEXT 1", having="b", among="test", order="-row")
    fields, shown = show(page, make(workspace), sought=sought)
    assert numbers(shown) == [112, 100, 16]
    assert "3 of 120 rows" in fields
    assert '<option value="b" selected>' in fields


def test_what_this_data_set_does_not_have_is_not_asked_for(page, workspace):
    sought = Sought(having="z", among="moon", problem="nothing", chosen="../x", order="extra.no")
    fields, shown = show(page, make(workspace), sought=sought, leaf=99)
    assert numbers(shown) == list(range(100, 120))
    assert "All 120 rows" in fields


def test_rows_chosen_by_hand_are_shown_alone(page, workspace):
    dataset = make(workspace)
    key = chosen.keep(workspace, dataset, [7, 3, 500])
    fields, shown = show(page, dataset, sought=Sought(chosen=key))
    assert numbers(shown) == [3, 7]
    assert "Rows chosen by hand" in fields


def test_no_row_left_is_a_sentence(page, workspace):
    _, shown = show(page, make(workspace), sought=Sought(find="nowhere"))
    assert "No row is left" in shown


def test_a_long_text_is_cut_and_whole_on_a_click(page, workspace):
    _, shown = show(page, make(workspace), sought=Sought(order="-length"))
    first = shown.split("<tr>")[2]
    short, whole = first.split("</summary>")
    assert short.count("long") < 50
    assert whole.count("long") == 80


def test_texts_and_labels_are_no_html(page, workspace):
    lines = [{"split": "train", "text": HOSTILE, "labels": [HOSTILE]}]
    dataset = write_dataset(workspace, "multilabel", (HOSTILE, "b"), lines)
    fields, shown = show(page, dataset, sought=Sought(find=HOSTILE))
    assert "<img" not in fields + shown
    assert "&lt;img" in shown


def test_entities_are_marked_and_answers_stand_with_their_question(page, workspace):
    notes = write_dataset(
        workspace, "tokens", ("PER",), [tagged("Ann Berg sang", ("Ann Berg", "PER"))]
    )
    assert re.search(r"<mark.*?Ann Berg.*?PER.*?</mark> sang", show(page, notes)[1])
    places = write_dataset(
        workspace, "qa", (), [asked("It is red.", "Colour?", "red", "red.")], "d-2"
    )
    fields, shown = show(page, places)
    assert re.search(r"Colour\?.*<mark[^>]*>red</mark>", shown)
    assert "<bdi>red</bdi>" in shown
    assert "seek-having" not in fields


@pytest.mark.parametrize(
    ("sent", "sought", "number"),
    [
        ({"act": "seek", "name": "find", "value": "x"}, Sought(find="x", order="-length"), 1),
        ({"act": "seek", "name": "order", "value": "text"}, Sought(order="-text"), 1),
        ({"act": "seek", "name": "chosen", "value": "x"}, Sought(order="-length"), 3),
        ({"act": "turn"}, Sought(order="length"), 1),
        ({"act": "clear"}, Sought(order="-length"), 1),
        ({"act": "page", "page": "2"}, Sought(order="-length"), 2),
        ({"act": "page", "page": "-2"}, Sought(order="-length"), 3),
        ({}, Sought(order="-length"), 3),
    ],
)
def test_what_is_clicked_stands_in_the_selection(page, sent, sought, number):
    view, before = built_view(rows, page), Selection(sought=Sought(order="-length"), leaf=3)
    after = rows._act(view, before, clicked(**sent)).get(page.selection, before)
    assert (after.sought, after.leaf) == (sought, number)
