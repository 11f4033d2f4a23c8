"""Every row once, almost no padding, the same batches for the same seed."""

import numpy as np
import pytest
import torch

from engine.training.batching import Tokens, epoch_batches, flat, kept, tokenise
from engine.training.passes import TOKENS_AT_ONCE, rows_at_once
from engine.training.scoring import by_length
from tests.tiny import tiny_rows, tiny_tokenizer

LENGTHS = np.random.default_rng(0).integers(3, 200, size=997)


@pytest.mark.parametrize("batch_size", [1, 7, 32, 5000])
def test_an_epoch_holds_every_row_once(batch_size):
    batches = epoch_batches(LENGTHS, batch_size, seed=1, epoch=0)
    assert sorted(np.concatenate(batches)) == list(range(len(LENGTHS)))
    assert all(len(batch) <= batch_size for batch in batches)


def test_batches_hardly_pad():
    batches = epoch_batches(LENGTHS, 16, seed=1, epoch=0)
    padded = sum(len(b) * LENGTHS[b].max() for b in batches)
    assert LENGTHS.sum() / padded > 0.9


def test_batches_follow_from_seed_and_epoch():
    def order(seed: int, epoch: int) -> list[int]:
        return np.concatenate(epoch_batches(LENGTHS, 16, seed, epoch)).tolist()

    assert order(1, 0) == order(1, 0)
    assert order(1, 0) != order(1, 1)
    assert order(1, 0) != order(2, 0)


def test_scoring_batches_keep_to_their_budget():
    batches = list(by_length(LENGTHS, "cpu"))
    assert sorted(np.concatenate(batches)) == list(range(len(LENGTHS)))
    assert all(len(b) * LENGTHS[b].max() <= TOKENS_AT_ONCE["cpu"] for b in batches)


def test_long_texts_on_a_cpu_are_taken_few_at_a_time():
    assert rows_at_once(512, "cpu") == 2
    assert rows_at_once(10_000, "cpu") == 1
    assert rows_at_once(512, "cuda") == 64


def test_padding_puts_each_text_in_its_row():
    tokens = tokenise(tiny_tokenizer(), ["my parcel", "parcel is late again today"], 16)
    ids, mask = tokens.pad(np.array([0, 1]), pad_id=0).values()
    assert ids.shape == mask.shape == (2, 7)
    assert mask.sum(1).tolist() == [4, 7]
    assert ids[0, 4:].tolist() == [0, 0, 0]
    assert torch.equal(ids[1], torch.from_numpy(tokens.ids[4:].astype(np.int64)))


def test_texts_are_cut_at_the_maximum_length():
    assert tokenise(tiny_tokenizer(), ["my " * 50], 16).lengths.tolist() == [16]


def test_tokens_are_kept_and_a_damaged_copy_is_made_anew(tmp_path):
    texts = tiny_rows(20)["text"].tolist()

    def make() -> dict[str, np.ndarray]:
        return flat(tokenise(tiny_tokenizer(), texts, 16))

    first = Tokens(**kept(tmp_path, "key", make))
    (file,) = (tmp_path / "tokens").iterdir()
    assert (Tokens(**kept(tmp_path, "key", pytest.fail)).ids == first.ids).all()
    file.write_bytes(b"damaged")
    assert (Tokens(**kept(tmp_path, "key", make)).ids == first.ids).all()
