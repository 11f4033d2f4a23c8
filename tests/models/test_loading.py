"""Networks from checkpoints: padding, recomputed activations, half precision, refusals."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from engine.errors import ModelError
from engine.models import loading
from engine.models.adapters import head_modules, linear_layers, merge_lora
from engine.models.catalogue import (
    DECODERS,
    ENCODER_DECODERS,
    ENCODERS,
    KINDS,
    WITHOUT_CHECKPOINTING,
    WITHOUT_TAGS,
    find_model,
)
from engine.models.folder import Manual, load_model, save_model
from engine.models.loading import Head, load_network, load_tokenizer
from engine.models.network import NativeModel, backbone_of, pool
from engine.training.plan import make_plan
from tests.answers import task_dataset
from tests.families import FAMILIES, family_model
from tests.recipes import complete_recipe
from tests.tiny import recipe

POOLED = Head("labels", ("a", "b"), "single_label_classification", pooled=True)
NATIVE = Head("labels", ("a", "b"), "single_label_classification")
TAGS = Head("tags", ("O", "B-a", "I-a"))
IDS = torch.tensor([[5, 9, 13, 7, 20, 31], [6, 8, 5, 1, 1, 1]])
MASK = torch.tensor([[1] * 6, [1, 1, 1, 0, 0, 0]])


def network(folder: Path, head: Head = POOLED, precision: str = "fp32", **changes: Any) -> Any:
    torch.manual_seed(0)
    chosen = complete_recipe("x", model=str(folder), **changes)
    return load_network(find_model(str(folder)), folder, chosen, head, 1, precision)


def test_pooling_finds_the_last_real_token_on_either_side():
    hidden = torch.arange(2 * 4 * 1, dtype=torch.float32).view(2, 4, 1)
    right, left = torch.tensor([[1, 1, 0, 0], [1] * 4]), torch.tensor([[0, 0, 1, 1], [1] * 4])
    assert pool(hidden, right, "last").flatten().tolist() == [1, 7]
    assert pool(hidden, left, "last").flatten().tolist() == [3, 7]
    assert pool(hidden, left, "cls").flatten().tolist() == [2, 4]
    assert pool(hidden, left, "mean").flatten().tolist() == [2.5, 5.5]


@pytest.mark.parametrize("family", ["qwen3", "gpt2"])
@pytest.mark.parametrize("head", [POOLED, NATIVE])
def test_padding_on_either_side_says_the_same(tmp_path, family, head):
    """The decoders pad with their end token, or with what they are told."""
    said = network(family_model(tmp_path / family, family), head).eval()
    with torch.inference_mode():
        alone = said(input_ids=IDS[1:, :3], attention_mask=MASK[1:, :3])
        right = said(input_ids=IDS, attention_mask=MASK)[1:]
        positions = {"position_ids": torch.tensor([[0, 0, 0, 0, 1, 2]])}
        rolled = {"input_ids": IDS[1:].roll(3, 1), "attention_mask": MASK[1:].roll(3, 1)}
        hidden = backbone_of(said)(**rolled, **positions)
    torch.testing.assert_close(right, alone, atol=1e-5, rtol=0)
    if head is POOLED:
        left = said.head(pool(hidden.last_hidden_state, rolled["attention_mask"], said.pooling))
        torch.testing.assert_close(left, alone, atol=1e-5, rtol=0)
    else:
        torch.testing.assert_close(hidden.logits, alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("family", ["bert", "modernbert", "llama", "gpt2", "t5"])
@pytest.mark.parametrize(
    "changes",
    [{"train_embeddings": False}, {"method": "lora"}, {"method": "qlora"}],
    ids=["full", "lora", "qlora"],
)
def test_recomputed_activations_give_the_same_gradients(tmp_path, family, changes):
    """Also where the token table is frozen, so that no input of a block wants a gradient."""
    folder = family_model(tmp_path / family, family)
    head = Head("text") if family == "t5" else POOLED
    asked = {"input_ids": IDS, "attention_mask": MASK}
    asked |= {"labels": IDS[:, :3]} if family == "t5" else {}
    gradients = []
    for again in (False, True):
        trained = network(folder, head, activation_checkpointing=again, **changes).train()
        torch.manual_seed(1)
        trained(**asked).square().sum().backward()
        gradients.append({n: p.grad for n, p in trained.named_parameters() if p.requires_grad})
    assert all(gradient is not None for gradient in gradients[1].values())
    torch.testing.assert_close(gradients[1], gradients[0])


def test_the_lists_of_what_families_lack_are_those_of_transformers():
    tags = transformers.AutoModelForTokenClassification._model_mapping
    configs = {family: transformers.AutoConfig.for_model(family) for family in KINDS}
    lacking = {f for f in ENCODERS | DECODERS if type(configs[f]) not in tags}
    assert lacking == WITHOUT_TAGS
    classes = {f: transformers.AutoModel._model_mapping[type(configs[f])] for f in KINDS}
    able = {f for f, each in classes.items() if each.supports_gradient_checkpointing}
    assert set(KINDS) - able == WITHOUT_CHECKPOINTING
    for name in ("SequenceClassification", "QuestionAnswering"):
        auto = getattr(transformers, f"AutoModelFor{name}")._model_mapping
        assert all(type(configs[family]) in auto for family in ENCODERS)


def test_a_family_without_the_output_is_refused_before_training(workspace, tmp_path):
    folder = family_model(tmp_path / "gemma3", "gemma3")
    dataset = task_dataset(workspace, "tokens")
    with pytest.raises(ModelError, match="there is no output for single words"):
        make_plan(recipe(dataset, folder, best_metric="f1"), dataset, None, [])
    with pytest.raises(ModelError, match="there is no output for single words"):
        network(folder, TAGS)


def test_a_family_that_cannot_recompute_is_refused_before_training(workspace, tmp_path):
    folder = family_model(tmp_path / "mpnet", "mpnet")
    dataset = task_dataset(workspace, "multiclass")
    plan = make_plan(recipe(dataset, folder, activation_checkpointing=True), dataset, None, [])
    assert "does not support it" in plan.problems[0].text()
    with pytest.raises(ModelError, match="does not support it"):
        network(folder, activation_checkpointing=True)


def test_modules_that_are_not_there_are_refused_before_training(workspace, tmp_path):
    dataset = task_dataset(workspace, "multiclass")
    chosen = {"method": "lora", "lora_targets": "named"}

    def problems(model: Path | str, *modules: str, **changes: Any) -> list[str]:
        made = recipe(dataset, model, **chosen | changes, lora_modules=modules)
        return [p.text() for p in make_plan(made, dataset, None, []).problems]

    (said,) = problems("bundled", "query", "q_proj")
    assert said == (
        "The target modules q_proj are not in this model. "
        "Name some that are: query, key, value, dense."
    )
    assert problems("bundled", "layer.0.attention.self.query", "dense") == []
    assert problems("bundled", "q_proj", lora_targets="attention") == []
    llama = family_model(tmp_path / "llama", "llama")
    assert problems(llama, "q_proj") == []
    assert "k_proj" in problems(llama, "query")[0]


def test_a_machine_that_cannot_quantise_says_so(tmp_path, monkeypatch):
    folder = family_model(tmp_path / "bert", "bert")
    monkeypatch.setattr("transformers.utils.is_bitsandbytes_available", lambda: False)
    with pytest.raises(ModelError, match="does not run on this machine"):
        network(folder, method="qlora")


@pytest.mark.parametrize("modules", [("query", "value"), ("0.attention.self.query",)])
def test_adapters_go_where_they_are_named(tmp_path, modules):
    folder = family_model(tmp_path / "bert", "bert")
    trained = network(folder, method="lora", lora_targets="named", lora_modules=modules)
    adapted = {n.split(".lora_")[0] for n, p in trained.named_parameters() if "lora_" in n}
    assert len(adapted) == (4 if len(modules) == 2 else 1)
    assert all(name.endswith(modules) for name in adapted)


def test_modules_that_are_not_there_are_refused_with_those_that_are(tmp_path):
    folder = family_model(tmp_path / "bert", "bert")
    said = r"modules q_proj are not in this model.*: dense, key, query"
    for modules in (("q_proj",), ("query", "q_proj")):
        with pytest.raises(ModelError, match=said):
            network(folder, method="lora", lora_targets="named", lora_modules=modules)


@pytest.mark.parametrize("name", FAMILIES)
def test_the_layers_of_every_family_are_known_before_it_is_loaded(tmp_path, name):
    folder = family_model(tmp_path / name, name)
    loaded = network(folder, Head("text") if FAMILIES[name].type in ENCODER_DECODERS else POOLED)
    backbone = backbone_of(loaded)
    heads = head_modules(backbone) if isinstance(loaded, NativeModel) else []
    there = {layer.rpartition(".")[2] for layer in linear_layers(backbone, heads)}
    assert there == set(find_model(str(folder)).layers)


def test_bitsandbytes_keeps_its_advice_out_of_the_log():
    """In a process of its own, for it speaks at its first import."""
    code = "import engine.models.adapters, peft, bitsandbytes"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize("head", [POOLED, NATIVE, TAGS], ids=["pooled", "native", "tags"])
@pytest.mark.parametrize("quantization", ["", "nf4_double", "int8"])
def test_large_models_stay_in_half_precision_but_what_trains_does_not(
    tmp_path, monkeypatch, head, quantization
):
    monkeypatch.setattr(loading, "LARGE", 0)
    folder = family_model(tmp_path / "llama", "llama")
    method = {"method": "qlora", "quantization": quantization} if quantization else {}
    trained = network(folder, head, "bf16", **{"method": "lora"} | method)
    backbone = backbone_of(trained).get_base_model()
    assert backbone.get_input_embeddings().weight.dtype is torch.bfloat16
    assert {p.dtype for p in trained.parameters() if p.requires_grad} == {torch.float32}
    with torch.no_grad():
        for name, parameter in trained.named_parameters():
            if "lora_B" in name:
                parameter.normal_(std=0.05)
    trained.eval()
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        before = trained(input_ids=IDS, attention_mask=MASK).float()
    merge_lora(trained)
    manual = Manual("multiclass", ("a", "b"), None, 16, head.output)
    save_model(trained, load_tokenizer(folder), manual, tmp_path / "saved")
    with torch.inference_mode():
        after = load_model(tmp_path / "saved", head.output)(input_ids=IDS, attention_mask=MASK)
    real = MASK.bool() if head is TAGS else slice(None)
    # bf16 keeps 8 bits of a number
    assert (after - before)[real].abs().max() < 0.05 * before[real].abs().max()


@pytest.mark.parametrize(
    ("task", "told"),
    [("multilabel", "multi_label_classification"), ("binary", "single_label_classification")],
)
def test_a_pooled_model_names_its_labels_where_transformers_looks(tmp_path, task, told):
    folder = family_model(tmp_path / "bert", "bert")
    manual = Manual(task, ("ham", "spam"), None, 16, "labels")
    save_model(network(folder, POOLED), load_tokenizer(folder), manual, tmp_path / "saved")
    config = transformers.AutoConfig.from_pretrained(tmp_path / "saved")
    assert config.id2label == {0: "ham", 1: "spam"}
    assert config.label2id == {"ham": 0, "spam": 1}
    assert (config.num_labels, config.problem_type) == (2, told)
