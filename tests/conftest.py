"""What all tests share: a workspace of their own, quiet libraries, no network."""

import os
from pathlib import Path

# Before anything imports torch, Gradio or the hub: these are read at import.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import pytest

from engine.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "workspace").create()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Of the matrix only its exemplary part runs, unless all of it is asked for."""
    if "matrix" in config.option.markexpr:
        return
    marks = {item: item.get_closest_marker("matrix") for item in items}
    left = [item for item, mark in marks.items() if mark and not mark.kwargs["by_default"]]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]
