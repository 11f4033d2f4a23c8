"""What simple models reach, and whether more rows would help."""

import json
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from engine.cli.main import main
from engine.data.dataset import load_dataset
from engine.errors import DataError
from engine.quality import embedding, worth
from engine.quality.folds import deal, line, strata
from engine.quality.growth import climbs, fit
from engine.quality.prospects import Gain, gain, rounded
from engine.text import Message
from engine.workspace import Workspace
from tests.quality.made import letters
from tests.shaped import ENTITY_ROWS, asked, write_dataset

MACRO = Message("report.metric.macro_f1")
WORDS = {"late": "parcel late waiting", "refund": "money back refund", "praise": "thanks great"}


def tickets(rows=90, noise=0.1):
    """Texts whose words mostly say their label; every tenth row is tested."""
    rng = np.random.default_rng(0)
    names = list(WORDS)
    made = []
    for row in range(rows):
        label = names[row % 3]
        said = names[rng.integers(3)] if rng.random() < noise else label
        words = [*rng.choice(WORDS[said].split(), 2), *rng.choice(list("abcdefgh"), 4)]
        split = "test" if row % 10 == 9 else "train"
        made.append({"split": split, "text": f"{' '.join(words)} {row}", "labels": [label]})
    return made


@pytest.fixture
def seen(monkeypatch):
    """Texts look like the first letters that stand in them: no encoder is loaded."""

    monkeypatch.setattr(embedding, "embed", letters)


@pytest.fixture
def measured(workspace, seen):
    dataset = write_dataset(workspace, "multiclass", sorted(WORDS), tickets())
    told = []
    found = worth.measure(workspace, dataset, lambda done, total: told.append((done, total)))
    return workspace, dataset, found, told


def test_simple_models_are_held_against_each_other(measured):
    _, _, found, told = measured
    assert found.rows == 81
    names = [each.name for each in found.reached]
    assert names[-1] == "majority"
    assert sorted(names) == ["embeddings", "majority", "tfidf"]
    best, worst = found.reached[0], found.reached[-1]
    low, high = best.figures["intervals"]["macro_f1"]
    assert 0.7 < low < best.score("macro_f1") < high <= 1
    assert worst.figures["rows"] == 81
    assert set(best.figures["per_class"]) == set(WORDS)
    sentence = found.conclusion(MACRO).text()
    assert f"{best.score('macro_f1'):.2f}" in sentence
    assert "a tuned model has to beat that" in sentence
    assert told[-1][0] == told[-1][1]
    assert all(a[0] <= b[0] for a, b in pairwise(told))


def test_what_is_measured_is_kept_with_the_version(measured):
    workspace, dataset, found, _ = measured
    assert worth.load(workspace, dataset) == found
    assert worth.measure(workspace, dataset) == found
    assert worth.load(workspace, replace(dataset, fingerprint="other")) is None


def test_what_is_known_can_be_seen_before_all_is_measured(workspace, monkeypatch):
    dataset = write_dataset(workspace, "multiclass", sorted(WORDS), tickets(30))
    known = []

    def slow(*given):
        known.append(worth.load(workspace, dataset))
        return letters(*given)

    monkeypatch.setattr(embedding, "embed", slow)
    worth.measure(workspace, dataset)
    assert {each.name for each in known[0].reached} == {"tfidf", "majority"}
    assert not known[0].whole
    assert worth.load(workspace, dataset).whole


def test_more_rows_are_weighed_for_each_label(measured):
    ahead = measured[2].prospects
    assert set(ahead.labels) == set(WORDS)
    assert len(ahead.overall.rows) == 5
    assert ahead.overall.now == 81
    assert ahead.overall.line[-1][0] == pytest.approx(162)
    for each in ahead.labels.values():
        value, low, high = each.gain.points
        assert 0 <= low <= value <= high
        assert each.gain.more == 30
    gains = [each.gain.points[0] for _, each in ahead.in_order()]
    assert gains == sorted(gains, reverse=True)


def test_a_row_is_answered_by_a_model_that_has_not_learned_its_text(workspace, seen):
    """Texts that say nothing, each there twice: whoever saw the other one would always be right."""
    rng = np.random.default_rng(1)
    rows = [
        {"split": "train", "text": f"x{row}", "labels": [str(rng.integers(2))]} for row in range(60)
    ]
    dataset = write_dataset(workspace, "binary", ("0", "1"), rows * 2, positive="1")
    found = worth.measure(workspace, dataset)
    assert found.headline == "f1"
    assert all(each.figures["accuracy"] < 0.75 for each in found.reached)
    assert "No simple model" in found.conclusion(MACRO).text()


def test_many_labels_of_few_rows_leave_something_to_learn_from(workspace, seen):
    rows = [
        {"split": "train", "text": f"word{row % 40} {row}", "labels": [f"label {row % 40}"]}
        for row in range(200)
    ]
    names = [f"label {row}" for row in range(40)]
    found = worth.measure(workspace, write_dataset(workspace, "multiclass", names, rows))
    assert found.failed == ()
    assert {each.gain.verdict for each in found.prospects.labels.values()} == {"few"}


def test_entities_are_looked_up_and_nothing_is_said_of_more_rows(workspace):
    rows = [dict(row) | {"split": "train"} for row in ENTITY_ROWS * 2]
    dataset = write_dataset(workspace, "tokens", ("company", "person", "place"), rows)
    found = worth.measure(workspace, dataset)
    assert [each.name for each in found.reached] == ["mentions"]
    assert found.prospects is None
    assert found.failed == ()


def test_what_cannot_be_measured_is_said(workspace):
    rows = [{"split": "train", "text": text, "labels": ["a"]} for text in "xy"]
    with pytest.raises(DataError, match=r"at least 4 different texts.*found 2"):
        worth.measure(workspace, write_dataset(workspace, "binary", ("a", "b"), rows))
    rows = [asked("Anna is here.", "Who?", "Anna")]
    with pytest.raises(DataError, match="no simple model for answers"):
        worth.measure(workspace, write_dataset(workspace, "qa", (), rows, "d-2"))


def test_a_simple_model_that_fails_loses_none_of_the_others(workspace, monkeypatch):
    def broken(*_):
        raise RuntimeError

    monkeypatch.setattr(embedding, "embed", broken)
    dataset = write_dataset(workspace, "multiclass", sorted(WORDS), tickets(30))
    found = worth.measure(workspace, dataset)
    assert {each.name for each in found.reached} == {"tfidf", "majority"}
    assert "frozen embeddings" in found.failed[0].text()


def test_the_command_tells_it(measured, capsys):
    workspace: Workspace = measured[0]
    assert main(["worth", "--dataset", "d-1", "--workspace", str(workspace.root)]) == 0
    said = capsys.readouterr().out
    assert "a tuned model has to beat that" in said
    assert "refund: " in said
    arguments = ["worth", "--dataset", "d-1", "--workspace", str(workspace.root), "--json"]
    assert main(arguments) == 0
    record = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert record["rows"] == 81
    assert load_dataset(workspace, "d-1").version == record["version"]


class TestFolds:
    truth = np.array([[row % 2 == 0, row % 5 == 0] for row in range(100)])

    def test_a_row_is_of_the_kind_of_its_rarest_label(self):
        kinds = strata(self.truth)
        assert kinds[:6].tolist() == [2, 0, 1, 0, 1, 2]

    def test_folds_share_each_kind_evenly_and_keep_groups_together(self):
        groups = np.arange(100) // 2
        dealt = deal(np.zeros(100, int), groups, 0)
        assert np.bincount(dealt).tolist() == [20] * 5
        assert (dealt[::2] == dealt[1::2]).all()
        kinds = strata(self.truth)
        dealt = deal(kinds, np.arange(100), 3)
        for kind in range(3):
            assert np.ptp(np.bincount(dealt[kinds == kind], minlength=5)) <= 1

    def test_shares_of_a_line_hold_each_other(self):
        kinds = strata(self.truth)
        places = line(kinds, 0)
        for kind in range(3):
            of_kind = places[kinds == kind]
            assert (of_kind < 0.5).mean() == pytest.approx(0.5, abs=0.05)
            assert of_kind.min() == 0


class TestGrowth:
    rows = np.array([100.0, 250, 500, 750, 1000])

    def curves(self, noise=0.004):
        score = 1 - 0.1 - 2 * self.rows**-0.45
        rng = np.random.default_rng(0)
        return score + noise * rng.standard_normal((400, 5))

    def test_the_curve_that_made_the_points_lies_within(self):
        drawn = fit(self.rows, self.curves()).at(np.array([1000.0, 2000]))
        rise = drawn[:, 1] - drawn[:, 0]
        low, high = np.quantile(rise, (0.025, 0.975))
        true = 2 * (1000**-0.45 - 2000**-0.45)
        assert low < true < high
        assert abs(np.median(rise) - true) < 0.01

    def test_a_flat_score_hardly_rises(self):
        flat = 0.8 + 0.002 * np.random.default_rng(0).standard_normal((400, 5))
        found = gain(fit(self.rows, flat), 1000, 1000)
        assert found.verdict == "hardly"
        assert "hardly help" in found.message.text()

    def test_what_climbs_faster_and_faster_is_told_apart(self):
        assert climbs(self.rows, np.array([0.1, 0.15, 0.25, 0.4, 0.6]))
        assert not climbs(self.rows, np.array([0.1, 0.3, 0.4, 0.45, 0.47]))
        assert not climbs(self.rows, np.array([0.5, 0.5, 0.5, 0.5, 0.503]))

    def test_a_gain_is_told_with_its_interval(self):
        said = Gain("helps", 200, (4.04, 2.0, 6.0)).message
        assert said.text() == "200 more rows ≈ +4.0 points (2.0 to 6.0)"
        assert "200 行" in said.text("zh")

    @pytest.mark.parametrize(("rows", "said"), [(3, 10), (44, 40), (312, 310), (4906, 4900)])
    def test_numbers_of_rows_are_easily_said(self, rows, said):
        assert rounded(rows) == said
