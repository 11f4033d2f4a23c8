"""The results tab over real workspaces: what it asks a task, never which it is."""

from dataclasses import replace

import pytest

from engine.data.dataset import delete_dataset
from engine.evaluation import report as reports
from tests.pages import built, clicked, set_to
from tests.shaped import answer_run, entity_run
from webui.results import overview
from webui.state import Selection
from webui.tabs import results


class TestResults:
    def show(self, page, run, **chosen):
        tab = built(results, page)
        return tab, results.show(tab, Selection(tab="results", run=run.id, **chosen))

    def over(self, tab):
        return tab.views["overview"]

    def test_mentions_have_their_headline_their_types_and_their_errors(self, page, workspace):
        tab, shown = self.show(page, entity_run(workspace))
        assert "Entity F1 0.40" in shown[tab.headline]
        assert shown[self.over(tab).scores].index("Entity F1") < shown[self.over(tab).scores].index(
            "Entity precision"
        )
        assert "Mentions (support)" in shown[self.over(tab).per_class]
        assert set_to(shown[self.over(tab).figure]) == {"visible": False}
        assert "What goes wrong" in shown[self.over(tab).details]

    def test_answers_have_no_labels_and_their_rows(self, page, workspace):
        tab, shown = self.show(page, answer_run(workspace))
        assert "F1 over words" in shown[tab.headline]
        assert set_to(shown[self.over(tab).classes]) == {"visible": False}
        assert "Answer by answer" in shown[self.over(tab).details]

    def test_a_last_checkpoint_above_the_best_is_told_on_test_rows_only(self, page, workspace):
        run = answer_run(workspace)
        folder = workspace.run(run.id)
        report = reports.load(folder)
        best = report.splits["test"]["best"]
        for f1, told in ((best["f1"] + 0.1, True), (best["f1"], False)):
            both = {"best": best, "last": best | {"f1": f1}}
            reports.save(folder, replace(report, splits={"test": both, "validation": both}))
            tab, shown = self.show(page, run)
            assert ("higher by 0.100 (F1 over words)" in shown[self.over(tab).scores]) is told
            tab, shown = self.show(page, run, split="validation")
            assert "higher by" not in shown[self.over(tab).scores]

    def test_the_address_says_which_errors_are_shown(self, page, workspace):
        tab, shown = self.show(page, entity_run(workspace), pick="missed")
        assert shown[self.over(tab).details].count("ts-line-item") == 1

    def test_without_its_data_set_a_run_keeps_its_scores(self, page, workspace):
        run = entity_run(workspace)
        delete_dataset(workspace, run.dataset)
        tab, shown = self.show(page, run)
        assert "Entity F1 0.40" in shown[tab.headline]
        assert "the data set of this run has been deleted" in shown[self.over(tab).details]

    def test_a_damaged_predictions_file_is_told_in_place(self, page, workspace):
        run = answer_run(workspace)
        workspace.run(run.id).predictions("test", "best").write_bytes(b"PAR1")
        tab, shown = self.show(page, run)
        assert "missing or damaged" in shown[tab.trouble]
        assert set_to(shown[tab.panel.frame]) == {"visible": False}
        assert "F1 over words" in shown[self.over(tab).scores]

    def test_a_split_without_rows_shows_no_details(self, page, workspace):
        tab, shown = self.show(page, entity_run(workspace), split="validation")
        assert "no figures" in shown[tab.headline]
        for frame in (tab.panel.frame, self.over(tab).frame):
            assert set_to(shown[frame]) == {"visible": False}

    @pytest.mark.parametrize(
        ("sent", "pick", "rows"),
        [
            ({"act": "pick", "pick": "missed"}, "missed", 10),
            ({"act": "pick", "pick": ""}, "", 10),
            ({"act": "pick", "value": "3"}, "3", 10),
            ({"act": "more"}, "wrong", 40),
            ({"act": "pick", "pick": "<img>"}, "", 10),
        ],
    )
    def test_what_is_chosen_stands_in_the_selection(self, page, sent, pick, rows):
        tab = built(results, page)
        before = Selection(tab="results", pick="wrong", shown=30)
        after = overview._look_at(self.over(tab), before, clicked(**sent))[page.selection]
        assert (after.pick, after.shown) == (pick, rows)
