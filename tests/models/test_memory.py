"""The memory estimate: its order, its growth, what it proposes, and measured runs it must meet."""

from dataclasses import replace

import pytest

from engine.models import memory
from engine.models.catalogue import bundled_folder, find_model, read_config
from engine.models.hardware import Hardware
from engine.models.memory import Load, estimate, find_remedy, fit_of, look
from engine.models.shape import Shape, shape_of

BERT = Load(
    Shape(768, 3072, 12, 12, 30_522, 768, gated=False), 109_482_240, "full", "bf16", 16, 128
)
LARGE = replace(
    BERT,
    shape=Shape(4096, 14_336, 32, 32, 128_256, 4096, gated=True),
    parameters=7_504_924_672,
    method="lora",
    device="cuda",
)
GIB = 2**30


def total(load: Load) -> int:
    return estimate(load).total


@pytest.mark.parametrize("method", ["full", "lora", "qlora"])
@pytest.mark.parametrize(
    "more",
    [
        {"rows": 32},
        {"length": 256},
        {"parameters": 300_000_000},
        {"shape": replace(BERT.shape, layers=24)},
        {"shape": replace(BERT.shape, inner=6000)},
        {"precision": "fp32"},
    ],
)
def test_more_of_anything_needs_more(method, more):
    load = replace(BERT, method=method, rows=16)
    assert total(replace(load, **more)) > total(load)


def test_the_methods_stand_in_their_order():
    exact = replace(LARGE, precision="fp32")
    need = {m: total(replace(exact, method=m)) for m in ("full", "lora", "qlora", "head")}
    assert need["full"] > need["lora"] > need["qlora"]
    assert need["lora"] > need["head"]
    for method in ("lora", "qlora"):
        assert total(replace(LARGE, method=method)) < need[method], "frozen in half precision"
    assert total(replace(BERT, method="lora")) > total(replace(BERT, method="head"))


@pytest.mark.parametrize(
    "less",
    [
        {"optimizer": "adamw_8bit"},
        {"activation_checkpointing": True},
        {"train_embeddings": False},
        {"average": False},
    ],
)
def test_what_saves_memory_saves_memory(less):
    assert total(replace(BERT, **less)) < total(BERT)


def test_quantised_weights_take_what_their_blocks_take():
    sizes = {q: estimate(replace(LARGE, method="qlora", quantization=q)).weights
             for q in ("nf4_double", "nf4", "int8")}  # fmt: skip
    assert sizes["nf4_double"] < sizes["nf4"] < sizes["int8"]
    assert 0.5 * LARGE.matrices < sizes["nf4_double"] - 2 * LARGE.shape.embedding_parameters


def test_tuning_all_in_fp32_holds_sixteen_bytes_a_weight():
    need = estimate(replace(BERT, precision="fp32", average=False))
    assert need.weights + need.gradients + need.optimizer == 16 * BERT.parameters


@pytest.mark.parametrize(
    ("need", "fit"), [(74, "fits"), (75, "tight"), (99, "tight"), (100, "big")]
)
def test_fits_is_below_three_quarters_of_what_is_free(need, fit):
    assert fit_of(need, 100) == fit


@pytest.mark.parametrize(
    ("load", "offers", "change", "value"),
    [
        (BERT, memory.OFFERS, "batch", 8),
        (BERT, ("activation_checkpointing", "length", "lora"), "activation_checkpointing", 0),
        (BERT, ("length", "lora"), "length", 64),
        (BERT, ("lora", "head"), "head", 0),
        (BERT, ("head",), "head", 0),
        (replace(BERT, rows=1, length=8), ("batch", "length", "lora"), "lora", 0),
    ],
)
def test_the_cheapest_change_that_is_enough_is_proposed(load, offers, change, value):
    free = total(load) - 1 if offers != ("lora", "head") else total(replace(load, method="lora"))
    remedy = find_remedy(load, free, offers)
    assert (remedy.change, remedy.value) == (change, value)
    assert remedy.need.total < free


def test_where_nothing_is_enough_nothing_is_proposed():
    assert look(BERT, GIB // 2).remedy is None
    assert look(BERT, GIB // 2).fit == "big"
    assert look(BERT, 100 * GIB).remedy is None


@pytest.mark.parametrize(
    ("config", "shape"),
    [
        ({"model_type": "gpt2", "n_embd": 768, "n_layer": 12, "n_head": 12, "vocab_size": 50_257},
         Shape(768, 3072, 12, 12, 50_257, 768, False)),
        ({"model_type": "distilbert", "dim": 768, "hidden_dim": 3072, "n_layers": 6, "n_heads": 12,
          "vocab_size": 30_522}, Shape(768, 3072, 6, 12, 30_522, 768, False)),
        ({"model_type": "t5", "d_model": 512, "d_ff": 2048, "num_layers": 6, "num_heads": 8,
          "vocab_size": 32_128}, Shape(512, 2048, 12, 8, 32_128, 512, False)),
        ({"model_type": "albert", "hidden_size": 768, "embedding_size": 128,
          "num_hidden_layers": 12, "intermediate_size": 3072, "num_attention_heads": 12,
          "vocab_size": 30_000},
         Shape(768, 3072, 12, 12, 30_000, 128, False)),
        ({"model_type": "llama", "hidden_size": 64, "num_hidden_layers": 2, "vocab_size": 9},
         Shape(64, 256, 2, 1, 9, 64, True)),
        ({"hidden_size": "many", "num_hidden_layers": 2}, None),
        ({}, None),
    ],
)  # fmt: skip
def test_the_sizes_of_every_family_are_found(config, shape):
    assert shape_of(config) == shape


def test_a_model_found_brings_its_shape():
    model = find_model("bundled")
    assert model.shape == shape_of(read_config("bundled", bundled_folder() / "config.json"))
    assert model.embedding_parameters == 30_522 * 384


def test_free_memory_stays_within_the_machine_and_its_container(tmp_path, monkeypatch):
    machine = Hardware("cpu", "x", 4, 2**40, None, 1.0, 1.0, "2.13")
    assert memory.free_memory(machine) > 0
    (tmp_path / "memory.max").write_text("3000000")
    (tmp_path / "memory.current").write_text("1000000")
    monkeypatch.setattr(memory, "_CGROUPS", tmp_path)
    assert memory.free_memory(machine) == 2_000_000
    (tmp_path / "memory.max").write_text("max")
    assert memory.free_memory(machine) > 2_000_000
    card = replace(machine, device="cuda", gpu_memory=80 * GIB)
    assert memory.free_memory(card) == 80 * GIB


def test_writing_text_needs_room_for_the_scores_of_the_vocabulary():
    more = estimate(replace(BERT, written=64)).activations - estimate(BERT).activations
    assert more == 10 * BERT.rows * 64 * BERT.shape.vocabulary
