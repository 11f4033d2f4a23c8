"""Who may talk to the page: one ASGI middleware before everything else.

A page on this computer can be reached by every other page the browser has open. So a request has
to name one of our hosts (a rebound DNS name does not), must not be made on behalf of another site,
must carry a login where there is one, and must fit. Knows nothing of what the page shows.
"""

import base64
import binascii
import hashlib
import hmac
import ipaddress
import math
import os
import secrets
import shutil
import socket
import sys
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.errors import TunesmithError
from engine.text import translate

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
FILE_LIMIT = 200 * 2**20
BODY_LIMIT = 16 * 2**20
"""What is not an upload is a form's content: far below this."""
UPLOADS_LIMIT = 5 * 2**30
DISK_FLOOR = 2**30
CHECKED = "tunesmith.login"
"""Of a request that has passed: whether its login was checked."""
FREE_TRIES = 5
LONGEST_WAIT = 60

# The page is Gradio's: it needs inline scripts and styles, `eval` for gr.HTML, and blob: workers
# and pictures for Plotly. Everything else has to come from here, so nothing typed into the page
# can leave it.
CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-ancestors 'self'"
)
SECURITY_HEADERS = {
    "X-Frame-Options": "SAMEORIGIN",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": CONTENT_POLICY,
}


class LaunchError(TunesmithError):
    """The app cannot be opened as asked."""


def is_loopback(host: str) -> bool:
    """Whether only this computer can reach `host`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def hosts_of(host: str) -> frozenset[str]:
    """The names a request may call us by when we answer on `host`."""
    if is_loopback(host):
        return LOOPBACK | {host.lower()}
    import psutil

    addresses = {
        address.address.partition("%")[0]
        for interface in psutil.net_if_addrs().values()
        for address in interface
        if address.family in (socket.AF_INET, socket.AF_INET6)
    }
    name = socket.gethostname().lower()
    return LOOPBACK | addresses | {host.lower(), name, f"{name}.local", socket.getfqdn().lower()}


def read_logins(file: Path) -> dict[str, str]:
    """name → password from `name:password` lines. Raises LaunchError."""
    try:
        lines = file.read_text("utf-8-sig").splitlines()
        mode = file.stat().st_mode
    except (OSError, UnicodeDecodeError):
        raise LaunchError("launch.auth_missing", file=str(file)) from None
    if sys.platform != "win32" and mode & 0o077:
        raise LaunchError("launch.auth_open", file=str(file))
    logins = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        name, _, password = line.partition(":")
        if not name.strip() or not password.strip():
            raise LaunchError("launch.auth_malformed", file=str(file), line=number)
        logins[name.strip()] = password.strip()
    if not logins:
        raise LaunchError("launch.auth_empty", file=str(file))
    return logins


@dataclass(frozen=True)
class Refusal:
    """An answer that is no."""

    status: int
    key: str
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)

    def response(self, language: str) -> PlainTextResponse:
        text = translate(self.key, language, **self.params)
        return PlainTextResponse(text, self.status, dict(self.headers))


def credentials(authorization: str) -> tuple[str, str, str]:
    """Scheme, name and password of an `Authorization` header; "" for what cannot be read."""
    scheme, _, encoded = authorization.partition(" ")
    try:
        decoded = base64.b64decode(encoded, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        decoded = ""
    name, _, password = decoded.partition(":")
    return scheme, name, password


def login(request: Any) -> str | None:
    """Who sent a request (Gradio's) that the guard let pass; None where there are no logins."""
    if not request.request.scope.get(CHECKED):
        return None
    return credentials(request.headers.get("authorization", ""))[1]


class Doorman:
    """Checks HTTP Basic logins. Wrong passwords make their sender wait, longer each time."""

    def __init__(self, logins: Mapping[str, str], clock: Callable[[], float] = time.monotonic):
        self._logins = {name: _digest(password) for name, password in logins.items()}
        self._nobody = _digest(secrets.token_hex())
        self._clock = clock
        self._tries: OrderedDict[str, tuple[int, float]] = OrderedDict()

    def refuse(self, sender: str, authorization: str | None) -> Refusal | None:
        tries, until = self._tries.get(sender, (0, 0.0))
        wait = until - self._clock()
        if wait > 0:
            seconds = math.ceil(wait)
            retry = {"Retry-After": str(seconds)}
            return Refusal(429, "launch.refused_for_now", {"seconds": seconds}, retry)
        if authorization and self._right(authorization):
            self._tries.pop(sender, None)
            return None
        if authorization:
            self._remember(sender, tries + 1)
        ask = {"WWW-Authenticate": 'Basic realm="Tunesmith", charset="UTF-8"'}
        return Refusal(401, "launch.refused_login", headers=ask)

    def _right(self, authorization: str) -> bool:
        scheme, name, password = credentials(authorization)
        expected = self._logins.get(name, self._nobody)
        return hmac.compare_digest(_digest(password), expected) and scheme.lower() == "basic"

    def _remember(self, sender: str, tries: int) -> None:
        wait = min(2 ** (tries - FREE_TRIES), LONGEST_WAIT) if tries >= FREE_TRIES else 0
        self._tries[sender] = (tries, self._clock() + wait)
        self._tries.move_to_end(sender)
        if len(self._tries) > 10_000:
            self._tries.popitem(last=False)


class Guard:
    """The middleware: refuses what must not pass and adds the security headers to every answer."""

    def __init__(
        self, app: ASGIApp, hosts: frozenset[str], uploads: Path, logins: Mapping[str, str] | None
    ) -> None:
        self.app = app
        self.hosts = hosts
        self.uploads = uploads
        self.doorman = Doorman(logins) if logins else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":  # the page has none
            await send({"type": "websocket.close", "code": 1008})
        else:
            refusal = self.refuse(scope)
            language = preferred_language(Headers(scope=scope))
            answer = refusal.response(language) if refusal else self.app
            known = {CHECKED: self.doorman is not None}
            await answer({**_without_page(scope), **known}, receive, _with_security_headers(send))

    def refuse(self, scope: Scope) -> Refusal | None:
        headers = Headers(scope=scope)
        return (
            self._refuse_host(headers)
            or self._refuse_site(scope["method"], headers)
            or self._refuse_login(scope, headers)
            or self._refuse_address(scope["path"])
            or self._refuse_size(scope, headers)
        )

    def _refuse_host(self, headers: Headers) -> Refusal | None:
        named = headers.getlist("host")
        known = len(named) == 1 and _host_name(named[0]) in self.hosts
        return None if known else Refusal(403, "launch.refused_host")

    def _refuse_site(self, method: str, headers: Headers) -> Refusal | None:
        """A browser says for whom it asks; a link from elsewhere (a navigation) may open the page.

        `Origin` comes with every request that changes something, `Sec-Fetch-Site` with all of
        them; a program that is no browser sends neither and cannot be misled either.
        """
        origin = headers.get("origin")
        foreign = origin is not None and urlsplit(origin).netloc != headers["host"]
        if headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            navigating = headers.get("sec-fetch-mode") == "navigate"
            foreign = foreign or method != "GET" or not navigating
        return Refusal(403, "launch.refused_origin") if foreign else None

    def _refuse_login(self, scope: Scope, headers: Headers) -> Refusal | None:
        if self.doorman is None or scope["path"] == "/health":
            return None
        sender = scope["client"][0] if scope.get("client") else ""
        return self.doorman.refuse(sender, headers.get("authorization"))

    def _refuse_address(self, path: str) -> Refusal | None:
        """Gradio would fetch web addresses for the browser; ours is a page without the internet."""
        fetching = any(f"/gradio_api/{way}" in path for way in ("file=http", "proxy="))
        return Refusal(403, "launch.refused_address") if fetching else None

    def _refuse_size(self, scope: Scope, headers: Headers) -> Refusal | None:
        length = headers.get("content-length", "0")
        if "transfer-encoding" in headers or not length.isdecimal():
            return Refusal(411, "launch.refused_length")
        upload = scope["path"].rstrip("/").endswith("/gradio_api/upload")
        limit = FILE_LIMIT if upload else BODY_LIMIT
        if int(length) > limit + 2**20:  # the form around a file of exactly the limit
            return Refusal(413, "launch.refused_size", {"limit": limit // 2**20})
        if upload and not self._has_room(int(length)):
            return Refusal(507, "launch.refused_space", {"limit": UPLOADS_LIMIT // 2**30})
        return None

    def _has_room(self, more: int) -> bool:
        if shutil.disk_usage(self.uploads).free - more < DISK_FLOOR:
            return False
        return folder_size(self.uploads) + more <= UPLOADS_LIMIT


def preferred_language(headers: Headers) -> str:
    """`zh` for a browser whose first language is Chinese, `en` for every other."""
    return "zh" if headers.get("accept-language", "").strip().lower().startswith("zh") else "en"


def folder_size(folder: Path) -> int:
    """Bytes of all files below `folder`; one that vanishes meanwhile counts nothing."""
    size = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                size += os.lstat(os.path.join(place, name)).st_size
            except FileNotFoundError:
                continue
    return size


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _host_name(host: str) -> str:
    """`[::1]:7860` → `::1`, `LocalHost:7860` → `localhost`."""
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _without_page(scope: Scope) -> Scope:
    """Gradio takes `page` of an address for the name of a page of its own, and has only one."""
    if b"page=" not in scope.get("query_string", b""):
        return scope
    pairs = parse_qsl(scope["query_string"], keep_blank_values=True)
    kept = [pair for pair in pairs if pair[0] != b"page"]
    return {**scope, "query_string": urlencode(kept).encode()}


def _with_security_headers(send: Send) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(SECURITY_HEADERS)
        await send(message)

    return guarded
