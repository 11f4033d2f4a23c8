"""`compare` and `baselines`: what people read, and what programs get."""

import json

import pytest

from engine.baselines import BASELINES, majority
from tests.pairs import answers, run_with_wrong, two_labels, with_wrong
from tests.shaped import finish_run, write_dataset


@pytest.fixture
def dataset(workspace):
    return two_labels(workspace)


@pytest.fixture
def old(workspace, dataset):
    return run_with_wrong(workspace, dataset, "old-otter", 0, 1, 2, 3)


@pytest.fixture
def new(workspace, dataset, old):
    return run_with_wrong(workspace, dataset, "new-lynx", 3, 17)


class TestCompare:
    def test_it_says_which_is_better_and_how_many_rows_changed(self, call, workspace, new, old):
        recipe = workspace.run(new).recipe
        record = json.loads(recipe.read_text("utf-8"))
        recipe.write_text(json.dumps(record | {"epochs": 7.0}), "utf-8")
        told = call("compare", new, old).out
        assert told.startswith("This run is indistinguishable from “old-otter” on these 20 rows")
        assert "0.900 (" in told
        assert "3 " in told
        assert "7.0" in told
        assert "corrected" not in told

    def test_a_program_gets_scores_intervals_and_settings(self, call, new, old):
        found = call("compare", new, old, "--json").json
        assert found["metric"] == "macro_f1"
        assert (found["scores"][new]["accuracy"], found["scores"][old]["accuracy"]) == (0.9, 0.8)
        assert (found["paired"]["only_own"], found["paired"]["only_other"]) == (3, 1)
        assert found["verdict"] == "indistinguishable"
        assert (found["corrected"], found["unpaired"], found["settings"]) == (0, None, {})

    def test_on_different_data_it_says_so_and_gives_the_scores_all_the_same(
        self, call, workspace, new
    ):
        other = run_with_wrong(workspace, two_labels(workspace, "d-2"), "elsewhere", 0)
        found = call("compare", new, other, "--json").json
        assert found["unpaired"].startswith("The two runs were measured on different data sets")
        assert (found["paired"], found["verdict"]) == (None, None)
        assert found["scores"][other]["accuracy"] == 0.95
        assert "measured on different data sets" in call("compare", new, other).out

    def test_another_kind_of_task_is_refused_in_a_sentence(self, call, workspace, new):
        several = write_dataset(workspace, "multilabel", ("late", "rude"), [], "d-2")
        other = finish_run(workspace, several, answers(with_wrong()), "several").id
        refused = call("compare", new, other)
        assert refused.status == 1
        assert "only runs of one kind of task can be compared" in refused.sentence


class TestBaselines:
    @pytest.fixture(autouse=True)
    def simple(self, monkeypatch):
        """Without the one that loads a model."""
        monkeypatch.setitem(BASELINES, "embeddings", majority)

    def test_the_run_is_held_against_all_of_them(self, call, new):
        told = call("baselines", new).out.splitlines()
        assert [line.split("  ")[0] for line in told[1:]] == [
            "TF-IDF with a linear model",
            "frozen embeddings with logistic regression",
            "the most frequent label",
        ]
        assert told[1].endswith("indistinguishable")
        assert told[3].endswith("better")

    def test_a_program_gets_what_the_report_holds_by_then(self, call, new):
        found = call("baselines", new, "--json").json
        assert found["baselines"].keys() == {"tfidf", "embeddings", "majority"}
        assert found["baselines"]["tfidf"]["trained_on"] == 20
        assert call("report", new, "--json").json["paired"] == found["paired"]

    def test_one_that_fails_is_told_aside(self, call, new, monkeypatch):
        def fail(problem):
            raise MemoryError

        monkeypatch.setattr(BASELINES["tfidf"], "predict", fail)
        answer = call("baselines", new)
        assert answer.status == 0
        assert "TF-IDF with a linear model could not be computed (MemoryError)" in answer.err
        assert "the most frequent label" in answer.out
