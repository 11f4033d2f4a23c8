"""What finders look at: read once, kept, and never learned from the row itself."""

from types import SimpleNamespace

import numpy as np
import pytest

from engine.quality import embedding, neighbours
from engine.quality.finders import outliers
from engine.quality.material import Material
from engine.quality.outside import Seen, outside
from engine.quality.terms import letters, words
from engine.tasks import make_task
from tests.shaped import write_dataset


def unit(values):
    return (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture
def reading(monkeypatch):
    """An encoder that sees the letters of a text; holds what it was given to read."""
    read = []

    def encode(workspace, texts, tell):
        read.append(list(texts))
        return np.array([[len(text), *map(text.count, "aeiou")] for text in texts], np.float32)

    monkeypatch.setattr(embedding, "read", encode)
    return read


def embed(workspace, *texts):
    return embedding.embed(workspace, "d-1", texts, lambda done, total: None)


class TestVectors:
    def test_only_new_texts_are_read(self, workspace, reading):
        first = embed(workspace, "one", "two", "one")
        assert sorted(reading[0]) == ["one", "two"]
        again = embed(workspace, "three", "two", "one")
        assert reading[1:] == [["three"]]
        assert np.array_equal(first[0], again[2])
        assert np.allclose(np.linalg.norm(again, axis=1), 1)

    def test_a_damaged_file_is_read_anew(self, workspace, reading):
        before = embed(workspace, "one", "two")
        file = workspace.vectors("d-1")
        file.write_bytes(file.read_bytes()[:100])
        assert np.array_equal(embed(workspace, "one", "two"), before)
        assert len(reading) == 2

    def test_many_tokens_are_cut(self, monkeypatch):
        monkeypatch.setattr(embedding, "MOST_TOKENS", 100)
        assert embedding._longest(np.array([10, 20])) == embedding.LONGEST
        assert embedding._longest(np.array([10, 200])) == 90
        assert embedding._longest(np.full(1000, 50)) == embedding.SHORTEST


class TestNeighbours:
    def test_they_are_the_nearest(self):
        vectors = unit(np.random.default_rng(0).normal(size=(300, 8)))
        places, cosines = neighbours.nearest(vectors, 5)
        every = vectors @ vectors.T
        np.fill_diagonal(every, -2)
        assert np.array_equal(places, np.argsort(-every, axis=1)[:, :5])
        assert np.allclose(cosines, np.sort(every, axis=1)[:, :-6:-1], atol=1e-6)

    def test_of_many_vectors_nearly_all_are_found(self, monkeypatch):
        rng = np.random.default_rng(0)
        vectors = unit(
            rng.normal(size=(60, 8))[rng.integers(0, 60, 3000)] + rng.normal(0, 0.3, (3000, 8))
        )
        right, _ = neighbours.nearest(vectors, 5)
        monkeypatch.setattr(neighbours, "FEW", 100)
        found, _ = neighbours.nearest(vectors, 5)
        assert not (found == np.arange(3000)[:, None]).any()
        assert np.mean([np.isin(a, b).mean() for a, b in zip(found, right, strict=True)]) > 0.9

    @pytest.mark.parametrize("rows", [1, 2, 3])
    def test_of_few_vectors_there_are_few(self, rows):
        places, cosines = neighbours.nearest(unit(np.ones((rows, 4))), 5)
        assert places.shape == cosines.shape == (rows, rows - 1)


def seen(truth, families=None, noise=0.3, signs=None):
    """Rows whose vectors show what `signs`, or else their labels, say."""
    rng = np.random.default_rng(0)
    truth = np.asarray(truth, bool)
    signs = truth if signs is None else np.asarray(signs)
    vectors = unit(
        np.concatenate([signs, np.ones((len(truth), 1))], axis=1)
        + rng.normal(0, noise, (len(truth), signs.shape[1] + 1))
    )
    texts = [" ".join(f"word{i}" for i in np.flatnonzero(row)) + " x" for row in signs]
    families = np.arange(len(truth)) if families is None else families
    return Seen(vectors, words(texts)[0], truth, families)


def asked(task, given):
    return outside(task, given, 2, lambda done, total: None)


class TestOutside:
    TASK = make_task("multiclass", ("a", "b", "c"), None)
    SEVERAL = make_task("multilabel", ("a", "b", "c"), None)

    def test_probabilities_find_the_label_that_was_changed(self):
        right = np.eye(3)[np.arange(90) % 3]
        given = right.copy()
        given[4] = [0, 0, 1]
        found = asked(self.TASK, seen(given, signs=right))
        assert np.allclose(found.sum(axis=1), 1)
        assert (found.argmax(axis=1) == right.argmax(axis=1)).mean() > 0.95
        assert found[4].argmax() == 1

    def test_a_copy_never_vouches_for_a_row(self):
        """All copies of a row carry the same wrong label: models that learn from none of them still
        say what is right."""
        right = np.eye(3)[np.arange(90) % 3]
        given, families = right.copy(), np.arange(90)
        copies = np.arange(0, 24, 3)
        given[copies], families[copies] = [0, 1, 0], 0
        found = asked(self.TASK, seen(given, families, signs=right))
        assert (found[copies].argmax(axis=1) == 0).all()

    def test_rows_without_a_label_are_answered_and_not_learned_from(self):
        right = np.eye(3)[np.arange(90) % 3]
        given = right.copy()
        given[:30] = 0
        found = asked(self.TASK, seen(given, signs=right))
        assert (found[:30].argmax(axis=1) == right[:30].argmax(axis=1)).mean() > 0.9

    def test_each_of_several_labels_has_a_probability_of_its_own(self):
        right = np.random.default_rng(1).random((200, 3)) < 0.4
        found = asked(self.SEVERAL, seen(right))
        assert ((found > 0.5) == right).mean() > 0.95

    def test_a_label_of_one_row_breaks_nothing(self):
        given = np.eye(3)[[0, 1] * 20 + [2]]
        found = asked(self.TASK, seen(given))
        assert np.isfinite(found).all()
        assert found[-1, 2] < 0.5

    @pytest.mark.parametrize("given", [[[1, 0, 0]] * 10, [[0, 0, 0]] * 10, [[1, 0, 0]]])
    def test_nothing_is_said_where_nothing_can_be_learned(self, given):
        assert asked(self.TASK, seen(given, signs=np.ones((len(given), 3)))) is None


class TestTerms:
    def test_words_and_pairs(self):
        found, terms = words(["the cat", "a cat"])
        assert terms.tolist() == ["a", "a cat", "cat", "the", "the cat"]
        assert found.shape == (2, 5)

    def test_chinese_is_cut_into_characters(self):
        assert "北京" in words(["我在北京", "他在上海"])[1]

    def test_signs_alone_are_no_fault(self):
        assert words(["!", "?"])[0].shape[0] == 2
        assert letters(["!", "?"]).shape[0] == 2


def test_outliers_are_the_few_that_lie_far_off(workspace):
    rows = [{"split": "train", "text": f"text {i}", "labels": ["a"]} for i in range(100)]
    made = Material(workspace, write_dataset(workspace, "multiclass", ("a", "b"), rows))
    vectors = np.random.default_rng(0).normal(0, 0.05, (100, 8)) + np.eye(8)[0]
    vectors[17] = np.eye(8)[7]
    made.__dict__["vectors"] = unit(vectors)
    (found,) = outliers.find(made)
    assert found.rows == (17,)
    assert found.what.text() == "1 text is unlike all others."
    assert found.fixes[0].asks == {"rows": [17]}
    few = SimpleNamespace(rows=[0] * 10)
    assert outliers.find(few) == []
