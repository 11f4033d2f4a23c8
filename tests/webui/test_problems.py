"""The check of a data set on the page: how it stands, its findings as cards, doubtful rows."""

import json
from dataclasses import replace

import pytest

from engine.data import changes, corrections
from engine.data.changes import Change
from engine.data.confirmed import confirmed
from engine.quality import checking as kept
from engine.quality.checking import Findings
from engine.quality.findings import Finding
from engine.runs import errands
from engine.text import Message
from engine.workspace import write_atomically
from tests.pages import built_view, clicked
from tests.shaped import ENTITY_ROWS, HOSTILE, tagged, write_dataset
from webui import checking, header
from webui.state import Selection
from webui.views import differing, train
from webui.workbench import problems, review
from webui.workbench.base import Seen

pytestmark = pytest.mark.usefixtures("sleeping")

LABELS = ("calm", "loud", HOSTILE)
WHAT = Message(
    "quality.copies_repeats", {"rows": 2, "how": Message("quality.copies_partly", {"near": 1})}
)
WHY = Message("quality.copies_repeats_why")
FIX = Message("quality.copies_repeats_fix", {"rows": 2})


@pytest.fixture
def dataset(workspace):
    texts = ["the parcel is late", "the parcel came late", "good day", f"{HOSTILE} day", "x" * 2000]
    rows = [{"split": "train", "text": text, "labels": ["calm"]} for text in texts]
    return write_dataset(workspace, "multiclass", LABELS, rows)


@pytest.fixture
def cards(page):
    return built_view(problems, page)


@pytest.fixture
def queue(page):
    return built_view(review, page)


def copies(**more):
    drop = Change("drop", {"rows": [1]}, FIX)
    return Finding("copies", WHAT, WHY, (1,), 0.8, (drop,), groups=((0, 1),), **more)


def doubtful(suggested, **more):
    return Finding("labels", WHAT, WHY, tuple(suggested), 0.5, suggested=suggested, **more)


def found(workspace, dataset, *findings, failed=()):
    record = kept._to_dict(Findings(findings, failed, 1.0))
    record |= {"format": kept.FORMAT, "fingerprint": dataset.fingerprint}
    path = workspace.findings(dataset.id, dataset.version)
    write_atomically(path, json.dumps(record, default=kept._plain))


def shown(module, view, dataset, **chosen):
    selection = Selection(dataset=dataset.id, **chosen)
    updates = module.show(view, Seen(view.page, selection, dataset))
    return "".join(map(str, updates.values()))


def press(module, view, dataset, **sent):
    return module._act(view, Selection(dataset=dataset.id), clicked(**sent))


class TestCheck:
    def test_what_was_not_checked_can_be(self, cards, dataset, workspace):
        assert "Check the data" in shown(problems, cards, dataset)
        event = clicked(act="check")
        updates = problems._check(cards, Selection(dataset=dataset.id), event)
        assert "Cancel the check" in updates[cards.lead]
        assert "The check begins in a moment." in updates[cards.lead]
        assert checking.state(workspace, dataset, cards.t) == "checking …"
        problems._check(cards, Selection(dataset=dataset.id), clicked(act="cancel"))
        assert "Check the data" in shown(problems, cards, dataset)
        assert checking.state(workspace, dataset, cards.t) == ""

    def test_a_very_large_data_set_waits_to_be_asked_for(
        self, workspace, dataset, monkeypatch, cards, page
    ):
        monkeypatch.undo()
        monkeypatch.setattr(errands, "COMMAND", ("true",))
        monkeypatch.setattr(checking, "BY_ITSELF", 4)
        checking.begin_once(workspace, dataset)
        assert errands.list_errands(workspace, "quality") == []
        lead = problems.show(cards, Seen(page, Selection(dataset=dataset.id), dataset))[cards.lead]
        assert 'data-act="check"' in str(lead)

    def test_a_check_begins_by_itself_once(self, dataset, workspace, monkeypatch):
        monkeypatch.undo()
        monkeypatch.setattr(errands, "COMMAND", ("true",))
        checking.begin_once(workspace, dataset)
        checking.begin_once(workspace, dataset)
        (errand,) = errands.list_errands(workspace, "quality")
        assert (errand.run, errand.asks) == (dataset.id, {"version": 1})

    def test_a_check_whose_findings_are_gone_begins_again(self, dataset, workspace, monkeypatch):
        monkeypatch.undo()
        monkeypatch.setattr(errands, "COMMAND", ("true",))
        checking.begin_once(workspace, dataset)
        (errand,) = errands.list_errands(workspace, "quality")
        errands.settle(workspace, errand, "finished")
        checking.begin_once(workspace, dataset)
        assert len(errands.list_errands(workspace, "quality")) == 1, "not at once"
        monkeypatch.setattr(checking, "AGAIN", -1)
        checking.begin_once(workspace, dataset)
        assert len(errands.list_errands(workspace, "quality")) == 2

    def test_an_all_clear_says_what_was_looked_for(self, cards, dataset, workspace):
        found(workspace, dataset)
        told = shown(problems, cards, dataset)
        assert "problems in 5 rows: nothing found" in told
        assert "Copies" in told
        assert checking.state(workspace, dataset, cards.t) == "0"

    def test_what_could_not_be_looked_for_is_told(self, cards, dataset, workspace):
        failed = Message("quality.failed", {"name": "Copies", "reason": "no memory"})
        found(workspace, dataset, copies(), failed=(failed,))
        told = shown(problems, cards, dataset)
        assert "no memory" in told
        assert "1 found" in told

    def test_findings_of_another_version_are_not_those_of_the_newest(
        self, cards, dataset, workspace
    ):
        found(workspace, dataset, copies())
        assert "1 found" in shown(problems, cards, dataset)
        record = workspace.findings(dataset.id, 1)
        record.write_text(record.read_text().replace("of-d-1", "another"))
        assert checking.look(workspace, dataset).found is None


class TestCards:
    def test_copies_stand_beside_each_other_with_what_differs(self, cards, dataset, workspace):
        found(workspace, dataset, copies())
        told = shown(problems, cards, dataset)
        assert "the parcel is late" in told
        assert "<bdi>came</bdi></mark> late" in told
        assert "serious" in told

    def test_copies_with_entities_show_their_tags(self, cards, workspace):
        texts = ("Ann met Bob .", "Ann met bob .", "Ann saw Bob .")
        mentions = [(("Ann", "person"), (text.split()[2], "person")) for text in texts]
        rows = [tagged(text, *of_it) for text, of_it in zip(texts, mentions, strict=True)]
        dataset = write_dataset(workspace, "tokens", ("person",), rows)
        alike = replace(copies(), groups=((0, 1, 2),))
        found(workspace, dataset, alike)
        told = shown(problems, cards, dataset)
        assert told.count(">person</b>") == 6
        assert '<mark class="ts-mark ts-strong ts-differs"><bdi>saw</bdi></mark>' in told

    def test_a_fix_waits_for_the_next_version_and_can_be_taken_back(
        self, cards, dataset, workspace
    ):
        found(workspace, dataset, copies())
        updates = press(problems, cards, dataset, act="fix", name="copies", fix="0")
        assert "waits for the next version" in updates[cards.cards]
        press(problems, cards, dataset, act="fix", name="copies", fix="0")
        (change,) = changes.drafted(workspace, dataset.id)
        assert (change.kind, change.asks) == ("drop", {"rows": [1]})
        updates = press(problems, cards, dataset, act="undo", name="copies")
        assert changes.drafted(workspace, dataset.id) == []
        assert "Take out 2 copies" in updates[cards.cards]

    def test_what_no_card_offers_does_nothing(self, cards, dataset, workspace):
        found(workspace, dataset, copies())
        for sent in ({"act": "fix", "name": "copies", "fix": "7"}, {"act": "fix", "name": "x"}, {}):
            press(problems, cards, dataset, **sent)
        assert changes.drafted(workspace, dataset.id) == []

    def test_its_rows_and_its_doubts_are_one_click_away(self, cards, dataset, workspace):
        found(workspace, dataset, doubtful({2: ("loud",)}))
        assert "Go through 1 row one by one" in shown(problems, cards, dataset)
        for act, bench in (("rows", "rows"), ("review", "review")):
            target = press(problems, cards, dataset, act=act, name="labels")[cards.page.selection]
            assert (target.bench, target.sought.problem) == (bench, "labels")

    def test_texts_and_labels_are_no_html(self, cards, queue, dataset, workspace):
        found(workspace, dataset, doubtful({3: (HOSTILE,)}, facts={"near": {3: [0]}}))
        assert HOSTILE not in shown(problems, cards, dataset)
        assert HOSTILE not in shown(review, queue, dataset)

    def test_marks_inside_texts_are_corrected_elsewhere(self, cards, workspace):
        dataset = write_dataset(workspace, "tokens", ("company", "person", "place"), ENTITY_ROWS)
        found(workspace, dataset, doubtful({0: ("person",)}))
        assert "corrected in the file" in shown(problems, cards, dataset)
        assert not review.applies(dataset)


class TestReview:
    def test_one_row_is_in_sight_and_the_next_are_there(self, queue, dataset, workspace):
        sure = {"sure": {0: 0.91}, "near": {0: [1]}}
        found(workspace, dataset, doubtful(dict.fromkeys(range(5), ("loud",)), facts=sure))
        told = shown(review, queue, dataset)
        assert told.count("data-card") == 4
        assert told.count(" hidden>") - told.count("data-coming hidden>") == 3
        assert "91 % sure" in told
        assert "0 of 5 rows done" in told

    @pytest.mark.parametrize("labels", ["{", "5", "null", "", '[["loud"]]'])
    def test_what_the_page_does_not_send_decides_nothing(self, queue, dataset, workspace, labels):
        found(workspace, dataset, doubtful({0: ("loud",)}))
        press(review, queue, dataset, act="take", row="0", labels=labels)
        told = press(review, queue, dataset, act="take", row="9" * 5000, labels='["loud"]')
        assert "0 of 1 row done" in told[queue.rows]

    def test_decisions_go_on_to_the_next_row_and_are_kept(self, queue, dataset, workspace):
        found(workspace, dataset, doubtful(dict.fromkeys(range(3), ("loud",))))
        press(review, queue, dataset, act="take", row="0", labels='["loud"]')
        press(review, queue, dataset, act="take", row="0", labels='["calm"]')  # decided already
        press(review, queue, dataset, act="take", row="1", labels='["calm"]')
        told = press(review, queue, dataset, act="skip", row="2")[queue.rows]
        assert "3 of 3 rows done · 1 accepted · 1 kept · 1 skipped" in told
        assert "All rows have been gone through" in told
        assert [each.right for each in corrections.drafted(workspace, dataset.id)] == [("loud",)]
        assert confirmed(workspace, dataset.id) == {1: ("calm",)}
        assert "skipped row again" in shown(review, queue, dataset)
        told = press(review, queue, dataset, act="reopen")[queue.rows]
        assert 'data-card="2"' in told
        told = press(review, queue, dataset, act="undo")[queue.rows]
        assert "1 of 3 rows done" in told

    def test_rows_that_wait_to_be_taken_out_are_not_asked(self, queue, dataset, workspace):
        found(workspace, dataset, doubtful({0: ("loud",), 1: ("loud",)}))
        changes.put(workspace, dataset.id, Change("drop", {"rows": [0]}, FIX))
        assert "0 of 1 row done" in shown(review, queue, dataset)

    def test_rows_of_one_finding_can_be_chosen(self, queue, dataset, workspace):
        two = (doubtful({0: ("loud",)}), doubtful({1: ("loud",), 0: ("loud",)}))
        found(workspace, dataset, *two)
        assert "0 of 2 rows done" in shown(review, queue, dataset)
        target = press(review, queue, dataset, act="choose", name="labels")[queue.page.selection]
        assert "0 of 1 row done" in shown(review, queue, dataset, sought=target.sought)

    def test_where_nothing_is_doubtful_that_is_said(self, queue, dataset, workspace):
        assert "has not been checked" in shown(review, queue, dataset)
        found(workspace, dataset, copies())
        assert "found no row" in shown(review, queue, dataset)

    def test_several_labels_are_marked_and_taken_together(self, queue, workspace):
        rows = [{"split": "train", "text": "a", "labels": ["calm"]}] * 2
        dataset = write_dataset(workspace, "multilabel", LABELS, rows)
        found(workspace, dataset, doubtful({0: ("calm", "loud")}))
        told = shown(review, queue, dataset)
        assert told.count('aria-pressed="true"') == 2
        press(review, queue, dataset, act="take", row="0", labels="[]")
        assert [each.right for each in corrections.drafted(workspace, dataset.id)] == [()]

    def test_five_hundred_labels_are_searched_by_name(self, queue, workspace):
        labels = tuple(f"label {i}" for i in range(500))
        rows = [{"split": "train", "text": "a", "labels": ["label 3"]}]
        dataset = write_dataset(workspace, "multiclass", labels, rows)
        found(workspace, dataset, doubtful({0: ("label 77",)}, facts={"likely": {0: ["label 9"]}}))
        told = shown(review, queue, dataset)
        assert told.count("<option") == 500
        assert told.count("<kbd") == 3 + 9
        keyed = told.partition("or another label:")[2]
        assert keyed.index(">label 77<") < keyed.index(">label 3<") < keyed.index(">label 9<")


class TestDiffering:
    def marked(self, text, other):
        return [text[mark.start : mark.end] for mark in differing.differing(text, other)]

    def test_words_that_the_other_has_not_are_marked(self):
        assert self.marked("Send it back, please", "send it back please") == ["Send", ","]
        assert self.marked("今天天气很好", "今天天气不好") == ["很"]
        assert self.marked("same", "same") == []

    def test_where_most_differs_nothing_is_marked(self):
        assert self.marked("one two three", "four five six") == []

    def test_a_long_text_is_shown_around_what_differs(self):
        text = "word " * 300 + "other " + "word " * 300
        told = differing.beside(text, text.replace("other ", ""))
        assert "<bdi>other</bdi>" in told
        assert len(told) < 1000


class TestElsewhere:
    def test_the_tab_says_how_much_was_found(self, page, dataset, workspace):
        label = header._label(page, "data", [], [dataset], dataset)
        assert label == "Data (1)"
        before = header.stamp(page)
        found(workspace, dataset, copies(), doubtful({0: ("loud",)}))
        assert header.stamp(page) != before
        label = header._label(page, "data", [], [dataset], dataset)
        assert label == "Data (1, 2 problems)"

    def test_serious_problems_are_told_before_training(self, page, dataset, workspace):
        findings = Findings((copies(), doubtful({0: ("loud",)})))
        told = "".join(train._found(train.Review(dataset, {}, found=findings), page.t))
        assert "2 problems in the data, 1 of them serious" in told
        harmless = Findings((doubtful({0: ("loud",)}),))
        assert train._found(train.Review(dataset, {}, found=harmless), page.t) == []
        assert train._found(train.Review(dataset, {}), page.t) == []
