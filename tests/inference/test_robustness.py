"""How often answers flip: counted by hand, with statsmodels' interval, and kept with the run."""

import os
import re
import time
from types import SimpleNamespace

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from engine.errors import ModelError, WorkspaceError
from engine.evaluation import robustness as kept
from engine.evaluation.robustness import Edit
from engine.inference import robustness
from engine.tasks import make_task
from engine.tasks.token_labels import Span, SpanPredictions
from tests.said import said
from tests.shaped import answer_run, entity_run, finish_run, write_dataset

LABELS = ("calm", "loud")
TEXTS = [f"Please help me with order {i} and it is for you {'!' * (i % 2)}" for i in range(1, 41)]


class Loud:
    """“loud” with an exclamation mark; a text of the number 7 goes to a person."""

    task = make_task("multiclass", LABELS)

    def predict(self, texts, questions=()):
        loud = np.array([0.9 if "!" in text else 0.2 for text in texts])
        found = np.column_stack([1 - loud, loud])
        decided = np.arange(2) == found.argmax(axis=1)[:, None]
        return said(decided, decided, found)


@pytest.fixture
def run(workspace):
    rows = [{"split": "test", "text": t, "labels": [LABELS["!" in t]]} for t in TEXTS]
    dataset = write_dataset(workspace, "multiclass", LABELS, rows)
    decided = np.arange(2) == np.array(["!" in text for text in TEXTS])[:, None]
    return finish_run(workspace, dataset, said(decided, decided, decided.astype(float)))


@pytest.fixture
def model(monkeypatch):
    """Puts a model in the place of any run's."""

    def put(found):
        monkeypatch.setattr(robustness, "load_predictor", lambda folder: found)
        monkeypatch.setattr(robustness, "Quick", lambda predictor, hardware: predictor)
        monkeypatch.setattr(robustness.hardware, "load", lambda workspace: None)
        return found

    return put


def silent(done, total):
    pass


class TestCheck:
    def test_flips_are_those_of_what_was_changed(self, workspace, run, model):
        model(Loud())
        found = robustness.check(workspace, run.id, silent)
        assert (found.split, found.rows, found.of) == ("test", 40, 40)
        marks = found.outcomes["punctuation"]
        assert (marks.rate.flips, marks.rate.rows) == (20, 40)
        assert (marks.per_class["loud"].flips, marks.per_class["loud"].rows) == (20, 20)
        assert (marks.per_class["calm"].flips, marks.per_class["calm"].rows) == (0, 20)
        for name in ("typos", "case", "sentence", "numbers"):
            assert (found.outcomes[name].rate.flips, found.outcomes[name].rate.rows) == (0, 40)

    def test_a_change_that_applies_to_no_row_is_left_out(self, workspace, run, model):
        model(Loud())
        assert "names" not in robustness.check(workspace, run.id, silent).outcomes

    def test_an_example_says_what_was_changed_and_what_was_said(self, workspace, run, model):
        model(Loud())
        first = robustness.check(workspace, run.id, silent).outcomes["punctuation"].examples[0]
        assert (first.before, first.after) == (("loud",), ("calm",))
        assert first.text == TEXTS[first.row_id]
        (edit,) = first.edits
        assert first.text[edit.start : edit.end] == "!"
        assert edit.put == ""

    @pytest.mark.parametrize(("flips", "rows"), [(0, 5), (1, 20), (3, 62), (250, 500), (7, 7)])
    def test_the_interval_is_that_of_wilson(self, flips, rows):
        rate = robustness._rate(flips, rows)
        known = proportion_confint(flips, rows, method="wilson")
        assert (rate.low, rate.high) == pytest.approx(known, abs=1e-9)
        assert rate.share == flips / rows

    def test_progress_counts_every_text_once(self, workspace, run, model):
        model(Loud())
        told = []
        found = robustness.check(workspace, run.id, lambda *at: told.append(at))
        total = found.rows + sum(each.rate.rows for each in found.outcomes.values())
        assert told[0] == (0, total)
        assert told[-1] == (total, total)
        assert told == sorted(told)

    def test_twice_is_the_same(self, workspace, run, model):
        model(Loud())
        first, second = (robustness.check(workspace, run.id, silent) for _ in range(2))
        assert first.outcomes == second.outcomes

    def test_mentions_move_along_with_their_text(self, workspace, model):
        class Names:
            """Finds every name, whatever it is; but not in small letters."""

            task = make_task("tokens", ("company", "person", "place"))

            def predict(self, texts, questions=()):
                found = [
                    [Span(m.start(), m.end(), "person", 0.9) for m in re.finditer("[A-Z]\\w+", t)]
                    for t in texts
                ]
                return SpanPredictions([[] for _ in texts], found)

        run = entity_run(workspace)
        model(Names())
        found = robustness.check(workspace, run.id, silent).outcomes
        assert found["names"].rate.flips == 0
        assert found["punctuation"].rate.flips == 0
        assert found["case"].rate.flips == found["case"].rate.rows > 0

    def test_answers_in_words_are_not_compared(self, workspace, model):
        run = answer_run(workspace)
        model(SimpleNamespace())
        with pytest.raises(ModelError, match="offered for labels"):
            robustness.check(workspace, run.id, silent)


class TestKept:
    def test_it_is_read_as_it_was_written(self, workspace, run, model):
        model(Loud())
        folder = workspace.run(run.id)
        assert kept.load(folder) is None
        found = robustness.check(workspace, run.id, silent)
        kept.save(folder, found)
        assert kept.load(folder) == found
        assert isinstance(found.outcomes["punctuation"].examples[0].edits[0], Edit)

    @pytest.mark.parametrize("damaged", ["", "[]", "{}", '{"outcomes": {"x": 1}}'])
    def test_a_damaged_one_is_told(self, workspace, run, damaged):
        workspace.run(run.id).robustness.write_text(damaged)
        with pytest.raises(WorkspaceError, match="Check again"):
            kept.load(workspace.run(run.id))

    def test_it_is_outdated_when_the_operating_point_is_newer(self, workspace, run, model):
        model(Loud())
        folder = workspace.run(run.id)
        kept.save(folder, robustness.check(workspace, run.id, silent))
        for path in folder.model.iterdir():
            os.utime(path, (time.time() - 60,) * 2)
        assert not kept.outdated(folder)
        (folder.model / "thresholds.json").write_text("{}")
        os.utime(folder.model / "thresholds.json", (time.time() + 60,) * 2)
        assert kept.outdated(folder)
