"""What a request is answered: headers, languages, and files that nobody may have."""

import re
from pathlib import Path

import pytest

from tests.webui.conftest import SECRET


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

    def test_a_browser_that_asks_what_the_app_is_called_is_told(self, client):
        assert client.get("/manifest.json").json()["name"] == "Tunesmith"

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

    def test_a_link_among_the_uploads_leads_nowhere_else(self, client, home, served):
        link = served.uploads / "link.txt"
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

    def test_what_was_uploaded_can_be_read_and_stays_in_the_served(self, client, served):
        path = self.upload(client)
        assert Path(path).is_relative_to(served.uploads.resolve())
        assert self.ask(client, "read", self.as_file(path)).json()["data"] == ["a,b\n1,2\n"]

    def test_a_downloaded_page_is_a_download(self, client):
        answer = client.post("/en/gradio_api/upload", files={"files": ("a.html", b"<script>")})
        served = client.get(f"/en/gradio_api/file={answer.json()[0]}")
        assert served.headers["content-disposition"].startswith("attachment")
        assert served.headers["x-content-type-options"] == "nosniff"

    def test_the_uploads_folder_is_its_owners_alone(self, client, served):
        assert served.uploads.stat().st_mode & 0o777 == 0o700
