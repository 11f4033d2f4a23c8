"""Correcting and pinning over real workspaces: in the playground and on wrong rows."""

import base64
import json
from types import SimpleNamespace

import numpy as np
import pytest

from engine.data import changes, pins
from engine.data.corrections import Correction, drafted, put, undo
from engine.data.dataset import delete_dataset, load_dataset, load_rows
from engine.data.pins import Pin
from engine.data.saving import system_user
from engine.errors import DataError
from engine.evaluation import report as reports
from engine.tasks import make_task
from tests.pages import built, built_view, clicked, set_to
from tests.pairs import two_labels
from tests.recipes import complete_recipe
from tests.said import said
from tests.shaped import ANSWER_ROWS, HOSTILE, answer_run, entity_run, finish_run, write_dataset
from webui import correcting, drafting, guard
from webui.results import correct
from webui.results.base import Seen
from webui.state import Selection
from webui.tabs import results, runs
from webui.trying import corrections
from webui.trying import pins as pins_view
from webui.trying.base import Tried
from webui.views.corrections import KEYS, Fix, fixes, in_key_order
from webui.views.shapes import Asked
from webui.views.shapes.labels import LabelsSaid

LABELS = ("bill", "late", HOSTILE)
TEXTS = ("too dear", "where is it", "it never came", f"{HOSTILE} broke")
TRUE = ("bill", "late", "late", HOSTILE)
SAID = ("bill", "bill", "late", "late")


def labelled_rows(split):
    return [
        {"split": split, "text": f"{text} ({split})", "labels": [label]}
        for text, label in zip(TEXTS, TRUE, strict=True)
    ]


@pytest.fixture
def run(workspace):
    """A run that is wrong on its second and fourth test row, rows 1 and 3."""
    rows = [row for split in ("test", "train", "validation") for row in labelled_rows(split)]
    dataset = write_dataset(workspace, "multiclass", LABELS, rows)
    places = [[LABELS.index(name) for name in names] for names in (TRUE, SAID)]
    truth, decided = (np.arange(3) == np.array(found)[:, None] for found in places)
    return finish_run(workspace, dataset, said(truth, decided))


def asked(run, *texts, labels=LABELS):
    """The first label for each text, as a page holds it."""
    probabilities = (0.7, 0.2, *(0.1,) * (len(labels) - 2))
    answered = LabelsSaid(labels, (probabilities,) * len(texts), ((labels[0],),) * len(texts))
    return Asked(run.id, texts, (), answered, 1.0)


def request(login=None):
    """A request that came through a guard, with a login where it has some."""
    pair = base64.b64encode(f"{login}:secret".encode()).decode()
    headers = {"authorization": f"Basic {pair}"} if login else {}
    scope = {guard.CHECKED: login is not None}
    return SimpleNamespace(request=SimpleNamespace(scope=scope), headers=headers)


def make(page, run, login=None):
    """The draft of a run's data set as its next version."""
    part = built_view(drafting, page)
    return drafting._make(part, run.dataset, run.id, "", request(login))


class TestPlayground:
    def act(self, page, answer, **sent):
        part = built_view(correcting, page)
        shown = correcting._act(part, Selection(run=answer.run), answer, clicked(**sent))
        return shown.get(part.fixes, shown)

    def test_a_wrong_answer_gets_its_label_and_the_draft_knows_it(self, page, workspace, run):
        answer = asked(run, "a new text", "another")
        shown = self.act(page, answer, act="right", index="1", given="late")
        (fix,) = drafted(workspace, run.dataset)
        assert (fix.text, fix.right, fix.said) == ("another", ("late",), ("bill",))
        assert "1 correction waits" in shown
        self.act(page, answer, act="right", index="1", value=HOSTILE)
        assert [each.right for each in drafted(workspace, run.dataset)] == [(HOSTILE,)]
        shown = self.act(page, answer, act="undo", index="1")
        assert drafted(workspace, run.dataset) == []
        assert "waits" not in shown

    def test_of_several_labels_each_press_adds_one_or_takes_it_away(self, page, workspace):
        rows = [{"split": split, "text": split, "labels": ["x"]} for split in ("train", "test")]
        dataset = write_dataset(workspace, "multilabel", ("x", "y"), rows)
        run = finish_run(workspace, dataset, said(np.ones((2, 2), bool), np.ones((2, 2), bool)))
        answered = LabelsSaid(("x", "y"), ((0.7, 0.2),), (("x",),), several=True)
        answer = Asked(run.id, ("typed",), (), answered, 1.0)
        rights = []
        for label in ("y", "x", "y"):
            self.act(page, answer, act="right", index="0", given=label)
            rights.append(drafted(workspace, run.dataset)[0].right)
        assert rights == [("x", "y"), ("y",), ()]

    @pytest.mark.parametrize("given", ["nonsense", "", " "])
    def test_a_label_there_is_not_is_refused(self, page, run, given):
        with pytest.raises(DataError, match="not a label"):
            self.act(page, asked(run, "text"), act="right", index="0", given=given, value=given)

    @pytest.mark.parametrize("sent", [{}, {"index": "9"}, {"index": "-1"}, {"index": "<b>"}])
    def test_a_click_that_means_nothing_does_nothing(self, page, workspace, run, sent):
        self.act(page, asked(run, "text"), act="right", given="late", **sent)
        assert drafted(workspace, run.dataset) == []

    def test_an_answer_is_pinned_as_it_is_corrected(self, page, workspace, run):
        answer = asked(run, "a new text")
        self.act(page, answer, act="pin", index="0")
        self.act(page, answer, act="right", index="0", given="late")
        shown = self.act(page, answer, act="pin", index="0")
        assert [pin.expected for pin in pins.pins(workspace, run.dataset)] == [("late",)]
        assert "Pinned." in shown

    def test_a_changed_text_is_pinned_to_the_same_answer(self, page, workspace, run):
        answer = asked(run, "Anna is late")
        self.act(page, answer, act="pair", index="0", value=" Ahmed is late ")
        (pin,) = pins.pins(workspace, run.dataset)
        assert (pin.text, pin.other, pin.expected) == ("Anna is late", "Ahmed is late", None)
        with pytest.raises(DataError, match="the same as the first"):
            self.act(page, answer, act="pair", index="0", value="Anna is late")

    def test_texts_and_labels_are_text(self, page, run):
        part = built_view(correcting, page)
        shown = correcting._show(part, asked(run, HOSTILE, "two"))[part.fixes]
        assert HOSTILE not in shown
        assert "&lt;img" in shown

    def test_mentions_are_not_corrected_but_pinned_as_they_are(self, page, workspace):
        from engine.tasks.token_labels import Span
        from webui.views.shapes.spans import SpansSaid

        run = entity_run(workspace)
        answer = Asked(
            run.id, ("Anna left",), (), SpansSaid(("person",), ((Span(0, 4, "person"),),)), 1.0
        )
        part = built_view(correcting, page)
        shown = correcting._show(part, answer)[part.fixes]
        assert "Only labels and answers can be corrected here" in shown
        assert "ts-fix " not in shown
        self.act(page, answer, act="pin", index="0")
        assert pins.pins(workspace, run.dataset)[0].expected == ("Anna (person)",)

    def test_a_right_answer_is_written(self, page, workspace):
        from webui.views.shapes.answers import AnswersSaid

        run = answer_run(workspace)
        text, question = ANSWER_ROWS[0]["text"], ANSWER_ROWS[0]["question"]
        answer = Asked(run.id, (text,), (question,), AnswersSaid(("Fresno",), (0.5,), (0,)), 1.0)
        self.act(page, answer, act="right", index="0", value=" in 1872 ")
        (fix,) = drafted(workspace, run.dataset)
        assert (fix.right, fix.question) == (("in 1872",), question)

    def test_without_its_data_set_nothing_can_be_corrected(self, page, workspace, run):
        delete_dataset(workspace, run.dataset)
        part = built_view(correcting, page)
        shown = correcting._show(part, asked(run, "text"))[part.fixes]
        assert "has been deleted" in shown
        assert self.act(page, asked(run, "text"), act="right", index="0", given="late") == {}
        view = built_view(corrections, page)
        updates = corrections.show(view, Tried(page, Selection(), run.id))
        assert set_to(updates[view.draft.make])["visible"] is False

    def test_nothing_asked_shows_nothing(self, page):
        part = built_view(correcting, page)
        assert correcting._show(part, None) == {part.fixes: ""}


class TestKeys:
    def test_keys_are_those_of_the_data_set_while_there_are_enough(self):
        assert in_key_order(("a", "b"), ("b", "a")) == ("a", "b")

    def test_of_many_labels_the_most_probable_have_keys_and_the_others_a_list(self, page):
        many = [f"label {i:03}" for i in range(200)]
        likely = tuple(reversed(many))
        shown = fixes(Fix("0", in_key_order(many, likely), ("label 003",), False), page.t)
        assert shown.count("data-key=") == KEYS
        assert shown.index("label 199") < shown.index("label 191") < shown.index("<select")
        assert shown.count("<option") == 200 - KEYS + 1
        assert 'value="label 003" selected' in shown


class TestWrongRows:
    def shown(self, page, run, **chosen):
        report = reports.load(page.workspace.run(run.id))
        view = built_view(correct, page)
        seen = Seen(page, Selection(tab="results", run=run.id, view="correct", **chosen), report)
        return view, correct.show(view, seen)[view.rows]

    def click(self, page, run, **sent):
        view = built_view(correct, page)
        selection = Selection(tab="results", run=run.id, view="correct")
        return view, correct._act(view, selection, run.id, clicked(**sent))

    def test_only_what_is_wrong_is_gone_through(self, page, run):
        _, shown = self.shown(page, run)
        assert shown.count("ts-line-item") == 2
        assert "2 of 4 rows" in shown
        assert "where is it (test)" in shown
        assert "in the data: late" in shown
        assert HOSTILE not in shown

    def test_a_row_gets_another_label_and_its_old_one_back(self, page, workspace, run):
        view, updates = self.click(page, run, act="right", index="1", given="bill")
        (fix,) = drafted(workspace, run.dataset)
        assert (fix.row_id, fix.right, fix.said) == (1, ("bill",), ("late",))
        assert "ts-fix-drafted" in updates[view.rows]
        assert "row 1 of the data" in updates[view.draft.listed]
        self.click(page, run, act="right", index="1", given="late")
        assert drafted(workspace, run.dataset) == []

    def test_what_a_newer_version_has_put_right_is_marked_and_can_be_taken_back(
        self, page, workspace, run
    ):
        self.click(page, run, act="right", index="1", given="bill")
        make(page, run)
        _, shown = self.shown(page, run)
        assert shown.count("in version 2: bill") == 1
        assert shown.count("in the data: late") == 1
        self.click(page, run, act="right", index="1", given="bill")
        assert drafted(workspace, run.dataset) == [], "it is so already"
        self.click(page, run, act="right", index="1", given="late")
        (fix,) = drafted(workspace, run.dataset)
        assert (fix.said, fix.right) == (("bill",), ("late",))

    @pytest.mark.parametrize("index", ["99", "", "x", "<b>"])
    def test_a_row_there_is_not_is_passed_over(self, page, workspace, run, index):
        self.click(page, run, act="right", index=index, given="bill")
        assert drafted(workspace, run.dataset) == []

    def test_more_rows_are_a_matter_of_the_selection(self, page, run):
        _, updates = self.click(page, run, act="more")
        assert updates[page.selection].shown == 20

    def test_an_answer_is_written_in_place(self, page, workspace):
        run = answer_run(workspace)
        _, shown = self.shown(page, run)
        assert shown.count("ts-line-item") == 2
        assert "press Enter" in shown
        self.click(page, run, act="right", index="2", value="a railroad company")
        (fix,) = drafted(workspace, run.dataset)
        assert (fix.row_id, fix.question) == (2, HOSTILE)

    def test_what_cannot_be_shown_is_said(self, page, workspace, run):
        _, shown = self.shown(page, run, split="validation")
        assert "no rows with predictions" in shown
        workspace.run(run.id).predictions("test", "best").write_bytes(b"PAR1")
        _, shown = self.shown(page, run)
        assert "missing or damaged" in shown
        delete_dataset(workspace, run.dataset)
        _, shown = self.shown(page, run)
        assert "has been deleted" in shown

    def test_mentions_have_no_such_view(self, page, workspace):
        report = reports.load(workspace.run(entity_run(workspace).id))
        assert not correct.applies(report)


class TestDraft:
    def test_a_version_and_a_run_on_it_are_two_buttons(self, page, workspace, run):
        put(workspace, run.dataset, Correction(TEXTS[1], ("bill",), ("late",), row_id=1))
        part = built_view(drafting, page)
        shown = drafting.show_run(part, run.id)
        assert "with 1 change" in set_to(shown[part.make])["value"]
        assert set_to(shown[part.train])["visible"] is False
        made = drafting._make(part, run.dataset, run.id, "by Ann", request())
        assert "Version 2 of “d-1” is made: 1 test row corrected." in made[part.listed]
        assert set_to(made[part.make])["visible"] is False
        dataset = load_dataset(workspace, run.dataset)
        assert (dataset.version, dataset.note) == (2, "by Ann")
        updates = drafting._train(part, Selection(), run.dataset, run.id)
        started = page.registry.get(updates[page.selection].run)
        assert (started.dataset, started.dataset_version) == (run.dataset, 2)
        recipe, before = page.recipe(started.id), page.recipe(run.id)
        assert recipe.draft() == before.draft()
        assert recipe.learning_rate == before.learning_rate

    def test_a_run_that_is_still_at_work_can_be_trained_again_too(self, page, workspace):
        dataset = two_labels(workspace)
        waiting = page.registry.submit(complete_recipe(dataset.id))
        put(workspace, dataset.id, Correction("a new text", ("rude",)))
        part = built_view(drafting, page)
        made = drafting._make(part, dataset.id, "", "", request())
        assert set_to(made[part.train])["visible"] is True
        updates = drafting._train(part, Selection(), dataset.id, "")
        started = page.registry.get(updates[page.selection].run)
        assert (started.dataset_version, waiting.dataset_version) == (2, 1)

    def test_a_second_click_has_nothing_to_make(self, page, workspace, run):
        put(workspace, run.dataset, Correction(TEXTS[1], ("bill",), ("late",), row_id=1))
        part = built_view(drafting, page)
        drafting._make(part, run.dataset, run.id, "", request())
        with pytest.raises(DataError, match="Nothing would be different"):
            drafting._make(part, run.dataset, run.id, "", request())

    def test_one_is_undone(self, page, workspace, run):
        put(workspace, run.dataset, Correction(TEXTS[1], ("bill",), ("late",), row_id=1))
        part = built_view(drafting, page)
        updates = drafting._undo(part, run.dataset, run.id, clicked(act="undo", key="row-1"))
        assert "No corrections wait" in updates[part.listed]
        assert updates[part.changed]

    def test_what_another_window_does_to_the_draft_is_news(self, page, workspace, run):
        before = drafting.stamp(page, run.dataset)
        put(workspace, run.dataset, Correction(TEXTS[1], ("bill",), ("late",), row_id=1))
        after = drafting.stamp(page, run.dataset)
        assert before != after
        undo(workspace, run.dataset, "row-1")
        assert drafting.stamp(page, run.dataset) != after

    def test_a_run_of_an_old_version_keeps_its_rows(self, page, workspace, run):
        put(workspace, run.dataset, Correction(TEXTS[1], ("bill",), ("late",), row_id=1))
        make(page, run)
        report = reports.load(workspace.run(run.id))
        old = load_dataset(workspace, report.dataset, report.dataset_version)
        assert load_rows(workspace, old)["labels"].loc[1] == ["late"]


class TestPins:
    def shown(self, page, run):
        view = built_view(pins_view, page)
        return view, pins_view.show(view, Tried(page, Selection(), run.id))

    def add(self, page, run, text="so late", demand="must_be", labels="late", other=""):
        view = built_view(pins_view, page)
        return view, pins_view._add(view, run.id, text, "", demand, labels, "", other)

    @pytest.fixture
    def loaded(self, monkeypatch):
        task = make_task("multiclass", LABELS)

        def predict(texts, questions=()):
            decided = np.array([[True, False, False] for _ in texts])
            return said(decided, decided)

        model = SimpleNamespace(task=task, predict=predict)
        found = SimpleNamespace(get=lambda folder: model)
        monkeypatch.setattr("webui.trying.pins.PREDICTORS", found)

    def test_a_pin_is_made_in_the_form_and_old_runs_are_checked(self, page, workspace, run, loaded):
        view, _ = self.add(page, run, labels="bill")
        self.add(page, run, text=f"{HOSTILE} late")
        view, shown = self.shown(page, run)
        assert "not checked" in shown[view.history]
        assert set_to(shown[view.check])["visible"] is True
        steps = list(pins_view._check(view, run.id))
        assert "Checking run 1 of 1: calm-otter" in steps[0][view.head]
        after = steps[-1][view.history]
        assert "1 of 2 pins hold" in after
        assert "broken" in after
        assert "says: bill" in after
        assert HOSTILE not in after
        assert set_to(steps[-1][view.check])["visible"] is False

    def test_results_and_runs_say_how_many_hold(self, page, workspace, run, loaded):
        self.add(page, run, labels="bill")
        tab = built(results, page)
        told = results.show(tab, Selection(tab="results", run=run.id))[tab.headline]
        assert "1 pin, not checked yet" in told
        list(pins_view._check(built_view(pins_view, page), run.id))
        told = results.show(tab, Selection(tab="results", run=run.id))[tab.headline]
        assert "1 of 1 pin holds" in told
        listed = built(runs, page)
        assert "1 of 1 pin holds" in runs.show(listed, Selection(tab="runs"))[listed.list]

    def test_a_pair_needs_both_texts(self, page, workspace, run):
        with pytest.raises(DataError, match="not empty"):
            self.add(page, run, demand="must_match")
        self.add(page, run, demand="must_match", other="so very late")
        assert pins.pins(workspace, run.dataset)[0].other == "so very late"

    @pytest.mark.parametrize("labels", [None, [], ""])
    def test_a_label_must_be_chosen(self, page, run, labels):
        with pytest.raises(DataError, match="exactly one label"):
            self.add(page, run, labels=labels)

    def test_a_pin_is_removed(self, page, workspace, run):
        pin = pins.add(workspace, run.dataset, Pin("so late", ("late",)))
        view = built_view(pins_view, page)
        updates = pins_view._remove(view, run.id, clicked(act="remove", id=pin.id))
        assert "no pins yet" in updates[view.history]
        assert pins.pins(workspace, run.dataset) == []

    def test_the_fields_are_those_of_the_task(self, page, workspace, run):
        view, shown = self.shown(page, run)
        assert shown[view.labels]["visible"] is True
        changed = pins_view._demand(view, run.id, "must_match")
        assert changed[view.labels]["visible"] is False
        assert set_to(changed[view.other])["visible"] is True

    def test_of_mentions_only_pairs_are_demanded_in_the_form(self, page, workspace):
        run = entity_run(workspace)
        view, shown = self.shown(page, run)
        assert set_to(shown[view.demand])["visible"] is False
        assert set_to(shown[view.other])["visible"] is True
        pins_view._add(view, run.id, "Anna left", "", "must_be", None, "", "Ahmed left")
        assert pins.pins(workspace, run.dataset)[0].other == "Ahmed left"

    def test_an_answer_is_demanded_of_a_question(self, page, workspace):
        run = answer_run(workspace)
        view, shown = self.shown(page, run)
        assert set_to(shown[view.question])["visible"] is True
        pins_view._add(view, run.id, "Fresno.", "Where?", "must_be", None, "Fresno", "")
        (pin,) = pins.pins(workspace, run.dataset)
        assert (pin.expected, pin.question) == (("Fresno",), "Where?")

    def test_without_its_data_set_there_are_none(self, page, workspace, run):
        delete_dataset(workspace, run.dataset)
        view, shown = self.shown(page, run)
        assert "has been deleted" in shown[view.head]
        assert set_to(shown[view.form])["visible"] is False


class TestStrip:
    """The same part above the views of a saved data set."""

    @pytest.fixture
    def drop(self):
        return changes.make("drop", {"rows": [1]}, key="copies")

    def show(self, page, run):
        part = built_view(drafting, page)
        return part, drafting.show(part, load_dataset(page.workspace, run.dataset))

    def test_nothing_is_to_be_seen_where_nothing_waits(self, page, run):
        part, shown = self.show(page, run)
        assert set_to(shown[part.frame])["visible"] is False
        assert shown[part.listed] == ""

    def test_changes_and_corrections_wait_each_with_its_undo(self, page, workspace, run, drop):
        changes.put(workspace, run.dataset, drop)
        changes.put(
            workspace, run.dataset, changes.make("rename", {"labels": [HOSTILE], "to": "x"})
        )
        put(workspace, run.dataset, Correction(TEXTS[1], ("bill",), ("late",), row_id=1))
        part, shown = self.show(page, run)
        assert set_to(shown[part.frame])["visible"] is True
        assert "3 changes wait to become the next version" in shown[part.listed]
        assert "Took out 1 row" in shown[part.listed]
        assert HOSTILE not in shown[part.listed]
        assert "with 3 changes" in set_to(shown[part.make])["value"]
        shown = drafting._undo(part, run.dataset, "", clicked(act="undo_change", key="copies"))
        assert "2 changes wait" in shown[part.listed]

    def test_the_newest_finished_run_gives_the_recipe_once(self, page, workspace, run, drop):
        changes.put(workspace, run.dataset, drop)
        part = built_view(drafting, page)
        made = drafting._make(part, run.dataset, "", "", request("ann"))
        assert load_dataset(workspace, run.dataset).author == "ann"
        assert "Version 2 of “d-1” is made: took out 1 row." in made[part.listed]
        assert set_to(made[part.train])["visible"] is True
        updates = drafting._train(part, Selection(), run.dataset, "")
        started = page.registry.get(updates[page.selection].run)
        assert (started.dataset_version, updates[page.selection].tab) == (2, "runs")
        part, shown = self.show(page, run)
        assert set_to(shown[part.frame])["visible"] is False
        assert drafting._train(part, Selection(), run.dataset, "")[part.listed] == ""
        assert len(page.registry.list()) == 2

    def test_without_a_login_the_system_names_the_author(self, page, workspace, run, drop):
        changes.put(workspace, run.dataset, drop)
        make(page, run)
        assert load_dataset(workspace, run.dataset).author == system_user() != ""

    def test_a_recipe_that_does_not_fit_the_labels_is_not_offered(self, page, workspace, run):
        recipe = workspace.run(run.id).recipe
        record = json.loads(recipe.read_text("utf-8"))
        recipe.write_text(json.dumps(record | {"own_weights": {"bill": 2.0}}), "utf-8")
        rename = changes.make("rename", {"labels": ["bill"], "to": "invoice"})
        changes.put(workspace, run.dataset, rename)
        part = built_view(drafting, page)
        made = drafting._make(part, run.dataset, "", "", request())
        assert "Version 2" in made[part.listed]
        assert set_to(made[part.train])["visible"] is False
