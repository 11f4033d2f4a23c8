"""The results tab over real workspaces: what it asks a task, never which it is."""

from dataclasses import replace

from engine.data.dataset import delete_dataset
from engine.evaluation import report as reports
from tests.pages import built, set_to
from tests.shaped import answer_run, entity_run
from webui.state import Selection
from webui.tabs import results


class TestResults:
    def show(self, page, run, **chosen):
        tab = built(results, page)
        return tab, results.show(tab, Selection(tab="results", run=run.id, **chosen))

    def over(self, tab):
        return tab.views["overview"]

    def test_mentions_have_their_headline_and_their_types(self, page, workspace):
        tab, shown = self.show(page, entity_run(workspace))
        assert "Entity F1 0.40" in shown[tab.headline]
        assert shown[self.over(tab).scores].index("Entity F1") < shown[self.over(tab).scores].index(
            "Entity precision"
        )
        assert "Mentions (support)" in shown[self.over(tab).per_class]

    def test_answers_have_no_labels(self, page, workspace):
        tab, shown = self.show(page, answer_run(workspace))
        assert "F1 over words" in shown[tab.headline]
        assert set_to(shown[self.over(tab).classes]) == {"visible": False}

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

    def test_without_its_data_set_a_run_keeps_its_scores(self, page, workspace):
        run = entity_run(workspace)
        delete_dataset(workspace, run.dataset)
        tab, shown = self.show(page, run)
        assert "Entity F1 0.40" in shown[tab.headline]

    def test_a_damaged_predictions_file_is_told_in_place(self, page, workspace):
        run = answer_run(workspace)
        workspace.run(run.id).predictions("test", "best").write_bytes(b"PAR1")
        tab, shown = self.show(page, run)
        assert "missing or damaged" in shown[tab.trouble]
        assert set_to(shown[tab.panel.frame]) == {"visible": False}
        assert "F1 over words" in shown[self.over(tab).scores]

    def test_a_damaged_report_is_told_and_nothing_else_is_shown(self, page, workspace):
        run = answer_run(workspace)
        workspace.run(run.id).report.write_text("{", "utf-8")
        tab, shown = self.show(page, run)
        assert "(report.json) is damaged" in shown[tab.headline]
        assert all(set_to(shown[v.frame]) == {"visible": False} for v in tab.views.values())

    def test_a_split_without_rows_shows_no_details(self, page, workspace):
        tab, shown = self.show(page, entity_run(workspace), split="validation")
        assert "no figures" in shown[tab.headline]
        for frame in (tab.panel.frame, self.over(tab).frame):
            assert set_to(shown[frame]) == {"visible": False}
