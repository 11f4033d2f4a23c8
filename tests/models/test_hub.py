"""The hub, as a server on this machine: what is asked of it, what its failures become in words."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.models.fake_hub import SHA, TOKEN, FakeHub, serve
from tests.tiny import tiny_model

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def repos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Good and bad repositories around one tiny model."""
    folder = tmp_path_factory.mktemp("hub")
    for name in ("good", "gated", "private"):
        tiny_model(folder / "org" / name)
    (folder / "org/good/README.md").write_text("# A model")
    (folder / "org/good/pytorch_model.bin").write_bytes(b"never fetched")
    (folder / "org/good/consolidated.safetensors").write_bytes(b"never fetched")
    pickled = tiny_model(folder / "org/pickled")
    (pickled / "model.safetensors").rename(pickled / "pytorch_model.bin")
    wordless = tiny_model(folder / "org/wordless")
    for path in wordless.glob("tokenizer*"):
        path.unlink()
    for name, change in (
        ("code", {"auto_map": {"AutoModel": "model.py"}}),
        ("stranger", {"model_type": "resnet"}),
    ):
        config = tiny_model(folder / "org" / name) / "config.json"
        config.write_text(json.dumps(json.loads(config.read_text()) | change))
    return folder


@pytest.fixture
def fake(repos: Path) -> Iterator[FakeHub]:
    with serve(repos) as hub:
        yield hub


def look_up(
    address: str, home: Path, *names: str, fetch: bool = False, **environment: str
) -> tuple[dict[str, Any], str]:
    """What came of each name, and all that the process said."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))}
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.models.hub_process",
            json.dumps(names),
            *(["fetch"] if fetch else []),
        ],
        cwd=ROOT,
        env=plain | {"HF_ENDPOINT": address, "HF_HOME": str(home)} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1]), done.stdout + done.stderr


def tokens(fake: FakeHub) -> set[str]:
    """What was sent along when models were asked for."""
    return {token for _, path, token in fake.asked if "/org/" in path}


def test_each_failure_has_a_sentence_that_says_what_to_do(fake, tmp_path):
    says = {
        "org/gated": "accept its terms",
        "org/private": "or it is private",
        "org/missing": "Check the spelling",
        "org/busy": "Wait a few minutes",
        "org/broken": f"The hub at {fake.address} could not serve",
        "org/pickled": "no weights in safetensors form",
        "org/wordless": "no tokenizer files",
        "org/code": "never runs code",
        "org/stranger": "family “resnet”",
    }
    found, _ = look_up(fake.address, tmp_path, *says)
    wrong = {name: found[name] for name, part in says.items() if part not in found[name]["error"]}
    assert wrong == {}


def test_a_refused_token_is_told_from_a_missing_model(fake, tmp_path):
    found, said = look_up(fake.address, tmp_path, "org/refused", HF_TOKEN=TOKEN)
    assert "refuses the token in HF_TOKEN" in found["org/refused"]["error"]
    assert TOKEN not in said


def test_a_hub_that_is_not_there_is_named_without_its_password(tmp_path):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    found, _ = look_up(f"http://me:pass123@127.0.0.1:{port}", tmp_path, "org/good")
    error = found["org/good"]["error"]
    assert f"the hub at http://127.0.0.1:{port} cannot be reached" in error
    assert "pass123" not in error
    found, _ = look_up("http://127.0.0.1:1", tmp_path, "org/good", HF_HUB_OFFLINE="1")
    assert "HF_HUB_OFFLINE" in found["org/good"]["error"]


def test_a_page_that_stands_before_the_hub_is_told_from_the_hub(fake, tmp_path):
    found, _ = look_up(fake.address, tmp_path, "org/page", "org/list", "org/empty")
    for name, came in found.items():
        assert f"{fake.address} answered about “{name}” is not the record" in came["error"]


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("HF_ENDPOINT", "hf-mirror.example", "with https:// in front"),
        ("HF_TOKEN", "hf_schlüssel", "a letter no token has"),
        ("HTTPS_PROXY", "socks5://me:pass123@127.0.0.1:1", "HTTPS_PROXY=socks5://127.0.0.1:1."),
        ("ALL_PROXY", "socks://host:port/", "An address like http://host:8080 was expected"),
    ],
)
def test_a_setting_no_hub_can_be_asked_with_is_named(tmp_path, variable, value, says):
    environment = {"HF_ENDPOINT": "http://127.0.0.1:1", variable: value}
    address = environment.pop("HF_ENDPOINT")
    found, said = look_up(address, tmp_path, "org/good", **environment)
    assert says in found["org/good"]["error"]
    assert "pass123" not in said


def test_a_cache_that_cannot_be_written_is_named(fake, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    found, _ = look_up(fake.address, tmp_path / "file", "org/good")
    assert f"cannot be put into the folder {tmp_path / 'file'}" in found["org/good"]["error"]
    assert "Set HF_HOME" in found["org/good"]["error"]


def test_a_mirror_serves_models_which_are_then_here_without_it(fake, tmp_path):
    found, _ = look_up(fake.address, tmp_path, "org/good", fetch=True)
    model = found["org/good"]
    assert (model["parameters"], model["revision"], model["cached"]) == (12_345, SHA, True)
    assert {"model.safetensors", "tokenizer.json", "config.json"} <= set(model["files"])
    assert not {"pytorch_model.bin", "consolidated.safetensors"} & set(model["files"])
    assert model["names"] == ["org/good"]
    offline, _ = look_up("http://127.0.0.1:1", tmp_path, "org/good", fetch=True, HF_HUB_OFFLINE="1")
    assert offline["org/good"]["cached"]


def test_looking_fetches_no_weights(fake, tmp_path):
    look_up(fake.address, tmp_path, "org/good")
    assert not [path for _, path, _ in fake.asked if path.endswith((".safetensors", ".bin"))]


def test_the_token_opens_gated_and_private_models_and_is_told_to_nobody_else(fake, tmp_path):
    found, said = look_up(
        fake.address, tmp_path, "org/gated", "org/private", fetch=True, HF_TOKEN=TOKEN
    )
    assert [found[name]["revision"] for name in ("org/gated", "org/private")] == [SHA, SHA]
    assert tokens(fake) == {f"Bearer {TOKEN}"}
    assert TOKEN not in said
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written
    assert not [path for path in written if TOKEN.encode() in path.read_bytes()]


def test_nothing_is_sent_without_a_token(fake, tmp_path):
    look_up(fake.address, tmp_path, "org/good")
    assert tokens(fake) == {""}
