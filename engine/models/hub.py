"""Models on the Hugging Face hub: looked at first, fetched only when a run needs them.

`HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE` are obeyed by the library. Tokens are never stored.
"""

import errno
import os
import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies

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

FILES = [*SMALL_FILES, "*.safetensors"]
OTHER_FORMATS = ["consolidated*", "original/*", "onnx/*", "openvino/*"]
"""The same weights again, for programs that are not used here."""
REMEMBERED = 600.0
"""Seconds for which a record is not asked for again."""
_USER = re.compile(r"//[^/@]*@")
"""Name and password in an address."""

_records: dict[str, tuple[float, ModelInfo]] = {}


def check_endpoint() -> None:
    """Refuse an HF_ENDPOINT with which the hub's library, and so Gradio and transformers, cannot
    even be imported. Raises ModelError."""
    found = os.environ.get("HF_ENDPOINT", "")
    try:
        _ = urlsplit(found).port
    except ValueError:  # half an IPv6 address, a port that is no number
        raise _bad_endpoint(found) from None


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
        _online(
            model.name,
            lambda: snapshot_download(
                model.name,
                revision=model.revision,
                allow_patterns=patterns,
                ignore_patterns=OTHER_FORMATS,
            ),
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

    info = _online(name, lambda: HfApi().model_info(name, files_metadata=False))
    check_files(name, [file.rfilename for file in info.siblings or []])
    # of no named commit: only then does the cache note which commit the name stood for
    config = Path(_online(name, lambda: hf_hub_download(name, "config.json")))
    parameters = info.safetensors.total if info.safetensors else None
    found = describe(name, read_config(name, config), None, parameters)
    return replace(found, revision=config.parent.name)


def _online(name: str, call: Callable[[], T]) -> T:
    """Run a hub call; each way it can fail gets its own sentence."""
    from huggingface_hub import errors
    from huggingface_hub.utils import httpx

    try:
        _check_settings(name)
        return call()
    except errors.GatedRepoError:
        raise ModelError("models.gated", name=name) from None
    except errors.RepositoryNotFoundError:
        raise ModelError("models.not_found", name=name) from None
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled):
        raise _unreachable(name) from None
    except (errors.EntryNotFoundError, errors.RevisionNotFoundError):
        raise ModelError("models.no_config", name=name) from None
    except errors.HfHubHTTPError as error:
        raise _answered(name, error) from None
    except httpx.HTTPError:
        raise _unreachable(name) from None
    except OSError as error:
        raise _system(name, error) from None
    except (ValueError, TypeError, KeyError):  # no JSON, or not the record of a model
        raise ModelError("models.not_a_hub", name=name, endpoint=endpoint()) from None


def _check_settings(name: str) -> None:
    """Refuse settings of this computer with which no hub can be asked. Raises ModelError."""
    from huggingface_hub import constants, get_session, get_token
    from huggingface_hub.utils import httpx

    if constants.HF_HUB_OFFLINE:
        return
    parts = urlsplit(constants.ENDPOINT)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _bad_endpoint(constants.ENDPOINT)
    if not all("!" <= letter <= "~" for letter in get_token() or ""):
        raise ModelError("models.bad_token")
    try:
        get_session()
    except (ImportError, ValueError, httpx.InvalidURL):
        proxies = [
            f"{scheme.upper()}_PROXY={_USER.sub('//', address)}"
            for scheme, address in getproxies().items()
            if scheme in ("http", "https", "all", "no")
        ]
        raise ModelError("models.bad_proxy", name=name, found=proxies) from None


def _bad_endpoint(found: str) -> ModelError:
    return ModelError("models.bad_endpoint", found=_USER.sub("//", found)[:200])


def _system(name: str, error: OSError) -> ModelError:
    """What the network or this computer's own disk refused."""
    from huggingface_hub import constants

    if error.errno == errno.ENOSPC:
        return ModelError("models.disk_full", name=name)
    if isinstance(error, ConnectionError | TimeoutError):
        return _unreachable(name)
    unwritable = isinstance(error, PermissionError | NotADirectoryError | FileExistsError)
    if unwritable or error.errno == errno.EROFS:
        params = {"folder": constants.HF_HUB_CACHE, "reason": error.strerror}
        return ModelError("models.cache_unwritable", name=name, **params)
    return ModelError("models.download_damaged", name=name)


def _answered(name: str, error: Exception) -> ModelError:
    """What an answer other than success means, from its status."""
    response = getattr(error, "response", None)
    status = response.status_code if response is not None else 0
    if status in (401, 403):
        return ModelError("models.token_refused", name=name)
    if status == 429:
        return ModelError("models.rate_limited", name=name)
    return ModelError("models.hub_failed", name=name, status=status, endpoint=endpoint())


def _unreachable(name: str) -> ModelError:
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return ModelError("models.offline", name=name)
    return ModelError("models.unreachable", name=name, endpoint=endpoint())


def endpoint() -> str:
    """Where the hub is, without a password that may stand in the address."""
    from huggingface_hub import constants

    parts = urlsplit(constants.ENDPOINT)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
