"""Wrong labels and conflicting ones: found, ranked, and given the label they should have."""

import numpy as np
import pytest

from engine.data.confirmed import KEPT, Word, say
from engine.quality.finders import conflicts, labels
from engine.quality.material import Material
from tests.shaped import asked, tagged, write_dataset

RNG = np.random.default_rng


def material(
    workspace, given, task="multiclass", probabilities=None, texts=None, names="abc", name="d-1"
):
    """Rows with these label sets, and what models say of them."""
    rows = [
        {"split": "train", "text": texts[i] if texts else f"text {i}", "labels": list(names_of)}
        for i, names_of in enumerate(given)
    ]
    made = Material(workspace, write_dataset(workspace, task, tuple(names), rows, name))
    made.__dict__["outside"] = probabilities
    beside = (np.arange(len(rows))[:, None] + np.arange(1, 4)) % len(rows)
    made.__dict__["neighbours"] = beside, np.ones(beside.shape, np.float32)
    return made


def sure(labels_of, several=False, share=0.95):
    """What models say that know the right labels."""
    truth = np.array([[name in row for name in "abc"] for row in labels_of])
    return np.where(truth, share, 1 - share if several else (1 - share) / 2)


class TestWrongLabels:
    RIGHT = ("a", "b", "c") * 40

    def given(self, wrong):
        return [wrong.get(place, label) for place, label in enumerate(self.RIGHT)]

    def test_the_wrong_ones_are_found_with_what_they_should_be(self, workspace):
        (found,) = labels.find(
            material(workspace, self.given({3: "b", 7: "c"}), probabilities=sure(self.RIGHT))
        )
        assert found.suggested == {3: ("a",), 7: ("b",)}
        assert set(found.rows) == {3, 7}
        assert found.fixes[0].kind == "relabel"
        assert found.fixes[0].asks == {
            "rows": {row: list(found.suggested[row]) for row in found.rows}
        }
        assert found.what.text() == (
            "2 labels are probably wrong (1.7% of all), the most suspicious first."
        )

    def test_the_most_suspicious_comes_first(self, workspace):
        said = sure(self.RIGHT)
        said[7] = [0.0, 0.999, 0.001]
        (found,) = labels.find(
            material(workspace, self.given({3: "b", 7: "c"}), probabilities=said)
        )
        assert found.rows == (7, 3)
        assert found.facts["suspicion"] == pytest.approx([0.999, 0.975], abs=1e-3)

    def test_a_person_is_told_how_sure_that_is_and_which_rows_are_like_it(self, workspace):
        (found,) = labels.find(
            material(workspace, self.given({3: "b"}), probabilities=sure(self.RIGHT))
        )
        assert found.facts["sure"] == {3: 0.95}
        assert found.facts["near"] == {3: [5, 6]}, "row 4 is a “b” too"
        assert "likely" not in found.facts, "three labels have their keys anyway"

    def test_a_label_that_somebody_confirmed_is_not_doubted_again(self, workspace):
        made = material(workspace, self.given({3: "b", 7: "c"}), probabilities=sure(self.RIGHT))
        say(workspace, made.dataset.id, Word(3, KEPT, ("b",)))
        say(workspace, made.dataset.id, Word(7, KEPT, ("a",)))  # it had another label then
        (found,) = labels.find(made)
        assert found.rows == (7,)
        say(workspace, made.dataset.id, Word(7, KEPT, ("c",)))
        assert labels.find(made) == []

    def test_right_labels_are_left_alone(self, workspace):
        assert labels.find(material(workspace, self.RIGHT, probabilities=sure(self.RIGHT))) == []

    def test_models_that_know_nothing_but_shares_doubt_nothing(self, workspace):
        given = [*"a" * 90, *"b" * 10]
        said = np.tile([0.9, 0.1, 0.0], (100, 1))
        assert labels.find(material(workspace, given, probabilities=said)) == []
        several = material(workspace, given, "multilabel", said, name="d-2")
        assert labels.find(several) == []

    def test_a_label_of_a_few_rows_is_not_judged(self, workspace):
        given = [*("a", "b") * 40, "c", "c"]
        said = sure([*("a", "b") * 40, "a", "b"])
        assert labels.find(material(workspace, given, probabilities=said)) == []

    def test_nothing_is_said_where_models_say_nothing(self, workspace):
        assert labels.find(material(workspace, self.RIGHT)) == []

    def test_of_several_labels_each_is_judged(self, workspace):
        right = ["ab", "c", "", "a"] * 30
        given = [*right]
        given[0], given[1], given[2] = "a", "bc", "c"
        said = sure(right, several=True)
        (found,) = labels.find(material(workspace, given, "multilabel", said))
        assert found.suggested == {0: ("a", "b"), 1: ("c",), 2: ()}


class TestConflicts:
    def test_most_rows_of_a_text_say_what_it_is(self, workspace):
        texts = ["so it is", "So it is!", "so it is", "else", "other", "other"]
        (found,) = conflicts.find(material(workspace, "aabcab", texts=texts))
        assert found.suggested == {2: ("a",)}
        assert found.groups == ((0, 1, 2), (4, 5))
        assert found.rows == (2, 4, 5)
        relabel, drop = found.fixes
        assert relabel.asks == {"rows": {2: ["a"]}}
        assert drop.asks == {"rows": [0, 1, 2, 4, 5]}
        assert found.what.text() == (
            "2 texts (5 rows) have different labels in different rows; "
            "for 1 of them no label is the most frequent."
        )

    def test_without_a_majority_only_taking_out_is_offered(self, workspace):
        (found,) = conflicts.find(material(workspace, "ab", texts=["it", "it"]))
        assert [change.kind for change in found.fixes] == ["drop"]
        assert found.suggested == {}

    def test_without_a_majority_what_models_find_probable_is_suggested_and_not_taken(
        self, workspace
    ):
        texts = ["it", "it", "so", "so", "so"]
        said = sure("bbaaa")
        (found,) = conflicts.find(material(workspace, "abaab", texts=texts, probabilities=said))
        assert found.suggested == {4: ("a",), 0: ("b",)}
        assert found.rows == (4, 0, 1)
        relabel, _ = found.fixes
        assert relabel.asks == {"rows": {4: ["a"]}}

    def test_of_several_labels_those_that_fit_best_are_suggested(self, workspace):
        said = np.array([[0.9, 0.7, 0.2]] * 2)
        made = material(workspace, ["a", "ab"], "multilabel", said, texts=["it", "it"])
        (found,) = conflicts.find(made)
        assert found.suggested == {0: ("a", "b")}

    def test_the_order_of_several_labels_is_no_conflict(self, workspace):
        texts = ["it", "it"]
        assert conflicts.find(material(workspace, ["ab", "ba"], "multilabel", texts=texts)) == []

    def test_the_same_question_with_other_answers_is_one(self, workspace):
        rows = [
            asked("It was red.", "What was it?", "red"),
            asked("It was blue.", "What was it?", "blue"),
            asked("It was red.", "what was  it?", "It"),
            asked("It was red.", "What was it?", "red"),
            asked("It was blue.", "Which was blue?", "It"),
        ]
        made = Material(workspace, write_dataset(workspace, "qa", (), rows))
        (found,) = conflicts.find(made)
        assert found.groups == ((0, 2, 3),)
        assert [change.asks["rows"] for change in found.fixes] == [
            {row: ["red", "It"] for row in (0, 2, 3)},
            [2],
            [0, 2, 3],
        ]
        assert "most rows of the same question contradict" in found.fixes[1].reason.text()
        assert found.suggested == {}
        assert found.what.text() == (
            "1 question is asked of the same text more than once and answered differently (3 rows)."
        )
        assert labels.find(made) == []

    def test_the_same_text_with_other_tags_is_one(self, workspace):
        rows = [
            tagged("Anna left", ("Anna", "PER")),
            tagged("Anna left"),
            tagged("Bob left", ("Bob", "PER")),
            tagged("Nobody left"),
            tagged("Nobody left"),
        ]
        made = Material(workspace, write_dataset(workspace, "tokens", ("PER",), rows))
        (found,) = conflicts.find(made)
        assert found.groups == ((0, 1),)
        assert [change.asks["rows"] for change in found.fixes] == [[0, 1]]
        assert found.what.text().startswith("1 text is tagged differently")
