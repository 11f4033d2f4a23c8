"""A hub of this machine: the few answers of the real one that the app asks for.

Each repository is a folder of a tiny model or of a data set (with its card in `card.json`), or
fails in one way the real hub fails.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

SHA = "a" * 40
CONVERTED = "refs/convert/parquet"
"""Where the hub keeps the Parquet it makes of a data set; here the folder `.converted`."""
TOKEN = "hf_" + "secret" * 5
ODD_ANSWERS = {"page": b"<html>Sign in</html>", "list": b"[]", "empty": b"{}"}
"""Of what stands between this computer and the hub."""


@dataclass
class FakeHub:
    folder: Path
    """Repositories as folders: `folder/org/name/…`"""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """(method, path, authorization) of every request"""
    address: str = ""

    def answer(self, path: str, token: str) -> tuple[int, dict[str, str], bytes]:
        parts = [unquote(part) for part in path.strip("/").split("/")]
        listing = parts[0] == "api"
        of_data = "datasets" in parts[:2]
        parts = parts[2:] if listing else parts[1 if of_data else 0 :]
        org, name = parts[:2]
        failed = _failure(org, name, listing, token)
        if failed:
            return failed
        repo = self.folder / org / name
        if not repo.is_dir():
            return 401, {"X-Error-Code": "RepoNotFound"}, b"{}"
        if of_data and CONVERTED in parts[3:4]:
            repo = repo / ".converted"
            if not repo.is_dir():
                return 404, {"X-Error-Code": "RevisionNotFound"}, b"{}"
        if listing:
            return 200, {"Content-Type": "application/json"}, _listing(repo, org, name, parts[2:])
        found = repo.joinpath(*parts[4:])
        return _file(found if found.is_file() else repo.joinpath(".converted", *parts[4:]))


def _failure(
    org: str, name: str, listing: bool, token: str
) -> tuple[int, dict[str, str], bytes] | None:
    if name == "busy":
        return 429, {}, b"{}"
    if name == "broken":
        return 503, {}, b"{}"
    if name in ODD_ANSWERS:
        return 200, {}, ODD_ANSWERS[name]
    if name == "gated" and not listing and token != f"Bearer {TOKEN}":
        return 403, {"X-Error-Code": "GatedRepo"}, b"{}"
    if name == "private" and token != f"Bearer {TOKEN}":
        return 401, {"X-Error-Code": "RepoNotFound"}, b"{}"
    if name == "refused":
        return 401, {"X-Error-Message": "Invalid credentials in Authorization header"}, b"{}"
    return None


def _listing(repo: Path, org: str, name: str, rest: list[str]) -> bytes:
    files = sorted(
        path
        for path in repo.rglob("*")
        if path.is_file() and ".converted" not in path.relative_to(repo).parts
    )
    card = repo / "card.json"
    if rest[:1] == ["tree"]:
        return json.dumps(
            [
                {
                    "type": "file",
                    "path": str(path.relative_to(repo)),
                    "size": path.stat().st_size,
                    "oid": _etag(path),
                }
                for path in files
            ]
        ).encode()
    record = {
        "_id": "1",
        "id": f"{org}/{name}",
        "modelId": f"{org}/{name}",
        "sha": SHA,
        "siblings": [
            {"rfilename": str(path.relative_to(repo)), "size": path.stat().st_size}
            for path in files
        ],
        "cardData": json.loads(card.read_text()) if card.is_file() else None,
        "safetensors": {"parameters": {"F32": 12_345}, "total": 12_345},
        "private": False,
        "tags": [],
        "downloads": 0,
    }
    return json.dumps(record).encode()


def _file(path: Path) -> tuple[int, dict[str, str], bytes]:
    if not path.is_file():
        return 404, {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": SHA}, b""
    return 200, {"X-Repo-Commit": SHA, "ETag": f'"{_etag(path)}"'}, path.read_bytes()


def _etag(path: Path) -> str:
    import hashlib

    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()  # noqa: S324


@contextmanager
def serve(folder: Path) -> Iterator[FakeHub]:
    hub = FakeHub(folder)

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            token = self.headers.get("Authorization", "")
            hub.asked.append((self.command, self.path, token))
            status, headers, body = hub.answer(urlsplit(self.path).path, token)
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = respond

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
