"""The map of a data set: where its texts stand, and what a line around some of them catches."""

import numpy as np
import pytest

from engine.quality import maps
from engine.quality.maps import Map
from tests.pairs import two_labels


def three_topics(rows, width=20, seed=0):
    """Vectors of length 1 around three directions, and which one each is of."""
    rng = np.random.default_rng(seed)
    topic = rng.integers(0, 3, rows)
    vectors = np.eye(width)[topic] + rng.normal(scale=0.1, size=(rows, width))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float32), topic


def nearest_share(places, topic):
    """How many have a point of their own topic as the nearest other one."""
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    return (topic[apart.argmin(axis=1)] == topic).mean()


def test_alike_texts_lie_together_and_always_at_the_same_place():
    vectors, topic = three_topics(150)
    told = []
    places = maps.project(vectors, lambda done, total: told.append((done, total)))
    assert places.shape == (150, 2)
    assert places.dtype == np.float32
    assert places.min() >= 0
    assert places.max() <= 1
    assert nearest_share(places, topic) > 0.95
    assert told[-1] == (maps.EARLY + maps.LATE, maps.EARLY + maps.LATE)
    assert np.array_equal(places, maps.project(vectors))


def test_rows_beyond_those_laid_out_stand_with_their_like(monkeypatch):
    monkeypatch.setattr(maps, "FITTED", 100)
    vectors, topic = three_topics(160)
    assert nearest_share(maps.project(vectors), topic) > 0.95


@pytest.mark.parametrize("rows", [0, 1, 2, 5, 12, 13])
def test_few_texts_have_places_too(rows):
    places = maps.project(three_topics(rows)[0])
    assert places.shape == (rows, 2)
    assert np.isfinite(places).all()


def test_equal_texts_are_no_trouble():
    places = maps.project(np.tile(three_topics(1)[0], (40, 1)))
    assert places.shape == (40, 2)
    assert np.isfinite(places).all()


def test_a_large_data_set_is_drawn_in_part(monkeypatch):
    assert maps.drawn_rows(10).tolist() == list(range(10))
    monkeypatch.setattr(maps, "MOST", 30)
    drawn = maps.drawn_rows(100)
    assert len(set(drawn.tolist())) == 30
    assert (np.diff(drawn) > 0).all()
    assert drawn.tolist() == maps.drawn_rows(100).tolist()


def test_a_line_catches_what_is_inside_it():
    grid = np.array([(x / 10, y / 10) for x in range(11) for y in range(11)], dtype=np.float32)
    drawn = Map(np.arange(len(grid)), grid)
    square = np.array([(0.15, 0.15), (0.55, 0.15), (0.55, 0.35), (0.15, 0.35)])
    caught = drawn.within(square)
    wanted = (grid[:, 0] > 0.15) & (grid[:, 0] < 0.55) & (grid[:, 1] > 0.15) & (grid[:, 1] < 0.35)
    assert caught.tolist() == np.flatnonzero(wanted).tolist()
    hollow = np.array([(0, 0), (1, 0), (1, 1), (0.5, 0.05), (0, 1)]) + 0.01
    assert 5 * 11 + 5 not in drawn.within(hollow), "the middle is outside a line that dents in"
    assert drawn.within(np.zeros((0, 2))).tolist() == []


def test_it_is_kept_for_its_version_and_its_eye(workspace):
    dataset = two_labels(workspace)
    assert maps.load(workspace, dataset) is None
    made = Map(np.array([3, 7]), np.array([[0, 1], [0.5, 0.25]], dtype=np.float32))
    path = maps.path_of(workspace, dataset, maps.BUNDLED)
    maps.save(path, made)
    kept = maps.load(workspace, dataset)
    assert kept.row_ids.tolist() == [3, 7]
    assert kept.places.tolist() == made.places.tolist()
    assert maps.load(workspace, dataset, "calm-otter") is None
    path.write_bytes(b"rubbish")
    assert maps.load(workspace, dataset) is None
