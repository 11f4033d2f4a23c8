"""Models on the Hugging Face hub: looked at first, fetched only when a run needs them.

`HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE` are obeyed by the library. Tokens are never stored.
"""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from engine.errors import ModelError
from engine.models.catalogue import (
    SMALL_FILES,
    ModelInfo,
    check_files,
    count_parameters,
    describe,
    read_config,
)

T = TypeVar("T")


def find(name: str) -> ModelInfo:
    """The record of hub model `name`, from this computer's cache if it is there, else online."""
    cached = _cached(name)
    if cached is not None:
        return cached
    from huggingface_hub import HfApi, hf_hub_download

    info = _online(name, lambda: HfApi().model_info(name, files_metadata=False))
    check_files(name, [file.rfilename for file in info.siblings or []])
    config = _online(name, lambda: hf_hub_download(name, "config.json", revision=info.sha))
    parameters = info.safetensors.total if info.safetensors else None
    found = describe(name, read_config(name, Path(config)), None, parameters)
    return replace(found, revision=info.sha)


def fetch(model: ModelInfo, weights: bool = True) -> Path:
    """The folder with the model's files, downloaded if they are not here yet."""
    if model.folder is not None:
        return model.folder
    from huggingface_hub import snapshot_download

    patterns = [*SMALL_FILES, "*.safetensors"] if weights else list(SMALL_FILES)
    return Path(
        _online(
            model.name,
            lambda: snapshot_download(model.name, revision=model.revision, allow_patterns=patterns),
        )
    )


def _cached(name: str) -> ModelInfo | None:
    """A model whose weights lie complete in the local cache."""
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    try:
        folder = Path(snapshot_download(name, local_files_only=True))
    except (LocalEntryNotFoundError, OSError, ValueError):
        return None
    if not list(folder.glob("*.safetensors")):
        return None
    check_files(name, [path.name for path in folder.iterdir()])
    found = describe(
        name, read_config(name, folder / "config.json"), folder, count_parameters(name, folder)
    )
    return replace(found, title=name, revision=folder.name)


def _online(name: str, call: Callable[[], T]) -> T:
    """Run a hub call; each way it can fail gets its own sentence."""
    from huggingface_hub import errors
    from huggingface_hub.utils import httpx

    try:
        return call()
    except errors.GatedRepoError:
        raise ModelError("models.gated", name=name) from None
    except errors.RepositoryNotFoundError:
        raise ModelError("models.not_found", name=name) from None
    except (errors.EntryNotFoundError, errors.RevisionNotFoundError) as error:
        if isinstance(error, errors.LocalEntryNotFoundError):
            raise ModelError("models.offline", name=name) from None
        raise ModelError("models.no_config", name=name) from None
    except errors.HfHubHTTPError as error:
        status = error.response.status_code if error.response is not None else 0
        key = "models.rate_limited" if status == 429 else "models.hub_failed"
        raise ModelError(key, name=name, status=status) from None
    except (errors.OfflineModeIsEnabled, httpx.HTTPError, OSError):
        raise ModelError("models.offline", name=name) from None
