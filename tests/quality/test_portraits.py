"""What is typical of a label, what lies at its border, and what only looks like it."""

from types import SimpleNamespace

import numpy as np
import pytest

from engine.quality import portraits
from engine.quality.finders import portraits as portraying
from engine.quality.portraits import Beside, Portrait
from tests.shaped import tagged, write_dataset


def turned(degrees):
    """Unit vectors in the plane."""
    angles = np.radians(np.asarray(degrees, dtype=float))
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def material(workspace, degrees, names, task="multiclass", texts=None, outside=None):
    """As the check has it: each text looks in a direction of the plane. Row ids begin at 100."""
    every = tuple(dict.fromkeys(label for label in "".join(names)))
    rows = [
        {"row_id": 100 + i, "split": "train", "text": f"text {i}", "labels": list(own)}
        for i, own in enumerate(names)
    ]
    dataset = write_dataset(workspace, task, every, rows)
    truth = np.array([[label in own for label in every] for own in names])
    return SimpleNamespace(
        workspace=workspace,
        dataset=dataset,
        vectors=turned(degrees),
        truth=truth,
        texts=texts or [row["text"] for row in rows],
        row_ids=np.arange(100, 100 + len(rows)),
        outside=None if outside is None else np.asarray(outside),
    )


def test_typical_borderline_and_counter_examples(workspace):
    """Label a looks to 0°, b to 90°; row 3 is of a and nearly of b, row 7 the other way round."""
    found = portraying.portraits(
        material(workspace, [-30, 0, -60, 35, 90, 120, 150, 55], "aaaabbbb")
    )
    assert found["a"].prototypes == (101, 100, 102, 103)
    assert found["a"].borderline[0] == Beside(103, "b")
    assert found["a"].counter[0] == Beside(107, "b")
    assert found["b"].counter[0] == Beside(103, "a")


def test_copies_are_told_once(workspace):
    same = ["Twice!", "twice", "b", "c", "d", "e"]
    degrees = [0, 25, 1, 50, 90, 130]
    found = portraying.portraits(material(workspace, degrees, "aaaabb", texts=same))
    assert found["a"].prototypes == (101, 102, 103)


def test_a_doubtful_row_is_no_example(workspace):
    probable = [[0.9, 0.1], [0.1, 0.9], [0.2, 0.8], [0.3, 0.7]]
    found = portraying.portraits(material(workspace, [0, 30, 60, 90], "aabb", outside=probable))
    assert found["a"].prototypes == (100,)
    assert Beside(101, "a") not in found["b"].counter


def test_rows_of_both_labels_are_at_the_border_of_neither(workspace):
    found = portraying.portraits(material(workspace, [0, 45, 90], ["a", "ab", "b"], "multilabel"))
    assert found["a"].borderline == (Beside(100, "b"),)
    assert found["a"].counter == (Beside(102, "b"),)


def test_of_too_many_rows_some_are_looked_at(workspace, monkeypatch):
    monkeypatch.setattr(portraying, "_CELLS", 20)
    found = portraying.portraits(material(workspace, range(0, 160, 4), "a" * 20 + "b" * 20))
    assert len(found["a"].prototypes) <= portraying.TEXTS
    assert found["a"].prototypes


def test_labels_inside_texts_have_none(workspace):
    dataset = write_dataset(workspace, "tokens", ("PER",), [tagged("Ann", ("Ann", "PER"))])
    assert portraying.portraits(SimpleNamespace(dataset=dataset)) == {}


class TestKept:
    def test_what_is_kept_is_read_again(self, workspace):
        made = material(workspace, [0, 30, 60, 90], "aabb")
        assert portraying.find(made) == []
        found = portraits.load(workspace, made.dataset)
        assert found == portraying.portraits(made)
        assert isinstance(found["a"], Portrait)

    @pytest.mark.parametrize("written", ["", "[]", '{"format": 0, "fingerprint": ""}'])
    def test_what_cannot_be_read_or_is_old_has_not_been_made(self, workspace, written):
        dataset = material(workspace, [0, 90], "ab").dataset
        assert portraits.load(workspace, dataset) is None
        file = workspace.portraits(dataset.id, 1)
        file.parent.mkdir(parents=True)
        file.write_text(written)
        assert portraits.load(workspace, dataset) is None
