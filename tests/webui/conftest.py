"""A page without a server, a server around a toy page, and a guard around an app that only says
hello."""

import sys
from pathlib import Path

import gradio as gr
import pytest
from starlette.testclient import TestClient

from engine.runs import errands
from engine.runs.registry import Registry
from engine.workspace import Workspace
from tests.pages import page_states
from webui import checking, guard, server
from webui.page import Page

SLEEPS = (sys.executable, "-c", "import sys, time; sys.stdin.readline(); time.sleep(60)")
SECRET = "root of all secrets"


def toy_page():
    """A page whose handlers read and hand out whatever file they are asked for."""
    with gr.Blocks(analytics_enabled=False) as page:
        file, text, button = gr.File(), gr.Textbox(), gr.Button()
        button.click(lambda path: Path(path).read_text(), file, text, api_name="read")
        button.click(lambda path: path, text, file, api_name="give")
    return page


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder beside the workspace, with a file nobody may see."""
    home = tmp_path_factory.mktemp("home")
    (home / "secret.txt").write_text(SECRET)
    return home


@pytest.fixture(scope="module")
def served(home):
    workspace = Workspace(home / "workspace").create()
    server.prepare_gradio(workspace)
    return workspace


@pytest.fixture(scope="module")
def client(served):
    pages = {language: toy_page() for language in ("en", "zh")}
    app = server.assemble(served, pages, {}, server.hosts_of("127.0.0.1"))
    with TestClient(app, base_url="http://127.0.0.1:7860") as client:
        yield client


@pytest.fixture
def guarded(tmp_path):
    """Clients of a guard around an app that only says hello."""

    async def hello(scope, receive, send):
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"hello"})

    def make(hosts=guard.LOOPBACK, logins=None):
        app = guard.Guard(hello, hosts, tmp_path, logins)
        return TestClient(app, base_url="http://localhost")

    return make


@pytest.fixture
def page(workspace):
    with gr.Blocks(), gr.Tabs() as tabs:
        return Page(workspace, "en", Registry(workspace), *page_states(), tabs)


@pytest.fixture
def sleeping(monkeypatch, workspace):
    """Errands whose process only sleeps, and which end with the test."""
    monkeypatch.setattr(errands, "COMMAND", SLEEPS)
    yield
    for errand in errands.list_errands(workspace):
        errands.cancel(workspace, errand)


@pytest.fixture(autouse=True)
def no_checks(monkeypatch):
    """A data set that is looked at is not checked for it."""
    monkeypatch.setattr(checking, "begin_once", lambda workspace, dataset: None)
