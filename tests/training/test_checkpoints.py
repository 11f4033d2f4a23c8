"""A damaged checkpoint is never used, whatever was damaged and how."""

import shutil
from pathlib import Path

import pytest
import torch

from engine.training.checkpoints import Checkpoint, Checkpoints


def checkpoint(step: int, best: int | None = None) -> Checkpoint:
    tensor = torch.full((4,), float(step))
    progress = {"step": step, "best_step": best}
    return Checkpoint(
        step, {"w": tensor}, {"w": tensor}, {"0.exp_avg": tensor}, {"cpu": tensor}, progress
    )


@pytest.fixture
def saved(tmp_path: Path) -> Checkpoints:
    checkpoints = Checkpoints(tmp_path / "checkpoints")
    checkpoints.save_best(1, {"w": torch.ones(4)})
    checkpoints.save(checkpoint(1, best=1))
    checkpoints.save(checkpoint(2, best=1))
    return checkpoints


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def flip_a_bit(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


FILES = [
    "weights.safetensors",
    "average.safetensors",
    "optimizer.safetensors",
    "random.safetensors",
    "record.json",
    "manifest.json",
]


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    "damage", [Path.unlink, truncate, flip_a_bit, lambda p: p.write_bytes(b"")]
)
def test_a_damaged_file_sends_us_to_the_checkpoint_before(saved, file, damage):
    damage(saved.folder / "step-2" / file)
    assert saved.newest().step == 1


def test_without_damage_the_newest_is_used_whole(saved):
    newest = saved.newest()
    assert newest.step == 2
    assert torch.equal(newest.weights["w"], torch.full((4,), 2.0))
    assert newest.progress == {"step": 2, "best_step": 1}


def test_a_half_written_checkpoint_does_not_exist(saved):
    shutil.copytree(saved.folder / "step-2", saved.folder / "step-3.tmp")
    assert saved.newest().step == 2


def test_without_its_best_weights_a_checkpoint_is_not_enough(saved):
    flip_a_bit(saved.folder / "best-1" / "weights.safetensors")
    assert saved.newest() is None


def test_only_two_checkpoints_and_the_best_they_need_are_kept(saved):
    saved.save_best(3, {"w": torch.ones(4)})
    for step in (3, 4, 5):
        saved.save(checkpoint(step, best=3))
    assert sorted(path.name for path in saved.folder.iterdir()) == ["best-3", "step-4", "step-5"]


def test_nothing_saved_means_a_fresh_start(tmp_path):
    assert Checkpoints(tmp_path / "none").newest() is None
