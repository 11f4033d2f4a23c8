"""Models on the Hugging Face hub: looked at first, fetched only when a run needs them."""

import time
from dataclasses import replace
from pathlib import Path

from engine.errors import ModelError
from engine.models.catalogue import (
    SMALL_FILES,
    ModelInfo,
    check_files,
    count_parameters,
    describe,
    read_config,
)
from engine.online import ask

FILES = [*SMALL_FILES, "*.safetensors"]
OTHER_FORMATS = ["consolidated*", "original/*", "onnx/*", "openvino/*"]
"""The same weights again, for programs that are not used here."""
REMEMBERED = 600.0
"""Seconds for which a record is not asked for again."""

_records: dict[str, tuple[float, ModelInfo]] = {}


def find(name: str) -> ModelInfo:
    """The record of hub model `name`, from this computer's cache if it is there, else online."""
    when, known = _records.get(name, (0.0, None))
    if known is not None and time.monotonic() - when < REMEMBERED:
        return known
    found = cached(name) or _ask(name)
    _records[name] = (time.monotonic(), found)
    return found


def forget() -> None:
    """Ask anew for every record."""
    _records.clear()


def fetch(model: ModelInfo, weights: bool = True) -> Path:
    """The folder with the model's files, downloaded if they are not here yet."""
    if model.folder is not None:
        return model.folder
    from huggingface_hub import snapshot_download

    patterns = FILES if weights else list(SMALL_FILES)
    return Path(
        ask(
            model.name,
            lambda: snapshot_download(
                model.name,
                revision=model.revision,
                allow_patterns=patterns,
                ignore_patterns=OTHER_FORMATS,
            ),
            _fail,
        )
    )


def cached(name: str) -> ModelInfo | None:
    """A model whose weights lie complete in the local cache."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(
            snapshot_download(
                name,
                local_files_only=True,
                allow_patterns=FILES,
                ignore_patterns=OTHER_FORMATS,
            )
        )
    except (LocalEntryNotFoundError, OSError, ValueError):
        return None
    if not list(folder.glob("*.safetensors")):
        return None
    check_files(name, [path.name for path in folder.iterdir()])
    found = describe(
        name, read_config(name, folder / "config.json"), folder, count_parameters(name, folder)
    )
    return replace(found, title=name, revision=folder.name)


def cached_names() -> tuple[str, ...]:
    """Ids of the hub models whose weights lie on this computer, the last used first."""
    from huggingface_hub import CacheNotFound, scan_cache_dir

    try:
        repos = scan_cache_dir().repos
    except (CacheNotFound, OSError, ValueError):
        return ()
    models = [repo for repo in repos if repo.repo_type == "model" and _has_weights(repo.revisions)]
    models.sort(key=lambda repo: repo.last_accessed, reverse=True)
    return tuple(repo.repo_id for repo in models)


def _has_weights(revisions: frozenset) -> bool:  # type: ignore[type-arg]
    return any(
        file.file_name.endswith(".safetensors") for revision in revisions for file in revision.files
    )


def _ask(name: str) -> ModelInfo:
    from huggingface_hub import HfApi, hf_hub_download

    info = ask(name, lambda: HfApi().model_info(name, files_metadata=False), _fail)
    check_files(name, [file.rfilename for file in info.siblings or []])
    # of no named commit: only then does the cache note which commit the name stood for
    config = Path(ask(name, lambda: hf_hub_download(name, "config.json"), _fail))
    parameters = info.safetensors.total if info.safetensors else None
    found = describe(name, read_config(name, config), None, parameters)
    return replace(found, revision=config.parent.name)


def _fail(kind: str, /, **params: object) -> ModelError:
    return ModelError(f"models.{kind}", **params)
