"""What can be used and what cannot, and why, before any weights are fetched."""

import json
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import pytest
from huggingface_hub import errors
from huggingface_hub.utils import httpx

from engine import online
from engine.errors import ModelError
from engine.models import hub
from engine.models.catalogue import find_model
from engine.models.choices import all_choices
from engine.models.hardware import Hardware, choose_precision, load, probe, save
from engine.models.tokens import token_counts
from tests.tiny import tiny_model


@pytest.fixture(autouse=True)
def no_memory_of_other_tests():
    hub.forget()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_model(tmp_path / "model")


def test_the_bundled_model_is_there_and_known():
    model = find_model("bundled")
    assert (model.family, model.parameters, model.max_length) == ("bert", 22_713_728, 512)
    assert token_counts(model, ["hello world", "", "x " * 600]).tolist() == [4, 2, 602]


def test_a_local_folder_is_described_from_its_small_files(folder):
    model = find_model(str(folder))
    assert (model.family, model.max_length, model.title) == ("bert", 66, "model")
    assert model.parameters > 0


def change_config(folder: Path, **values: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda f: (f / "config.json").unlink(), "no readable config.json"),
        (lambda f: (f / "config.json").write_text("{"), "no readable config.json"),
        (lambda f: (f / "config.json").write_text("[]"), "no readable config.json"),
        (lambda f: (f / "model.safetensors").rename(f / "pytorch_model.bin"), "safetensors"),
        (lambda f: change_config(f, max_position_embeddings=None, auto_map={}), "never runs code"),
        (lambda f: (f / "model.safetensors").write_bytes(b"rubbish!!"), "do not fit together"),
        (lambda f: (f / "model.safetensors").write_bytes(b""), "do not fit together"),
        (lambda f: change_config(f, auto_map={"AutoModel": "x.Y"}), "never runs code"),
        (lambda f: change_config(f, model_type="whisper"), "Families that can"),
        (lambda f: change_config(f, quantization_config={"quant_method": "gptq"}), r"\(gptq\)"),
        (lambda f: change_config(f, quantization_config={"load_in_4bit": True}), "made from"),
        (lambda f: change_config(f, quantization_config=[4]), "Choose the model it was made from"),
        (lambda f: [p.unlink() for p in f.glob("tokenizer*")], "no tokenizer"),
    ],
)
def test_a_folder_that_cannot_work_says_why(folder, spoil, says):
    spoil(folder)
    with pytest.raises(ModelError, match=says):
        find_model(str(folder))


@pytest.mark.parametrize(
    "name",
    [
        *("", "a b", "../x/y", "http://host/x", "x" * 300, "a/b/c", "-x"),
        *("org/model.git", "a--b/c", "a..b/c", "org/model-", "org/model."),
    ],
)
def test_what_is_no_name_of_a_model_is_not_looked_up(name, monkeypatch):
    monkeypatch.setattr(hub, "find", lambda name: pytest.fail(f"asked the hub for {name}"))
    with pytest.raises(ModelError, match="neither a folder"):
        find_model(name)


def response(status: int) -> httpx.Response:
    return httpx.Response(status, request=httpx.Request("GET", "https://hub.example"))


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (errors.GatedRepoError("x", response=response(403)), "is gated"),
        (errors.RepositoryNotFoundError("x", response=response(404)), "no model"),
        (errors.HfHubHTTPError("x", response=response(429)), "too many requests"),
        (errors.HfHubHTTPError("x", response=response(503)), "status 503"),
        (errors.RemoteEntryNotFoundError("x", response=response(404)), "no readable config"),
        (errors.HfHubHTTPError("x", response=response(401)), "refuses the token in HF_TOKEN"),
        (httpx.ConnectError("x"), "HF_HUB_OFFLINE keeps"),
        (errors.OfflineModeIsEnabled("x"), "HF_HUB_OFFLINE keeps"),
        (OSError(28, "No space left on device"), "no room on the disk"),
        (OSError("Consistency check failed"), "arrived damaged"),
    ],
)
def test_each_failure_of_the_hub_has_its_own_sentence(monkeypatch, error, says):
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", fail)
    with pytest.raises(ModelError, match=says):
        find_model("somebody/some-model")


def test_a_hub_model_of_pickles_only_is_refused_from_its_listing(monkeypatch):
    for file, says in (("pytorch_model.bin", "safetensors"),):
        files = [
            SimpleNamespace(rfilename=name) for name in ("config.json", "tokenizer.json", file)
        ]
        info = SimpleNamespace(siblings=files, sha="abc", safetensors=None)
        monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda *a, i=info, **k: i)
        with pytest.raises(ModelError, match=says):
            find_model("somebody/some-model")


def test_a_hub_model_is_described_before_its_weights_are_fetched(monkeypatch, folder):
    files = [SimpleNamespace(rfilename=path.name) for path in folder.iterdir()]
    info = SimpleNamespace(siblings=files, sha="abc", safetensors=SimpleNamespace(total=1234))
    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", lambda *a, **k: info)
    monkeypatch.setattr(
        huggingface_hub, "hf_hub_download", lambda name, file, **k: str(folder / file)
    )
    model = find_model("somebody/some-model")
    assert (model.parameters, model.revision, model.folder) == (1234, folder.name, None)


def test_the_machine_is_looked_at_once_and_remembered(workspace):
    assert load(workspace) is None
    machine = probe()
    save(workspace, machine)
    assert load(workspace) == machine
    assert machine.cores >= 1
    workspace.hardware.write_text("{damaged")
    assert load(workspace) is None


@pytest.mark.parametrize(
    ("device", "speedup", "wanted", "used"),
    [
        ("cpu", 5.0, "auto", "bf16"),
        ("cpu", 0.3, "auto", "fp32"),
        ("cpu", 5.0, "fp16", "fp32"),
        ("cuda", 2.0, "auto", "bf16"),
        ("cuda", 0.0, "auto", "fp16"),
        ("cpu", 0.3, "bf16", "bf16"),
    ],
)
def test_precision_follows_the_machine(device, speedup, wanted, used):
    machine = Hardware(device, "x", 4, 1, None, speedup, 1.0, "2.13")
    precision, why = choose_precision(wanted, machine)
    assert precision == used
    assert why.text("en")
    assert why.text("zh")


def test_program_files_that_nothing_runs_are_no_obstacle(folder):
    (folder / "train_script.py").write_text("raise SystemExit")
    assert find_model(str(folder)).family == "bert"


def test_odd_sizes_in_a_config_do_no_harm(folder):
    change_config(folder, max_position_embeddings="many", vocab_size="x")
    assert find_model(str(folder)).max_length == 512


@pytest.mark.parametrize("content", ["{}", "[]", "{", ""])
def test_a_broken_tokenizer_file_is_named(folder, content):
    (folder / "tokenizer.json").write_text(content)
    with pytest.raises(ModelError, match="no tokenizer"):
        token_counts(find_model(str(folder)), ["a text"])


@pytest.mark.parametrize("found", ["http://[bad", "http://host:port"])
def test_an_address_the_hubs_library_breaks_on_is_refused_before_it(monkeypatch, found):
    monkeypatch.setenv("HF_ENDPOINT", found)
    with pytest.raises(ModelError, match="HF_ENDPOINT is “") as refused:
        online.check_endpoint()
    assert found in str(refused.value)
    assert "须以 https:// 开头" in refused.value.message.text("zh")


def test_a_quantised_model_is_refused_in_the_list_too(folder):
    change_config(folder, quantization_config={"quant_method": "bitsandbytes"})
    refusal = next(c.refusal for c in all_choices([str(folder)]) if c.name == str(folder))
    assert "(bitsandbytes), and such weights cannot be tuned here" in refusal.text()
    assert "QLoRA 方法会自行量化原始模型" in refusal.text("zh")
