"""`thresholds.json`: read as old models have it, written whole, refused where it does not fit."""

import json

import pytest

from engine.errors import ModelError
from engine.models.thresholds import read_point, write_point
from engine.tasks.operating_point import Chosen, OperatingPoint


@pytest.fixture
def folder(tmp_path):
    manual = {"task": "multilabel", "labels": ["x", "y"], "positive": None, "max_length": 16}
    (tmp_path / "labels.json").write_text(json.dumps(manual))
    return tmp_path


def test_models_from_before_have_the_default_point(folder):
    assert read_point(folder) == OperatingPoint()
    (folder / "thresholds.json").write_text('{"thresholds": null}')
    assert read_point(folder).is_default
    (folder / "thresholds.json").write_text('{"thresholds": [0.2, 0.4]}')
    assert read_point(folder) == OperatingPoint((0.2, 0.4))


def test_what_is_written_is_read(folder):
    point = OperatingPoint((0.2, 0.4), ((0.1, 0.3), (0.4, 0.4)), Chosen("recall", "x", 0.9))
    write_point(folder, point)
    assert read_point(folder) == point
    assert sorted(path.name for path in folder.iterdir()) == ["labels.json", "thresholds.json"]


@pytest.mark.parametrize("content", ["", "{", '{"thresholds": [0.5]}', '{"thresholds": [NaN, 1]}'])
def test_a_damaged_file_is_told_of(folder, content):
    (folder / "thresholds.json").write_text(content)
    with pytest.raises(ModelError, match=r"thresholds\.json"):
        read_point(folder)


def test_a_point_for_other_labels_is_not_written(folder):
    with pytest.raises(ModelError):
        write_point(folder, OperatingPoint((0.5,) * 3))
    assert not (folder / "thresholds.json").exists()
