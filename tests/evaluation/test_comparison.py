"""Two runs are held against each other on the rows they share, judged by one truth."""

import json
from dataclasses import replace

import pytest

from engine.data.corrections import Correction
from engine.data.dataset import delete_dataset
from engine.data.versions import next_version
from engine.errors import RunError, WorkspaceError
from engine.evaluation import report as reports
from engine.evaluation.comparison import compare_runs
from engine.evaluation.predicted import rows_of
from engine.evaluation.predictions import write_predictions
from engine.tasks.token_labels import Span, SpanPredictions
from tests.pairs import ROWS, TRUTH, answers, two_labels, with_wrong
from tests.shaped import ENTITY_ROWS, answer_run, finish_run, mentions_of, write_dataset


@pytest.fixture
def dataset(workspace):
    return two_labels(workspace)


def save(workspace, dataset, name, names, truth=TRUTH, ids=None):
    """A run that gave these answers; `ids` are the rows it was asked about."""
    run = finish_run(workspace, dataset, answers(names, truth), name)
    folder = workspace.run(run.id)
    if ids is not None:
        write_predictions(folder.predictions("test", "best"), ids, answers(names, truth))
        reports.save(folder, reports.build_report(folder, dataset))
    return run.id


class TestRowByRow:
    def test_rows_that_flipped_are_named_in_both_directions(self, workspace, dataset):
        own = save(workspace, dataset, "new", with_wrong(3, 17))
        other = save(workspace, dataset, "old", with_wrong(0, 1, 2, 3))
        found = compare_runs(workspace, own, other)
        assert (found.rows.gained, found.rows.lost) == ((0, 1, 2), (17,))
        assert (found.rows.paired.only_own, found.rows.paired.only_other) == (3, 1)
        assert found.rows.paired.differences["accuracy"][0] == pytest.approx(0.1)
        assert found.unpaired is None
        assert [figures["accuracy"] for figures in found.figures] == [0.9, 0.8]
        assert found.scores[0] == "macro_f1"

    def test_the_order_of_the_rows_in_the_files_does_not_matter(self, workspace, dataset):
        own = save(workspace, dataset, "new", with_wrong(3))
        back = range(19, -1, -1)
        other = save(workspace, dataset, "old", with_wrong(0)[::-1], [TRUTH[i] for i in back], back)
        found = compare_runs(workspace, own, other)
        assert (found.rows.gained, found.rows.lost) == ((0,), (3,))
        assert found.rows.figures is None, "those of the reports are of the same rows"

    def test_only_common_rows_count_and_the_scores_are_of_these(self, workspace, dataset):
        own = save(workspace, dataset, "new", with_wrong(1))
        some = [9, 5, 1, 3]
        other = save(workspace, dataset, "old", ["late"] * 4, [TRUTH[i] for i in some], some)
        found = compare_runs(workspace, own, other)
        assert found.rows.paired.rows == 4
        assert [figures["rows"] for figures in found.figures] == [4, 4]
        assert [figures["accuracy"] for figures in found.figures] == [0.75, 0.75]
        ids = rows_of(workspace, found.judge, "test")["row_id"]
        assert [ids[found.rows.places[row]] for row in found.rows.lost] == [1]

    def test_the_two_ways_round_are_mirror_images(self, workspace, dataset):
        own = save(workspace, dataset, "new", with_wrong(3, 17))
        other = save(workspace, dataset, "old", with_wrong(0, 1))
        there, back = compare_runs(workspace, own, other), compare_runs(workspace, other, own)
        assert (there.rows.gained, there.rows.lost) == (back.rows.lost, back.rows.gained)
        assert there.rows.paired.differences["macro_f1"][0] == pytest.approx(
            -back.rows.paired.differences["macro_f1"][0]
        )

    def test_mentions_are_compared_too(self, workspace):
        dataset = write_dataset(workspace, "tokens", ("company", "person", "place"), ENTITY_ROWS)
        truth = mentions_of(ENTITY_ROWS)
        nothing = SpanPredictions(truth, [[] for _ in truth])
        spurious = SpanPredictions(truth, [*truth[:3], [Span(0, 7, "person", 0.4)]])
        own, other = (
            finish_run(workspace, dataset, each, name).id
            for each, name in ((spurious, "new"), (nothing, "old"))
        )
        found = compare_runs(workspace, own, other)
        assert (found.rows.gained, found.rows.lost) == ((0, 1, 2), (3,))


class TestVersions:
    @pytest.fixture
    def corrected(self, workspace, dataset):
        """Version 2: the test rows 0 and 4 are rude, not late, and there is one more text."""
        return next_version(
            workspace,
            dataset.id,
            [
                Correction(ROWS[0]["text"], ("rude",), row_id=0),
                Correction(ROWS[4]["text"], ("rude",), row_id=4),
                Correction("a new text", ("late",)),
            ],
        )

    def runs(self, workspace, dataset, corrected):
        """Both say that row 0 is rude; the older one was wrong then, and is right by now."""
        truth = ["rude" if row in (0, 4) else label for row, label in enumerate(TRUTH)]
        old = save(workspace, dataset, "old", with_wrong(0, 10))
        run = finish_run(workspace, corrected, answers(with_wrong(0, 3), truth), "new")
        return run.id, old

    def test_both_are_judged_by_the_newer_labels(self, workspace, dataset, corrected):
        new, old = self.runs(workspace, dataset, corrected)
        found = compare_runs(workspace, new, old)
        assert found.rows.corrected == 2
        assert (found.rows.gained, found.rows.lost) == ((10,), (3,))
        assert [figures["accuracy"] for figures in found.figures] == [0.9, 0.9]
        assert reports.load(workspace.run(old)).best["accuracy"] == 0.9
        assert found.judge.run == new

    def test_whichever_of_them_is_looked_at(self, workspace, dataset, corrected):
        new, old = self.runs(workspace, dataset, corrected)
        found = compare_runs(workspace, old, new)
        assert (found.rows.gained, found.rows.lost) == ((3,), (10,))
        assert (found.judge.run, found.rows.corrected) == (new, 2)

    def test_without_the_data_set_what_the_files_tell_is_enough(
        self, workspace, dataset, corrected
    ):
        new, old = self.runs(workspace, dataset, corrected)
        delete_dataset(workspace, dataset.id)
        assert compare_runs(workspace, new, old).rows.corrected == 2


class TestNotComparable:
    def why(self, workspace, own, other, split="test"):
        found = compare_runs(workspace, own, other, split)
        assert found.rows is None
        return found.unpaired.text()

    def test_another_data_set(self, workspace, dataset):
        other = two_labels(workspace, "d-2")
        runs = [save(workspace, each, each.id, TRUTH) for each in (dataset, other)]
        assert self.why(workspace, *runs).startswith(
            "The two runs were measured on different data sets, so which one is better cannot be "
            "said"
        )

    def test_the_same_data_imported_twice_is_no_other_data_set(self, workspace, dataset):
        other = two_labels(workspace, "d-2")
        record = workspace.dataset("d-2", 1).record
        record.write_text(replace(other, fingerprint=dataset.fingerprint).to_json(), "utf-8")
        runs = [save(workspace, each, each.id, TRUTH) for each in (dataset, other)]
        assert compare_runs(workspace, *runs).rows.paired.rows == 20

    def test_no_row_in_common(self, workspace, dataset):
        own = save(workspace, dataset, "new", TRUTH[:3], TRUTH[:3], [0, 1, 2])
        other = save(workspace, dataset, "old", TRUTH[3:6], TRUTH[3:6], [3, 4, 5])
        assert "not asked about a single row in common" in self.why(workspace, own, other)

    def test_other_labels(self, workspace, dataset):
        runs = [save(workspace, dataset, name, TRUTH) for name in ("new", "old")]
        folder = workspace.run(runs[1])
        record = json.loads(folder.report.read_text("utf-8"))
        folder.report.write_text(json.dumps(record | {"labels": ["late", "kind"]}), "utf-8")
        assert "know different labels" in self.why(workspace, *runs)

    def test_a_split_without_rows(self, workspace, dataset):
        runs = [save(workspace, dataset, name, TRUTH) for name in ("new", "old")]
        assert "has no results on these rows" in self.why(workspace, *runs, "validation")

    def test_another_kind_of_task_is_refused(self, workspace, dataset):
        own, other = save(workspace, dataset, "new", TRUTH), answer_run_of(workspace)
        with pytest.raises(RunError) as refused:
            compare_runs(workspace, own, other)
        assert "only runs of one kind of task can be compared" in str(refused.value)

    def test_a_run_and_itself_are_refused(self, workspace, dataset):
        own = save(workspace, dataset, "new", TRUTH)
        with pytest.raises(RunError, match="cannot be compared with itself"):
            compare_runs(workspace, own, own)

    def test_a_damaged_file_is_named(self, workspace, dataset):
        own, other = (save(workspace, dataset, name, TRUTH) for name in ("new", "old"))
        workspace.run(other).predictions("test", "best").write_bytes(b"PAR1")
        with pytest.raises(WorkspaceError, match=r"test\.best\.parquet"):
            compare_runs(workspace, own, other)


def answer_run_of(workspace):
    """A run on questions, in the same workspace."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.shaped.write_dataset", _questions)
        return answer_run(workspace).id


def _questions(workspace, task, labels, rows):
    return write_dataset(workspace, task, labels, rows, "d-questions")


def test_settings_are_those_that_differ(workspace, dataset):
    own, other = (save(workspace, dataset, name, TRUTH) for name in ("new", "old"))
    assert compare_runs(workspace, own, other).settings == ()
    recipe = workspace.run(own).recipe
    record = json.loads(recipe.read_text("utf-8"))
    recipe.write_text(json.dumps(record | {"epochs": 7.0, "seed": 3}), "utf-8")
    told = compare_runs(workspace, own, other).settings
    assert {name: pair[0] for name, *pair in told} == {"epochs": 7.0, "seed": 3}
    recipe.write_text("{", "utf-8")
    assert compare_runs(workspace, own, other).settings is None
