"""Asking the Hugging Face hub for anything, each way to fail with a sentence of its own.

`HF_ENDPOINT`, `HF_TOKEN` and `HF_HUB_OFFLINE` are obeyed by its library. Tokens are never stored.
"""

import errno
import os
import re
from collections.abc import Callable
from typing import Protocol, TypeVar
from urllib.parse import urlsplit
from urllib.request import getproxies

from engine.errors import ModelError, TunesmithError

T = TypeVar("T")
_USER = re.compile(r"//[^/@]*@")
"""Name and password in an address."""


class Fail(Protocol):
    """Makes the error of a kind of failure: what is said of a model is not said of data."""

    def __call__(self, kind: str, /, **params: object) -> TunesmithError: ...


def check_endpoint() -> None:
    """Refuse an HF_ENDPOINT with which the hub's library, and so Gradio and transformers, cannot
    even be imported. Raises ModelError."""
    found = os.environ.get("HF_ENDPOINT", "")
    try:
        _ = urlsplit(found).port
    except ValueError:  # half an IPv6 address, a port that is no number
        raise ModelError("models.bad_endpoint", found=_USER.sub("//", found)[:200]) from None


def ask(name: str, call: Callable[[], T], fail: Fail) -> T:
    """Run a hub call; each way it can fail gets its own sentence.

    The kinds of failure are gated, not_found, unreachable, offline, incomplete, token_refused,
    rate_limited, hub_failed, not_a_hub, bad_endpoint, bad_token, bad_proxy, disk_full,
    cache_unwritable and download_damaged.
    """
    from huggingface_hub import errors
    from huggingface_hub.utils import httpx

    try:
        _check_settings(name, fail)
        return call()
    except errors.GatedRepoError:
        raise fail("gated", name=name) from None
    except errors.RepositoryNotFoundError:
        raise fail("not_found", name=name) from None
    except (errors.LocalEntryNotFoundError, errors.OfflineModeIsEnabled):
        raise _unreachable(name, fail) from None
    except (errors.EntryNotFoundError, errors.RevisionNotFoundError):
        raise fail("incomplete", name=name) from None
    except errors.HfHubHTTPError as error:
        raise _answered(name, error, fail) from None
    except httpx.HTTPError:
        raise _unreachable(name, fail) from None
    except OSError as error:
        raise _system(name, error, fail) from None
    except (ValueError, TypeError, KeyError):  # no JSON, or not the record of a model
        raise fail("not_a_hub", name=name, endpoint=endpoint()) from None


def _check_settings(name: str, fail: Fail) -> None:
    """Refuse settings of this computer with which no hub can be asked."""
    from huggingface_hub import constants, get_session, get_token
    from huggingface_hub.utils import httpx

    if constants.HF_HUB_OFFLINE:
        return
    parts = urlsplit(constants.ENDPOINT)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise fail("bad_endpoint", found=_USER.sub("//", constants.ENDPOINT)[:200])
    if not all("!" <= letter <= "~" for letter in get_token() or ""):
        raise fail("bad_token")
    try:
        get_session()
    except (ImportError, ValueError, httpx.InvalidURL):
        proxies = [
            f"{scheme.upper()}_PROXY={_USER.sub('//', address)}"
            for scheme, address in getproxies().items()
            if scheme in ("http", "https", "all", "no")
        ]
        raise fail("bad_proxy", name=name, found=proxies) from None


def _system(name: str, error: OSError, fail: Fail) -> TunesmithError:
    """What the network or this computer's own disk refused."""
    from huggingface_hub import constants

    if error.errno == errno.ENOSPC:
        return fail("disk_full", name=name)
    if isinstance(error, ConnectionError | TimeoutError):
        return _unreachable(name, fail)
    unwritable = isinstance(error, PermissionError | NotADirectoryError | FileExistsError)
    if unwritable or error.errno == errno.EROFS:
        params = {"folder": constants.HF_HUB_CACHE, "reason": error.strerror}
        return fail("cache_unwritable", name=name, **params)
    return fail("download_damaged", name=name)


def _answered(name: str, error: Exception, fail: Fail) -> TunesmithError:
    """What an answer other than success means, from its status."""
    response = getattr(error, "response", None)
    status = response.status_code if response is not None else 0
    if status in (401, 403):
        return fail("token_refused", name=name)
    if status == 429:
        return fail("rate_limited", name=name)
    return fail("hub_failed", name=name, status=status, endpoint=endpoint())


def _unreachable(name: str, fail: Fail) -> TunesmithError:
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return fail("offline", name=name)
    return fail("unreachable", name=name, endpoint=endpoint())


def endpoint() -> str:
    """Where the hub is, without a password that may stand in the address."""
    from huggingface_hub import constants

    parts = urlsplit(constants.ENDPOINT)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
