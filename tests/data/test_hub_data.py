"""Data sets of the hub: which files and splits, what labels are called, and every refusal."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from engine.text import table
from tests.data.conftest import table as csv_table
from tests.models.fake_hub import TOKEN, FakeHub, serve

ROOT = Path(__file__).parents[2]


def rows(count: int, start: int = 0) -> pa.Table:
    texts = [f"message number {i}" for i in range(start, start + count)]
    return pa.table({"text": texts, "label": [i % 2 for i in range(count)]})


def save(path: Path, found: pa.Table | str | dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(found, pa.Table):
        parquet.write_table(found, path)
    else:
        path.write_text(found if isinstance(found, str) else json.dumps(found))


NAMED = {"name": "label", "dtype": {"class_label": {"names": {"0": "spam", "1": "ham"}}}}


@pytest.fixture(scope="module")
def repos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    files = {
        "sharded/data/train-00000-of-00002.parquet": rows(30),
        "sharded/data/train-00001-of-00002.parquet": rows(10, 30),
        "sharded/data/test-00000-of-00001.parquet": rows(20, 100),
        "sharded/data/unsupervised-00000-of-00001.parquet": rows(20, 200),
        "sharded/card.json": {
            "dataset_info": {"features": [{"name": "text", "dtype": "string"}, NAMED]},
            "configs": [
                {
                    "config_name": "default",
                    "data_files": [
                        {"split": split, "path": f"data/{split}-*"}
                        for split in ("train", "test", "unsupervised")
                    ],
                }
            ],
        },
        "plain/train.csv": csv_table(40),
        "plain/dev.csv": csv_table(20),
        "plain/README.md": "# Plain",
        "several/en/train.jsonl": '{"text": "a b c", "label": "x"}\n' * 10,
        "several/de/train.jsonl": '{"text": "a b c", "label": "y"}\n' * 20,
        "several/card.json": {
            "configs": [
                {"config_name": "en", "data_files": "en/*.jsonl"},
                {"config_name": "de", "data_files": {"train": ["de/*.jsonl"]}, "default": True},
                {"config_name": "gone", "data_files": "nowhere/*"},
                "odd",
            ]
        },
        "scripted/scripted.py": "raise SystemExit",
        "scripted/.converted/plain_text/train/0000.parquet": rows(30),
        "scripted/.converted/plain_text/test/0000.parquet": rows(20, 90),
        "pictures/train/0.png": "x",
        "pictures/dataset_infos.json": "{}",
        "gated/train.csv": csv_table(40),
        "private/train.csv": csv_table(40),
        "odd/train.csv": "%PDF-1.7",
        "odd/card.json": {"configs": 7, "dataset_info": [3, {"features": [{"dtype": 1}, 2]}]},
    }
    for name, found in files.items():
        save(folder / "org" / name, found)
    huge = folder / "org/huge/train.csv"
    huge.parent.mkdir()
    with huge.open("wb") as file:
        file.truncate(300 << 20)
    return folder


@pytest.fixture(scope="module")
def fake(repos: Path) -> Iterator[FakeHub]:
    with serve(repos) as hub:
        yield hub


def look_up(address: str, home: Path, *names: str, **environment: str) -> dict[str, Any]:
    plain = {k: v for k, v in os.environ.items() if not k.startswith(("HF_", "HUGGING"))}
    command = [sys.executable, "-m", "tests.data.hub_process", json.dumps(names)]
    settings = {"HF_ENDPOINT": address, "HF_HOME": str(home)} | environment
    done = subprocess.run(
        command, cwd=ROOT, env=plain | settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


GOOD = ("org/sharded", "https://huggingface.co/datasets/org/plain/viewer", "org/several",
        "org/several#en", "hf:org/scripted")  # fmt: skip


def test_what_can_be_read_is_read(fake, tmp_path):
    found = look_up(fake.address, tmp_path, *GOOD)
    sharded, plain, several, english, scripted = (found[name] for name in GOOD)
    assert (sharded["title"], sharded["labels"]) == ("sharded", ["ham", "spam"])
    assert sharded["rows"]["test"] == 20
    assert sum(sharded["rows"].values()) == 60
    assert sharded["left_out"] == ["unsupervised"]
    assert (plain["name"], plain["rows"]["validation"]) == ("org/plain", 20)
    assert (several["part"], several["parts"], several["labels"]) == ("de", ["en", "de"], [])
    assert english["part"] == "en"
    assert "“label” holds only 1 label" in english["problems"][0]
    assert (scripted["part"], scripted["rows"]["test"]) == ("plain_text", 20)
    assert not any(path.endswith(".py") for _, path, _ in fake.asked)


SAID = {
    "org/gated": "accept its terms",
    "org/private": "or it is private",
    "org/nowhere": "There is no data set “org/nowhere”",
    "org/busy": "too many requests",
    "org/broken": "status 503",
    "org/refused": "refuses the token",
    "org/page": "is not the record of a data set",
    "org/list": "is not the record of a data set",
    "org/pictures": "holds no file that can be read as a table",
    "org/huge": "has 300 MB of data; at most 200 MB",
    "org/odd": "is a PDF",
    "../../etc": "is no id of a data set",
    "": "is no id of a data set",
    "a b": "is no id of a data set",
}


def test_each_failure_has_a_sentence(fake, tmp_path):
    found = look_up(fake.address, tmp_path, *SAID)
    for name, said in SAID.items():
        assert said in found[name].get("error", "nothing"), name


def test_a_token_opens_what_is_gated(fake, tmp_path):
    found = look_up(fake.address, tmp_path, "org/gated", HF_TOKEN=TOKEN)
    assert found["org/gated"]["rows"]["train"] == 32


def test_without_a_network_it_is_said_what_is_missing(tmp_path):
    found = look_up("http://127.0.0.1:9", tmp_path, "org/plain")
    assert "cannot be reached" in found["org/plain"]["error"]
    found = look_up("http://127.0.0.1:9", tmp_path, "org/plain", HF_HUB_OFFLINE="1")
    assert "HF_HUB_OFFLINE keeps the app" in found["org/plain"]["error"]


def test_whatever_is_said_of_models_is_said_of_data():
    source = (ROOT / "engine/online.py").read_text("utf-8")
    kinds = {part.split('"')[0] for part in source.split('fail("')[1:]}
    assert len(kinds) > 10
    assert {f"models.{kind}" for kind in kinds} <= table().keys()
    assert {f"data.hub_{kind}" for kind in kinds} <= table().keys()
