"""The web server around the page: both languages under one address, one app a workspace.

`make_app` is the ASGI application, `serve` what `launch.py` calls. Knows nothing of what the page
shows. Nothing here imports torch, so the page answers before torch is needed.
"""

import contextlib
import errno
import gc
import inspect
import json
import logging
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import FileResponse, RedirectResponse
from filelock import FileLock, Timeout
from starlette.middleware import Middleware
from starlette.routing import Mount

from engine import online
from engine.errors import TunesmithError
from engine.models.hardware import calm
from engine.text import LANGUAGES, Message, translate
from engine.workspace import Workspace, write_atomically
from webui.guard import (
    FILE_LIMIT,
    Guard,
    LaunchError,
    hosts_of,
    is_loopback,
    preferred_language,
    read_logins,
)
from webui.streams import OrderlyStreams

if TYPE_CHECKING:
    import gradio as gr

ICON = Path(__file__).parent.parent / "assets" / "icon.svg"
PORTS_TRIED = 100
PATIENCE = 15.0
"""Seconds a second launch waits for the address of the first, which may just be starting."""
_NOT_OURS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


@dataclass(frozen=True)
class Options:
    """What `launch.py` was asked for."""

    workspace: Path
    host: str = "127.0.0.1"
    port: int = 7860
    browser: bool = True
    auth_file: Path | None = None
    language: str = "en"
    """Of the lines printed in the terminal."""


# ---------------------------------------------------------------- the application


def make_app(
    workspace: Workspace,
    hosts: frozenset[str] | None = None,
    logins: Mapping[str, str] | None = None,
) -> FastAPI:
    """The page in every language behind the guard; `hosts` are the names it answers to."""
    prepare_gradio(workspace)
    with _quick_imports(), _no_proxies():
        from webui.app import build_page, page_options

        pages = {language: build_page(workspace, language) for language in LANGUAGES}
    return assemble(workspace, pages, page_options(), hosts or hosts_of("127.0.0.1"), logins)


def assemble(
    workspace: Workspace,
    pages: Mapping[str, "gr.Blocks"],
    options: Mapping[str, Any],
    hosts: frozenset[str],
    logins: Mapping[str, str] | None = None,
) -> FastAPI:
    """`make_app` for pages that are built already."""
    guard = Middleware(Guard, hosts=hosts, uploads=workspace.uploads, logins=logins)
    around = [guard, Middleware(OrderlyStreams)]
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None, middleware=around)
    app.add_api_route("/", _to_language, methods=["GET", "HEAD"])
    app.add_api_route("/health", _health, methods=["GET"])
    app.add_api_route("/favicon.ico", _icon, methods=["GET"])
    app.add_api_route("/manifest.json", _manifest, methods=["GET"])
    for language, page in pages.items():
        _mount(app, page, language, options)
    return app


def prepare_gradio(workspace: Workspace) -> None:
    """What Gradio reads from the environment: its files stay in the workspace, it stays mute."""
    workspace.create()
    workspace.uploads.chmod(0o700)
    os.environ["GRADIO_TEMP_DIR"] = str(workspace.uploads.resolve())
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    # Gradio 6.31 sums up all earlier events after each one, for a page of its own that is off here.
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(sys.maxsize)
    calm()  # for the playground, which imports torch at its first use
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"


def _mount(app: FastAPI, page: "gr.Blocks", language: str, options: Mapping[str, Any]) -> None:
    import gradio as gr

    # Gradio 6.31 announces the end of what was waited for by a text it has in no language; in all
    # of them the English one stands in.
    announced = {"common.complete": translate("page.announced_done", language)}
    strict = {
        "show_error": False,
        "enable_monitoring": False,
        "max_file_size": FILE_LIMIT,
        "run_history": False,
        "mcp_server": False,
        "i18n": gr.I18n(en=announced),
        "app_kwargs": {"openapi_url": None},
    }
    gr.mount_gradio_app(app, page, f"/{language}", **{**options, **strict})
    # Gradio checks that a handler is given, and gives back, allowed files only in pages it has
    # launched itself; ours is mounted, and without this a request could name any file.
    page.has_launched = True
    page.is_running = True


def _to_language(request: Request) -> Response:
    """`/` → `/en/` or `/zh/`: as last chosen, else as the browser prefers. Keeps the query."""
    chosen = request.cookies.get("language", "")
    language = chosen if chosen in LANGUAGES else preferred_language(request.headers)
    answer = RedirectResponse(request.url.replace(path=f"/{language}/"), 307)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _health() -> dict[str, str]:
    return {"status": "ok"}


def _manifest() -> dict[str, Any]:
    """What Gradio's page asks for at this address; some browsers name the app by it."""
    icon = {"src": "/favicon.ico", "sizes": "any", "type": "image/svg+xml"}
    return {"name": "Tunesmith", "start_url": "/", "display": "browser", "icons": [icon]}


def _icon() -> FileResponse:
    return FileResponse(ICON, media_type="image/svg+xml")


@contextlib.contextmanager
def _quick_imports() -> Iterator[None]:
    """Import Gradio in two thirds of its time (1.7 s instead of 2.7 s on the development machine).

    At every import Gradio renders a type stub for each of its components and writes it beside
    their source, unless it cannot find the source. Nor does collecting garbage gain anything here.
    """
    find_source = inspect.getfile

    def find_no_gradio(thing: Any) -> str:
        if isinstance(thing, type) and thing.__module__.startswith("gradio."):
            raise OSError
        return find_source(thing)

    inspect.getfile = find_no_gradio  # type: ignore[assignment]
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()
        inspect.getfile = find_source


@contextlib.contextmanager
def _no_proxies() -> Iterator[None]:
    """Gradio makes HTTP clients when it is imported, and a proxy setting that httpx cannot read
    would end the start. The page asks nobody outside this machine; the hub's clients, made when a
    model is looked for, heed the setting again."""
    before = os.environ.get("no_proxy")
    os.environ["no_proxy"] = "*"
    try:
        yield
    finally:
        del os.environ["no_proxy"]
        if before is not None:
            os.environ["no_proxy"] = before


# ---------------------------------------------------------------- serving it


def serve(options: Options) -> int:
    """Open the app and stay until Ctrl-C or SIGTERM. Returns the exit code."""
    try:
        return _serve(options)
    except TunesmithError as error:
        print(error.message.text(options.language), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0


def _serve(options: Options) -> int:
    logins = read_logins(options.auth_file) if options.auth_file else None
    if logins is None and not is_loopback(options.host):
        raise LaunchError("launch.login_needed", host=options.host)
    online.check_endpoint()
    workspace = _open_workspace(options.workspace)
    lock = FileLock(workspace.app_lock)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return _point_to_first(workspace, options)
    with lock:
        workspace.app_address.unlink(missing_ok=True)
        with bind(options.host, options.port) as listener:
            with _whole():
                app = make_app(workspace, hosts_of(options.host), logins)
            return _run(app, workspace, listener, options)


@contextlib.contextmanager
def _whole() -> Iterator[None]:
    """Ctrl-C waits for the end of what is done within: in the midst of imports Python may pass over
    it."""
    pressed: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _: pressed.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt


def _open_workspace(folder: Path) -> Workspace:
    workspace = Workspace(folder.expanduser().resolve())
    try:
        workspace.create()
        workspace.app_lock.touch()
    except OSError as error:
        params = {"workspace": str(folder), "reason": error.strerror or str(error)}
        raise LaunchError("launch.bad_workspace", **params) from None
    return workspace


def _point_to_first(workspace: Workspace, options: Options) -> int:
    address = _address_of_first(workspace)
    if address is None:
        raise LaunchError("launch.still_opening", workspace=str(workspace.root))
    _tell(options, "already_open", address=address)
    if options.browser:
        _open_browser(address)
    return 0


def _address_of_first(workspace: Workspace) -> str | None:
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.1)):
        with contextlib.suppress(FileNotFoundError):
            return str(json.loads(workspace.app_address.read_text("utf-8"))["address"])
        pause.wait(0.1)
    return None


def bind(host: str, port: int) -> socket.socket:
    """A socket on `host` at `port` or the next free one. Raises LaunchError."""
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        family, place = min((family, place[0]) for family, *_, place in found)
    except OSError:
        raise LaunchError("launch.bad_host", host=host) from None
    for candidate in range(port, min(port + PORTS_TRIED, 65536)):
        listener = socket.socket(family, socket.SOCK_STREAM)
        if os.name != "nt":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((place, candidate))
            listener.listen(128)
        except OSError as error:
            listener.close()
            if error.errno in _NOT_OURS:
                raise LaunchError("launch.bad_host", host=host) from None
        else:
            return listener
    last = min(port + PORTS_TRIED, 65536) - 1
    raise LaunchError("launch.no_port", host=host, first=port, last=last)


def _run(app: FastAPI, workspace: Workspace, listener: socket.socket, options: Options) -> int:
    from engine.runs.supervisor import Supervisor

    supervisor = Supervisor(workspace)
    port = listener.getsockname()[1]
    address = _address(options.host, port)

    def answering() -> None:
        record = {"address": address, "pid": os.getpid()}
        write_atomically(workspace.app_address, json.dumps(record))
        supervisor.start()
        if options.port not in (0, port):
            _tell(options, "port_taken", wanted=options.port, port=port)
        _tell(options, "ready", address=address)
        if options.browser:
            threading.Thread(target=_open_browser, args=(address,), daemon=True).start()

    try:
        _Server(app, answering).run(sockets=[listener])
    finally:
        workspace.app_address.unlink(missing_ok=True)
        supervisor.stop()
    _tell(options, "closed")
    return 0


class _Server(uvicorn.Server):
    """Uvicorn that says when it answers, and ends quietly with exit code 0 on either signal."""

    def __init__(self, app: FastAPI, answering: Any) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)
        self.app = app
        self.answering = answering

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.answering()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Every open page keeps a stream open; that these are cut off is no news."""
        logging.disable(logging.CRITICAL)
        for route in self.app.routes:
            if isinstance(route, Mount):
                route.app.stop_event.set()  # type: ignore[attr-defined]  # a gradio.routes.App
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """As uvicorn's, without raising the signal again at the end."""
        mine = (signal.SIGINT, signal.SIGTERM)
        before = {number: signal.signal(number, self.handle_exit) for number in mine}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _address(host: str, port: int) -> str:
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}/"


def _tell(options: Options, key: str, **params: Any) -> None:
    print(Message(f"launch.{key}", params).text(options.language), flush=True)


def _open_browser(address: str) -> None:
    """Not on a Linux machine without a screen: a text browser would take the terminal over."""
    if sys.platform.startswith("linux") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    ):
        return
    webbrowser.open(address)
