"""The benchmark for graphics cards runs as a whole at toy size, and counts operations rightly."""

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
def test_every_job_is_done_by_both(tmp_path, trainers, monkeypatch, capsys):
    monkeypatch.syspath_prepend(BENCHMARKS)
    gpu = script("gpu")

    def run(command, **_):
        done = trainers.run(*command[1:], cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return done

    monkeypatch.setattr(gpu, "subprocess", SimpleNamespace(run=run, PIPE=None))
    monkeypatch.setattr(sys, "argv", ["gpu.py", "--small", "--steps", "2", "--warmup", "1"])
    gpu.main()
    said = capsys.readouterr().out
    figures = re.findall(r"^(\S+)\s+(engine|trainer)\s+([\d.]+)\s+(\d+)\s", said, re.M)
    assert [(job, arm) for job, arm, *_ in figures] == [
        (job, arm)
        for job in ("encoder-full", "encoder-lora", "decoder-4bit")
        for arm in ("engine", "trainer")
    ]
    assert all(float(rows) > 0 and int(tokens) > 0 for *_, rows, tokens in figures)


def test_operations_are_six_or_four_a_number_and_more_for_long_texts():
    bert = {"hidden_size": 768, "num_hidden_layers": 12, "intermediate_size": 3072}
    matrices = 12 * (4 * 768**2 + 2 * 768 * 3072)
    assert matrices == 84_934_656
    count = script("peaks").operations
    assert count(bert, False, True, 0.0) == 6 * matrices
    assert count(bert, False, False, 0.0) == 4 * matrices
    assert count(bert, False, True, 128.0) == 6 * matrices + 12 * 12 * 768 * 128


def test_a_card_is_known_by_the_most_exact_of_its_names():
    def known_as(name: str) -> str:
        return next(key for key in script("peaks").PEAKS if key in name)

    assert known_as("NVIDIA H100 PCIe") == "H100 PCIe"
    assert known_as("NVIDIA H100 80GB HBM3") == "H100"
    assert known_as("NVIDIA L40S") == "L40S"
    assert known_as("NVIDIA L4") == "L4"
