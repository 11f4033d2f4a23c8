"""What all tests share: a workspace of their own, quiet libraries, no network."""

import os
from collections.abc import Iterator
from pathlib import Path

# Before anything imports torch, Gradio or the hub: these are read at import.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import pytest

from engine.workspace import Workspace
from tests.warm import Warm

MODELS = "auto.modeling_auto auto.tokenization_auto bert.modeling_bert t5.modeling_t5".split()
HEAVY = ["torch", *(f"transformers.models.{name}" for name in MODELS)]
"""What takes long to import, where a program only says `from transformers import AutoModel`."""


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace").create()


@pytest.fixture(scope="session")
def elsewhere() -> Iterator[Warm]:
    """Processes that know the libraries a model needs, and nothing of this project."""
    warm = Warm(*HEAVY, "sentence_transformers", ours=False)
    yield warm
    warm.close()


@pytest.fixture(scope="session")
def trainers() -> Iterator[Warm]:
    """Processes that can train."""
    ours = [f"engine.{name}" for name in ("runs.job", "evaluation.figures", "evaluation.paired")]
    more = ["transformers.trainer", "peft", "bitsandbytes", "datasets", "scipy.stats", "sklearn"]
    warm = Warm(*HEAVY, *more, *ours, ours=True)
    yield warm
    warm.close()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of the matrix only its exemplary part runs, unless all of it is asked for."""
    if "matrix" in config.option.markexpr:
        return
    marks = {item: item.get_closest_marker("matrix") for item in items}
    left = [item for item, mark in marks.items() if mark and not mark.kwargs["by_default"]]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]
