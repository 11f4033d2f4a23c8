"""Who is let in: by host, by site and by size."""

import os

import pytest
from starlette.testclient import TestClient

from webui import guard


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


class TestAddresses:
    @pytest.mark.parametrize(
        ("asked", "passed"),
        [
            ("page=2", ""),
            ("view=rows&page=2&words=a%26b+c&leaf=3", "view=rows&words=a%26b+c&leaf=3"),
            ("words=page=2&truth=", "words=page%3D2&truth="),
            ("words=a%26b", "words=a%26b"),
        ],
    )
    def test_no_address_names_a_page_of_gradio(self, tmp_path, asked, passed):
        async def echo(scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": scope["query_string"]})

        app = guard.Guard(echo, guard.LOOPBACK, tmp_path, None)
        assert TestClient(app, base_url="http://localhost").get(f"/en/?{asked}").text == passed


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
