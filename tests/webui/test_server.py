"""The server: who is let in, what a request may do, and how the app opens and closes."""

import base64
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

import psutil
import pytest
from starlette.testclient import TestClient

from engine.errors import TunesmithError
from engine.workspace import Workspace
from webui import guard, server

ROOT = Path(__file__).parents[2]
LOGINS = {"ada": "lovelace: 1843", "grace": "höpper"}
SECRET = "root of all secrets"


def toy_page():
    """A page whose handlers read and hand out whatever file they are asked for."""
    import gradio as gr

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
def workspace(home):
    workspace = Workspace(home / "workspace").create()
    server.prepare_gradio(workspace)
    return workspace


@pytest.fixture(scope="module")
def client(workspace):
    pages = {language: toy_page() for language in ("en", "zh")}
    app = server.assemble(workspace, pages, {}, server.hosts_of("127.0.0.1"))
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


class TestHosts:
    @pytest.mark.parametrize(
        "host", ["localhost", "LocalHost:9000", "127.0.0.1:7860", "[::1]:7860", "localhost:80"]
    )
    def test_names_of_this_computer_are_answered(self, guarded, host):
        assert guarded().get("/", headers={"host": host}).status_code == 200

    @pytest.mark.parametrize(
        "host",
        [
            "evil.com",
            "evil.com:7860",
            "127.0.0.1.evil.com",
            "localhost@evil.com",
            "",
            "[",
            "0.0.0.0",
        ],
    )
    def test_a_rebound_name_is_refused(self, guarded, host):
        answer = guarded().get("/", headers={"host": host})
        assert answer.status_code == 403
        assert "Open the address that launch.py printed" in answer.text

    def test_a_request_names_one_host(self, guarded):
        twice = [("host", "localhost"), ("host", "evil.com")]
        assert guarded().get("/", headers=twice).status_code == 403

    def test_a_wide_address_adds_the_names_of_this_machine(self):
        hosts = guard.hosts_of("0.0.0.0")
        assert hosts >= guard.LOOPBACK
        assert os.uname().nodename.lower() in hosts
        assert "evil.com" not in hosts

    def test_only_loopback_needs_no_login(self):
        assert all(map(guard.is_loopback, ["127.0.0.1", "127.0.0.53", "::1", "localhost"]))
        assert not any(map(guard.is_loopback, ["0.0.0.0", "::", "192.168.0.7", "example.org", ""]))


class TestSites:
    @pytest.mark.parametrize(
        "headers",
        [
            {"origin": "http://evil.com"},
            {"origin": "null"},
            {"origin": "http://localhost:3000"},
            {"origin": "http://localhost.evil.com"},
            {"sec-fetch-site": "cross-site", "sec-fetch-mode": "cors"},
            {"sec-fetch-site": "same-site", "sec-fetch-mode": "no-cors"},
            {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
        ],
    )
    @pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
    def test_another_site_changes_nothing(self, guarded, method, headers):
        answer = guarded().request(method, "/en/gradio_api/upload", headers=headers)
        assert answer.status_code == 403
        assert "came from another site" in answer.text

    @pytest.mark.parametrize("site", ["cross-site", "same-site"])
    def test_another_site_may_link_here_but_not_read(self, guarded, site):
        link = {"sec-fetch-site": site, "sec-fetch-mode": "navigate"}
        script = {"sec-fetch-site": site, "sec-fetch-mode": "cors"}
        assert guarded().get("/en/", headers=link).status_code == 200
        assert guarded().get("/en/config", headers=script).status_code == 403

    @pytest.mark.parametrize(
        "headers",
        [{}, {"origin": "http://localhost"}, {"sec-fetch-site": "same-origin"}],
    )
    def test_the_page_itself_and_programs_pass(self, guarded, headers):
        assert guarded().post("/en/gradio_api/queue/join", headers=headers).status_code == 200

    def test_a_refusal_speaks_the_readers_language(self, guarded):
        headers = {"origin": "null", "accept-language": "zh-CN,zh;q=0.9"}
        assert "已被拒绝" in guarded().post("/", headers=headers).text


class TestAnswers:
    @pytest.mark.parametrize("path", ["/en/", "/health", "/nowhere", "/en/config"])
    def test_every_answer_carries_the_security_headers(self, client, path):
        headers = client.get(path).headers
        assert headers["x-frame-options"] == "SAMEORIGIN"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert "frame-ancestors 'self'" in headers["content-security-policy"]

    def test_refusals_carry_them_too(self, client):
        answer = client.get("/en/", headers={"host": "evil.com"})
        assert answer.headers["x-frame-options"] == "SAMEORIGIN"

    @pytest.mark.parametrize(
        ("headers", "path"),
        [
            ({}, "/en/"),
            ({"accept-language": "de-DE,zh;q=0.5"}, "/en/"),
            ({"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}, "/zh/"),
            ({"accept-language": "zh", "cookie": "language=en"}, "/en/"),
            ({"cookie": "language=zh"}, "/zh/"),
            ({"cookie": "language=//evil.com"}, "/en/"),
        ],
    )
    def test_the_front_page_leads_to_the_readers_language(self, client, headers, path):
        answer = client.get("/?run=a-b&tab=runs", headers=headers, follow_redirects=False)
        assert answer.status_code == 307
        assert answer.headers["location"].endswith(f"7860{path}?run=a-b&tab=runs")

    def test_both_languages_and_the_health_check_answer(self, client):
        assert client.get("/en/").status_code == client.get("/zh/").status_code == 200
        assert client.get("/health").json() == {"status": "ok"}

    def test_the_browser_finds_the_icon_where_it_looks_for_it(self, client):
        answer = client.get("/favicon.ico")
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.text.lstrip().startswith("<svg")

    @pytest.mark.parametrize(
        "path",
        ["/en/monitoring", "/en/monitoring/summary", "/docs", "/openapi.json", "/en/openapi.json"],
    )
    def test_nothing_is_shown_that_is_not_the_page(self, client, path):
        assert client.get(path).status_code in (403, 404)

    def test_the_page_asks_nobody_else_for_anything(self, client):
        """Addresses in the page's head and body that a browser would fetch."""
        page = client.get("/en/").text
        fetched = re.findall(r"""(?:src|href)=["'](https?://[^"']+)""", page)
        assert [url for url in fetched if "://127.0.0.1:7860" not in url] == []


class TestLogins:
    def basic(self, name, password):
        encoded = base64.b64encode(f"{name}:{password}".encode()).decode()
        return {"authorization": f"Basic {encoded}"}

    @pytest.mark.parametrize(("name", "password"), LOGINS.items())
    def test_the_right_password_opens(self, guarded, name, password):
        assert guarded(logins=LOGINS).get("/", headers=self.basic(name, password)).text == "hello"

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"authorization": "Basic"},
            {"authorization": "Basic !!!"},
            {"authorization": "Basic /w=="},
            {"authorization": "Bearer " + base64.b64encode(b"ada:lovelace: 1843").decode()},
        ],
    )
    def test_anything_else_is_asked_for_a_login(self, guarded, headers):
        answer = guarded(logins=LOGINS).get("/", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"].startswith("Basic ")

    @pytest.mark.parametrize(("name", "password"), [("ada", "höpper"), ("eve", ""), ("", "")])
    def test_a_name_opens_with_its_own_password_only(self, guarded, name, password):
        answer = guarded(logins=LOGINS).get("/", headers=self.basic(name, password))
        assert answer.status_code == 401

    def test_the_health_check_needs_none(self, guarded):
        assert guarded(logins=LOGINS).get("/health").status_code == 200

    def test_wrong_passwords_make_their_sender_wait_ever_longer(self):
        now = 0.0
        doorman = guard.Doorman(LOGINS, clock=lambda: now)
        wrong = self.basic("ada", "guess")["authorization"]
        right = self.basic("ada", LOGINS["ada"])["authorization"]
        waits = []
        for _ in range(20):
            doorman.refuse("10.0.0.1", wrong)
            blocked = doorman.refuse("10.0.0.1", right) if len(waits) >= 4 else None
            waits.append(int(blocked.headers["Retry-After"]) if blocked else 0)
            now += waits[-1] + 0.125
        assert waits[:4] == [0, 0, 0, 0]
        assert waits[4:] == [1, 2, 4, 8, 16, 32, *[60] * 10]
        assert doorman.refuse("10.0.0.2", right) is None
        assert doorman.refuse("10.0.0.1", right) is None

    def test_the_wait_is_named(self):
        doorman = guard.Doorman(LOGINS, clock=lambda: 0.0)
        for _ in range(6):
            refusal = doorman.refuse("10.0.0.1", self.basic("ada", "guess")["authorization"])
        assert refusal.status == 429
        assert refusal.response("en").body.decode().endswith("try again in 1 second.")


class TestLoginFile:
    @pytest.fixture
    def written(self, tmp_path):
        def write(text, mode=0o600):
            file = tmp_path / "people"
            file.write_bytes(text if isinstance(text, bytes) else text.encode())
            file.chmod(mode)
            return file

        return write

    def test_each_line_is_a_person(self, written):
        people = written("\ufeffada:lovelace: 1843\r\n\r\ngrace:höpper\n")
        assert guard.read_logins(people) == LOGINS

    @pytest.mark.parametrize(
        ("text", "mode", "sentence"),
        [
            ("", 0o600, "names nobody"),
            ("\n \n", 0o600, "names nobody"),
            ("ada:x\nada lovelace\n", 0o600, "Line 2 of the login file"),
            (":secret", 0o600, "Line 1 of the login file"),
            ("ada:", 0o600, "Line 1 of the login file"),
            ("ada:x", 0o644, "chmod 600"),
            (b"\xff\xfe\x00", 0o600, "cannot be read"),
        ],
    )
    def test_what_is_wrong_with_it_is_said(self, written, text, mode, sentence):
        with pytest.raises(guard.LaunchError, match=sentence):
            guard.read_logins(written(text, mode))

    @pytest.mark.parametrize("file", ["missing", "."])
    def test_a_missing_file_is_said(self, tmp_path, file):
        with pytest.raises(guard.LaunchError, match="cannot be read; expected a text file"):
            guard.read_logins(tmp_path / file)


class TestFiles:
    """Gradio's own doors to the disk."""

    def ask(self, client, handler, value, language="en"):
        return client.post(f"/{language}/gradio_api/run/{handler}", json={"data": [value]})

    def as_file(self, path):
        return {"path": str(path), "meta": {"_type": "gradio.FileData"}}

    def upload(self, client, content=b"a,b\n1,2\n"):
        answer = client.post("/en/gradio_api/upload", files={"files": ("a.csv", content)})
        assert answer.status_code == 200
        return answer.json()[0]

    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_a_request_cannot_name_a_file_it_did_not_upload(self, client, home, language):
        for path in (
            home / "secret.txt",
            "/etc/passwd",
            f"{home}/workspace/uploads/../../secret.txt",
        ):
            answer = self.ask(client, "read", self.as_file(path), language)
            assert answer.status_code == 500
            assert SECRET not in answer.text
            assert "root" not in answer.text

    def test_a_link_among_the_uploads_leads_nowhere_else(self, client, home, workspace):
        link = workspace.uploads / "link.txt"
        link.symlink_to("/etc/passwd")
        assert "root:" not in self.ask(client, "read", self.as_file(link)).text
        assert "root:" not in client.get(f"/en/gradio_api/file={link}").text

    def test_a_handler_cannot_hand_out_a_file_of_the_system(self, client):
        answer = self.ask(client, "give", "/etc/passwd")
        assert answer.status_code == 500
        assert "passwd" not in answer.text

    def test_an_error_tells_the_browser_nothing(self, client):
        assert self.ask(client, "read", self.as_file("/etc/passwd")).json() == {"error": None}

    @pytest.mark.parametrize(
        "path",
        ["/etc/passwd", "../../../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "//proc/self/environ",
         "launch.py", "C:\\Windows\\win.ini", "file:///etc/passwd", "a" * 5000],
    )  # fmt: skip
    def test_only_uploads_can_be_downloaded(self, client, path):
        assert client.get(f"/en/gradio_api/file={path}").status_code in (403, 404)

    @pytest.mark.parametrize("way", ["file=", "proxy="])
    @pytest.mark.parametrize("scheme", ["http:", "https:", "HTTP:"])
    def test_no_address_is_fetched(self, client, way, scheme):
        answer = client.get(f"/en/gradio_api/{way}{scheme}//127.0.0.1:9/x")
        assert answer.status_code == 403

    def test_what_was_uploaded_can_be_read_and_stays_in_the_workspace(self, client, workspace):
        path = self.upload(client)
        assert Path(path).is_relative_to(workspace.uploads.resolve())
        assert self.ask(client, "read", self.as_file(path)).json()["data"] == ["a,b\n1,2\n"]

    def test_a_downloaded_page_is_a_download(self, client):
        answer = client.post("/en/gradio_api/upload", files={"files": ("a.html", b"<script>")})
        served = client.get(f"/en/gradio_api/file={answer.json()[0]}")
        assert served.headers["content-disposition"].startswith("attachment")
        assert served.headers["x-content-type-options"] == "nosniff"

    def test_the_uploads_folder_is_its_owners_alone(self, client, workspace):
        assert workspace.uploads.stat().st_mode & 0o777 == 0o700


class TestSizes:
    UPLOAD = "/en/gradio_api/upload"

    def post(self, client, path, length):
        return client.post(path, headers={"content-length": str(length)})

    def test_a_file_up_to_the_limit_is_taken(self, guarded):
        assert self.post(guarded(), self.UPLOAD, guard.FILE_LIMIT).status_code == 200

    def test_a_larger_one_is_refused_before_it_is_read(self, guarded):
        answer = self.post(guarded(), self.UPLOAD, guard.FILE_LIMIT + 2 * 2**20)
        assert answer.status_code == 413
        assert "up to 200 MB" in answer.text

    def test_a_form_is_far_smaller_than_a_file(self, guarded):
        answer = self.post(guarded(), "/en/gradio_api/queue/join", guard.FILE_LIMIT)
        assert answer.status_code == 413

    def test_a_request_of_unknown_length_is_refused(self, guarded):
        answer = guarded().post(self.UPLOAD, content=iter([b"endless"]))
        assert answer.status_code == 411

    def test_uploads_have_a_quota(self, guarded, tmp_path, monkeypatch):
        (tmp_path / "earlier").write_bytes(bytes(600))
        monkeypatch.setattr(guard, "UPLOADS_LIMIT", 1000)
        assert self.post(guarded(), self.UPLOAD, 400).status_code == 200
        answer = self.post(guarded(), self.UPLOAD, 401)
        assert answer.status_code == 507
        assert "There is no room for this upload" in answer.text

    def test_an_upload_leaves_the_disk_some_room(self, guarded, monkeypatch):
        monkeypatch.setattr(guard, "DISK_FLOOR", 2**60)
        assert self.post(guarded(), self.UPLOAD, 1).status_code == 507

    def test_gradio_is_told_the_same_limit(self, client):
        assert client.get("/en/config").json()["max_file_size"] == guard.FILE_LIMIT


class TestPorts:
    def test_a_taken_port_gives_the_next_free_one(self):
        with server.bind("127.0.0.1", 0) as first:
            port = first.getsockname()[1]
            with server.bind("127.0.0.1", port) as second:
                assert port < second.getsockname()[1] < port + server.PORTS_TRIED

    @pytest.mark.parametrize("host", ["192.0.2.1", "no-such-host.invalid"])
    def test_a_host_that_is_not_ours_is_named(self, host):
        with pytest.raises(TunesmithError, match=f"“{host}” is not an address of this computer"):
            server.bind(host, 0)

    def test_no_free_port_is_said(self, monkeypatch):
        monkeypatch.setattr(server, "PORTS_TRIED", 1)
        with server.bind("127.0.0.1", 0) as first:
            port = first.getsockname()[1]
            with pytest.raises(TunesmithError, match=f"none of the ports {port} to {port}"):
                server.bind("127.0.0.1", port)


class App:
    """`launch.py` in a process of its own."""

    def __init__(self, workspace: Path, *options: str) -> None:
        command = [sys.executable, str(ROOT / "launch.py"), "--no-browser", "--no-install"]
        self.process = subprocess.Popen(
            [*command, f"--workspace={workspace}", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=os.environ | {"LC_ALL": "C.UTF-8"},
            text=True,
        )

    def address(self) -> str:
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+", line)
        assert found, line + self.process.stderr.read()
        return found[0]

    def end(self, number: int = signal.SIGTERM) -> tuple[str, str]:
        self.process.send_signal(number)
        return self.process.communicate(timeout=20)


@pytest.fixture
def start(tmp_path):
    with contextlib.ExitStack() as stack:

        def start(*options, workspace=tmp_path / "workspace"):
            app = App(workspace, *options)
            stack.callback(app.process.communicate)
            stack.callback(app.process.kill)
            return app

        yield start


def get(address: str) -> int:
    with urllib.request.urlopen(address, timeout=20) as answer:
        return answer.status


@pytest.mark.slow
@pytest.mark.xdist_group("app")
class TestApp:
    def test_the_page_answers_soon_and_is_small(self, start):
        """On an idle machine a start takes as long as it computes: 2 s where 3.5 s are promised.

        Processor time is what is measured, as other tests run beside this one.
        """
        app = start("--port=0")
        assert get(app.address() + "en/") == 200
        process = psutil.Process(app.process.pid)
        spent = process.cpu_times()
        time.sleep(1)
        resident = process.memory_info().rss
        assert spent.user + spent.system < 5
        assert resident < 300e6

    def test_the_app_has_not_imported_torch_when_the_page_answers(self, workspace):
        heavy = {"torch", "transformers", "peft", "sklearn", "datasets", "accelerate", "scipy"}
        code = (
            "import sys, pathlib; from starlette.testclient import TestClient\n"
            "from engine.workspace import Workspace; from webui.server import make_app\n"
            f"app = make_app(Workspace(pathlib.Path({str(workspace.root)!r})))\n"
            "with TestClient(app, base_url='http://localhost') as client:\n"
            "    assert client.get('/en/').status_code == client.get('/zh/').status_code == 200\n"
            f"print(sorted({heavy!r} & sys.modules.keys()))"
        )
        command = [sys.executable, "-c", code]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.stdout.strip() == "[]", done.stderr

    def test_a_second_launch_points_to_the_first(self, start):
        first = start("--port=0")
        address = first.address()
        second = start("--port=0")
        output, errors = second.process.communicate(timeout=20)
        assert second.process.returncode == 0
        assert errors == ""
        assert output == f"Tunesmith is already open on this workspace: {address}\n"

    def test_a_killed_app_does_not_block_the_next(self, start):
        first = start("--port=0")
        first.address()
        first.end(signal.SIGKILL)
        assert get(start("--port=0").address() + "health") == 200

    def test_another_workspace_gets_another_port(self, start, tmp_path):
        port = start("--port=0").address().rstrip("/").rpartition(":")[2]
        second = start(f"--port={port}", workspace=tmp_path / "second")
        assert second.process.stdout.readline().startswith(f"Port {port} is taken, so this is")
        assert get(second.address() + "health") == 200

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_it_closes_quietly_and_soon_with_a_page_open(self, start, number):
        app = start("--port=0")
        stream = urllib.request.urlopen(app.address() + "en/gradio_api/heartbeat/abc", timeout=20)
        stream.readline()
        began = time.monotonic()
        output, errors = app.end(number)
        assert app.process.returncode == 0
        assert time.monotonic() - began < 5
        assert output.startswith("Closed. Training that is under way goes on")
        assert errors == ""

    def test_it_can_be_closed_while_it_opens(self, start):
        app = start("--port=0")
        time.sleep(0.8)
        output, errors = app.end(signal.SIGINT)
        assert app.process.returncode in (0, 130)
        assert "Traceback" not in output + errors

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            (
                ["--host=0.0.0.0"],
                "0.0.0.0 can be reached from other computers, so a login",
            ),
            (["--auth-file=missing"], "The login file missing cannot be read"),
            (["--workspace=/dev/null/x"], "The workspace /dev/null/x cannot be used"),
            (["--host=192.0.2.1"], "192.0.2.1 can be reached from other computers"),
        ],
    )
    def test_what_cannot_be_is_said_in_one_sentence(self, start, options, sentence):
        app = start(*options)
        output, errors = app.process.communicate(timeout=20)
        assert app.process.returncode == 2
        assert output == ""
        assert errors.startswith(sentence)
        assert errors.count("\n") == 1

    def test_a_wide_app_asks_for_the_login(self, start, tmp_path):
        people = tmp_path / "people"
        people.write_text("ada:lovelace\n")
        people.chmod(0o600)
        address = start("--port=0", "--host=0.0.0.0", f"--auth-file={people}").address()
        with pytest.raises(urllib.error.HTTPError, match="401"):
            get(address)
        basic = base64.b64encode(b"ada:lovelace").decode()
        request = urllib.request.Request(address, headers={"Authorization": f"Basic {basic}"})
        assert get(request) == 200

    def test_the_address_is_there_for_programs_while_the_app_is(self, start, tmp_path):
        app = start("--port=0")
        record = tmp_path / "workspace/app.json"
        assert json.loads(app.address() and record.read_text())["pid"] == app.process.pid
        app.end()
        assert not record.exists()

    def test_many_looks_at_once_are_answered(self, start):
        address = start("--port=0").address()
        answers = []
        looks = [
            threading.Thread(target=lambda: answers.append(get(address + "en/"))) for _ in range(20)
        ]
        for look in looks:
            look.start()
        for look in looks:
            look.join()
        assert answers == [200] * 20
