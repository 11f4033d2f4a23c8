"""The real app in a process of its own, and Chromium to drive it.

A page that logs an error, asks for a file that is not there or calls out of this machine fails
its test; so does a traceback in the app's own output.
"""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from engine.workspace import Workspace

ROOT = Path(__file__).parents[2]
ARGUMENTS = (
    "--no-sandbox --disable-background-networking --disable-component-update --disable-sync"
    " --no-first-run --disable-gpu"
).split()
# Several browsers may share two cores, and the chart library alone is 4.7 MB to parse: how fast a
# page is has tests of its own.
expect.set_options(timeout=20_000)
NAMES = ("chromium", "chromium-browser", "google-chrome")


@dataclass
class App:
    address: str
    workspace: Workspace
    output: Path

    def complaints(self) -> list[str]:
        """Lines of the app's output that should not be there."""
        lines = self.output.read_text("utf-8").splitlines()
        return [line for line in lines if "Traceback" in line or "Error" in line]


@dataclass
class Visitor:
    """One browser window with its own profile, and what it complained of."""

    page: Page
    address: str
    complaints: list[str] = field(default_factory=list)
    leaving: bool = False

    def open(self, path: str = "/en/") -> None:
        self.leaving = self.page.url.startswith(self.address)
        self.page.goto(self.address + path)
        self.wait()
        self.leaving = False

    def reload(self) -> None:
        self.leave(lambda: self.page.reload(wait_until="commit"))

    def leave(self, how: Callable[[], object]) -> None:
        """Gradio logs the streams it closes itself when a page is left, which may arrive while the
        next one loads; that is no complaint."""
        self.leaving = True
        with self.page.expect_navigation(wait_until="commit"):
            how()
        self.wait()
        self.leaving = False

    def wait(self) -> None:
        self.page.wait_for_selector(".ts-header[data-ready]", timeout=30_000)

    def tab(self, name: str) -> None:
        self.page.locator("button[role=tab]:visible", has_text=name).first.click()

    def note(self, complaint: str) -> None:
        if not self.leaving:
            self.complaints.append(complaint)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The one the app opens; a module can fill it beforehand."""
    return Workspace(tmp_path_factory.mktemp("app") / "workspace")


@pytest.fixture(scope="module")
def app(workspace: Workspace) -> Iterator[App]:
    output = workspace.root.parent / "output.txt"
    code = (
        "import sys; from pathlib import Path; from webui.server import Options, serve;"
        "sys.exit(serve(Options(Path(sys.argv[1]), port=0, browser=False)))"
    )
    command = [sys.executable, "-c", code, str(workspace.root)]
    with output.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=ROOT, stdout=file, stderr=file, env=dict(os.environ)
        )
    try:
        yield App(_address(workspace, process, output), workspace, output)
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(20)
        process.kill()
        _stop_children(workspace)


def _address(workspace: Workspace, process: subprocess.Popen[bytes], output: Path) -> str:
    for _ in range(600):
        if workspace.app_address.is_file():
            return str(json.loads(workspace.app_address.read_text("utf-8"))["address"]).rstrip("/")
        assert process.poll() is None, output.read_text("utf-8")
        time.sleep(0.1)
    raise AssertionError("the app did not open within a minute")


def _stop_children(workspace: Workspace) -> None:
    """Training outlives the app, but not the test."""
    import psutil

    for process in psutil.process_iter(["cmdline"]):
        if str(workspace.root) in (process.info["cmdline"] or []):
            with contextlib.suppress(psutil.Error):
                process.kill()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "the browser tests need Chromium: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visitor(app: App, browser: Browser) -> Iterator[Visitor]:
    context = browser.new_context(
        viewport={"width": 1440, "height": 900}, locale="en-GB", color_scheme="light"
    )
    visitor = Visitor(context.new_page(), app.address)
    _listen(visitor)
    yield visitor
    visitor.leaving = True
    context.close()
    assert visitor.complaints == []
    assert app.complaints() == []


def _listen(visitor: Visitor) -> None:
    page = visitor.page
    page.on("pageerror", lambda error: visitor.note(f"script: {error}"))
    page.on(
        "console",
        lambda line: visitor.note(f"{line.type}: {line.text}") if line.type == "error" else None,
    )
    page.on(
        "response",
        lambda answer: (
            visitor.note(f"{answer.status}: {answer.url}") if answer.status >= 400 else None
        ),
    )
    ours = (visitor.address, "data:", "blob:")
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith(ours) else visitor.note(f"outside: {request.url}")
        ),
    )
