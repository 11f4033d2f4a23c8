"""The table of a saved data set's rows: what is sought, in which order, and a page of it."""

import json
import re

import pytest

from engine.data import changes, chosen, corrections
from engine.data import waiting as draft
from engine.data.corrections import Correction
from engine.data.dataset import load_dataset
from engine.data.seeking import Sought
from engine.data.table import open_table
from engine.errors import DataError
from engine.quality import checking
from engine.quality.findings import Finding
from engine.text import Message
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
    sought = Sought(among="moon", problem="nothing", chosen="../x", order="extra.no")
    fields, shown = show(page, make(workspace), sought=sought, leaf=99)
    assert numbers(shown) == list(range(100, 120))
    assert "All 120 rows" in fields


def test_a_label_there_is_not_finds_no_row_instead_of_all(page, workspace):
    fields, shown = show(page, make(workspace), sought=Sought(having="gone"))
    assert "No row is left" in shown
    assert "0 of 120 rows" in fields
    assert '<option value="gone" selected>' in fields


@pytest.mark.parametrize(
    "label", ["a\nb", "a\r\nb", "a\u00a0b", "می\u200cخواهم", "👩\u200d🚀", "x" * 400]
)
def test_a_label_of_any_characters_shows_its_rows(page, workspace, label):
    lines = [
        {"split": "train", "text": f"text {i} {name}", "labels": [name]}
        for i, name in enumerate((label, "b", label, label + "y"))
    ]
    dataset = write_dataset(workspace, "multiclass", (label, "b", label + "y"), lines)
    selection = Selection(dataset=dataset.id, bench="rows", sought=Sought(having=label))
    sought = Selection.from_query(selection.to_query()).sought
    fields, shown = show(page, dataset, sought=sought)
    assert numbers(shown) == [0, 2]
    assert fields.count(" selected>") == 2
    if "\r" not in label:
        _, shown = show(page, dataset, sought=Sought(find=f"0 {label}"))
        assert numbers(shown) == [0]


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
        ({"act": "page", "page": "9" * 5000}, Sought(order="-length"), 3),
        ({}, Sought(order="-length"), 3),
    ],
)
def test_what_is_clicked_stands_in_the_selection(page, sent, sought, number):
    view, before = built_view(rows, page), Selection(sought=Sought(order="-length"), leaf=3)
    after = rows._act(view, before, clicked(**sent)).get(page.selection, before)
    assert (after.sought, after.leaf) == (sought, number)


class TestActing:
    """What is done with ticked rows waits as one change."""

    def act(self, page, dataset, sought=None, **sent):
        view = built_view(rows, page)
        selection = Selection(dataset=dataset.id, bench="rows", sought=sought or Sought())
        updates = rows._act(view, selection, clicked(**sent))
        return updates.get(page.selection), updates.get(view.rows)

    def waits(self, workspace, dataset):
        return [(each.kind, each.asks) for each in changes.drafted(workspace, dataset.id)]

    def test_rows_are_taken_out_and_the_table_says_so(self, page, workspace):
        dataset = make(workspace)
        _, shown = self.act(page, dataset, act="drop", rows=f"7 3 999 x -1 {10**30}", every="")
        assert self.waits(workspace, dataset) == [("drop", {"rows": [3, 7]})]
        assert shown.count("Will be taken out") == 2
        assert load_dataset(workspace, dataset.id).version == 1

    def test_all_that_were_found_but_the_exceptions(self, page, workspace):
        dataset = make(workspace)
        sought = Sought(having="b", among="test")
        self.act(page, dataset, sought, act="set", rows="4", every="1", label="new")
        ((kind, asks),) = self.waits(workspace, dataset)
        assert kind == "relabel"
        assert asks["rows"] == {i: ["new"] for i in range(120) if i % 12 == 4 and i != 4}

    def test_labels_are_added_and_taken_off_as_they_wait(self, page, workspace):
        dataset = make(workspace, 3, "multilabel")
        self.act(page, dataset, act="add", rows="0 1", label="c")
        _, shown = self.act(page, dataset, act="remove", rows="0 2", label="a")
        waiting = draft.waiting(workspace, dataset)
        table = open_table(workspace, dataset)
        assert [waiting.fate(row).right for row in table.rows([0, 1, 2])] == [
            ("c",), ("b", "c"), ("c",)
        ]  # fmt: skip
        assert re.search(r"<s[^>]*><bdi>b</bdi></s>.*→ <bdi>b</bdi>.*<bdi>c</bdi>", shown)

    def test_a_suggestion_is_settled_where_both_labels_become_one_or_the_row_goes(
        self, page, workspace
    ):
        dataset = make(workspace)
        merge = changes.make("rename", {"labels": ["a"], "to": "b"})
        changes.put(workspace, dataset.id, merge)
        changes.put(workspace, dataset.id, changes.make("drop", {"rows": [7]}))
        corrections.put(workspace, dataset.id, Correction("text 3", ("b",), row_id=3))
        waiting = draft.waiting(workspace, dataset)
        row = {"row_id": 0, "labels": ["a"]}
        assert waiting.settles(row, ["b"])
        assert not waiting.settles(row, ["c"])
        assert waiting.settles(row | {"row_id": 7}, ["c"])
        assert not waiting.settles(row | {"row_id": 3}, ["c"]), "a correction can be undone"

    def test_what_was_said_of_a_row_before_does_not_count_any_more(self, page, workspace):
        dataset = make(workspace)
        corrections.put(workspace, dataset.id, Correction("text 0", ("b",), row_id=0))
        self.act(page, dataset, act="set", rows="0", label="c")
        assert draft.waiting(workspace, dataset).fate({"row_id": 0, "labels": ["a"]}).right == (
            "c",
        )

    def test_rows_are_left_as_they_are(self, page, workspace):
        dataset = make(workspace)
        self.act(page, dataset, act="drop", rows="0 1")
        self.act(page, dataset, act="set", rows="0", label="c")
        self.act(page, dataset, act="spare", rows="0")
        assert self.waits(workspace, dataset) == [("drop", {"rows": [1]})]

    @pytest.mark.parametrize(
        ("sent", "words"),
        [
            ({"act": "set", "rows": "0", "label": ""}, "No label is written"),
            ({"act": "set", "rows": "0", "label": "a"}, "nothing was changed"),
            ({"act": "remove", "rows": "0", "label": "a"}, "exactly one label"),
            ({"act": "set", "rows": "0", "label": "x" * 300}, "200"),
        ],
    )
    def test_what_cannot_be_done_is_told(self, page, workspace, sent, words):
        dataset = make(workspace)
        with pytest.raises(DataError, match=words):
            self.act(page, dataset, **sent)
        assert self.waits(workspace, dataset) == []

    def test_ticked_rows_are_looked_at_alone(self, page, workspace):
        dataset = make(workspace)
        selection, _ = self.act(page, dataset, act="alone", rows="2 5")
        kept = chosen.rows_of(workspace, dataset, selection.sought.chosen)
        assert kept.tolist() == [2, 5]

    def test_entities_and_answers_can_only_be_taken_out(self, page, workspace):
        dataset = write_dataset(workspace, "tokens", ("PER",), [tagged("Ann sang", ("Ann", "PER"))])
        _, shown = show(page, dataset)
        assert "Take out" in shown
        assert "bench-label" not in shown

    def test_buttons_hold_the_number_for_the_browser(self, page, workspace):
        _, shown = show(page, make(workspace))
        assert 'data-one="Take out 1 row" data-many="Take out # rows"' in shown
        assert 'data-total="120"' in shown


class TestProblems:
    @pytest.fixture
    def dataset(self, workspace):
        """With two problems of one kind, of which the second suggests labels."""
        dataset = make(workspace)
        told, better = Message("quality.name_copies"), {9: ("c",), 4: ("a",)}
        findings = [
            Finding("copies", told, told, (1, 2)),
            Finding("copies", told, told, (9, 4), suggested=better),
        ]
        made = checking.Findings(tuple(findings))
        record = checking._to_dict(made) | {
            "format": checking.FORMAT,
            "fingerprint": dataset.fingerprint,
        }
        file = workspace.findings(dataset.id, 1)
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(record, default=checking._plain))
        return dataset

    def test_the_rows_of_a_problem_are_shown_with_what_is_suggested(self, page, dataset):
        fields, shown = show(page, dataset, sought=Sought(problem="copies-2"))
        assert numbers(shown) == [4, 9]
        assert shown.count("perhaps:") == 2
        assert '<option value="copies-2" selected>' in fields

    def test_the_most_doubtful_come_first(self, page, dataset):
        _, shown = show(page, dataset, sought=Sought(order="doubt"))
        assert numbers(shown)[:3] == [9, 4, 0]

    def test_what_is_suggested_is_accepted(self, page, workspace, dataset):
        view = built_view(rows, page)
        selection = Selection(dataset=dataset.id, sought=Sought(problem="copies-2"))
        rows._act(view, selection, clicked(act="accept", every="1", rows=""))
        (change,) = changes.drafted(workspace, dataset.id)
        assert change.asks["rows"] == {9: ["c"], 4: ["a"]}
