"""Two runs side by side: what is offered, what is told, and which rows are shown."""

import json

import pytest

from engine.data.corrections import Correction
from engine.data.dataset import delete_dataset
from engine.data.versions import next_version
from engine.evaluation import report as reports
from engine.runs.registry import Registry
from engine.training.events import EventLog
from tests.pages import built, built_view, clicked, set_to
from tests.pairs import ROWS, answers, run_with_wrong, two_labels, with_wrong
from tests.shaped import HOSTILE, finish_run, write_dataset
from webui.results import compare, overview
from webui.results.base import Seen
from webui.state import Selection
from webui.tabs import results


@pytest.fixture
def dataset(workspace):
    return two_labels(workspace)


@pytest.fixture
def old(workspace, dataset):
    return run_with_wrong(workspace, dataset, "old-otter", 0, 1, 2, 3)


@pytest.fixture
def new(workspace, dataset, old):
    return run_with_wrong(workspace, dataset, "new-lynx", 3, 17)


class Shown:
    def __init__(self, page, run, **chosen):
        self.tab = built(results, page)
        self.view = self.tab.views["compare"]
        selection = Selection(tab="results", view="compare", run=run, **chosen)
        self.updates = results.show(self.tab, selection)

    def __getitem__(self, name):
        return self.updates[getattr(self.view, name)]


class TestOffered:
    def test_the_run_before_it_is_proposed(self, page, new, old):
        shown = set_to(Shown(page, new)["other"])
        assert shown["value"] == old
        ((label, _),) = shown["choices"]
        assert label.startswith("old-otter · Macro-F1 0.80 (")

    def test_without_another_run_it_says_what_to_do(self, page, workspace, dataset):
        alone = run_with_wrong(workspace, dataset, "old-otter")
        shown = Shown(page, alone)
        assert "There is no other finished run of this kind of task" in shown["nothing"]
        assert set_to(shown["content"]) == {"visible": False}
        turned = compare._another(shown.view, Selection(), clicked(act="another", id=alone))
        assert turned[page.selection].tab == "train"

    def test_runs_for_other_tasks_and_damaged_ones_are_not_offered(
        self, page, workspace, dataset, new, old
    ):
        several = write_dataset(workspace, "multilabel", ("late", "rude"), ROWS, "d-2")
        finish_run(workspace, several, answers(with_wrong()), "several")
        broken = run_with_wrong(workspace, dataset, "broken")
        workspace.run(broken).report.write_text("{", "utf-8")
        assert [run for _, run in set_to(Shown(page, new)["other"])["choices"]] == [old]

    def test_one_that_was_deleted_meanwhile_is_replaced_with_a_word(self, page, new, old):
        shown = set_to(Shown(page, new, other="gone-gnu")["other"])
        assert shown["value"] == old
        assert shown["info"] == (
            "The run that was chosen is not there any more. “old-otter” stands in for it."
        )

    def test_the_run_itself_is_no_choice(self, page, new, old):
        shown = set_to(Shown(page, new, other=new)["other"])
        assert (shown["value"], shown["info"]) == (old, "")

    def test_a_run_on_other_data_says_on_which(self, page, workspace, new, old):
        other = two_labels(workspace, "d-2")
        run_with_wrong(workspace, other, "elsewhere")
        choices = set_to(Shown(page, new)["other"])["choices"]
        assert "elsewhere · d-2, version 1 · Macro-F1 1.00" in choices[-1][0]


class TestTold:
    def test_the_verdict_names_both_and_the_rows_that_changed(self, page, new, old):
        told = Shown(page, new, other=old)["verdict"]
        assert "indistinguishable from “old-otter” on these 20 rows" in told
        assert "3 that the other got wrong became right, and 1 that it got right became" in told
        assert "corrected" not in told

    def test_scores_stand_side_by_side_with_the_paired_interval(self, page, new, old):
        told = Shown(page, new, other=old)["scores"]
        assert told.index("new-lynx") < told.index("old-otter")
        assert "0.900" in told
        assert "+10.0" in told

    def test_only_settings_that_differ_are_listed(self, page, workspace, new, old):
        assert "Both runs have the same settings" in Shown(page, new)["settings"]
        recipe = workspace.run(new).recipe
        record = json.loads(recipe.read_text("utf-8"))
        recipe.write_text(json.dumps(record | {"epochs": 7.0}), "utf-8")
        assert Shown(page, new)["settings"].count("<tr>") == 2
        recipe.write_text("{", "utf-8")
        assert "settings of one of the runs cannot be read" in Shown(page, new)["settings"]

    def test_the_curves_of_both_are_drawn_in_one(self, page, workspace, new, old):
        assert set_to(Shown(page, new)["loss"]) == {"visible": False}
        for run, loss in ((new, 0.3), (old, 0.5)):
            log = EventLog(workspace.run(run).events)
            for epoch in (1.0, 2.0):
                log.write(
                    "evaluation", step=int(epoch), epoch=epoch, loss=loss / epoch,
                    metrics={"macro_f1": 0.9}, best=True,
                )  # fmt: skip
        drawn = set_to(Shown(page, new)["loss"])["value"].data
        assert [(line.name, list(line.y)) for line in drawn] == [
            ("new-lynx", [0.3, 0.15]),
            ("old-otter", [0.5, 0.25]),
        ]

    def test_a_damaged_file_is_told_and_the_rest_of_the_page_stands(
        self, page, workspace, new, old
    ):
        workspace.run(old).predictions("test", "best").write_bytes(b"PAR1")
        shown = Shown(page, new)
        assert "missing or damaged" in shown["verdict"]
        assert shown["flips"] == ""

    def test_what_cannot_be_compared_is_said_plainly(self, page, workspace, new):
        elsewhere = run_with_wrong(workspace, two_labels(workspace, "d-2"), "elsewhere")
        shown = Shown(page, new, other=elsewhere)
        assert "measured on different data sets" in shown["verdict"]
        assert shown["flips"] == ""
        assert "each on rows of its own" in shown["scores"]

    def test_a_split_that_one_of_them_lacks(self, page, new, old):
        assert "has no results on these rows" in Shown(page, new, split="validation")["verdict"]


class TestFlips:
    def test_each_changed_row_has_its_text_and_both_answers(self, page, new, old):
        told = Shown(page, new)["flips"]
        assert told.count("ts-line-item") == 4
        assert "test text 0: late" in told
        assert "wrong → right (3)" in told
        assert "right → wrong (1)" in told

    def test_one_direction_can_be_picked_and_stands_in_the_address(self, page, new, old):
        shown = Shown(page, new)
        picked = compare._look_at(shown.view, Selection(), clicked(act="pick", pick="lost"))
        selection = picked[page.selection]
        assert "pick=lost" in selection.to_query()
        told = Shown(page, new, pick="lost")["flips"]
        assert told.count("ts-line-item") == 1
        assert "test text 17: late" in told

    def test_more_rows_are_a_click_away(self, page, workspace, dataset):
        old = run_with_wrong(workspace, dataset, "old-otter", *range(15))
        new = run_with_wrong(workspace, dataset, "new-lynx")
        shown = Shown(page, new, other=old)
        assert shown["flips"].count("ts-line-item") == 10
        more = compare._look_at(shown.view, Selection(shown=10), clicked(act="more"))
        assert more[page.selection].shown == 20

    def test_another_run_to_compare_with_starts_from_the_top(self, page, new, old):
        shown = Shown(page, new)
        chosen = compare._choose(shown.view, Selection(pick="lost", shown=40), old)
        selection = chosen[page.selection]
        assert (selection.other, selection.pick, selection.shown) == (old, "", 10)

    def test_without_the_data_set_the_counts_stay(self, page, workspace, new, old):
        delete_dataset(workspace, "d-1")
        shown = Shown(page, new)
        assert "3 that the other got wrong became right" in shown["verdict"]
        assert "the data set of this run has been deleted" in shown["flips"]

    def test_a_hostile_text_is_text(self, page, workspace):
        rows = [{**row, "text": HOSTILE} for row in ROWS]
        dataset = write_dataset(workspace, "multiclass", ("late", "rude"), rows)
        for name, wrong in (("old-otter", (0,)), ("new-lynx", ())):
            run = run_with_wrong(workspace, dataset, name, *wrong)
        told = Shown(page, run)["flips"]
        assert "&lt;img" in told
        assert "<img" not in told


def test_a_corrected_version_judges_both_and_says_so(page, workspace, dataset, old):
    made = next_version(workspace, dataset.id, [Correction(ROWS[0]["text"], ("rude",), row_id=0)])
    truth = ["rude", *with_wrong()[1:]]
    new = finish_run(workspace, made, answers(truth, truth), "new-lynx").id
    shown = Shown(page, new, other=old)
    assert "Of these rows, 1 was corrected" in shown["verdict"]
    assert "test text 0: late" not in shown["flips"], "both said rude, which is right by now"
    assert "version 2" in shown["settings"]
    assert Registry(workspace).get(old).dataset_version == 1


def test_a_newer_version_of_the_data_tells_what_its_fixes_brought(page, workspace):
    old = run_with_wrong(workspace, two_labels(workspace), "old", 0, 1, 2)
    fix = [Correction(ROWS[0]["text"], ("rude",), row_id=0)]
    made = next_version(workspace, "d-1", fix)
    new = run_with_wrong(workspace, made, "new", 3)
    view = built_view(overview, page)

    def show(run):
        report = reports.load(workspace.run(run))
        return overview.show(view, Seen(page, Selection(run=run), report))

    shown = show(new)
    assert set_to(shown[view.brought])["visible"] is True
    assert "Version 2 (1 test row corrected) held against version 1" in shown[view.fixes]
    assert f'data-other="{old}"' in shown[view.fixes]
    updates = overview._look_at(view, Selection(run=new), clicked(act="changed", other=old))
    assert (updates[page.selection].view, updates[page.selection].other) == ("compare", old)
    assert set_to(show(old)[view.brought])["visible"] is False
